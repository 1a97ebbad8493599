// Package hkl reads and writes tables of structure factor amplitudes F by Miller indices h, k, l.
// [Read] and [Write] handle text files with one reflection per line, [ReadDump] and [WriteDump] the
// binary file Fdump.bin in which nanoBragg keeps a table between runs.
//
// Tables are of type [structure.Table]; use one as crystal.Config.Structure.
package hkl

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
	"github.com/gobragg/gobragg/structure"
)

// Read reads a text table from r: one "h k l F" per line, separated by blanks or tabs. Blank lines
// and lines that start with # are skipped. Indices are integers (3.0 is read as 3), and F, in
// electrons, is a finite number in any syntax that C accepts. If several lines have the same
// indices, the last one counts. Errors give name, which stands for the file, and the line number.
func Read(r io.Reader, name string) (*structure.Table, error) {
	return read(r, name, structure.MaxCells)
}

// ReadFile reads the text table in the file at path, as [Read] does.
func ReadFile(path string) (*structure.Table, error) { return readFile(path, Read) }

// Write writes the reflections of t as text, with enough digits for [Read] to return the same
// values. An invalid table is an error.
func Write(w io.Writer, t *structure.Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	buffer := bufio.NewWriter(w)
	var line []byte
	for r := range t.Reflections() {
		line = strconv.AppendInt(line[:0], int64(r.H), 10)
		line = strconv.AppendInt(append(line, ' '), int64(r.K), 10)
		line = strconv.AppendInt(append(line, ' '), int64(r.L), 10)
		line = strconv.AppendFloat(append(line, ' '), r.F, 'g', -1, 64)
		if _, err := buffer.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("hkl: %w", err)
		}
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("hkl: %w", err)
	}
	return nil
}

// WriteFile writes t as text to the file at path, replacing the file atomically.
func WriteFile(path string, t *structure.Table) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, t) })
}

func read(r io.Reader, name string, maxCells int) (*structure.Table, error) {
	lines := text.NewLines(r, "hkl", name)
	var reflections []structure.Reflection
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		var fields [4][]byte
		count := text.Fields(line, fields[:])
		if count == 0 || fields[0][0] == '#' {
			continue
		}
		if count != len(fields) {
			return nil, lines.Errorf("expected four numbers 'h k l F', found %s", text.Quote(line))
		}
		reflection, err := parse(fields)
		if err != nil {
			return nil, lines.Errorf("expected four numbers 'h k l F', found %s: %w", text.Quote(line), err)
		}
		reflections = append(reflections, reflection)
	}
	if len(reflections) == 0 {
		return nil, fmt.Errorf("hkl: %s: no reflections", name)
	}
	box := structure.Bounds(reflections)
	if _, err := box.Check(maxCells); err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	return structure.New(reflections)
}

func parse(fields [4][]byte) (structure.Reflection, error) {
	var index [3]int
	for i := range index {
		n, ok := integer(fields[i])
		if !ok {
			return structure.Reflection{}, fmt.Errorf("%c is %s, not an integer within ±%d", "hkl"[i], text.Quote(fields[i]), structure.MaxIndex)
		}
		index[i] = n
	}
	f, ok := text.Float(fields[3])
	if !ok {
		return structure.Reflection{}, fmt.Errorf("the amplitude is %s, not a finite number", text.Quote(fields[3]))
	}
	return structure.Reflection{H: index[0], K: index[1], L: index[2], F: f}, nil
}

// integer parses a Miller index, with a fast path for plain digits.
func integer(field []byte) (n int, ok bool) {
	const fewDigits = 9 // fit in any int
	digits := field
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	plain := 0 < len(digits) && len(digits) <= fewDigits
	for _, c := range digits {
		plain = plain && '0' <= c && c <= '9'
		n = 10*n + int(c-'0')
	}
	if plain {
		if field[0] == '-' {
			n = -n
		}
		return n, true
	}
	x, ok := text.Float(field)
	if !ok || x != math.Trunc(x) || math.Abs(x) > structure.MaxIndex {
		return 0, false
	}
	return int(x), true
}

func readFile(path string, read func(io.Reader, string) (*structure.Table, error)) (*structure.Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("hkl: %w", err)
	}
	t, err := read(file, path)
	// Nothing was written, so closing has nothing to report.
	_ = file.Close()
	return t, err
}
