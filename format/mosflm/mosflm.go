// Package mosflm reads and writes the orientation matrix files of MOSFLM.
//
// The columns of the matrix A are the reciprocal cell vectors a*, b*, c* times the wavelength; its
// rows are x, y and z. This package does not remove the wavelength: divide by it, in Å, to get
// reciprocal vectors in Å⁻¹, as crystal.Config.Matrix needs them.
package mosflm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Read reads the matrix from the first three lines of r that are not blank, each with three finite
// numbers. The rest of a MOSFLM file (misset angles, the matrix U, the cell) is not read. name
// stands for the file in errors.
func Read(r io.Reader, name string) ([3][3]float64, error) {
	var matrix [3][3]float64
	lines := text.NewLines(r, "mosflm", name)
	for row := 0; row < len(matrix); {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return [3][3]float64{}, fmt.Errorf("mosflm: %s: expected 3 lines of three numbers, found %d", name, row)
		}
		if err != nil {
			return [3][3]float64{}, err
		}
		var fields [3][]byte
		count := text.Fields(line, fields[:])
		if count == 0 {
			continue
		}
		if count != len(fields) {
			return [3][3]float64{}, lines.Errorf("expected three numbers, found %s", text.Quote(line))
		}
		for column, field := range fields {
			x, ok := text.Float(field)
			if !ok {
				return [3][3]float64{}, lines.Errorf("expected three finite numbers, found %s", text.Quote(line))
			}
			matrix[row][column] = x
		}
		row++
	}
	return matrix, nil
}

// ReadFile reads the matrix in the file at path, as [Read] does.
func ReadFile(path string) ([3][3]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return [3][3]float64{}, fmt.Errorf("mosflm: %w", err)
	}
	matrix, err := Read(file, path)
	_ = file.Close() // nothing was written
	return matrix, err
}

// Write writes the three lines of the matrix, with enough digits for [Read] to return the same
// values. A number that is not finite is an error.
func Write(w io.Writer, matrix [3][3]float64) error {
	for row := range matrix {
		for column, x := range matrix[row] {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("mosflm: row %d, column %d of the matrix is %v", row+1, column+1, x)
			}
		}
	}
	buffer := bufio.NewWriter(w)
	for _, row := range matrix {
		for column, x := range row {
			end := " "
			if column == len(row)-1 {
				end = "\n"
			}
			// The buffer keeps an error until it is flushed.
			_, _ = buffer.WriteString(strconv.FormatFloat(x, 'g', -1, 64) + end)
		}
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("mosflm: %w", err)
	}
	return nil
}

// WriteFile writes the matrix to the file at path, replacing the file atomically.
func WriteFile(path string, matrix [3][3]float64) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, matrix) })
}
