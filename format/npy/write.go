package npy

import (
	"fmt"
	"io"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// headerBytes is the length of a written header; NumPy aligns the elements to 64 bytes.
const headerBytes = 128

// encode returns the header of an array of the given shape.
func encode(t format.Type, shape ...int64) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", code(t), shapeText(shape))
	out := append([]byte(magic), 1, 0, headerBytes-10, 0)
	out = append(out, text...)
	return append(append(out, strings.Repeat(" ", headerBytes-1-len(out))...), '\n')
}

// check returns an error for an image that is not of the given size and type.
func check(f *format.Frame, fast, slow int, t format.Type) error {
	if f.Fast != fast || f.Slow != slow || f.Type != t || len(f.Data) != fast*slow*t.Size() {
		return format.Errorf(format.ErrInconsistent, "an image of %d × %d %v in %d bytes is not one of %d × %d %v", f.Fast, f.Slow, f.Type, len(f.Data), fast, slow, t)
	}
	return nil
}

// Write writes the pixels of f as an array of shape (slow, fast), little-endian.
func Write(w io.Writer, f *format.Frame) error {
	if err := check(f, f.Fast, f.Slow, f.Type); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	for _, part := range [][]byte{encode(f.Type, int64(f.Slow), int64(f.Fast)), f.Data} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("npy: %w", err)
		}
	}
	return nil
}

// Writer writes images to a file one after another.
type Writer struct {
	file       *atomicfile.Pending
	fast, slow int
	kind       format.Type
	frames     int
}

// Create begins a file at path for images of the given size and type. The file appears when
// [Writer.Close] has completed it, as an array of shape (slow, fast) if there is one image, else of
// (frames, slow, fast).
func Create(path string, fast, slow int, t format.Type) (*Writer, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	return &Writer{file: file, fast: fast, slow: slow, kind: t}, nil
}

// Write appends an image.
func (w *Writer) Write(f *format.Frame) error {
	if err := check(f, w.fast, w.slow, w.kind); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	if _, err := w.file.WriteAt(f.Data, headerBytes+int64(w.frames)*int64(len(f.Data))); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	w.frames++
	return nil
}

// Close completes the file and puts it at its path.
func (w *Writer) Close() error {
	shape := []int64{int64(w.frames), int64(w.slow), int64(w.fast)}
	if w.frames == 1 {
		shape = shape[1:]
	}
	_, err := w.file.WriteAt(encode(w.kind, shape...), 0)
	if err == nil {
		err = w.file.Commit()
	}
	if err != nil {
		_ = w.file.Discard() // the first error is the one to report
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

// Discard gives up the file; nothing is left of it. After [Writer.Close] it does nothing, so it can be
// deferred.
func (w *Writer) Discard() error { return w.file.Discard() }

// WriteFile writes all images to the file at path, which it replaces atomically.
func WriteFile(path string, images format.Images) error {
	fast, slow, t := images.Size()
	w, err := Create(path, fast, slow, t)
	if err != nil {
		return err
	}
	return format.Copy(w, images)
}
