// Package chunk writes long lists of numbers piece by piece: a call of a writer for each number would cost more than the
// number itself.
package chunk

import "io"

// length is how many numbers go out at once: enough that a call costs nothing beside them, few enough that they stay in the
// fastest cache.
const length = 1 << 12

// Write writes values, each as a number of bytes. encode fills out from a part of them, the first of which is values[at].
// It stops at the first error, of encode or of w.
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
