// Package sweep joins files of one image each into the images of a scan.
package sweep

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// Codec reads the files of a format. Its errors name the file.
type Codec struct {
	Name string // of the format, before errors
	// Header returns what a file says of its image, without reading the pixels.
	Header func(path string) (Header, error)
	// Read reads the image of a file into f.
	Read func(path string, f *format.Frame) (Header, error)
}

// Header is what a file says of its image.
type Header struct {
	Fast, Slow int
	Type       format.Type
	Geometry   *format.Geometry // nil if the file says nothing
}

// images are the files of a scan.
type images struct {
	codec Codec
	paths []string
	first Header
}

// Open opens the images of a scan, or one image. Files whose names differ in their number alone are
// taken in the order of that number, and one that is missing between them is an error; others keep
// their order. All have the size and the type of the first and, where they say so, the angles that
// follow from its own; its geometry is that of all.
func Open(c Codec, paths ...string) (format.Images, error) {
	if len(paths) == 0 {
		return nil, format.Errorf(format.ErrNoData, "%s: no files", c.Name)
	}
	paths, err := order(c.Name, paths)
	if err != nil {
		return nil, err
	}
	m := &images{codec: c, paths: paths}
	if m.first, err = c.Header(paths[0]); err != nil {
		return nil, err
	}
	if g := m.first.Geometry; g != nil && g.Rotation != nil {
		g.Rotation.Images = len(paths)
	}
	if last := len(paths) - 1; last > 0 {
		h, err := c.Header(paths[last])
		if err == nil {
			err = m.check(last, h)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// order sorts files by the number in their names, if all else in them is equal.
func order(name string, paths []string) ([]string, error) {
	type numbered struct {
		path   string
		number int
	}
	list := make([]numbered, len(paths))
	before, digits, behind := split(paths[0])
	width := len(digits)
	for i, p := range paths {
		b, digits, e := split(p)
		n, err := strconv.Atoi(digits)
		if b != before || e != behind || err != nil {
			return paths, nil
		}
		list[i] = numbered{p, n}
	}
	slices.SortStableFunc(list, func(a, b numbered) int { return a.number - b.number })
	sorted := make([]string, len(paths))
	for i, n := range list {
		sorted[i] = n.path
		switch {
		case i == 0:
		case n.number == list[i-1].number:
			return nil, format.Errorf(format.ErrInconsistent, "%s: %s and %s have the same number", name, list[i-1].path, n.path)
		case n.number != list[i-1].number+1:
			return nil, format.Errorf(format.ErrMissingFile, "%s: %s%0*d%s is missing between the images of a scan", name, before, width, list[i-1].number+1, behind)
		}
	}
	return sorted, nil
}

// check compares what file i says with the first.
func (m *images) check(i int, h Header) error {
	if h.Fast != m.first.Fast || h.Slow != m.first.Slow || h.Type != m.first.Type {
		return m.errorf(i, "%d × %d pixels of %v do not belong to a scan of %d × %d pixels of %v", h.Fast, h.Slow, h.Type, m.first.Fast, m.first.Slow, m.first.Type)
	}
	if h.Geometry == nil || h.Geometry.Rotation == nil || m.first.Geometry == nil || m.first.Geometry.Rotation == nil {
		return nil
	}
	first := m.first.Geometry.Rotation
	want, got := first.Phi+float64(i)*first.Width, h.Geometry.Rotation.Phi
	if off := math.Remainder(got-want, 360); math.Abs(off) > 0.02*math.Abs(first.Width)+1e-3*math.Sqrt(float64(i)) {
		return m.errorf(i, "the image begins at %v°, not at %v° as the scan of %s does there", got, want, m.paths[0])
	}
	return nil
}

func (m *images) errorf(i int, text string, args ...any) error {
	return format.Errorf(format.ErrInconsistent, "%s: %s: %s", m.codec.Name, m.paths[i], fmt.Sprintf(text, args...))
}

func (m *images) Size() (fast, slow int, t format.Type) {
	return m.first.Fast, m.first.Slow, m.first.Type
}

func (m *images) Frames() int { return len(m.paths) }

func (m *images) Geometry() *format.Geometry { return m.first.Geometry }

func (m *images) Close() error { return nil }

func (m *images) Read(i int, f *format.Frame) error {
	if i < 0 || i >= len(m.paths) {
		return format.Errorf(format.ErrNoData, "%s: there is no image %d among %d", m.codec.Name, i, len(m.paths))
	}
	h, err := m.codec.Read(m.paths[i], f)
	if err != nil {
		return err
	}
	return m.check(i, h)
}

// Number returns the last digits of the name of a file before its extensions, 1 if there are none.
func Number(name string) int {
	_, digits, _ := split(name)
	if n, err := strconv.Atoi(digits); err == nil {
		return n
	}
	return 1
}

// split splits a path before and behind the last digits in the name of the file, which number it.
// Its extensions, unless they are digits, do not count.
func split(path string) (before, digits, behind string) {
	folder, file := filepath.Split(path)
	stem := strings.TrimSuffix(strings.TrimSuffix(file, ".gz"), ".bz2")
	if ext := filepath.Ext(stem); strings.Trim(ext, ".0123456789") != "" {
		stem = strings.TrimSuffix(stem, ext)
	}
	end := strings.LastIndexAny(stem, "0123456789") + 1
	start := len(strings.TrimRight(stem[:end], "0123456789"))
	start, end = len(folder)+start, len(folder)+end
	return path[:start], path[start:end], path[end:]
}
