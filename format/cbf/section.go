package cbf

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"mime/quotedprintable"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
)

const (
	boundary = "--CIF-BINARY-FORMAT-SECTION--"
	marker   = "\x0c\x1a\x04\xd5" // before binary data

	maxHeader  = 1 << 24 // bytes of text before the pixels
	maxMIME    = 1 << 16 // bytes of the keys of a binary section
	firstChunk = 1 << 20 // bytes allocated before any byte of the pixels has arrived
)

// section is what the keys of a binary section say of its pixels.
type section struct {
	fast, slow int
	kind       format.Type
	size       int64 // stored bytes, −1 if the file does not say
	byteOffset bool  // else uncompressed
	bigEndian  bool  // of uncompressed numbers
	encoding   string
	digest     []byte // MD5 of the stored bytes, nil without
	id         string
	notices    []string
}

// keys are those of a binary section, in small letters, with their values.
type keys map[string]string

// readKeys reads the lines after a boundary up to an empty one. A line that begins with a blank goes
// on with the one before.
func readKeys(r *bufio.Reader) (keys, error) {
	found, last, total := keys{}, "", 0
	for {
		line, err := readLine(r, maxMIME-total)
		if err != nil {
			return nil, fmt.Errorf("in the keys of the binary section: %w", err)
		}
		total += len(line)
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			return found, nil
		case line[0] == ' ' || line[0] == '\t':
			found[last] += " " + string(bytes.TrimSpace(line))
			continue
		}
		key, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return nil, format.Errorf(format.ErrInvalidValue, "expected 'Key: value' in the binary section, found %.60q", line)
		}
		last = strings.ToLower(strings.TrimSpace(key))
		found[last] = strings.TrimSpace(value)
	}
}

// readLine reads a line with its end, of at most limit bytes.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return nil, format.Errorf(format.ErrLimit, "the text is longer than %d bytes", limit)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return line, err
		}
	}
}

// parse checks the keys of a section.
func (k keys) parse() (*section, error) {
	s := &section{encoding: strings.ToLower(unquote(k["content-transfer-encoding"])), id: k["x-binary-id"]}
	var err error
	if s.kind, err = elementType(k["x-binary-element-type"]); err != nil {
		return nil, err
	}
	if k["x-binary-element-type"] == "" {
		s.notices = append(s.notices, "has no X-Binary-Element-Type: its pixels are taken for signed 32-bit integers")
	}
	var sides [3]int64
	for i, key := range []string{"x-binary-size-fastest-dimension", "x-binary-size-second-dimension", "x-binary-size-third-dimension"} {
		if sides[i], err = k.count(key, 1, 1); err != nil {
			return nil, err
		}
	}
	fast, slow, third := sides[0], sides[1], sides[2]
	switch {
	case k["x-binary-size-fastest-dimension"] == "":
		return nil, format.Errorf(format.ErrInvalidValue, "the binary section has no X-Binary-Size-Fastest-Dimension")
	case fast > format.MaxPixels || slow > format.MaxPixels/fast:
		return nil, format.Errorf(format.ErrLimit, "%d × %d pixels are more than %d", fast, slow, format.MaxPixels)
	case third > 1:
		return nil, format.Errorf(format.ErrUnsupported, "an array of three dimensions (X-Binary-Size-Third-Dimension is %d) is not read", third)
	}
	elements, err := k.count("x-binary-number-of-elements", 1, fast*slow)
	switch {
	case err != nil:
		return nil, err
	case elements != fast*slow:
		return nil, format.Errorf(format.ErrInconsistent, "X-Binary-Number-of-Elements is %d, but there are %d × %d pixels", elements, fast, slow)
	}
	s.fast, s.slow = int(fast), int(slow)
	if s.size, err = k.count("x-binary-size", 0, -1); err != nil {
		return nil, err
	}
	if err := s.parseStorage(k); err != nil {
		return nil, err
	}
	least, most := fast*slow*int64(s.kind.Size()), fast*slow*int64(s.kind.Size())
	if s.byteOffset {
		least, most = fast*slow, fast*slow*maxStored
	}
	switch {
	case s.size >= 0 && s.size < least:
		return nil, format.Errorf(format.ErrTruncated, "%d × %d pixels do not fit into the %d bytes of X-Binary-Size", fast, slow, s.size)
	case s.size > most:
		return nil, format.Errorf(format.ErrInconsistent, "X-Binary-Size is %d, but %d × %d pixels take at most %d bytes", s.size, fast, slow, most)
	case s.size < 0 && !s.byteOffset && s.binary():
		s.size = least
	}
	return s, nil
}

// parseStorage takes from the keys how the pixels are stored.
func (s *section) parseStorage(k keys) error {
	_, conversion, _ := strings.Cut(strings.ToLower(k["content-type"]), "conversions=")
	conversion = strings.ToUpper(unquote(strings.TrimRight(conversion, "; ")))
	switch conversion {
	case "X-CBF_BYTE_OFFSET":
		s.byteOffset = true
		if s.kind.Float() {
			return format.Errorf(format.ErrInvalidValue, "%v cannot be compressed by byte offset", s.kind)
		}
	case "", "X-CBF_NONE":
	default:
		name := strings.ToLower(strings.TrimPrefix(conversion, "X-CBF_"))
		return format.Errorf(format.ErrUnsupported, "the pixels are compressed by %s, which is not read: byte_offset is; cif2cbf of CBFlib converts", name)
	}
	switch s.encoding {
	case "", "binary", "base64", "quoted-printable":
	default:
		return format.Errorf(format.ErrUnsupported, "the encoding %s of the pixels is not read: BINARY, BASE64 and QUOTED-PRINTABLE are", strings.ToUpper(s.encoding))
	}
	switch order := strings.ToUpper(unquote(k["x-binary-element-byte-order"])); order {
	case "", "LITTLE_ENDIAN":
	case "BIG_ENDIAN":
		s.bigEndian = true
	default:
		return format.Errorf(format.ErrInvalidValue, "X-Binary-Element-Byte-Order is %.40q, neither LITTLE_ENDIAN nor BIG_ENDIAN", order)
	}
	if text := unquote(k["content-md5"]); text != "" {
		digest, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(digest) != md5.Size {
			return format.Errorf(format.ErrInvalidValue, "Content-MD5 is %.40q, not %d bytes in base64", text, md5.Size)
		}
		s.digest = digest
	}
	return nil
}

// binary reports whether the bytes are stored as they are.
func (s *section) binary() bool { return s.encoding == "" || s.encoding == "binary" }

// count returns the value of a key as an integer of at least least; absent without the key.
func (k keys) count(key string, least, absent int64) (int64, error) {
	value, ok := k[key]
	if !ok {
		return absent, nil
	}
	n, err := strconv.ParseInt(unquote(value), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && n > 0:
		return math.MaxInt64, nil
	case err != nil || n < least:
		return 0, format.Errorf(format.ErrInvalidValue, "%s is %.40q, not an integer of at least %d", key, value, least)
	}
	return n, nil
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }

// elementType returns the type that a section names, for instance "signed 32-bit integer".
func elementType(name string) (format.Type, error) {
	switch words := strings.Join(strings.Fields(strings.ToLower(unquote(name))), " "); words {
	case "unsigned 8-bit integer":
		return format.Uint8, nil
	case "signed 8-bit integer":
		return format.Int8, nil
	case "unsigned 16-bit integer":
		return format.Uint16, nil
	case "signed 16-bit integer":
		return format.Int16, nil
	case "unsigned 32-bit integer":
		return format.Uint32, nil
	case "signed 32-bit integer", "":
		return format.Int32, nil
	case "unsigned 64-bit integer":
		return format.Uint64, nil
	case "signed 64-bit integer":
		return format.Int64, nil
	case "signed 32-bit real ieee":
		return format.Float32, nil
	case "signed 64-bit real ieee":
		return format.Float64, nil
	default:
		return 0, format.Errorf(format.ErrUnsupported, "pixels of the type %.40q are not read", words)
	}
}

// read reads the pixels that follow the keys into f, and returns the stored bytes for the next call's
// memory.
func (s *section) read(r *bufio.Reader, f *format.Frame, memory []byte) ([]byte, error) {
	stored, err := s.stored(r, memory)
	if err != nil {
		return stored, err
	}
	if s.digest != nil {
		if sum := md5.Sum(stored); !bytes.Equal(sum[:], s.digest) {
			return stored, format.Errorf(format.ErrChecksum, "the MD5 sum of the %d bytes of pixels is %s, not %s",
				len(stored), base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(s.digest))
		}
	}
	f.Reset(s.fast, s.slow, s.kind)
	f.Notices = append(f.Notices, s.notices...)
	if s.byteOffset {
		return stored, decode(f.Data, stored, s.kind)
	}
	if len(stored) != len(f.Data) {
		class := format.ErrInconsistent
		if len(stored) < len(f.Data) {
			class = format.ErrTruncated
		}
		return stored, format.Errorf(class, "%d × %d pixels of %v have %d bytes, not %d", s.fast, s.slow, s.kind, len(f.Data), len(stored))
	}
	copy(f.Data, stored)
	if s.bigEndian {
		f.Swap()
	}
	return stored, nil
}

// stored returns the bytes of the pixels, as they were before they were encoded as text.
func (s *section) stored(r *bufio.Reader, memory []byte) ([]byte, error) {
	if !s.binary() {
		return s.decodeText(r, memory)
	}
	start, err := r.Peek(len(marker))
	switch {
	case errors.Is(err, io.EOF):
		return memory, format.Errorf(format.ErrTruncated, "the file ends before its pixels")
	case err != nil:
		return memory, err
	case string(start) != marker:
		return memory, format.Errorf(format.ErrInvalidValue, "the pixels do not begin with the bytes 0C 1A 04 D5 but with % X", start)
	}
	if _, err := r.Discard(len(marker)); err != nil {
		return memory, err
	}
	if s.size >= 0 {
		data, err := readBytes(r, s.size, memory)
		if err == nil && int64(len(data)) < s.size {
			err = format.Errorf(format.ErrTruncated, "the file ends after %d of %d bytes of pixels", len(data), s.size)
		}
		return data, err
	}
	// Without a size, up to the boundary.
	most := int64(s.fast)*int64(s.slow)*maxStored + 1<<16
	data, err := readBytes(r, most, memory)
	if err != nil {
		return data, err
	}
	end := bytes.LastIndex(data, []byte(boundary))
	if end < 0 {
		return data, format.Errorf(format.ErrTruncated, "there is no X-Binary-Size, and no boundary behind the pixels")
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(data[:end], []byte("\n")), []byte("\r")), nil
}

// readBytes reads n bytes from r, or as many as there are, into memory, which grows with the bytes
// that have arrived.
func readBytes(r io.Reader, n int64, memory []byte) ([]byte, error) {
	data := memory[:0]
	if cap(data) == 0 {
		data = make([]byte, 0, min(n, firstChunk))
	}
	for int64(len(data)) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, 2*int64(cap(data))))
			copy(grown, data)
			data = grown
		}
		count, err := io.ReadFull(r, data[len(data):min(n, int64(cap(data)))])
		data = data[:len(data)+count]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return data, nil
		}
		if err != nil {
			return data, err
		}
	}
	return data, nil
}

// decodeText returns the bytes that lines of text encode, up to the boundary.
func (s *section) decodeText(r *bufio.Reader, memory []byte) ([]byte, error) {
	most := int(int64(s.fast)*int64(s.slow)*maxStored) + 1<<16 // decoded
	text := memory[:0]
	for {
		line, err := readLine(r, 1<<16)
		if err != nil {
			return text, fmt.Errorf("in the encoded pixels: %w", err)
		}
		if bytes.HasPrefix(line, []byte(boundary)) {
			break
		}
		if text = append(text, line...); len(text)/4 > most {
			return text, format.Errorf(format.ErrInconsistent, "the encoded pixels are longer than %d × %d pixels can be", s.fast, s.slow)
		}
	}
	var data []byte
	var err error
	if s.encoding == "base64" {
		data, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(bytes.TrimSpace(text))))
	} else {
		data, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(bytes.TrimRight(text, "\r\n"))))
	}
	switch {
	case err != nil:
		return text, format.Errorf(format.ErrInvalidValue, "the encoded pixels: %v", err)
	case s.size >= 0 && int64(len(data)) < s.size:
		return text, format.Errorf(format.ErrTruncated, "%d bytes of pixels are encoded, not %d", len(data), s.size)
	case s.size >= 0:
		data = data[:s.size]
	}
	return data, nil
}
