package cbf

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/gobragg/gobragg/format"
)

// sweep is a set of files that are one scan.
type sweep struct {
	paths      []string
	fast, slow int
	kind       format.Type
	geometry   *format.Geometry
	memory     []byte
}

// Open opens the images of a scan, or one image. Files whose names differ in their number alone are
// taken in the order of that number, and one that is missing between them is an error; others keep
// their order. All have the size and the type of the first and, where they say so, the angles that
// follow from its own; its geometry is that of all.
func Open(paths ...string) (format.Images, error) {
	if len(paths) == 0 {
		return nil, format.Errorf(format.ErrNoData, "cbf: no files")
	}
	paths, err := order(paths)
	if err != nil {
		return nil, err
	}
	m := &sweep{paths: paths}
	h, s, err := m.header(0)
	if err != nil {
		return nil, err
	}
	m.fast, m.slow, m.kind = s.fast, s.slow, s.kind
	m.geometry = h.geometry(s.fast, s.slow, number(paths[0]))
	if m.geometry != nil && m.geometry.Rotation != nil {
		m.geometry.Rotation.Images = len(paths)
	}
	if last := len(paths) - 1; last > 0 {
		h, s, err := m.header(last)
		if err != nil {
			return nil, err
		}
		if err := m.check(last, s.fast, s.slow, s.kind, h.geometry(s.fast, s.slow, 1)); err != nil {
			return nil, wrap(paths[last], err)
		}
	}
	return m, nil
}

// order sorts files by the number in their names, if all else in them is equal.
func order(paths []string) ([]string, error) {
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
			return nil, format.Errorf(format.ErrInconsistent, "cbf: %s and %s have the same number", list[i-1].path, n.path)
		case n.number != list[i-1].number+1:
			return nil, format.Errorf(format.ErrMissingFile, "cbf: %s%0*d%s is missing between the images of a scan", before, width, list[i-1].number+1, behind)
		}
	}
	return sorted, nil
}

// header reads the header of file i.
func (m *sweep) header(i int) (*header, *section, error) {
	file, err := os.Open(m.paths[i])
	if err != nil {
		return nil, nil, fmt.Errorf("cbf: %w", err)
	}
	h, s, _, err := begin(file)
	_ = file.Close() // nothing was written
	if err != nil {
		return nil, nil, wrap(m.paths[i], err)
	}
	return h, s, nil
}

// check compares what file i says with the first.
func (m *sweep) check(i, fast, slow int, kind format.Type, g *format.Geometry) error {
	if fast != m.fast || slow != m.slow || kind != m.kind {
		return format.Errorf(format.ErrInconsistent, "%d × %d pixels of %v do not belong to a scan of %d × %d pixels of %v", fast, slow, kind, m.fast, m.slow, m.kind)
	}
	if g == nil || g.Rotation == nil || m.geometry == nil || m.geometry.Rotation == nil {
		return nil
	}
	first := m.geometry.Rotation
	want, got := first.Phi+float64(i)*first.Width, g.Rotation.Phi
	if off := math.Remainder(got-want, 360); math.Abs(off) > 0.02*math.Abs(first.Width)+1e-3*math.Sqrt(float64(i)) {
		return format.Errorf(format.ErrInconsistent, "the image begins at %v°, not at %v° as the scan of %s does there", got, want, m.paths[0])
	}
	return nil
}

func (m *sweep) Size() (fast, slow int, t format.Type) { return m.fast, m.slow, m.kind }

func (m *sweep) Frames() int { return len(m.paths) }

func (m *sweep) Geometry() *format.Geometry { return m.geometry }

func (m *sweep) Close() error { return nil }

func (m *sweep) Read(i int, f *format.Frame) error {
	if i < 0 || i >= len(m.paths) {
		return format.Errorf(format.ErrNoData, "cbf: there is no image %d among %d", i, len(m.paths))
	}
	path := m.paths[i]
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cbf: %w", err)
	}
	g, memory, err := read(file, path, f, m.memory)
	_ = file.Close() // nothing was written
	m.memory = memory
	if err == nil {
		err = m.check(i, f.Fast, f.Slow, f.Type, g)
	}
	if err != nil {
		return wrap(path, err)
	}
	return nil
}
