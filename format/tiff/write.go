package tiff

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// WriteFile is [Write] for the file at path, which is replaced atomically.
func WriteFile(path string, f *format.Frame) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, f) })
}

// Write writes the pixels of a frame, uncompressed in one strip, with their type; truth values become
// bytes of 0 and 1. Pixels that do not count are not marked. An image of 4 GB is
// [format.ErrUnsupported], since offsets have 32 bits.
func Write(w io.Writer, f *format.Frame) error {
	bits, kind := 8*f.Type.Size(), samplesUnsigned
	switch {
	case f.Type.Float():
		kind = samplesFloat
	case f.Type.Signed():
		kind = samplesSigned
	}
	if f.Fast < 1 || f.Slow < 1 || len(f.Data) != f.Fast*f.Slow*f.Type.Size() {
		return format.Errorf(format.ErrInvalidValue, "tiff: an image of %d × %d pixels of %v with %d bytes cannot be written", f.Fast, f.Slow, f.Type, len(f.Data))
	}
	if len(f.Data) > math.MaxUint32-1000 {
		return format.Errorf(format.ErrUnsupported, "tiff: %d bytes of pixels cannot be written: a TIFF file has less than 4 GB; write NXmx or npy", len(f.Data))
	}
	fields := [][2]uint32{ // in ascending order of the tags
		{tagWidth, uint32(f.Fast)}, {tagLength, uint32(f.Slow)}, {tagBits, uint32(bits)}, {tagCompression, compressionNone}, {tagPhotometric, whiteIsZero + 1},
		{tagStripOffsets, 0}, {tagSamples, 1}, {tagRowsPerStrip, uint32(f.Slow)}, {tagStripBytes, uint32(len(f.Data))}, {tagSampleFormat, uint32(kind)},
	}
	o := binary.LittleEndian
	head := append([]byte("II*\x00"), 8, 0, 0, 0) // the directory follows
	start := (len(head) + 2 + len(fields)*bytesOfDirectory + 4 + 15) / 16 * 16
	head = o.AppendUint16(head, uint16(len(fields)))
	for _, field := range fields {
		if field[0] == tagStripOffsets {
			field[1] = uint32(start)
		}
		const long = 4 // the type of the value, 32 bits
		head = o.AppendUint32(o.AppendUint32(o.AppendUint16(o.AppendUint16(head, uint16(field[0])), long), 1), field[1])
	}
	head = append(head, make([]byte, start-len(head))...)
	for _, part := range [][]byte{head, f.Data} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("tiff: %w", err)
		}
	}
	return nil
}
