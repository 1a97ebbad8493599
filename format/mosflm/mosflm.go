// Package mosflm reads and writes the orientation matrix files of MOSFLM.
//
// The columns of the matrix A are the reciprocal cell vectors a*, b*, c* times the wavelength; its
// rows are x, y and z. The wavelength is not in the file: divide by it, in Å, to get reciprocal
// vectors in Å⁻¹, as crystal.Config.Matrix needs them. If the file has a cell, [Matrix.Wavelength]
// tells for which wavelength it was made, and [Matrix.Notices] what is wrong with another one.
package mosflm

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/structure"
)

// Matrix is what a file holds.
type Matrix struct {
	// A has the columns λa*, λb*, λc*.
	A [3][3]float64
	// Missets are the misset angles in degrees; 0 if the file has none. They are not applied to A.
	Missets [3]float64
	// Cell is nil if the file has none.
	Cell *structure.Cell
}

// tolerance is the relative difference of lengths that are the same but for the digits of a file, and
// degreeTolerance that of angles in degrees.
const (
	tolerance       = 1e-3
	degreeTolerance = 0.05
)

// Wavelength returns the wavelength in Å for which the matrix was made: that at which the cell of
// its vectors is that of the file. ok is false if the file has no cell, or one of another shape.
func (m *Matrix) Wavelength() (wavelength float64, ok bool) {
	if m.Cell == nil {
		return 0, false
	}
	own, err := structure.CellOf(m.A) // in units of the wavelength
	if err != nil {
		return 0, false
	}
	wavelength = math.Cbrt(m.Cell.Volume() / own.Volume())
	return wavelength, near(scaled(own, wavelength), *m.Cell)
}

// Notices returns what a user should know who takes the matrix to be made for a wavelength in Å. Each
// is a sentence without its subject, the file.
func (m *Matrix) Notices(wavelength float64) []string {
	var list []string
	if own, err := structure.CellOf(m.A); err == nil && m.Cell != nil {
		then := scaled(own, wavelength)
		switch made, ok := m.Wavelength(); {
		case !ok:
			list = append(list, fmt.Sprintf("has the cell %s, which is not that of its matrix at any wavelength (%s at %.5g Å)", show(*m.Cell), show(then), wavelength))
		case !near(then, *m.Cell):
			list = append(list, fmt.Sprintf("was made at %.5g Å: at %.5g Å its cell of %s becomes %s; give the wavelength %.5g Å", made, wavelength, show(*m.Cell), show(then), made))
		}
	}
	if m.Missets != [3]float64{} {
		list = append(list, fmt.Sprintf("has missets of %g° %g° %g°, which are not applied", m.Missets[0], m.Missets[1], m.Missets[2]))
	}
	return list
}

func scaled(c structure.Cell, k float64) structure.Cell {
	c.A, c.B, c.C = k*c.A, k*c.B, k*c.C
	return c
}

// Near reports whether two cells are the same but for the digits of a file.
func near(c, d structure.Cell) bool {
	for _, pair := range [][2]float64{{c.A, d.A}, {c.B, d.B}, {c.C, d.C}} {
		if !(math.Abs(pair[0]/pair[1]-1) <= tolerance) {
			return false
		}
	}
	for _, pair := range [][2]float64{{c.Alpha, d.Alpha}, {c.Beta, d.Beta}, {c.Gamma, d.Gamma}} {
		if !(math.Abs(pair[0]-pair[1]) <= degreeTolerance) {
			return false
		}
	}
	return true
}

// show writes a cell, without angles that are all 90°.
func show(c structure.Cell) string {
	text := fmt.Sprintf("%.4g %.4g %.4g Å", c.A, c.B, c.C)
	if near(c, structure.Cell{A: c.A, B: c.B, C: c.C, Alpha: 90, Beta: 90, Gamma: 90}) {
		return text
	}
	return text + fmt.Sprintf(" %.5g° %.5g° %.5g°", c.Alpha, c.Beta, c.Gamma)
}

// ReadFile reads the matrix in the file at path, as [Read] does.
func ReadFile(path string) (*Matrix, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("mosflm: %w", err)
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
