// Package tiff reads and writes TIFF images of detectors: one channel of integers of 8 to 64 bits or floats of 32
// or 64, uncompressed or deflated, in strips. Photographs, tiles, several images in a file and BigTIFF
// are [format.ErrUnsupported].
//
// Lines "# Key value" in the description, as a PILATUS writes them, give the geometry, as in a
// miniCBF. Negative integers and counts above Count_cutoff do not count.
package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/sniff"
)

// maxPacked is the largest size, decompressed, of a file that gzip or bzip2 has compressed.
const maxPacked = 1 << 30

// Read reads an image from r, which is decompressed if gzip or bzip2 has compressed it. name stands for
// the file in errors. The geometry is nil if the file says nothing of the experiment.
func Read(r io.Reader, name string) (*format.Frame, *format.Geometry, error) {
	m, err := load(r)
	if err != nil {
		return nil, nil, wrap(name, err)
	}
	f := new(format.Frame)
	if err := m.read(f); err != nil {
		return nil, nil, wrap(name, err)
	}
	return f, m.header.Geometry(m.fast, m.slow, 1), nil
}

// load reads a file into memory.
func load(r io.Reader) (*image, error) {
	reader, err := sniff.Open(r, sniff.Image, sniff.TIFF)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(reader, maxPacked+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPacked {
		return nil, format.Errorf(format.ErrLimit, "the file has more than %d bytes", maxPacked)
	}
	return parse(bytes.NewReader(data), int64(len(data)))
}

func wrap(name string, err error) error {
	return format.Reading("tiff", fmt.Errorf("tiff: %s: %w", name, err))
}

// images is a file of one image.
type images struct {
	*image
	name string
	file *os.File // nil if the file is in memory
	geo  *format.Geometry
}

// Open opens the image in the file at path, as [Read] does, and reads its pixels when they are asked
// for. Close it after use.
func Open(path string) (format.Images, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tiff: %w", err)
	}
	m, err := open(file, path)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, wrap(path, err)
	}
	return m, nil
}

func open(file *os.File, path string) (*images, error) {
	start := make([]byte, 4)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	m := &images{name: path, file: file}
	if _, ok := order(start[:n]); ok {
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if m.image, err = parse(file, info.Size()); err != nil {
			return nil, err
		}
	} else {
		if m.image, err = load(file); err != nil {
			return nil, err
		}
		m.file = nil
		_ = file.Close() // nothing was written
	}
	m.geo = m.header.Geometry(m.fast, m.slow, 1)
	return m, nil
}

func (m *images) Size() (fast, slow int, t format.Type) { return m.fast, m.slow, m.kind }

func (m *images) Frames() int { return 1 }

func (m *images) Geometry() *format.Geometry { return m.geo }

func (m *images) Read(i int, f *format.Frame) error {
	if i != 0 {
		return format.Errorf(format.ErrNoData, "tiff: %s: there is no image %d: the file holds one", m.name, i)
	}
	if err := m.read(f); err != nil {
		return wrap(m.name, err)
	}
	return nil
}

func (m *images) Close() error {
	if m.file == nil {
		return nil
	}
	err := m.file.Close()
	m.file = nil
	return err
}

// readAt reads n bytes at an offset of a file of size bytes.
func readAt(r io.ReaderAt, size, offset, n int64) ([]byte, error) {
	if offset < 0 || n > size-offset {
		return nil, format.Errorf(format.ErrTruncated, "%d bytes at %d are beyond the %d of the file", n, offset, size)
	}
	return exact.ReadPrefix(io.NewSectionReader(r, offset, n), n)
}
