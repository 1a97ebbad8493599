package hkl

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gobragg/gobragg/format/internal/text"
)

// errAlign is what is wrong with a file whose reflections cannot be told apart.
var errAlign = errors.New("it is not certain where reflections begin")

// parseFlow reads reflections that run over line ends, as C's scanf does: each is four numbers,
// wherever lines end. A number too many or too few must not go unnoticed: either every F has a point
// or an exponent and no index has, or lines end at the same places of all reflections.
func (c *content) parseFlow(data []byte, name string) error {
	lines := text.NewLines(data, "hkl", name)
	var fields [][]byte
	var breaks breaks
	began, marked := false, true
	var held [columns][]byte
	n := 0
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		fields = text.Fields(fields[:0], text.Code(line), text.Separator)
		if len(fields) == 0 || !began && text.Names(fields) {
			continue
		}
		began = true
		for _, f := range fields {
			if n < columns-1 && bytes.IndexByte(f, '.') >= 0 {
				return lines.Errorf("%s is not an index", text.Quote(f))
			}
			held[n] = f
			if n++; n < columns {
				continue
			}
			n = 0
			marked = marked && (bytes.ContainsAny(f, ".eEdD") || absent(f))
			if err := c.add(held[:]); err != nil {
				return lines.Errorf("%w", err)
			}
		}
		breaks.add(len(fields))
	}
	switch {
	case n != 0:
		return fmt.Errorf("the last reflection has %d of 4 numbers", n)
	case !marked && !breaks.regular():
		return errAlign
	}
	return nil
}

// breaks follows the numbers of fields on the lines of a file, to tell whether lines end at the same
// places of all reflections, or have the same number of fields but for the last.
type breaks struct {
	first  []int // numbers of fields on the lines of the first reflection
	filled int   // their sum
	place  int   // of the next line among them
	broken bool  // whether a line did not follow them

	count, last int // number of fields on the first line and on the last
	uneven      bool
}

func (b *breaks) add(n int) {
	switch {
	case b.count == 0:
		b.count = n
	case b.last != b.count: // a line before the last
		b.uneven = true
	}
	b.last = n
	if b.filled < columns {
		b.first, b.filled = append(b.first, n), b.filled+n
		return
	}
	b.broken = b.broken || b.first[b.place] != n
	b.place = (b.place + 1) % len(b.first)
}

func (b *breaks) regular() bool {
	return b.filled == columns && !b.broken || !b.uneven && b.last <= b.count
}
