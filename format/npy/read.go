package npy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/sniff"
)

// Array is an array of NumPy. One of two or three axes is a [format.Images]; [Array.Number] is the
// value of one without axes.
type Array struct {
	name string
	header
	fast, slow, frames int
	file               *os.File                      // of elements as they are, at header.length; else
	open               func() (io.ReadCloser, error) // a stream of the whole array
	stream             *stream
	buffer             []byte
}

var _ format.Images = (*Array)(nil)

// stream is one pass through an array that has to be decompressed.
type stream struct {
	io.Closer
	reader *bufio.Reader
	next   int // frame
}

// Open opens the array in the .npy file at path, which gzip or bzip2 may have compressed. It is an
// error if the file has fewer or more bytes than the array. Close it after use.
func Open(path string) (*Array, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	a, err := openFile(file, path)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, wrap(path, err)
	}
	return a, nil
}

func wrap(name string, err error) error {
	return format.Reading("npy", fmt.Errorf("npy: %s: %w", name, err))
}

func openFile(file *os.File, path string) (*Array, error) {
	start := make([]byte, len(magic))
	if n, _ := io.ReadFull(file, start); string(start[:n]) != magic {
		// It is compressed, or something else.
		_ = file.Close()
		a := &Array{name: path, open: func() (io.ReadCloser, error) { return decompress(path) }}
		if err := a.begin(); err != nil {
			return nil, errors.Join(err, a.Close())
		}
		return a, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	h, err := readHeader(bufio.NewReader(file))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	a := &Array{name: path, header: *h, file: file}
	if err := a.sides(); err != nil {
		return nil, err
	}
	return a, a.checkSize(info.Size() - h.length)
}

// decompress opens a file that gzip or bzip2 has compressed; anything else but an array is an error
// that names it.
func decompress(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	reader, err := sniff.Open(file, sniff.Image, sniff.NPY)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{reader, file}, nil
}

// checkSize compares the bytes after the header with those of the array.
func (a *Array) checkSize(found int64) error {
	switch {
	case found < a.bytes:
		return format.Errorf(format.ErrTruncated, "an array of shape %s of %v has %d bytes, but the file has %d", a.shapeText(), a.kind, a.bytes, found)
	case found > a.bytes:
		return format.Errorf(format.ErrInconsistent, "an array of shape %s of %v has %d bytes, but the file has %d", a.shapeText(), a.kind, a.bytes, found)
	}
	return nil
}

// begin begins a pass through a stream.
func (a *Array) begin() error {
	if a.stream != nil {
		_ = a.stream.Close() // nothing was written
		a.stream = nil
	}
	r, err := a.open()
	if err != nil {
		return err
	}
	s := &stream{r, bufio.NewReaderSize(r, 1<<16), 0}
	a.stream = s
	h, err := readHeader(s.reader)
	if err != nil {
		return err
	}
	a.header = *h
	return a.sides()
}

// sides takes the size of an image from the shape.
func (a *Array) sides() error {
	shape := a.shape
	a.frames = 1
	switch len(shape) {
	case 2:
	case 3:
		if shape[0] > 1<<31-1 {
			return format.Errorf(format.ErrLimit, "%d images are too many", shape[0])
		}
		a.frames, shape = int(shape[0]), shape[1:]
	default:
		a.frames = 0
		if len(shape) == 0 || a.bytes <= format.MaxPixels {
			return nil // a number or a list
		}
		return format.Errorf(format.ErrLimit, "an array of shape %s is too large", a.shapeText())
	}
	slow, fast := shape[0], shape[1]
	if fast > 0 && slow > format.MaxPixels/fast {
		return format.Errorf(format.ErrLimit, "images of %d × %d pixels are more than %d", fast, slow, format.MaxPixels)
	}
	if fast > format.MaxPixels || slow > format.MaxPixels {
		return format.Errorf(format.ErrLimit, "a shape of %s is too large", a.shapeText())
	}
	a.fast, a.slow = int(fast), int(slow)
	if fast == 0 || slow == 0 {
		a.frames = 0
	}
	return nil
}

// Shape returns the sides of the array.
func (a *Array) Shape() []int64 { return slices.Clone(a.shape) }

// Size returns the pixels of an image, and the type of the elements of any array.
func (a *Array) Size() (fast, slow int, t format.Type) { return a.fast, a.slow, a.kind }

// Frames returns the number of images, 0 for an array that is none.
func (a *Array) Frames() int { return a.frames }

// Geometry returns nil: an array says nothing of the experiment.
func (a *Array) Geometry() *format.Geometry { return nil }

// Close closes the file.
func (a *Array) Close() error {
	var err error
	if a.file != nil {
		err, a.file = a.file.Close(), nil
	}
	if a.stream != nil {
		err, a.stream = errors.Join(err, a.stream.Close()), nil
	}
	return err
}

// Number returns the value of an array without axes, or with one element.
func (a *Array) Number() (float64, error) {
	if a.bytes != int64(a.kind.Size()) {
		return 0, wrap(a.name, format.Errorf(format.ErrInvalidValue, "an array of shape %s is not one number", a.shapeText()))
	}
	var f format.Frame
	f.Reset(1, 1, a.kind)
	r, err := a.elements()
	if err == nil {
		_, err = io.ReadFull(r, f.Data)
	}
	if err != nil {
		return 0, wrap(a.name, unexpected(err))
	}
	a.native(&f)
	return f.At(0), nil
}

// elements returns a reader of all elements from the first.
func (a *Array) elements() (io.Reader, error) {
	if a.open == nil {
		return io.NewSectionReader(a.file, a.length, a.bytes), nil
	}
	if a.stream == nil || a.stream.next > 0 {
		if err := a.begin(); err != nil {
			return nil, err
		}
	}
	a.stream.next = a.frames + 1 // whatever comes next begins again
	return a.stream.reader, nil
}

// Read reads image i.
func (a *Array) Read(i int, f *format.Frame) error {
	if i < 0 || i >= a.frames {
		return wrap(a.name, format.Errorf(format.ErrNoData, "there is no image %d among the %d of an array of shape %s", i, a.frames, a.shapeText()))
	}
	var err error
	switch {
	case a.fortran && (a.frames > 1 || a.fast > 1 && a.slow > 1):
		err = a.readFortran(i, f)
	case a.open == nil:
		f.Reset(a.fast, a.slow, a.kind)
		_, err = a.file.ReadAt(f.Data, a.length+int64(i)*int64(len(f.Data)))
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
	default:
		err = a.readStream(i, f)
	}
	if err != nil {
		return wrap(a.name, err)
	}
	a.native(f)
	return nil
}

// readStream reads image i from a stream, which begins again if it is beyond that image.
func (a *Array) readStream(i int, f *format.Frame) error {
	if a.stream == nil || a.stream.next > i {
		if err := a.begin(); err != nil {
			return err
		}
	}
	frame := int64(a.fast) * int64(a.slow) * int64(a.kind.Size())
	for ; a.stream.next < i; a.stream.next++ {
		if _, err := io.CopyN(io.Discard, a.stream.reader, frame); err != nil {
			return unexpected(err)
		}
	}
	data, err := read(a.stream.reader, f.Data, frame)
	if err != nil {
		return err
	}
	f.Data = data
	f.Reset(a.fast, a.slow, a.kind)
	a.stream.next++
	if a.stream.next < a.frames {
		return nil
	}
	if _, err := a.stream.reader.ReadByte(); err == nil {
		return a.checkSize(a.bytes + 1)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// read reads n bytes into memory if they fit; else memory grows with the bytes that arrive.
func read(r io.Reader, memory []byte, n int64) ([]byte, error) {
	if int64(cap(memory)) >= n {
		data := memory[:n]
		_, err := io.ReadFull(r, data)
		return data, unexpected(err)
	}
	data, err := exact.ReadPrefix(r, n)
	var size *exact.SizeError
	if errors.As(err, &size) {
		err = format.Errorf(format.ErrTruncated, "an image of %d bytes ends after %d", size.Expected, size.Found)
	}
	return data, err
}

// readFortran reads image i of an array whose first axis is the fastest: its pixels are every
// frames-th element, column by column.
func (a *Array) readFortran(i int, f *format.Frame) error {
	r, err := a.elements()
	if err != nil {
		return err
	}
	size := a.kind.Size()
	row := a.frames * a.slow * size // the elements of one fast coordinate
	if a.open != nil && int64(a.fast)*int64(row) > 1<<20 {
		// The bytes may not be there: they are counted before memory is taken for the image.
		if n, err := io.Copy(io.Discard, io.LimitReader(r, a.bytes)); err != nil || n < a.bytes {
			return errors.Join(err, a.checkSize(n))
		}
		if r, err = a.elements(); err != nil {
			return err
		}
	}
	f.Reset(a.fast, a.slow, a.kind)
	if a.buffer, err = read(r, a.buffer, int64(row)); err != nil {
		return err
	}
	for fast := 0; ; fast++ {
		for slow := range a.slow {
			to, from := (slow*a.fast+fast)*size, (slow*a.frames+i)*size
			copy(f.Data[to:to+size], a.buffer[from:from+size])
		}
		if fast+1 == a.fast {
			return nil
		}
		if _, err := io.ReadFull(r, a.buffer[:row]); err != nil {
			return unexpected(err)
		}
	}
}

// native makes the elements little-endian, and booleans 0 or 1.
func (a *Array) native(f *format.Frame) {
	if a.big {
		f.Swap()
	}
	if a.kind == format.Bool {
		for i, b := range f.Data {
			f.Data[i] = min(b, 1)
		}
	}
}
