package smv

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/text"
)

func read(r io.Reader) (*Image, error) {
	reader := bufio.NewReaderSize(r, headerStep)
	header, err := readHeader(reader)
	if err != nil {
		return nil, err
	}
	order, err := layout(&header)
	if err != nil {
		return nil, err
	}
	img := &Image{Header: header}
	if img.Fast, err = size(&header, "SIZE1"); err != nil {
		return nil, err
	}
	if img.Slow, err = size(&header, "SIZE2"); err != nil {
		return nil, err
	}
	pixels := int64(img.Fast) * int64(img.Slow) // below 2^62, so twice that fits
	data, err := exact.Read(reader, 2*pixels)
	if err != nil {
		return nil, fmt.Errorf("after the header, for %d × %d pixels: %w", img.Fast, img.Slow, err)
	}
	img.Pixels = make([]uint16, pixels)
	for i := range img.Pixels {
		img.Pixels[i] = order.Uint16(data[2*i:])
	}
	return img, nil
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
	if value, ok := header.Get("HEADER_BYTES"); ok && value != strconv.Itoa(n) {
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
	if _, ok := header.Get("HEADER_BYTES"); !ok {
		return headerStep, nil
	}
	return integer(&header, "HEADER_BYTES", 2, maxHeader)
}

// layout checks that the pixel type is supported and returns the byte order.
func layout(header *Header) (binary.ByteOrder, error) {
	if dim, ok := header.Get("DIM"); ok && dim != "2" {
		return nil, fmt.Errorf("DIM is %s; only 2 is supported", text.Quote([]byte(dim)))
	}
	switch kind, ok := header.Get("TYPE"); {
	case !ok:
		return nil, errors.New("the header has no TYPE")
	case kind != unsignedShort:
		return nil, fmt.Errorf("TYPE is %s; only %s is supported", text.Quote([]byte(kind)), unsignedShort)
	}
	switch order, ok := header.Get("BYTE_ORDER"); {
	case !ok:
		return nil, errors.New("the header has no BYTE_ORDER")
	case order == littleEndian:
		return binary.LittleEndian, nil
	case order == bigEndian:
		return binary.BigEndian, nil
	default:
		return nil, fmt.Errorf("BYTE_ORDER is %s, neither %s nor %s", text.Quote([]byte(order)), littleEndian, bigEndian)
	}
}

func size(header *Header, key string) (int, error) { return integer(header, key, 1, maxSide) }

func integer(header *Header, key string, low, high int) (int, error) {
	value, ok := header.Get(key)
	if !ok {
		return 0, fmt.Errorf("the header has no %s", key)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s is %s, not an integer from %d to %d", key, text.Quote([]byte(value)), low, high)
	}
	return n, nil
}
