// Package chunk writes long lists of numbers in chunks, since one Write call per number would cost
// more than encoding it.
package chunk

import "io"

// length is the number of values per Write: enough to make the cost of the call negligible, and few
// enough to stay in the first-level cache.
const length = 1 << 12

// Write writes values to w, each encoded in the given number of bytes. encode encodes part, which
// starts at values[at], into out. Write stops at the first error from encode or w.
func Write[T any](w io.Writer, values []T, bytes int, encode func(out []byte, part []T, at int) error) error {
	out := make([]byte, bytes*min(length, len(values)))
	for at := 0; at < len(values); at += length {
		part := values[at:min(at+length, len(values))]
		out := out[:bytes*len(part)]
		if err := encode(out, part, at); err != nil {
			return err
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}
