package smv

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// complete returns the bytes of the header of img, padding included.
func complete(img *Image) ([]byte, error) {
	if img == nil {
		return nil, errors.New("no image")
	}
	if img.Fast < 1 || img.Slow < 1 || img.Fast > maxSide || img.Slow > maxSide {
		return nil, fmt.Errorf("an image of %d × %d pixels cannot be written", img.Fast, img.Slow)
	}
	if int64(len(img.Pixels)) != int64(img.Fast)*int64(img.Slow) {
		return nil, fmt.Errorf("an image of %d × %d pixels holds %d", img.Fast, img.Slow, len(img.Pixels))
	}
	header := structure(img.Fast, img.Slow)
	for _, key := range img.Header.keys {
		if _, ok := header.Get(key); !ok {
			header.Set(key, img.Header.values[key])
		}
	}
	if err := header.check(); err != nil {
		return nil, err
	}
	for n := headerStep; n <= maxHeader; {
		header.Set("HEADER_BYTES", strconv.Itoa(n))
		out := header.encode()
		if len(out) <= n {
			return append(out, bytes.Repeat([]byte{' '}, n-len(out))...), nil
		}
		n = (len(out) + headerStep - 1) / headerStep * headerStep
	}
	return nil, fmt.Errorf("the header would take more than %d bytes", maxHeader)
}

// structure is the part of a header that says how to read the pixels.
func structure(fast, slow int) Header {
	var h Header
	h.Set("HEADER_BYTES", strconv.Itoa(headerStep))
	h.Set("DIM", "2")
	h.Set("BYTE_ORDER", littleEndian)
	h.Set("TYPE", unsignedShort)
	h.Set("SIZE1", strconv.Itoa(fast))
	h.Set("SIZE2", strconv.Itoa(slow))
	return h
}
