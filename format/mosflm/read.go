package mosflm

import (
	"bytes"
	"fmt"
	"io"

	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
)

// elements of a matrix.
const elements = 9

// Read reads the matrix from the first nine numbers of r, row by row, wherever its lines end; a sign
// separates numbers that touch. Blanks, commas and semicolons separate numbers, text after #, ! or //
// is a comment, and exponents may be Fortran's. r is decompressed if gzip or bzip2 has compressed it.
//
// After the matrix, a MOSFLM file has the misset angles, the matrix U and the cell, which are read if
// they are there. Whatever else follows is not read. name stands for the file in errors.
func Read(r io.Reader, name string) (*Matrix, error) {
	data, err := sniff.Text(r, sniff.Matrix)
	if err != nil {
		return nil, fmt.Errorf("mosflm: %s: %w", name, err)
	}
	lines := text.NewLines(data, "mosflm", name)
	var m Matrix
	count := 0
	var rest [][]float64 // numbers after the matrix, by lines
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		fields := split(text.Fields(nil, text.Code(line), text.Separator))
		if len(fields) == 0 {
			continue
		}
		var row []float64
		words := false
		for _, f := range fields {
			x, ok := text.Float(f)
			switch {
			case count < elements && !ok:
				return nil, lines.Errorf("expected nine finite numbers, found %s", text.Quote(line))
			case count < elements:
				m.A[count/3][count%3] = x
				count++
			case !ok:
				words = true
			case !words:
				row = append(row, x)
			}
		}
		if len(row) > 0 {
			rest = append(rest, row)
		}
		if words {
			break
		}
	}
	if count < elements {
		return nil, fmt.Errorf("mosflm: %s: expected a matrix of nine numbers, found %d", name, count)
	}
	m.complete(rest)
	return &m, nil
}

// split cuts fields where numbers touch: before a sign that does not belong to an exponent.
func split(fields [][]byte) [][]byte {
	var list [][]byte
	for _, f := range fields {
		for i := 1; i < len(f); i++ {
			if (f[i] == '-' || f[i] == '+') && bytes.IndexByte([]byte("eEdDpP"), f[i-1]) < 0 {
				if _, ok := text.Float(f); ok { // with an exponent of Fortran's
					break
				}
				list, f, i = append(list, f[:i]), f[i:], 0
			}
		}
		list = append(list, f)
	}
	return list
}

// complete takes the missets and the cell from the numbers after the matrix: the first three, then,
// after the nine of U, six; or else the first three and the first line of six.
func (m *Matrix) complete(rest [][]float64) {
	const missets, unitary, cell = 3, 9, 6
	var all, six []float64
	for _, row := range rest {
		all = append(all, row...)
		if len(row) == cell && six == nil {
			six = row
		}
	}
	switch {
	case len(all) == missets+unitary+cell || len(all) == missets+unitary+cell+missets:
		six = all[missets+unitary:]
	case len(rest) == 0 || len(rest[0]) != missets:
		all = nil
	}
	if len(all) >= missets {
		m.Missets = [3]float64(all[:missets])
	}
	if len(six) >= cell {
		c := structure.Cell{A: six[0], B: six[1], C: six[2], Alpha: six[3], Beta: six[4], Gamma: six[5]}
		if c.Validate() == nil {
			m.Cell = &c
		}
	}
}
