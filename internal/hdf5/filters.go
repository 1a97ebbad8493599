package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"

	"github.com/gobragg/gobragg/format"
)

// filter is one of a pipeline, which is applied when a chunk is written.
type filter struct {
	id     uint16
	values []uint32
}

// filterNames are those of registered filters that are not read.
var filterNames = map[uint16]string{4: "szip", 5: "nbit", 6: "scaleoffset", 305: "lzo", 307: "bzip2", 32000: "lzf", 32001: "blosc",
	32006: "mafisc", 32007: "snappy", 32010: "vbz", 32012: "fci", 32013: "zfp", 32014: "fpzip", 32015: "zstd", 32017: "sz", 32018: "fcidecomp",
	32019: "jpeg", 32024: "sz3", 32025: "delta-rice", 32026: "blosc2", 32029: "granular bitround", 32030: "sperr"}

const maxFilters = 32

// decodeFilters decodes a filter pipeline.
func decodeFilters(c *cursor) (filters []filter, err error) {
	version, n := c.u8(), int(c.u8())
	switch version {
	case 1:
		c.skip(6)
	case 2:
	default:
		c.fail(format.ErrUnsupported, "a list of filters at byte %d has version %d; 1 and 2 are read", c.at, version)
	}
	if n > maxFilters {
		c.fail(format.ErrLimit, "a list of filters at byte %d has %d of them, more than %d", c.at, n, maxFilters)
	}
	for i := 0; i < n && c.err == nil; i++ {
		f := filter{id: c.u16()}
		name := 0
		if version == 1 || f.id >= 256 {
			name = int(c.u16())
		}
		c.skip(2) // flags
		count := int(c.u16())
		if version == 1 {
			name = (name + 7) &^ 7
		}
		c.skip(name)
		if 4*count > c.left() {
			c.fail(format.ErrTruncated, "a list of filters at byte %d ends early", c.at)
		}
		for range count {
			if c.err == nil {
				f.values = append(f.values, c.u32())
			}
		}
		if version == 1 && count%2 == 1 {
			c.skip(4)
		}
		filters = append(filters, f)
	}
	return filters, c.err
}

// unpack reads a chunk and undoes its filters, the last one first. dst has the size of the chunk.
func (d *Dataset) unpack(dst []byte, found chunk, filters []filter, buffers *buffers) error {
	var undo []filter
	for i, f := range filters {
		if found.mask>>i&1 == 0 {
			undo = append(undo, f)
		}
	}
	if len(undo) == 0 {
		if found.stored != uint64(len(dst)) {
			return format.Errorf(format.ErrInconsistent, "it has %d bytes, expected %d", found.stored, len(dst))
		}
		return d.file.readInto(dst, found.address)
	}
	if found.address > d.file.end || found.stored > d.file.end-found.address {
		return format.Errorf(format.ErrTruncated, "its %d bytes are beyond the end of the file at byte %d", found.stored, d.file.end)
	}
	data := grow(&buffers.stored, int(found.stored))
	if err := d.file.readInto(data, found.address); err != nil {
		return err
	}
	for i := len(undo) - 1; i >= 0; i-- {
		var err error
		if undo[i].id == filterFletcher32 {
			if data, err = checkFletcher32(data); err != nil {
				return err
			}
			continue
		}
		out := dst
		if n, err := given(undo[:i], len(dst)); err != nil {
			return err
		} else if i > 0 {
			out = grow([]*[]byte{&buffers.a, &buffers.b}[i%2], n)
		}
		if err := undo[i].undo(out, data, buffers); err != nil {
			return err
		}
		data = out
	}
	if len(data) != len(dst) {
		return format.Errorf(format.ErrInconsistent, "it unpacks to %d bytes, expected %d", len(data), len(dst))
	}
	if &data[0] != &dst[0] {
		copy(dst, data)
	}
	return nil
}

// given returns the bytes that a filter was given for a chunk of n bytes by the filters before it.
func given(before []filter, n int) (int, error) {
	for _, f := range before {
		switch {
		case f.id == filterFletcher32:
			n += 4
		case f.id == filterShuffle, f.id == filterBitshuffle && len(f.values) > 4 && f.values[4] == 0:
		default:
			return 0, format.Errorf(format.ErrUnsupported, "it was compressed by the filter %d and then by another one, which is not read", f.id)
		}
	}
	return n, nil
}

// undo undoes a filter, whose result fills out.
func (f filter) undo(out, src []byte, buffers *buffers) error {
	switch f.id {
	case filterShuffle:
		return unpackShuffle(out, src, f.values)
	case filterDeflate:
		return unpackDeflate(out, src)
	case filterLZ4:
		return unpackLZ4(out, src)
	case filterBitshuffle:
		return unpackBitshuffle(out, src, f.values, &buffers.planes)
	}
	name := filterNames[f.id]
	if name == "" {
		name = "of an unknown name"
	}
	return format.Errorf(format.ErrUnsupported, "it was written with the filter %d (%s), which is not read: repack it, for instance with h5repack -f GZIP=1", f.id, name)
}

func checkFletcher32(src []byte) ([]byte, error) {
	if len(src) < 4 {
		return nil, format.Errorf(format.ErrTruncated, "it has %d bytes, fewer than its checksum", len(src))
	}
	data := src[:len(src)-4]
	want, got := binary.LittleEndian.Uint32(src[len(data):]), fletcher32(data)
	// Old versions of the library swapped the bytes of each half.
	old := got>>8&0x00ff00ff | got<<8&0xff00ff00
	if want != got && want != old {
		return nil, format.Errorf(format.ErrChecksum, "it has the Fletcher-32 %08x, and was written with %08x", got, want)
	}
	return data, nil
}

func unpackShuffle(dst, src []byte, values []uint32) error {
	if len(values) < 1 || values[0] == 0 {
		return format.Errorf(format.ErrInconsistent, "the filter shuffle has no size of elements")
	}
	if len(src) != len(dst) {
		return format.Errorf(format.ErrInconsistent, "a shuffled chunk has %d bytes, expected %d", len(src), len(dst))
	}
	size := int(min(values[0], maxElement))
	n := len(src) / size
	for b := range size {
		plane := src[b*n : (b+1)*n]
		for i, v := range plane {
			dst[i*size+b] = v
		}
	}
	copy(dst[n*size:], src[n*size:])
	return nil
}

func unpackDeflate(dst, src []byte) error {
	z, err := zlib.NewReader(bytes.NewReader(src))
	if err != nil {
		return format.Errorf(format.ErrInvalidValue, "it is not compressed by deflate: %w", err)
	}
	_, err = io.ReadFull(z, dst)
	if err == nil {
		// The checksum comes after the last byte.
		var more [1]byte
		if n, end := z.Read(more[:]); n > 0 {
			return format.Errorf(format.ErrInconsistent, "it unpacks to more than %d bytes", len(dst))
		} else if !errors.Is(end, io.EOF) {
			err = end
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, zlib.ErrChecksum):
		return format.Errorf(format.ErrChecksum, "it has another checksum than it was written with: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return format.Errorf(format.ErrInconsistent, "it unpacks to fewer than %d bytes", len(dst))
	}
	return format.Errorf(format.ErrInvalidValue, "it is not compressed by deflate: %w", err)
}
