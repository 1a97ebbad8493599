// Package mask reads masks, which tell the pixels of an image that count from those that do not, from
// several formats:
//
//   - PBM, plain (P1) or binary (P4): black, 1, does not count
//   - PNG: black does not count, anything else does
//   - arrays of NumPy, of shape (slow, fast): 0 and false do not count
//   - CBF: the pixels that do not count by themselves, such as those below 0
//
// Programs disagree on what is black: [Mask.Invert] turns a mask around.
//
// DIALS' pixels.mask is a pickle, which could run any program: it is [format.ErrRefused], with a text
// that says how to convert it.
package mask

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/npy"
)

// Mask tells which pixels of an image of Fast × Slow count.
type Mask struct {
	Fast, Slow int
	Good       []bool // at slow·Fast + fast: whether the pixel counts
}

// Count returns the number of pixels that count.
func (m *Mask) Count() (n int) {
	for _, good := range m.Good {
		if good {
			n++
		}
	}
	return n
}

// Invert makes the pixels count that do not, and the other way round.
func (m *Mask) Invert() {
	for i := range m.Good {
		m.Good[i] = !m.Good[i]
	}
}

// Apply marks the pixels of an image that do not count. One of another size is
// [format.ErrInconsistent].
func (m *Mask) Apply(f *format.Frame) error {
	if m.Fast != f.Fast || m.Slow != f.Slow {
		return format.Errorf(format.ErrInconsistent, "mask: a mask of %d × %d pixels does not fit an image of %d × %d", m.Fast, m.Slow, f.Fast, f.Slow)
	}
	for i, good := range m.Good {
		if !good {
			f.Mark(i)
		}
	}
	return nil
}

// ReadFile reads the mask in the file at path, whose format its content tells. It is decompressed if
// gzip or bzip2 has compressed it.
func ReadFile(path string) (*Mask, error) {
	m, err := readFile(path)
	if err != nil {
		return nil, format.Reading("mask", fmt.Errorf("mask: %s: %w", path, err))
	}
	return m, nil
}

func readFile(path string) (*Mask, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing is written
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	reader, err := sniff.Open(file, sniff.Image, sniff.PNG, sniff.NPY, sniff.CBF)
	if err != nil {
		return nil, err
	}
	start, err := reader.Peek(len("\x93NUMPY"))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text := string(start)
	switch {
	case len(text) >= 2 && (text[:2] == "P1" || text[:2] == "P4"):
		return readPBM(reader)
	case len(text) >= 4 && text[:4] == "\x89PNG":
		return readPNG(reader, info.Size())
	case text == "\x93NUMPY":
		return readNPY(path)
	case text == "###CBF":
		return readCBF(reader, path)
	case len(text) >= 2 && text[0] == 0x80 && text[1] >= 2 && text[1] <= 5, text == "(ccopy", text == "cscitb":
		return nil, format.Errorf(format.ErrRefused, "is a pickle of Python, as DIALS writes pixels.mask, which can run any program and is never read; convert it in dials.python: "+
			`import pickle, numpy; numpy.save("mask.npy", pickle.load(open("pixels.mask", "rb"))[0].as_numpy_array())`)
	}
	return nil, format.Errorf(format.ErrNotFormat, "begins with %q, which none of PBM, PNG, NumPy and CBF does", start)
}

func readNPY(path string) (*Mask, error) {
	a, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Close() }() // nothing is written
	if a.Frames() != 1 {
		return nil, format.Errorf(format.ErrInvalidValue, "an array of shape %v is not one mask of shape (slow, fast)", a.Shape())
	}
	var f format.Frame
	if err := a.Read(0, &f); err != nil {
		return nil, err
	}
	m := &Mask{f.Fast, f.Slow, make([]bool, f.Fast*f.Slow)}
	for i := range m.Good {
		m.Good[i] = f.At(i) != 0
	}
	return m, nil
}

func readCBF(r *bufio.Reader, path string) (*Mask, error) {
	f, _, err := cbf.Read(r, path)
	if err != nil {
		return nil, err
	}
	m := &Mask{f.Fast, f.Slow, make([]bool, f.Fast*f.Slow)}
	for i := range m.Good {
		m.Good[i] = f.Bad == nil || !f.Bad[i]
	}
	return m, nil
}
