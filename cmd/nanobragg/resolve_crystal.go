package main

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// defaultSeed stands for the time of day, which the reference program takes: a run is to be repeatable.
const defaultSeed = 1

func (r *resolver) resolveCrystal() error {
	c := &r.s.crystal
	c.Cell = r.cell.value
	if r.matrix.given {
		m, err := mosflm.ReadFile(r.matrix.value)
		if err != nil {
			return err
		}
		for i := range m {
			for j := range m[i] {
				m[i][j] /= r.s.beam.Wavelength
			}
		}
		c.Matrix, r.s.show.matrix = &m, r.matrix.value
	}
	r.resolveMisset()
	r.resolveSize()
	c.Shape, c.Fudge = r.shape, r.fudge.or(1)
	r.resolveMosaic()
	c.DMin, c.Water = r.dmin, r.water
	return nil
}

func (r *resolver) resolveMisset() {
	if !r.as.misset.random {
		r.s.crystal.Misset = r.as.misset.angles
		return
	}
	seed := r.missetSeed.or(defaultSeed)
	r.s.crystal.Misset = nanobragg.RandomMisset(-seed, r.s.deviations())
	r.s.show.missetRandom, r.s.show.missetSeed = true, seed
}

// resolveSize cuts the crystal to the beam along b and c, as the reference program does.
func (r *resolver) resolveSize() {
	c := &r.s.crystal
	beam := r.s.beam.Size
	for i, axis := range []string{"a", "b", "c"} {
		c.N[i] = max(1, r.cells[i].or(1))
		c.Size[i] = r.size[i].or(0)
		if i > 0 && c.Size[i] > beam {
			r.note("the crystal's %g mm along %s are cut to the beam's %g mm (-beamsize)", c.Size[i], axis, beam)
			c.Size[i] = beam
		}
		if c.Size[i] > 0 && r.cells[i].given {
			r.note("-N has no effect along %s: the crystal's size is given", axis)
		}
	}
}

func (r *resolver) resolveMosaic() {
	m := &r.s.crystal.Mosaic
	m.Spread, m.Domains = r.mosaicSpread.or(0), r.mosaicDomains.or(0)
	switch {
	case m.Spread == 0:
		if m.Domains > 1 {
			r.note("no mosaic spread: one domain instead of %d", m.Domains)
		}
		m.Domains = 1
	case m.Domains == 0:
		m.Domains = crystal.DefaultDomains
		r.note("a mosaic spread without -mosaic_domains: %d domains", crystal.DefaultDomains)
	}
	if !r.mosaicSeed.given {
		m.Seed = nanobragg.DefaultMosaicSeed
		return
	}
	m.Seed = -r.mosaicSeed.value
	if m.Seed > 0 && m.Domains > 1 && r.as.misset.random && !r.exact {
		r.note("the reference program does not start anew for a negative -mosaic_seed after -misset random: its domains are others")
	}
	if m.Seed == 0 {
		m.Seed = -1 // where the generator starts for 0 too; 0 itself stands for the default
	}
}
