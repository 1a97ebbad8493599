// Package stol reads and writes tables of the scattering of amorphous materials: text files of the
// extension .stol, with sin θ/λ in Å⁻¹ and the amplitude F in electrons a molecule on each line, as
// nanoBragg's companion nonBragg reads them.
package stol

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Line is the amplitude at one place.
type Line struct {
	At float64 // sin θ/λ in Å⁻¹
	F  float64 // electrons
}

// most is how many lines a table may have.
const most = 1 << 20

// Read reads a table and sorts it by sin θ/λ; name is that in errors. Empty lines, and what follows #, are
// left out; more columns are ignored. A line without two finite numbers, a place below 0 or one that is
// listed twice is an error with its number.
func Read(r io.Reader, name string) ([]Line, error) {
	var list []Line
	at := map[float64]int{}
	scanner := bufio.NewScanner(r)
	for n := 1; scanner.Scan(); n++ {
		text, _, _ := strings.Cut(scanner.Text(), "#")
		fields := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' || c == '\r' })
		if len(fields) == 0 {
			continue
		}
		if len(fields) < 2 {
			return nil, fmt.Errorf("stol: %s:%d: %q: want sin θ/λ and F", name, n, text)
		}
		var v [2]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(fields[i], 64); err != nil || math.IsNaN(v[i]) || math.IsInf(v[i], 0) {
				return nil, fmt.Errorf("stol: %s:%d: %q is not a finite number", name, n, fields[i])
			}
		}
		if v[0] < 0 {
			return nil, fmt.Errorf("stol: %s:%d: sin θ/λ is %g Å⁻¹; want 0 or more", name, n, v[0])
		}
		if first, twice := at[v[0]]; twice {
			return nil, fmt.Errorf("stol: %s:%d: sin θ/λ of %g Å⁻¹ is in line %d too", name, n, v[0], first)
		}
		if len(list) == most {
			return nil, fmt.Errorf("stol: %s:%d: more than %d lines", name, n, most)
		}
		at[v[0]] = n
		list = append(list, Line{v[0], v[1]})
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("stol: %s: %w", name, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("stol: %s: no line has sin θ/λ and F", name)
	}
	slices.SortFunc(list, func(a, b Line) int {
		if a.At < b.At {
			return -1
		}
		return 1
	})
	return list, nil
}

// ReadFile reads the table in the file at path, as [Read] does.
func ReadFile(path string) ([]Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("stol: %w", err)
	}
	list, err := Read(file, path)
	_ = file.Close() // nothing was written
	return list, err
}

// Write writes a line for each place, with enough digits for [Read] to return the same numbers.
func Write(w io.Writer, list []Line) error {
	var text []byte
	for i, l := range list {
		for _, v := range []float64{l.At, l.F} {
			if math.IsNaN(v) || math.IsInf(v, 0) || l.At < 0 {
				return fmt.Errorf("stol: line %d is %g and %g: want finite numbers, the first of 0 or more", i, l.At, l.F)
			}
		}
		text = strconv.AppendFloat(text, l.At, 'g', -1, 64)
		text = strconv.AppendFloat(append(text, ' '), l.F, 'g', -1, 64)
		text = append(text, '\n')
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("stol: %w", err)
	}
	return nil
}

// WriteFile writes the table to the file at path, replacing the file atomically.
func WriteFile(path string, list []Line) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, list) })
}
