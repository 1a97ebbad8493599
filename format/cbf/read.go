package cbf

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/sweep"
)

// Read reads one image from r, which is decompressed if gzip or bzip2 has compressed it. name stands
// for the file in errors; the digits at its end, before its extensions, are the number of the image.
// The geometry is nil if the file says nothing of the experiment.
//
// A frame's Bad marks negative integers and counts above Count_cutoff or the overload of an imgCIF
// header. Its notices, and those of the geometry, are sentences without their subject, the file.
//
// A file of several binary sections, as multi-panel detectors have, is [format.ErrUnsupported].
func Read(r io.Reader, name string) (*format.Frame, *format.Geometry, error) {
	f := new(format.Frame)
	g, _, err := read(r, name, f, nil)
	if err != nil {
		return nil, nil, wrap(name, err)
	}
	return f, g, nil
}

func wrap(name string, err error) error {
	return format.Reading("cbf", fmt.Errorf("cbf: %s: %w", name, err))
}

// read reads an image into f. It returns the memory of the stored bytes for the next call.
func read(r io.Reader, name string, f *format.Frame, memory []byte) (*format.Geometry, []byte, error) {
	h, s, reader, err := begin(r)
	if err != nil {
		return nil, memory, err
	}
	flags := f.Bad
	if memory, err = s.read(reader, f, memory); err != nil {
		return nil, memory, err
	}
	if err := s.end(reader, f); err != nil {
		return nil, memory, err
	}
	g, err := h.geometry(s.fast, s.slow, sweep.Number(name))
	if err != nil {
		// The pixels are of use without it.
		f.Notices = append(f.Notices, fmt.Sprintf("has an imgCIF header that is not followed: %v", err))
	}
	mark(f, flags, h.mini.Trusted)
	return g, memory, nil
}

// begin reads what comes before the pixels.
func begin(r io.Reader) (*header, *section, *bufio.Reader, error) {
	reader, err := sniff.Open(r, sniff.Image, sniff.CBF)
	if err != nil {
		return nil, nil, nil, err
	}
	h, err := readHeader(reader)
	if err != nil {
		return nil, nil, nil, err
	}
	k, err := readKeys(reader)
	if err != nil {
		return nil, nil, nil, err
	}
	s, err := k.parse()
	return h, s, reader, err
}

// end reads what comes after the pixels, where another binary section is an error.
func (s *section) end(r *bufio.Reader, f *format.Frame) error {
	closed := !s.binary() || s.size < 0 // the boundary has been read
	for {
		line, err := r.ReadSlice('\n')
		switch at := bytes.Index(line, []byte(boundary)); {
		case at < 0:
		case closed:
			return format.Errorf(format.ErrUnsupported, "the file has several binary sections, of which only the first would be read")
		default:
			closed = true
		}
		if err == io.EOF {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
	if !closed {
		f.Notices = append(f.Notices, "ends without the boundary that closes its pixels")
	}
	return nil
}

// mark marks the pixels that do not count. flags is memory for the marks.
func mark(f *format.Frame, flags []bool, trusted *[2]float64) {
	least, most := limits(f.Type)
	switch {
	case trusted != nil:
		f.Bad = reuse(flags, f.Fast*f.Slow)
		if f.MarkOutside(trusted[0], trusted[1]) == 0 {
			f.Bad = nil
		}
	case f.Type.Float():
	default:
		if least == 0 && f.Type.Size() > 1 {
			most -= 2 // what −1 and −2 become
		}
		f.Bad = reuse(flags, f.Fast*f.Slow)
		if f.MarkOutside(0, float64(most)) == 0 {
			f.Bad = nil
		}
	}
}

// reuse returns n false values, in the memory of flags if it suffices.
func reuse(flags []bool, n int) []bool {
	if cap(flags) < n {
		return make([]bool, n)
	}
	flags = flags[:n]
	clear(flags)
	return flags
}
