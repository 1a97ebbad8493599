package smv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
)

func read(r io.Reader) (*Image, error) {
	reader, img, err := begin(r)
	if err != nil {
		return nil, err
	}
	stored, err := storageOf(&img.Header)
	if err != nil {
		return nil, err
	}
	pixels := int64(img.Fast) * int64(img.Slow) // below 2^62
	if pixels > math.MaxInt64/int64(stored.bytes) {
		return nil, fmt.Errorf("%d × %d pixels are too many", img.Fast, img.Slow)
	}
	data, err := exact.ReadPrefix(reader, int64(stored.bytes)*pixels)
	if err != nil {
		return nil, fmt.Errorf("after the header, for %d × %d pixels: %w", img.Fast, img.Slow, err)
	}
	rest, err := io.Copy(io.Discard, reader)
	switch {
	case err != nil:
		return nil, err
	case rest > 0 && !stored.typed:
		return nil, fmt.Errorf("the header has no TYPE, and %d bytes for %d × %d pixels are not of %s", int64(len(data))+rest, img.Fast, img.Slow, unsignedShort)
	case rest > 0:
		stored.notices = append(stored.notices, fmt.Sprintf("has %d bytes after its pixels, which are not read", rest))
	}
	img.Notices = stored.notices
	if stored.value == nil {
		img.Pixels = make([]uint16, pixels)
		for i := range img.Pixels {
			img.Pixels[i] = stored.order.Uint16(data[2*i:])
		}
		return img, nil
	}
	img.Floats = make([]float64, pixels)
	for i := range img.Floats {
		img.Floats[i] = stored.value(stored.order, data[stored.bytes*i:])
	}
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
		return Header{}, fmt.Errorf("expected a header that starts with '{', found %s", text.Quote(start[:min(len(start), 20)]))
	}
	n, err := headerBytes(start)
	if err != nil {
		return Header{}, err
	}
	data := make([]byte, n)
	if found, err := io.ReadFull(reader, data); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Header{}, fmt.Errorf("expected a header of %d bytes, found %d", n, found)
	} else if err != nil {
		return Header{}, err
	}
	header, closed, err := parseEntries(data[1:])
	switch {
	case !closed: // which is also the cause of any malformed entry
		return Header{}, fmt.Errorf("no closing brace in the %d bytes of the header", n)
	case err != nil:
		return Header{}, err
	}
	// A second HEADER_BYTES, beyond the first 512 bytes, may contradict the first.
	if value, ok := header.lookup("HEADER_BYTES"); ok && value != strconv.Itoa(n) {
		if again, err := integer(&header, "HEADER_BYTES", 2, maxHeader); err != nil || again != n {
			return Header{}, fmt.Errorf("HEADER_BYTES is both %d and %s", n, value)
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
		return 0, fmt.Errorf("the header has no %s", key)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s is %s, not an integer from %d to %d", key, text.Quote([]byte(value)), low, high)
	}
	return n, nil
}
