package shelx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Instructions are what a .ins or .res file says of the crystal and its reflections.
type Instructions struct {
	Title      string
	Wavelength float64 // Å
	Cell       structure.Cell
	Group      *symmetry.Group
	HKLF       int // format of the reflections; 0 if the file does not say
}

// maxOperations is the largest number of operations of a space group.
const maxOperations = 192

// centrings are the vectors of the lattices 1 to 7 of LATT: P, I, R, F, A, B, C.
var centrings = [...][]string{
	nil,
	{"x+1/2,y+1/2,z+1/2"},
	{"x+2/3,y+1/3,z+1/3", "x+1/3,y+2/3,z+2/3"},
	{"x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z"},
	{"x,y+1/2,z+1/2"},
	{"x+1/2,y,z+1/2"},
	{"x+1/2,y+1/2,z"},
}

// ReadInstructionsFile is [ReadInstructions] for the file at path.
func ReadInstructionsFile(path string) (*Instructions, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("shelx: %w", err)
	}
	defer file.Close()
	return ReadInstructions(file, path)
}

// ReadInstructions reads TITL, CELL, LATT, SYMM and HKLF; name stands for the file in errors. A file
// without CELL is an error. Without LATT the lattice is primitive and centrosymmetric, as for SHELX.
func ReadInstructions(r io.Reader, name string) (*Instructions, error) {
	data, err := sniff.Text(r, sniff.Reflections, sniff.Shelx)
	if err != nil {
		return nil, fmt.Errorf("shelx: %s: %w", name, format.Reading("shelx", err))
	}
	in := &Instructions{}
	lines := text.NewLines(data, "shelx", name)
	operations := []symmetry.Operation{symmetry.Identity()}
	lattice, cell := 1, false
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		key, rest, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		rest = strings.TrimSpace(rest)
		switch strings.ToUpper(key) {
		case "TITL":
			in.Title = rest
		case "CELL":
			err, cell = in.cell(rest), true
		case "LATT":
			lattice, err = strconv.Atoi(rest)
			if err != nil || lattice == 0 || abs(lattice) > len(centrings) {
				err = fmt.Errorf("LATT is %q, not a number from 1 to %d or its negative", rest, len(centrings))
			}
		case "SYMM":
			var op symmetry.Operation
			if op, err = symmetry.ParseOperation(rest); err == nil && len(operations) == maxOperations {
				err = fmt.Errorf("there are more than %d operations", maxOperations)
			}
			operations = append(operations, op)
		case "HKLF":
			code, _, _ := strings.Cut(rest, " ")
			if in.HKLF, err = strconv.Atoi(code); err != nil {
				err = fmt.Errorf("HKLF is %q, not a number", code)
			}
		}
		if err != nil {
			return nil, format.Errorf(format.ErrInvalidValue, "%w", lines.Errorf("%w", err))
		}
		if strings.EqualFold(key, "HKLF") || strings.EqualFold(key, "END") {
			break
		}
	}
	if !cell {
		return nil, format.Errorf(format.ErrNoData, "shelx: %s: it has no instruction CELL", name)
	}
	vectors := centrings[abs(lattice)-1]
	if lattice > 0 {
		vectors = append([]string{"-x,-y,-z"}, vectors...)
	}
	for _, v := range vectors {
		op, err := symmetry.ParseOperation(v)
		if err != nil {
			return nil, fmt.Errorf("shelx: %s: %w", name, err)
		}
		operations = append(operations, op)
	}
	if in.Group, err = symmetry.FromOperations(operations); err != nil {
		return nil, format.Errorf(format.ErrInvalidValue, "shelx: %s: LATT and SYMM: %w", name, err)
	}
	return in, nil
}

func abs(n int) int { return max(n, -n) }

// cell reads the wavelength and the cell.
func (in *Instructions) cell(rest string) error {
	fields := strings.Fields(rest)
	c := &in.Cell
	all := []*float64{&in.Wavelength, &c.A, &c.B, &c.C, &c.Alpha, &c.Beta, &c.Gamma}
	if len(fields) < len(all) {
		return fmt.Errorf("CELL has %d numbers, not the wavelength and six of the cell", len(fields))
	}
	for i, to := range all {
		v, ok := text.Float([]byte(fields[i]))
		if !ok {
			return fmt.Errorf("%q is not a number", fields[i])
		}
		*to = v
	}
	if !(in.Wavelength > 0) {
		return errors.New("the wavelength is not positive")
	}
	return c.Validate()
}
