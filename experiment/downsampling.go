package experiment

import (
	"slices"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/format"
)

// downsample replaces the sources of a measured spectrum by fewer.
func (b *Beam) downsample(cfg *beam.Config) error {
	d := b.Downsampling
	if d == nil {
		return nil
	}
	list := slices.Clone(cfg.Sources)
	for _, s := range list {
		if s.Position != list[0].Position {
			return problem("beam.downsampling", "is for a spectrum, and the sources have different positions")
		}
		if s.Width != 0 {
			return problem("beam.downsampling", "is for a spectrum whose lines have no width")
		}
		if !(s.Wavelength > 0) {
			return problem("beam.downsampling", "is for a spectrum of which each line has a wavelength")
		}
	}
	// Energies rise, and points at the same one are one.
	slices.SortStableFunc(list, func(x, y beam.Source) int {
		switch {
		case x.Wavelength > y.Wavelength:
			return -1
		case x.Wavelength < y.Wavelength:
			return 1
		}
		return 0
	})
	var energies, weights []float64
	for i, s := range list {
		if i > 0 && s.Wavelength == list[i-1].Wavelength {
			weights[len(weights)-1] += s.Weight
			continue
		}
		energies, weights = append(energies, format.HC/s.Wavelength), append(weights, s.Weight)
	}
	energies, weights, err := beam.Downsampling(*d).Downsample(energies, weights)
	if err != nil {
		return problem("beam.downsampling", "%w", err)
	}
	cfg.Sources = nil
	for i, energy := range energies {
		cfg.Sources = append(cfg.Sources, beam.Source{Position: list[0].Position, Weight: weights[i], Wavelength: format.HC / energy})
	}
	return nil
}
