package tiff

import (
	"encoding/binary"
	"io"
	"math"
	"slices"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/dectris"
)

// Tags of the fields that count.
const (
	tagWidth         = 256
	tagLength        = 257
	tagBits          = 258
	tagCompression   = 259
	tagPhotometric   = 262
	tagFillOrder     = 266
	tagDescription   = 270
	tagStripOffsets  = 273
	tagSamples       = 277
	tagRowsPerStrip  = 278
	tagStripBytes    = 279
	tagPredictor     = 317
	tagTileWidth     = 322
	tagSampleFormat  = 339
	maxFields        = 4096
	maxDescription   = 1 << 20
	compressionNone  = 1
	samplesUnsigned  = 1
	samplesSigned    = 2
	samplesFloat     = 3
	whiteIsZero      = 0
	deflateOfAdobe   = 8
	deflateOfTIFF    = 32946
	bytesOfDirectory = 12 // an entry
)

// image is what the directory of a file says.
type image struct {
	source     io.ReaderAt
	size       int64 // of the file
	order      binary.ByteOrder
	fast, slow int
	kind       format.Type
	invert     bool
	deflated   bool
	rows       int // of a strip
	strips     [][2]int64
	header     *dectris.Header
	notices    []string
}

// order returns the order of bytes of a file that begins with start; ok is false if it is no TIFF.
func order(start []byte) (o binary.ByteOrder, ok bool) {
	switch {
	case len(start) < 4:
	case string(start[:4]) == "II*\x00" || string(start[:4]) == "II+\x00":
		return binary.LittleEndian, true
	case string(start[:4]) == "MM\x00*" || string(start[:4]) == "MM\x00+":
		return binary.BigEndian, true
	}
	return nil, false
}

// field is an entry of a directory.
type field struct {
	kind  uint16
	count int64
	value []byte // 4 bytes: the value, or the offset of the values
}

// parse reads the directory of a file of size bytes.
func parse(r io.ReaderAt, size int64) (*image, error) {
	start, err := readAt(r, size, 0, min(size, 8))
	if err != nil {
		return nil, err
	}
	o, ok := order(start)
	switch {
	case !ok:
		return nil, format.Errorf(format.Not("tiff"), "a TIFF file begins with II*\\x00 or MM\\x00*, this one with %.20q", start)
	case len(start) < 8:
		return nil, format.Errorf(format.ErrTruncated, "the file ends after %d bytes", len(start))
	case o.Uint16(start[2:]) == 43:
		return nil, format.Errorf(format.ErrUnsupported, "BigTIFF is not read; TIFF is")
	}
	m := &image{source: r, size: size, order: o}
	fields, err := m.directory(int64(o.Uint32(start[4:])))
	if err != nil {
		return nil, err
	}
	if err := m.layout(fields); err != nil {
		return nil, err
	}
	return m, m.locate(fields)
}

// directory reads the fields of the first directory, which is to be the only one.
func (m *image) directory(at int64) (map[uint16]field, error) {
	head, err := readAt(m.source, m.size, at, 2)
	if err != nil {
		return nil, err
	}
	n := int64(m.order.Uint16(head))
	if n > maxFields {
		return nil, format.Errorf(format.ErrLimit, "%d fields are more than %d", n, maxFields)
	}
	data, err := readAt(m.source, m.size, at+2, n*bytesOfDirectory+4)
	if err != nil {
		return nil, err
	}
	fields := map[uint16]field{}
	for ; n > 0; n-- {
		tag := m.order.Uint16(data)
		if _, there := fields[tag]; there {
			return nil, format.Errorf(format.ErrInconsistent, "the tag %d is there twice", tag)
		}
		fields[tag] = field{m.order.Uint16(data[2:]), int64(m.order.Uint32(data[4:])), data[8:12]}
		data = data[bytesOfDirectory:]
	}
	if m.order.Uint32(data) != 0 {
		return nil, format.Errorf(format.ErrUnsupported, "the file holds several images, of which only the first would be read")
	}
	return fields, nil
}

// sizes of the types of fields that are read.
var sizes = map[uint16]int64{1: 1, 2: 1, 3: 2, 4: 4}

// bytes returns the values of a field as bytes, at most limit of them.
func (m *image) bytes(tag uint16, f field, limit int64) ([]byte, error) {
	size, ok := sizes[f.kind]
	switch {
	case !ok:
		return nil, format.Errorf(format.ErrInvalidValue, "the tag %d has values of the type %d", tag, f.kind)
	case f.count*size > limit:
		return nil, format.Errorf(format.ErrLimit, "the tag %d has %d values", tag, f.count)
	case f.count*size <= 4:
		return f.value[:f.count*size], nil
	}
	return readAt(m.source, m.size, int64(m.order.Uint32(f.value)), f.count*size)
}

// numbers returns the values of a field; nil if there is none.
func (m *image) numbers(fields map[uint16]field, tag uint16, limit int64) ([]int64, error) {
	f, ok := fields[tag]
	if !ok {
		return nil, nil
	}
	data, err := m.bytes(tag, f, 4*limit)
	if err != nil {
		return nil, err
	}
	list := make([]int64, f.count)
	for i := range list {
		switch f.kind {
		case 3:
			list[i] = int64(m.order.Uint16(data[2*i:]))
		case 4:
			list[i] = int64(m.order.Uint32(data[4*i:]))
		default:
			list[i] = int64(data[i])
		}
	}
	return list, nil
}

// number returns the value of a field of one value, or absent.
func (m *image) number(fields map[uint16]field, tag uint16, absent int64) (int64, error) {
	list, err := m.numbers(fields, tag, 64)
	if err != nil || list == nil {
		return absent, err
	}
	if len(list) == 0 || slices.Max(list) != slices.Min(list) {
		return 0, format.Errorf(format.ErrUnsupported, "the tag %d has the values %v, not one", tag, list)
	}
	return list[0], nil
}

// layout takes the size and the type of the image.
func (m *image) layout(fields map[uint16]field) error {
	if _, tiled := fields[tagTileWidth]; tiled {
		return format.Errorf(format.ErrUnsupported, "tiles (tag 322) are not read; strips are")
	}
	var width, length, bits, compression, photometric, fill, samples, rows, predictor, kind int64
	for _, want := range []struct {
		to     *int64
		tag    uint16
		absent int64
	}{
		{&width, tagWidth, 0}, {&length, tagLength, 0}, {&bits, tagBits, 1}, {&compression, tagCompression, compressionNone},
		{&photometric, tagPhotometric, 1}, {&fill, tagFillOrder, 1}, {&samples, tagSamples, 1}, {&rows, tagRowsPerStrip, math.MaxUint32},
		{&predictor, tagPredictor, 1}, {&kind, tagSampleFormat, samplesUnsigned},
	} {
		var err error
		if *want.to, err = m.number(fields, want.tag, want.absent); err != nil {
			return err
		}
	}
	switch {
	case width < 1 || length < 1 || rows < 1:
		return format.Errorf(format.ErrInvalidValue, "%d × %d pixels in strips of %d rows", width, length, rows)
	case width > format.MaxPixels || length > format.MaxPixels/width:
		return format.Errorf(format.ErrLimit, "%d × %d pixels are more than %d", width, length, format.MaxPixels)
	case samples != 1:
		return format.Errorf(format.ErrUnsupported, "%d channels are not read; one is", samples)
	case predictor != 1 || fill != 1:
		return format.Errorf(format.ErrUnsupported, "the predictor %d (tag 317) with the order of bits %d (tag 266) is not read", predictor, fill)
	}
	switch compression {
	case compressionNone:
	case deflateOfAdobe, deflateOfTIFF:
		m.deflated = true
	default:
		return format.Errorf(format.ErrUnsupported, "the compression %s is not read; none and deflate are", compressions(compression))
	}
	m.fast, m.slow, m.rows = int(width), int(length), int(min(rows, length))
	if err := m.describe(fields); err != nil {
		return err
	}
	return m.elements(bits, kind, photometric)
}

// compressions names those that occur.
func compressions(n int64) string {
	names := map[int64]string{2: "CCITT", 3: "CCITT", 4: "CCITT", 5: "LZW", 6: "JPEG", 7: "JPEG", 32773: "PackBits", 34925: "LZMA", 50000: "zstd"}
	if name, ok := names[n]; ok {
		return name
	}
	return "of number " + itoa(n)
}

// elements takes the type of the pixels.
func (m *image) elements(bits, kind, photometric int64) error {
	types := map[[2]int64]format.Type{
		{8, samplesUnsigned}: format.Uint8, {16, samplesUnsigned}: format.Uint16, {32, samplesUnsigned}: format.Uint32, {64, samplesUnsigned}: format.Uint64,
		{8, samplesSigned}: format.Int8, {16, samplesSigned}: format.Int16, {32, samplesSigned}: format.Int32, {64, samplesSigned}: format.Int64,
		{16, samplesFloat}: format.Float16, {32, samplesFloat}: format.Float32, {64, samplesFloat}: format.Float64,
	}
	if kind == 4 { // undefined
		kind = samplesUnsigned
	}
	if bits == 32 && kind == samplesUnsigned && m.header.Trusted != nil {
		kind = samplesSigned
		m.notices = append(m.notices, "is of a PILATUS: its unsigned pixels are taken for signed ones")
	}
	var ok bool
	if m.kind, ok = types[[2]int64{bits, kind}]; !ok {
		return format.Errorf(format.ErrUnsupported, "pixels of %d bits in the sample format %d are not read", bits, kind)
	}
	switch {
	case photometric > 1:
		return format.Errorf(format.ErrUnsupported, "the photometric interpretation %d (tag 262) is not read: grey values are", photometric)
	case photometric == whiteIsZero && m.kind == format.Uint8:
		m.invert = true
		m.notices = append(m.notices, "counts from white, 0, to black: its pixels are inverted")
	}
	return nil
}

// describe reads the description.
func (m *image) describe(fields map[uint16]field) error {
	var text []byte
	if f, ok := fields[tagDescription]; ok {
		var err error
		if text, err = m.bytes(tagDescription, f, maxDescription); err != nil {
			return err
		}
	}
	m.header = dectris.Parse(text)
	return nil
}
