package smv

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
)

func read(r io.Reader) (*Image, error) {
	var f format.Frame
	img, err := readFrame(r, &f)
	if err != nil {
		return nil, err
	}
	img.Notices = f.Notices
	if f.Type == format.Uint16 {
		img.Pixels = make([]uint16, f.Fast*f.Slow)
		for i := range img.Pixels {
			img.Pixels[i] = binary.LittleEndian.Uint16(f.Data[2*i:])
		}
		return img, nil
	}
	img.Floats = f.Float64s(nil)
	return img, nil
}

// readFrame reads the pixels into f, and returns the image without them.
func readFrame(r io.Reader, f *format.Frame) (*Image, error) {
	reader, img, err := begin(r)
	if err != nil {
		return nil, err
	}
	stored, err := storageOf(&img.Header)
	if err != nil {
		return nil, err
	}
	pixels := int64(img.Fast) * int64(img.Slow) // below 2^62
	if pixels > format.MaxPixels {
		return nil, format.Errorf(format.ErrLimit, "%d × %d pixels are too many", img.Fast, img.Slow)
	}
	data, err := exact.ReadPrefix(reader, int64(stored.kind.Size())*pixels)
	if err != nil {
		class := format.Classify(err, format.ErrTruncated)
		return nil, format.Errorf(class, "after the header, for %d × %d pixels: %w", img.Fast, img.Slow, err)
	}
	rest, err := io.Copy(io.Discard, reader)
	switch {
	case err != nil:
		return nil, err
	case rest > 0 && !stored.typed:
		return nil, format.Errorf(format.ErrInconsistent, "the header has no TYPE, and %d bytes for %d × %d pixels are not of %s", int64(len(data))+rest, img.Fast, img.Slow, unsignedShort)
	case rest > 0:
		stored.notices = append(stored.notices, fmt.Sprintf("has %d bytes after its pixels, which are not read", rest))
	}
	f.Data = data
	f.Reset(img.Fast, img.Slow, stored.kind)
	if stored.big {
		f.Swap()
	}
	f.Notices = stored.notices
	return img, nil
}

// begin reads what comes before the pixels; it returns the reader for these.
func begin(r io.Reader) (*bufio.Reader, *Image, error) {
	reader, err := sniff.Open(r, sniff.Image, sniff.SMV)
	if err != nil {
		return nil, nil, err
	}
	img := new(Image)
	if img.Header, err = readHeader(reader); err != nil {
		return nil, nil, err
	}
	if img.Fast, err = size(&img.Header, "SIZE1"); err != nil {
		return nil, nil, err
	}
	if img.Slow, err = size(&img.Header, "SIZE2"); err != nil {
		return nil, nil, err
	}
	return reader, img, nil
}

// readHeader reads the header and the padding after it.
func readHeader(reader *bufio.Reader) (Header, error) {
	start, err := reader.Peek(headerStep)
	if err != nil && !errors.Is(err, io.EOF) {
		return Header{}, err
	}
	if len(start) == 0 || start[0] != '{' {
		return Header{}, format.Errorf(format.Not("smv"), "expected a header that starts with '{', found %s", text.Quote(start[:min(len(start), 20)]))
	}
	n, err := headerBytes(start)
	if err != nil {
		return Header{}, err
	}
	data := make([]byte, n)
	if found, err := io.ReadFull(reader, data); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Header{}, format.Errorf(format.ErrTruncated, "expected a header of %d bytes, found %d", n, found)
	} else if err != nil {
		return Header{}, err
	}
	header, closed, err := parseEntries(data[1:])
	switch {
	case !closed: // which is also the cause of any malformed entry
		return Header{}, format.Errorf(format.ErrTruncated, "no closing brace in the %d bytes of the header", n)
	case err != nil:
		return Header{}, err
	}
	// A second HEADER_BYTES, beyond the first 512 bytes, may contradict the first.
	if value, ok := header.lookup("HEADER_BYTES"); ok && value != strconv.Itoa(n) {
		if again, err := integer(&header, "HEADER_BYTES", 2, maxHeader); err != nil || again != n {
			return Header{}, format.Errorf(format.ErrInconsistent, "HEADER_BYTES is both %d and %s", n, value)
		}
	}
	return header, nil
}

// headerBytes finds the length of the header in the first bytes of a file.
func headerBytes(start []byte) (int, error) {
	// The last entry may be truncated at the end of start, unless a brace comes first.
	if end := bytes.LastIndexAny(start, ";\n}"); end >= 0 {
		start = start[:end+1]
	}
	header, _, err := parseEntries(start[1:])
	if err != nil {
		return 0, err
	}
	if _, ok := header.lookup("HEADER_BYTES"); !ok {
		return headerStep, nil
	}
	return integer(&header, "HEADER_BYTES", 2, maxHeader)
}

func size(header *Header, key string) (int, error) { return integer(header, key, 1, maxSide) }

func integer(header *Header, key string, low, high int) (int, error) {
	value, ok := header.lookup(key)
	if !ok {
		return 0, format.Errorf(format.ErrInvalidValue, "the header has no %s", key)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		class := format.ErrInvalidValue
		if n > high { // also what Atoi returns for a number beyond an int
			class = format.ErrLimit
		}
		return 0, format.Errorf(class, "%s is %s, not an integer from %d to %d", key, text.Quote([]byte(value)), low, high)
	}
	return n, nil
}
