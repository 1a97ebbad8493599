package cbf

import (
	"encoding/binary"
	"math"

	"github.com/gobragg/gobragg/format"
)

// maxStored is the largest number of bytes that byte offset stores for a pixel: an escape to 2, to 4,
// and to 8 bytes.
const maxStored = 1 + 2 + 4 + 8

// In byte offset, a pixel is stored as its difference from the one before, in one byte if it fits. The
// least number of each size says that the next larger size follows. Differences are little-endian.
const (
	escape8  = math.MinInt8
	escape16 = math.MinInt16
	escape32 = math.MinInt32
)

// limits are the least and the greatest value of a type of integers, as far as int64 goes.
func limits(t format.Type) (least, most int64) {
	bits := 8 * t.Size()
	if t.Signed() {
		return math.MinInt64 >> (64 - bits), math.MaxInt64 >> (64 - bits)
	}
	if bits == 64 {
		return 0, math.MaxInt64
	}
	return 0, 1<<bits - 1
}

// decode decompresses the pixels in src into dst, as little-endian integers of type t. Its errors name
// the pixel; they have no prefix.
func decode(dst, src []byte, t format.Type) error {
	least, most := limits(t)
	size := t.Size()
	pixels := len(dst) / size
	value, read, done := int64(0), 0, 0
	for done < pixels {
		if size == 4 {
			var n int
			n, value = decodeBytes(dst[4*done:], src[read:], least, value)
			read += n
			if done += n; done == pixels {
				break
			}
		}
		difference, n := next(src[read:])
		if n == 0 {
			return format.Errorf(format.ErrTruncated, "the compressed data end in pixel %d of %d", done+1, pixels)
		}
		sum := value + difference
		if (sum > value) != (difference > 0) && difference != 0 || sum < least || sum > most {
			return format.Errorf(format.ErrInvalidValue, "pixel %d is %d + %d, which is no %v", done+1, value, difference, t)
		}
		value = sum
		read += n
		put(dst[done*size:], size, value)
		done++
	}
	if read < len(src) {
		return format.Errorf(format.ErrInconsistent, "the compressed data hold %d bytes more than %d pixels", len(src)-read, pixels)
	}
	return nil
}

// decodeBytes decompresses pixels of 4 bytes, eight at a time, as long as all eight differences have
// one byte and no sum leaves the 32 bits above least.
func decodeBytes(dst, src []byte, least, value int64) (pixels int, last int64) {
	const high, low = 0x8080808080808080, 0x0101010101010101
	sum, bias := uint64(value-least), uint32(least) // sum is from 0 to 2³²−1
	whole := len(dst)
	for len(src) >= 8 && len(dst) >= 32 {
		word := binary.LittleEndian.Uint64(src)
		if x := word ^ high; (x-low)&^x&high != 0 { // a byte is 0x80, an escape
			break
		}
		s := sum + uint64(int64(int8(word)))
		all := s
		binary.LittleEndian.PutUint32(dst[0:4], uint32(s)+bias)
		s += uint64(int64(int8(word >> 8)))
		all |= s
		binary.LittleEndian.PutUint32(dst[4:8], uint32(s)+bias)
		s += uint64(int64(int8(word >> 16)))
		all |= s
		binary.LittleEndian.PutUint32(dst[8:12], uint32(s)+bias)
		s += uint64(int64(int8(word >> 24)))
		all |= s
		binary.LittleEndian.PutUint32(dst[12:16], uint32(s)+bias)
		s += uint64(int64(int8(word >> 32)))
		all |= s
		binary.LittleEndian.PutUint32(dst[16:20], uint32(s)+bias)
		s += uint64(int64(int8(word >> 40)))
		all |= s
		binary.LittleEndian.PutUint32(dst[20:24], uint32(s)+bias)
		s += uint64(int64(int8(word >> 48)))
		all |= s
		binary.LittleEndian.PutUint32(dst[24:28], uint32(s)+bias)
		s += uint64(int64(int8(word >> 56)))
		all |= s
		binary.LittleEndian.PutUint32(dst[28:32], uint32(s)+bias)
		if all>>32 != 0 {
			break
		}
		sum = s
		src, dst = src[8:], dst[32:]
	}
	return (whole - len(dst)) / 4, int64(sum) + least
}

// next returns the first difference in src and the bytes that it takes, 0 if src ends within it.
func next(src []byte) (difference int64, n int) {
	if len(src) < 1 {
		return 0, 0
	}
	if d := int8(src[0]); d != escape8 {
		return int64(d), 1
	}
	if len(src) < 3 {
		return 0, 0
	}
	if d := int16(binary.LittleEndian.Uint16(src[1:])); d != escape16 {
		return int64(d), 3
	}
	if len(src) < 7 {
		return 0, 0
	}
	if d := int32(binary.LittleEndian.Uint32(src[3:])); d != escape32 {
		return int64(d), 7
	}
	if len(src) < maxStored {
		return 0, 0
	}
	return int64(binary.LittleEndian.Uint64(src[7:])), maxStored
}

// put stores the low bytes of a value.
func put(dst []byte, size int, value int64) {
	switch size {
	case 1:
		dst[0] = byte(value)
	case 2:
		binary.LittleEndian.PutUint16(dst, uint16(value))
	case 4:
		binary.LittleEndian.PutUint32(dst, uint32(value))
	default:
		binary.LittleEndian.PutUint64(dst, uint64(value))
	}
}

// appendDifference appends a difference. One of more than 32 bits takes the 8-byte escape, which only
// CBFlib and this package read.
func appendDifference(out []byte, d int64) []byte {
	if d == int64(int8(d)) && d != escape8 {
		return append(out, byte(d))
	}
	out = append(out, 0x80)
	if d == int64(int16(d)) && d != escape16 {
		return binary.LittleEndian.AppendUint16(out, uint16(d))
	}
	out = append(out, 0x00, 0x80)
	if d == int64(int32(d)) && d != escape32 {
		return binary.LittleEndian.AppendUint32(out, uint32(d))
	}
	out = append(out, 0x00, 0x00, 0x00, 0x80)
	return binary.LittleEndian.AppendUint64(out, uint64(d))
}
