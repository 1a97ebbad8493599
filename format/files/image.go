package files

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/smv"
)

// Image is one image of a file.
type Image struct {
	Format     string // in words, such as "SMV" or "cbf of int32"
	Fast, Slow int
	Values     []float64 // before pedestal and gain, fast axis first
	// Bad marks the pixels that do not count by the file's own statements; nil if all count.
	Bad []bool
	// Geometry is what the file says of the experiment, unless it is SMV; nil if it says nothing.
	Geometry *format.Geometry
	Header   *smv.Header // of SMV
	// Notices are sentences without their subject, the file.
	Notices []string
}

// ErrNoHeader is, by errors.Is, the error of [ReadImage] for a file that does not say the size of its
// image: a raw one, or one of no format that is read.
var ErrNoHeader = errors.New("is of no image format that is read")

// FrameError is the error of [ReadImage] for a frame that has not been chosen or that a file does not have.
type FrameError struct {
	Path          string
	Frame, Frames int
}

// Error says what the file has.
func (e *FrameError) Error() string {
	switch {
	case e.Frames == 0:
		return e.Path + " holds no image"
	case e.Frame == 0:
		return fmt.Sprintf("%s has %d images: one of them has to be chosen", e.Path, e.Frames)
	case e.Frames == 1:
		return fmt.Sprintf("%s has one image: there is none with the number %d", e.Path, e.Frame)
	}
	return fmt.Sprintf("%s has %d images: there is none with the number %d", e.Path, e.Frames, e.Frame)
}

// ReadImage reads an image of any format that says its size. Frames of a file are counted from 1; 0
// stands for the only one. Files that end in .bin or .raw have no header; the endings .img, .smv and
// .pgm name a format where the content shows none.
func ReadImage(path string, frame int) (*Image, error) {
	ending := extension(path)
	if ending == ".bin" || ending == ".raw" {
		return nil, fmt.Errorf("%s %w", path, ErrNoHeader)
	}
	start, err := readStart(path)
	if err != nil {
		return nil, err
	}
	name := sniff.Name(start)
	switch {
	case name == sniff.SMV || name == "" && (ending == ".img" || ending == ".smv") || name == "" && strings.HasPrefix(string(start), "{"):
		if frame > 1 {
			return nil, &FrameError{path, frame, 1}
		}
		return readSMV(path)
	case name == sniff.PGM || name == "" && ending == ".pgm":
		if frame > 1 {
			return nil, &FrameError{path, frame, 1}
		}
		return readPGM(path)
	}
	bitmap := strings.HasPrefix(string(start), "P1") || strings.HasPrefix(string(start), "P4") // PBM, a mask
	if name == "" && !bitmap && ending != ".mask" {
		return nil, fmt.Errorf("%s %w", path, ErrNoHeader)
	}
	if _, err := find(path, start); err != nil {
		return nil, fmt.Errorf("%s looks like %s: it %w", path, name, ErrNoHeader)
	}
	c, err := Open(path, Options{})
	if err != nil {
		return nil, err
	}
	m, err := c.image(frame)
	return m, errors.Join(err, c.Close())
}

func readSMV(path string) (*Image, error) {
	m, err := smv.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &Image{Format: "SMV", Fast: m.Fast, Slow: m.Slow, Values: m.Values(), Header: &m.Header, Notices: m.Notices}, nil
}

func readPGM(path string) (*Image, error) {
	m, err := pgm.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(m.Pixels))
	for i, v := range m.Pixels {
		values[i] = float64(v)
	}
	return &Image{Format: fmt.Sprintf("PGM to %d", m.Max), Fast: m.Fast, Slow: m.Slow, Values: values}, nil
}

// image reads a frame of a file that is open, of an archive that of its only array.
func (c *Content) image(frame int) (*Image, error) {
	images := c.Images
	var names []string
	for _, m := range c.Members {
		if m.Images != nil {
			images = m.Images
			names = append(names, m.Name)
		}
	}
	switch {
	case len(names) > 1:
		return nil, format.Errorf(format.ErrUnsupported, "%s holds the arrays %s: write the one that is wanted to a file of its own", c.Path, strings.Join(names, ", "))
	case images == nil && c.Mask != nil:
		return c.maskImage(), nil
	case images == nil:
		return nil, &FrameError{Path: c.Path}
	}
	n := images.Frames()
	if frame == 0 && n == 1 {
		frame = 1
	}
	if frame < 1 || frame > n {
		return nil, &FrameError{c.Path, frame, n}
	}
	var f format.Frame
	if err := images.Read(frame-1, &f); err != nil {
		return nil, err
	}
	return &Image{Format: fmt.Sprintf("%s of %v", c.Format, f.Type), Fast: f.Fast, Slow: f.Slow, Values: f.Float64s(nil), Bad: f.Bad,
		Geometry: c.Geometry, Notices: append(c.Notices, f.Notices...)}, nil
}

// maskImage is the mask as an image: 1 where pixels count.
func (c *Content) maskImage() *Image {
	m := c.Mask
	values := make([]float64, len(m.Good))
	for i, good := range m.Good {
		if good {
			values[i] = 1
		}
	}
	return &Image{Format: c.Format, Fast: m.Fast, Slow: m.Slow, Values: values, Notices: c.Notices}
}

// Mask returns the image as a mask: pixels count that are neither 0 nor bad.
func (m *Image) Mask() *mask.Mask {
	good := make([]bool, len(m.Values))
	for i, v := range m.Values {
		good[i] = v != 0 && (m.Bad == nil || !m.Bad[i])
	}
	return &mask.Mask{Fast: m.Fast, Slow: m.Slow, Good: good}
}

// Recognise returns the word for the format of the file at path if a signature at its beginning shows
// one that is read; "" if not. Only regular files are looked at, as others can be read but once.
func Recognise(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", err
	}
	start, err := readStart(path)
	if err != nil {
		return "", err
	}
	r, err := find(path, start)
	if err != nil || r.name == "" {
		return "", nil // of no format that is read, or a text
	}
	return r.format, nil
}
