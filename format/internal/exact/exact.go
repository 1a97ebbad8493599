// Package exact reads binary data of a known length, without allocating memory for bytes that have
// not arrived.
package exact

import (
	"errors"
	"fmt"
	"io"
)

// firstChunk is the number of bytes allocated before any byte has arrived.
const firstChunk = 1 << 20

// SizeError reports that a file does not have the expected length.
type SizeError struct {
	Expected, Found int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("expected %d bytes, found %d", e.Expected, e.Found)
}

// Read reads n bytes from r, which must end after them. The error is a [*SizeError] if r has fewer
// or more bytes, or the error of r. Memory grows with the bytes that have arrived, so a wrong
// length in a header cannot exhaust it.
func Read(r io.Reader, n int64) ([]byte, error) {
	data, err := ReadPrefix(r, n)
	if err != nil {
		return nil, err
	}
	rest, err := io.Copy(io.Discard, r)
	if err != nil {
		return nil, err
	}
	if rest != 0 {
		return nil, &SizeError{Expected: n, Found: n + rest}
	}
	return data, nil
}

// ReadPrefix is [Read] for an r that may go on after the n bytes.
func ReadPrefix(r io.Reader, n int64) ([]byte, error) {
	data := make([]byte, 0, min(n, firstChunk))
	for int64(len(data)) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, 2*int64(cap(data))))
			copy(grown, data)
			data = grown
		}
		count, err := io.ReadFull(r, data[len(data):cap(data)])
		data = data[:len(data)+count]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &SizeError{Expected: n, Found: int64(len(data))}
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}
