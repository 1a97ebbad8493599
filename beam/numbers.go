package beam

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// Numbers is one source at the nodes' present values.
type Numbers struct {
	Incident   [3]float64 // unit vector of travel
	Wavelength float64    // Å
	Weight     float64    // mean 1
}

// Numbers evaluates the sources. Values that Check refuses are an error.
func (s *Beam) Numbers() ([]Numbers, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	sources, err := s.Sources()
	if err != nil {
		return nil, err
	}
	t, err := tape.New(sources.Incident[0], sources.Incident[1], sources.Incident[2], sources.Wavelength, sources.Weight)
	if err != nil {
		return nil, fmt.Errorf("beam: %w", err)
	}
	if err := t.RunAll(); err != nil {
		return nil, fmt.Errorf("beam: %w", err)
	}
	out := make([]Numbers, len(s.rays))
	fill := func(n *G.Node, set func(*Numbers, float64)) {
		v, verr := t.Value(n)
		if verr != nil {
			err = verr
			return
		}
		a, verr := expr.ArrayOf(v)
		if verr != nil {
			err = verr
			return
		}
		for i := range out {
			set(&out[i], a.Data[i%len(a.Data)]) // what all sources share is one number
		}
	}
	for k, n := range sources.Incident {
		fill(n, func(s *Numbers, v float64) { s.Incident[k] = v })
	}
	fill(sources.Wavelength, func(s *Numbers, v float64) { s.Wavelength = v })
	fill(sources.Weight, func(s *Numbers, v float64) { s.Weight = v })
	if err != nil {
		return nil, fmt.Errorf("beam: %w", err)
	}
	return out, nil
}
