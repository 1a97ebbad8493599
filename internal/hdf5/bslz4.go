package hdf5

import (
	"encoding/binary"

	"github.com/pierrec/lz4/v4"

	"github.com/gobragg/gobragg/format"
)

// blockBytes is the size of the blocks of bitshuffle's LZ4 that is used for writing; it is
// bitshuffle's own default.
const blockBytes = 8192

// Compressor compresses chunks by bitshuffle and LZ4, the filter 32008. Its memory is used again.
// The zero value is ready.
type Compressor struct {
	lz4    lz4.Compressor
	planes []byte
	out    []byte
}

// Compress returns the compressed form of a chunk of elements of the given size, which is valid
// until the next call.
func (c *Compressor) Compress(chunk []byte, size int) ([]byte, error) {
	step := blockBytes / size &^ 7 * size
	if cap(c.planes) < step {
		c.planes = make([]byte, step)
	}
	out := binary.BigEndian.AppendUint64(c.out[:0], uint64(len(chunk)))
	out = binary.BigEndian.AppendUint32(out, uint32(step))
	whole := len(chunk) / (8 * size) * (8 * size) // fewer than 8 elements at the end stay as they are
	for at := 0; at < whole; at += step {
		planes := c.planes[:min(step, whole-at)]
		shuffle(planes, chunk[at:at+len(planes)], size)
		most := lz4.CompressBlockBound(len(planes))
		if cap(out)-len(out) < 4+most {
			grown := make([]byte, len(out), 2*cap(out)+4+most)
			copy(grown, out)
			out = grown
		}
		start := len(out)
		n, err := c.lz4.CompressBlock(planes, out[start+4:start+4+most])
		if err != nil {
			return nil, err
		}
		out = binary.BigEndian.AppendUint32(out, uint32(n))
		out = out[:start+4+n]
	}
	c.out = append(out, chunk[whole:]...)
	return c.out, nil
}

// unpackBitshuffle undoes the filter 32008 with the given values; length is that of the chunk.
func unpackBitshuffle(dst, src []byte, values []uint32, scratch *[]byte) error {
	if len(values) < 3 {
		return format.Errorf(format.ErrInconsistent, "the filter bitshuffle has %d values, expected at least 3", len(values))
	}
	size, block, mode := int(values[2]), 0, uint32(0)
	if size < 1 || size > 1<<16 {
		return format.Errorf(format.ErrInvalidValue, "the filter bitshuffle has elements of %d bytes", values[2])
	}
	if len(values) > 3 {
		block = int(min(values[3], 1<<30)) * size
	}
	if len(values) > 4 {
		mode = values[4]
	}
	switch mode {
	case 0, 2:
	case 3:
		return format.Errorf(format.ErrUnsupported, "the filter bitshuffle (32008) with compression by zstd is not read")
	default:
		return format.Errorf(format.ErrUnsupported, "the filter bitshuffle (32008) with compression %d is not read", mode)
	}
	if mode == 0 {
		if len(src) != len(dst) {
			return format.Errorf(format.ErrInconsistent, "a chunk of %d bytes has %d bytes stored, without compression", len(dst), len(src))
		}
		if block == 0 {
			block = max(blockBytes/size&^7, 128) * size
		}
		block = max(block, 8*size)
		return eachBlock(dst, size, block, func(part []byte) error {
			unshuffle(part, src[:len(part)], size)
			src = src[len(part):]
			return nil
		}, func(rest []byte) error { copy(rest, src); return nil })
	}

	if len(src) < 12 {
		return format.Errorf(format.ErrTruncated, "a chunk has %d bytes, fewer than the head of bitshuffle's LZ4", len(src))
	}
	total, step := binary.BigEndian.Uint64(src), binary.BigEndian.Uint32(src[8:])
	if total != uint64(len(dst)) {
		return format.Errorf(format.ErrInconsistent, "a chunk unpacks to %d bytes by its head, and has %d by its dimensions", total, len(dst))
	}
	if total > 0 && (step == 0 || int64(step)%int64(8*size) != 0) {
		return format.Errorf(format.ErrInvalidValue, "bitshuffle's LZ4 has blocks of %d bytes, not a multiple of 8 elements of %d bytes", step, size)
	}
	src = src[12:]
	return eachBlock(dst, size, int(min(uint64(step), total+uint64(8*size))), func(part []byte) error {
		if len(src) < 4 {
			return format.Errorf(format.ErrTruncated, "a chunk ends within bitshuffle's LZ4")
		}
		n := binary.BigEndian.Uint32(src)
		if uint64(n) > uint64(len(src)-4) {
			return format.Errorf(format.ErrTruncated, "a chunk ends within a block of %d bytes of bitshuffle's LZ4", n)
		}
		planes := grow(scratch, len(part))
		if err := unpackLZ4Block(planes, src[4:4+n]); err != nil {
			return err
		}
		unshuffle(part, planes, size)
		src = src[4+n:]
		return nil
	}, func(rest []byte) error {
		if len(src) != len(rest) {
			return format.Errorf(format.ErrInconsistent, "a chunk has %d bytes behind its blocks of bitshuffle's LZ4, expected %d", len(src), len(rest))
		}
		copy(rest, src)
		return nil
	})
}

// eachBlock calls whole for the blocks of a chunk, the last of which is shorter, and rest for the
// fewer than 8 elements that remain.
func eachBlock(dst []byte, size, block int, whole, rest func(part []byte) error) error {
	end := len(dst) / (8 * size) * (8 * size)
	for at := 0; at < end; {
		n := min(block/(8*size)*(8*size), end-at)
		if err := whole(dst[at : at+n]); err != nil {
			return err
		}
		at += n
	}
	return rest(dst[end:])
}

// unpackLZ4Block undoes the compression of a block that fills dst.
func unpackLZ4Block(dst, src []byte) error {
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return format.Errorf(format.ErrInvalidValue, "a block of %d bytes is no LZ4, or unpacks to more than %d bytes", len(src), len(dst))
	}
	if n != len(dst) {
		return format.Errorf(format.ErrInconsistent, "a block of %d bytes of LZ4 unpacks to %d bytes, expected %d", len(src), n, len(dst))
	}
	return nil
}

// unpackLZ4 undoes the filter 32004.
func unpackLZ4(dst, src []byte) error {
	if len(src) < 12 {
		return format.Errorf(format.ErrTruncated, "a chunk has %d bytes, fewer than the head of LZ4", len(src))
	}
	total, block := binary.BigEndian.Uint64(src), uint64(binary.BigEndian.Uint32(src[8:]))
	if total != uint64(len(dst)) {
		return format.Errorf(format.ErrInconsistent, "a chunk unpacks to %d bytes by its head, and has %d by its dimensions", total, len(dst))
	}
	if total > 0 && block == 0 {
		return format.Errorf(format.ErrInvalidValue, "LZ4 has blocks of 0 bytes")
	}
	src = src[12:]
	for len(dst) > 0 {
		part := dst[:min(block, uint64(len(dst)))]
		if len(src) < 4 {
			return format.Errorf(format.ErrTruncated, "a chunk ends within LZ4")
		}
		n := binary.BigEndian.Uint32(src)
		if uint64(n) > uint64(len(src)-4) {
			return format.Errorf(format.ErrTruncated, "a chunk ends within a block of %d bytes of LZ4", n)
		}
		if int(n) == len(part) {
			copy(part, src[4:])
		} else if err := unpackLZ4Block(part, src[4:4+n]); err != nil {
			return err
		}
		dst, src = dst[len(part):], src[4+n:]
	}
	return nil
}

// grow returns n bytes of undefined value in the buffer, which it enlarges if it is too small.
func grow(buffer *[]byte, n int) []byte {
	if cap(*buffer) < n {
		*buffer = make([]byte, n)
	}
	return (*buffer)[:n]
}
