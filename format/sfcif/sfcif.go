// Package sfcif reads structure factors from CIF: mmCIF as the Protein Data Bank serves it
// (r1abcsf.ent, 1abc-sf.cif), and core CIF of small molecules (.fcf of SHELXL).
package sfcif

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cif"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/structure"
)

// Read reads structure factors from r, decompressed if gzip or bzip2 has compressed it; name stands
// for it in errors. Of several data blocks, which are different data sets, it takes the first one that
// has reflections.
//
// Columns are tags, with or without "_refln." or "_refln_" before: amplitudes or intensities (F_meas_au,
// intensity_meas), those of both Friedel mates (pdbx_F_plus, pdbx_F_minus), amplitudes and the anomalous
// difference (F_meas_au, pdbx_anom_difference), and the phase if it is among them (F_calc, phase_calc).
// Without columns it takes the first that has values, of: the amplitudes of mates, their intensities,
// calculated amplitudes, calculated intensities, measured amplitudes, measured intensities.
// Coefficients of maps (pdbx_FWT) have to be asked for. Standard deviations are found by themselves.
func Read(r io.Reader, name string, columns ...string) (*structure.MillerArray, error) {
	return ReadBlock(r, name, "", columns...)
}

// ReadFile is [Read] for the file at path.
func ReadFile(path string, columns ...string) (*structure.MillerArray, error) {
	return ReadBlockFile(path, "", columns...)
}

// ReadBlockFile is [ReadBlock] for the file at path.
func ReadBlockFile(path, block string, columns ...string) (*structure.MillerArray, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sfcif: %w", err)
	}
	defer file.Close()
	return ReadBlock(file, path, block, columns...)
}

// ReadBlock is [Read] for the data block with a name, of any case; an empty one stands for the first
// block that has reflections.
func ReadBlock(r io.Reader, name, block string, columns ...string) (*structure.MillerArray, error) {
	data, err := sniff.Text(r, sniff.Reflections, sniff.MMCIFReflections, sniff.CIFReflections, sniff.CIF, sniff.MMCIFModel)
	if err != nil {
		return nil, fmt.Errorf("sfcif: %s: %w", name, format.Reading("sfcif", err))
	}
	file, err := cif.Parse(data, name)
	if err != nil {
		return nil, format.Reading("sfcif", err)
	}
	f := &reader{name: name, m: &structure.MillerArray{}}
	if err := f.choose(file, block); err != nil {
		return nil, err
	}
	for _, read := range []func() error{f.crystal, f.wavelength, func() error { return f.columns(columns) }} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return f.m, nil
}

// reader reads a block.
type reader struct {
	name  string
	block *cif.Block
	table *cif.Table // of reflections
	sep   string     // what follows a category in tags: a point, or _ in core CIF
	m     *structure.MillerArray
}

func (f *reader) errorf(class error, text string, args ...any) error {
	return format.Errorf(class, "sfcif: %s: %w", f.name, fmt.Errorf(text, args...))
}

func (f *reader) notice(text string, args ...any) {
	f.m.Notices = append(f.m.Notices, fmt.Sprintf(text, args...))
}

// separators of categories in tags: of mmCIF, of core CIF.
var separators = []string{".", "_"}

// choose finds the block.
func (f *reader) choose(file *cif.File, block string) error {
	var all, others []string
	model := false
	for _, b := range file.Blocks {
		all = append(all, b.Name)
		model = model || b.Has("_atom_site.Cartn_x") || b.Has("_atom_site_fract_x")
		if block != "" && !strings.EqualFold(b.Name, block) {
			continue
		}
		for _, sep := range separators {
			table := b.Table("_refln" + sep + "index_h")
			switch {
			case table == nil:
			case f.block == nil:
				f.block, f.table, f.sep = b, table, sep
			case f.block != b:
				others = append(others, b.Name)
			}
		}
	}
	switch {
	case f.block != nil && len(others) > 0:
		f.notice("the reflections are those of the data block %s; there are others: %s", f.block.Name, enumerate(others))
		return nil
	case f.block != nil:
		return nil
	case block != "":
		return f.errorf(format.ErrNoData, "there is no data block %s with reflections, but %s", block, enumerate(all))
	case model:
		return f.errorf(format.ErrNoData, "it has no reflections, no loop of _refln.index_h: it is a model, of which structure factors have to be calculated")
	}
	return f.errorf(format.ErrNoData, "it has no reflections, no loop of _refln.index_h or _refln_index_h")
}

// mostListed is how many names an error or a notice lists.
const mostListed = 60

func enumerate(names []string) string {
	if n := len(names); n > mostListed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), n-mostListed)
	}
	return strings.Join(names, ", ")
}

// crystal reads the cell and the space group.
func (f *reader) crystal() error {
	cell, err := f.block.Cell()
	if err != nil {
		return fmt.Errorf("sfcif: %s: %w", f.name, err)
	}
	f.m.Cell = structure.Cell{A: cell[0], B: cell[1], C: cell[2], Alpha: cell[3], Beta: cell[4], Gamma: cell[5]}
	if err := f.m.Cell.Validate(); err != nil {
		return f.errorf(format.ErrInvalidValue, "%w", err)
	}
	g, notices, err := f.block.Group(cell)
	if err != nil {
		return fmt.Errorf("sfcif: %s: %w", f.name, err)
	}
	f.m.Group, f.m.Notices = g, append(f.m.Notices, notices...)
	return nil
}

func (f *reader) wavelength() error {
	const category = "_diffrn_radiation_wavelength"
	tags := []string{category + ".wavelength", category, category + "_wavelength"}
	for _, tag := range tags {
		if t := f.block.Table(tag); t != nil && t.Rows > 1 {
			f.notice("the data block %s is of %d wavelengths: none is taken", f.block.Name, t.Rows)
			return nil
		}
	}
	v := f.block.Value(tags...)
	if v.Missing() {
		return nil
	}
	// Some entries have a range, or words.
	if x, ok := v.Float(); ok && x > 0 {
		f.m.Wavelength = x
	} else {
		f.notice("the wavelength %q is not a positive number: it is not taken", v)
	}
	return nil
}
