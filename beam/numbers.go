package beam

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/tape"
)

// Numbers is one source at the nodes' present values.
type Numbers struct {
	Incident   [3]float64 // unit vector of travel
	Wavelength float64    // Å
	Weight     float64    // mean 1
}

// At evaluates the sources at the nodes' present values. Values that Check refuses are an error.
func (s *Beam) At() ([]Numbers, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	sources, err := s.Sources()
	if err != nil {
		return nil, err
	}
	values, err := tape.Values(sources.Incident[0], sources.Incident[1], sources.Incident[2], sources.Wavelength, sources.Weight)
	if err != nil {
		return nil, fmt.Errorf("beam: %w", err)
	}
	out := make([]Numbers, len(s.rays))
	for i := range out {
		at := func(k int) float64 { return values[k][i%len(values[k])] } // what all sources share is one number
		out[i] = Numbers{Incident: [3]float64{at(0), at(1), at(2)}, Wavelength: at(3), Weight: at(4)}
	}
	return out, nil
}
