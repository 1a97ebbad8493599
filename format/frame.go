package format

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// MaxPixels is the largest number of pixels of a [Frame] that the readers accept.
const MaxPixels = 1 << 28

// Type is the type of the numbers of a frame.
type Type uint8

const (
	Uint8 Type = iota
	Int8
	Uint16
	Int16
	Uint32
	Int32
	Uint64
	Int64
	Float16
	Float32
	Float64
	Bool // one byte each, 0 or 1
)

var types = [...]struct {
	name string
	size int
}{{"uint8", 1}, {"int8", 1}, {"uint16", 2}, {"int16", 2}, {"uint32", 4}, {"int32", 4}, {"uint64", 8}, {"int64", 8},
	{"float16", 2}, {"float32", 4}, {"float64", 8}, {"bool", 1}}

// String returns the type's name, for instance "uint16".
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// Size returns the bytes of a number.
func (t Type) Size() int { return types[t].size }

// Signed reports whether the type is one of the signed integers.
func (t Type) Signed() bool { return t == Int8 || t == Int16 || t == Int32 || t == Int64 }

// Float reports whether the type is one of the floating-point types.
func (t Type) Float() bool { return t == Float16 || t == Float32 || t == Float64 }

// Frame is one image as a file has it, before pedestal and gain.
type Frame struct {
	Fast, Slow int  // pixels along each axis
	Type       Type // of the file's numbers
	// Data has the numbers as little-endian bytes of that type; the fast axis first.
	Data []byte
	// Bad marks the pixels that do not count, by the file's own statements: gaps, dead pixels,
	// values outside the trusted range. Nil if all count.
	Bad []bool
	// Notices are what a user should know of how the file was read, a line each.
	Notices []string
}

// Reset gives the frame a size and a type. Data has the right length but undefined values; its
// memory is used again where it suffices. Bad and Notices become nil.
func (f *Frame) Reset(fast, slow int, t Type) {
	bytes := fast * slow * t.Size()
	if cap(f.Data) < bytes {
		f.Data = make([]byte, bytes)
	}
	*f = Frame{Fast: fast, Slow: slow, Type: t, Data: f.Data[:bytes]}
}

// At returns the value of the pixel at index slow·Fast + fast. Integers beyond 2⁵³ are rounded.
func (f *Frame) At(i int) float64 {
	switch f.Type {
	case Uint8, Bool:
		return float64(f.Data[i])
	case Int8:
		return float64(int8(f.Data[i]))
	case Uint16:
		return float64(binary.LittleEndian.Uint16(f.Data[2*i:]))
	case Int16:
		return float64(int16(binary.LittleEndian.Uint16(f.Data[2*i:])))
	case Uint32:
		return float64(binary.LittleEndian.Uint32(f.Data[4*i:]))
	case Int32:
		return float64(int32(binary.LittleEndian.Uint32(f.Data[4*i:])))
	case Uint64:
		return float64(binary.LittleEndian.Uint64(f.Data[8*i:]))
	case Int64:
		return float64(int64(binary.LittleEndian.Uint64(f.Data[8*i:])))
	case Float16:
		return float64(half(binary.LittleEndian.Uint16(f.Data[2*i:])))
	case Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(f.Data[4*i:])))
	default:
		return math.Float64frombits(binary.LittleEndian.Uint64(f.Data[8*i:]))
	}
}

// half returns the value of an IEEE 754 number of 16 bits.
func half(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// Float64s returns all values, in dst if it is large enough.
func (f *Frame) Float64s(dst []float64) []float64 {
	n := f.Fast * f.Slow
	if cap(dst) < n {
		dst = make([]float64, n)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = f.At(i)
	}
	return dst
}

// Swap turns the bytes of every number around, after numbers that are big-endian were read into Data.
func (f *Frame) Swap() {
	switch data := f.Data; f.Type.Size() {
	case 2:
		for ; len(data) >= 2; data = data[2:] {
			data[0], data[1] = data[1], data[0]
		}
	case 4:
		for ; len(data) >= 4; data = data[4:] {
			binary.LittleEndian.PutUint32(data, binary.BigEndian.Uint32(data))
		}
	case 8:
		for ; len(data) >= 8; data = data[8:] {
			binary.LittleEndian.PutUint64(data, binary.BigEndian.Uint64(data))
		}
	}
}

// CRC32 returns the IEEE CRC-32 of the little-endian numbers, fast axis first.
func (f *Frame) CRC32() uint32 { return crc32.ChecksumIEEE(f.Data) }

// Mark marks the pixel at index i as one that does not count.
func (f *Frame) Mark(i int) {
	if f.Bad == nil {
		f.Bad = make([]bool, f.Fast*f.Slow)
	}
	f.Bad[i] = true
}

// MarkOutside marks the pixels whose value is below least, above most, or not a number, and returns
// how many it marked that were not marked before.
func (f *Frame) MarkOutside(least, most float64) (marked int) {
	switch f.Type { // those of large images
	case Uint16:
		return markWords(f, least, most, 2, func(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) })
	case Uint32:
		return markWords(f, least, most, 4, func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) })
	case Int32:
		return markWords(f, least, most, 4, func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) })
	}
	for i := range f.Fast * f.Slow {
		if v := f.At(i); !(v >= least && v <= most) && (f.Bad == nil || !f.Bad[i]) {
			f.Mark(i)
			marked++
		}
	}
	return marked
}

// markWords is MarkOutside for integers of size bytes.
func markWords(f *Frame, least, most float64, size int, value func([]byte) int64) (marked int) {
	low, high := integer(math.Ceil(least)), integer(math.Floor(most))
	for i, data := 0, f.Data; i < f.Fast*f.Slow; i, data = i+1, data[size:] {
		if v := value(data); (v < low || v > high) && (f.Bad == nil || !f.Bad[i]) {
			f.Mark(i)
			marked++
		}
	}
	return marked
}

// integer converts a whole number, as far as int64 goes.
func integer(x float64) int64 {
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// Masked returns the number of pixels that do not count.
func (f *Frame) Masked() (n int) {
	for _, bad := range f.Bad {
		if bad {
			n++
		}
	}
	return n
}

// Images is a file, or a set of files, of one or more frames of the same size.
type Images interface {
	// Size returns the pixels along the fast and the slow axis and the type of a frame.
	Size() (fast, slow int, t Type)
	// Frames returns the number of frames.
	Frames() int
	// Read reads frame i, from 0, into f, whose memory it uses again.
	Read(i int, f *Frame) error
	// Geometry returns what the file says of the experiment; nil if it says nothing.
	Geometry() *Geometry
	Close() error
}

// Writer writes frames to a file one after another. Close completes the file, Discard gives it up; after Close it
// does nothing.
type Writer interface {
	Write(f *Frame) error
	Close() error
	Discard() error
}

// Copy writes all frames of images and completes the file, or gives it up after an error.
func Copy(w Writer, images Images) error {
	// Only clean up; the first error is the one to report.
	defer func() { _ = w.Discard() }()
	var f Frame
	for i := range images.Frames() {
		if err := images.Read(i, &f); err != nil {
			return err
		}
		if err := w.Write(&f); err != nil {
			return err
		}
	}
	return w.Close()
}
