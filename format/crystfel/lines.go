package crystfel

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
)

// lines are those of a text, without comments and blank lines.
type lines struct {
	name    string
	number  int
	scanner *bufio.Scanner
}

// maxLine is the largest length of a line in bytes.
const maxLine = 1 << 20

// newLines returns the lines of r, which is of the format own, or of none that is recognised.
func newLines(r io.Reader, name string, own ...string) (*lines, error) {
	reader, err := sniff.Open(r, sniff.Experiment, own...)
	if err != nil {
		return nil, format.Errorf(format.Classify(err, format.Not("crystfel")), "crystfel: %s: %w", name, err)
	}
	l := &lines{name: name, scanner: bufio.NewScanner(reader)}
	l.scanner.Buffer(nil, maxLine)
	return l, nil
}

// next returns the next line; ok is false after the last one.
func (l *lines) next() (line string, ok bool, err error) {
	for l.scanner.Scan() {
		l.number++
		line, _, _ = strings.Cut(l.scanner.Text(), ";")
		if line = strings.TrimSpace(line); line != "" {
			return line, true, nil
		}
	}
	switch err := l.scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return "", false, l.errorf(format.ErrLimit, "a line of more than %d bytes", maxLine)
	case err != nil:
		return "", false, l.errorf(format.ErrTruncated, "%w", err)
	}
	return "", false, nil
}

// errorf returns an error about the line that was read last.
func (l *lines) errorf(class error, text string, args ...any) error {
	return format.Errorf(class, "crystfel: %s: line %d: %w", l.name, l.number, fmt.Errorf(text, args...))
}
