package tiff

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/gobragg/gobragg/format"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// mostRatio is more than deflate ever gains.
const mostRatio = 1040

// locate finds the strips, and compares them with the file.
func (m *image) locate(fields map[uint16]field) error {
	count := int64((m.slow + m.rows - 1) / m.rows)
	offsets, err := m.numbers(fields, tagStripOffsets, count+1)
	if err != nil {
		return err
	}
	sizes, err := m.numbers(fields, tagStripBytes, count+1)
	if err != nil {
		return err
	}
	row := int64(m.fast) * int64(m.kind.Size())
	if sizes == nil && len(offsets) == 1 && !m.deflated {
		sizes = []int64{row * int64(m.slow)} // old writers leave it out
	}
	switch {
	case offsets == nil || sizes == nil:
		return format.Errorf(format.ErrNoData, "there are no strips (tags 273, 279)")
	case int64(len(offsets)) != count || int64(len(sizes)) != count:
		return format.Errorf(format.ErrInconsistent, "%d rows in strips of %d are not %d strips with %d sizes", m.slow, m.rows, len(offsets), len(sizes))
	}
	total := int64(0)
	for i := range offsets {
		if sizes[i] > m.size-offsets[i] {
			return format.Errorf(format.ErrTruncated, "strip %d, %d bytes at %d, is beyond the %d bytes of the file", i+1, sizes[i], offsets[i], m.size)
		}
		total += sizes[i]
		m.strips = append(m.strips, [2]int64{offsets[i], sizes[i]})
	}
	switch all := row * int64(m.slow); {
	case m.deflated && all/mostRatio > total:
		return format.Errorf(format.ErrTruncated, "%d × %d pixels have %d bytes, more than %d compressed ones can give", m.fast, m.slow, all, total)
	case m.deflated:
	case total < all:
		return format.Errorf(format.ErrTruncated, "the strips have %d bytes, but %d × %d pixels of %v have %d", total, m.fast, m.slow, m.kind, all)
	case total > all:
		return format.Errorf(format.ErrInconsistent, "the strips have %d bytes, but %d × %d pixels of %v have %d", total, m.fast, m.slow, m.kind, all)
	}
	return nil
}

// read reads the pixels.
func (m *image) read(f *format.Frame) error {
	f.Reset(m.fast, m.slow, m.kind)
	f.Notices = append(f.Notices, m.notices...)
	strip := m.rows * m.fast * m.kind.Size()
	for i, s := range m.strips {
		part := f.Data[min(i*strip, len(f.Data)):min((i+1)*strip, len(f.Data))]
		reader := io.NewSectionReader(m.source, s[0], s[1])
		if !m.deflated && s[1] != int64(len(part)) {
			return format.Errorf(format.ErrInconsistent, "strip %d has %d bytes, not %d", i+1, s[1], len(part))
		}
		if err := m.fill(part, reader); err != nil {
			return format.Errorf(class(err), "strip %d: %w", i+1, err)
		}
	}
	if m.order == binary.BigEndian {
		f.Swap()
	}
	if m.invert {
		for i := range f.Data {
			f.Data[i] = 255 - f.Data[i]
		}
	}
	switch trusted := m.header.Trusted; {
	case trusted != nil:
		f.MarkOutside(trusted[0], trusted[1])
	case m.kind.Signed():
		f.MarkOutside(0, 1<<63)
	}
	return nil
}

// fill fills part from the bytes of a strip.
func (m *image) fill(part []byte, r io.Reader) error {
	if !m.deflated {
		_, err := io.ReadFull(r, part)
		return err
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(z, part); err != nil {
		return err
	}
	// The end, with its sum.
	var more [1]byte
	switch n, err := z.Read(more[:]); {
	case n > 0:
		return format.Errorf(format.ErrInconsistent, "there are more than %d bytes", len(part))
	case err != nil && !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// class returns the class of an error of a strip.
func class(err error) error {
	switch {
	case format.Class(err) != "":
		return format.ErrInconsistent
	case errors.Is(err, zlib.ErrChecksum):
		return format.ErrChecksum
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return format.ErrTruncated
	}
	return format.ErrInvalidValue
}
