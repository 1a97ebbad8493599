package pgm

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/gobragg/gobragg/format/internal/text"
)

// maxToken is more than the length of any number in a header.
const maxToken = 20

// header reads the words of a PGM header and collects the comments between them. A comment extends
// from # to the end of the line, which counts as white space.
type header struct {
	reader   *bufio.Reader
	comments []string
	size     int // of the comments including line ends, bytes
}

// token returns the next word and consumes the single white space after it, so that the pixels
// follow the last word.
func (h *header) token(what string) (string, error) {
	var word []byte
	for {
		c, err := h.next()
		if errors.Is(err, io.EOF) && len(word) > 0 {
			return string(word), nil
		}
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("the file ends where %s should be", what)
		}
		if err != nil {
			return "", err
		}
		if text.Blank(c) {
			if len(word) > 0 {
				return string(word), nil
			}
			continue
		}
		if word = append(word, c); len(word) > maxToken {
			return "", fmt.Errorf("expected %s, found %s", what, text.Quote(word))
		}
	}
}

// next returns the next character, or a line end in place of a comment.
func (h *header) next() (byte, error) {
	c, err := h.reader.ReadByte()
	if err != nil || c != '#' {
		return c, err
	}
	var line []byte
	for first := true; ; first = false {
		c, err := h.reader.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case h.size+len(line) > maxComment:
			return 0, fmt.Errorf("comments longer than %d bytes", maxComment)
		case c == '\n':
			h.comments = append(h.comments, string(line))
			h.size += len(line) + 1
			return c, nil
		case first && c == ' ': // part of the comment sign
		default:
			line = append(line, c)
		}
	}
}
