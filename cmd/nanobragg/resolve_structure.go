package main

import (
	"errors"
	"io/fs"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format/hkl"
)

// resolveStructure reads the structure factors, from a text file, or from the dump of an earlier run.
func (r *resolver) resolveStructure() error {
	c := &r.s.crystal
	c.DefaultF = r.defaultF
	dump := r.dump.or("Fdump.bin")
	switch {
	case r.hkl.given:
		table, err := hkl.ReadFile(r.hkl.value)
		if err != nil {
			return err
		}
		c.Structure, r.s.show.hkl = table, r.hkl.value
		if r.dump.given || r.outputs == referenceOutputs {
			r.s.output.dump = outputPath(dump)
		}
	case r.dump.given || r.outputs == referenceOutputs:
		table, err := hkl.ReadDumpFile(dump)
		switch {
		case errors.Is(err, fs.ErrNotExist) && r.defaultF != 0:
			if r.dump.given {
				r.note("there is no dump file %s: all structure factors are %g", dump, r.defaultF)
			}
		case errors.Is(err, fs.ErrNotExist):
			return usagef("no structure factors: no -hkl, no -default_F, and there is no dump file %s", dump)
		case err != nil:
			return err
		default:
			c.Structure, r.s.show.dump = table, dump
		}
	}
	r.resolveLookup()
	return nil
}

// resolveLookup: the reference program looks at the counts of -N, before a crystal size changes them.
func (r *resolver) resolveLookup() {
	c := &r.s.crystal
	switch {
	case c.Structure == nil:
		c.Lookup = crystal.Nearest
		if r.lookup.or(crystal.Nearest) == crystal.Tricubic {
			r.note("-interpolate has no effect without structure factors from a file")
		}
	case r.lookup.given:
		c.Lookup = r.lookup.value
	case r.exact:
		c.Lookup = crystal.Automatic
	default:
		c.Lookup = crystal.Nearest
		for _, n := range r.cells {
			if n.or(1) <= 2 {
				c.Lookup = crystal.Tricubic
			}
		}
	}
}
