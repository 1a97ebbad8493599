package experiment

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
)

// Diffuse is diffuse scattering by liquid-like motions: see docs/physics.md.
type Diffuse struct {
	// Gamma is the length along each axis over which displacements are correlated. 0 means 50 Å. It may
	// be in cells: see unit.
	Gamma float64 `json:"gamma,omitzero" above:"0" usual:"0.5 1e4"`
	// Gammas are three lengths instead, each a parameter.
	Gammas *[3]float64 `json:"gammas,omitempty" above:"0" usual:"0.5 1e4"`
	// Sigma is the root mean square displacement along each axis. 0 means 0.4 Å.
	Sigma float64 `json:"sigma,omitzero" min:"0" usual:"0.01 3" slip:"in nm" unit:"Å"`
	// Sigmas are three displacements instead, each a parameter.
	Sigmas *[3]float64 `json:"sigmas,omitempty" min:"0" usual:"0.01 3" slip:"in nm" unit:"Å"`
	// Unit of gamma and gammas: Å along the axes of the frame, or unit cells along a, b and c.
	Unit crystal.LengthUnit `json:"unit,omitzero" values:"angstrom cells"`
	// Frame has the axes: crystal is x along a and z along c*, however the orientation is given; rest
	// are the laboratory's of the crystal at rest without rotxyz, diffBragg's; laboratory are the
	// laboratory's whatever the orientation.
	Frame crystal.DiffuseFrame `json:"frame,omitzero" values:"crystal rest laboratory"`

	// Stencil is how many reflections on both sides of the nearest one are summed along h, k and l. 0
	// means the nearest one alone.
	Stencil int `json:"stencil,omitzero" min:"0" max:"3"`

	// Group is the symmetry of the displacements: a space group, or a Laue class such as mmm. If
	// omitted, there is none.
	Group string `json:"group,omitzero"`
	// Operators are matrices instead that act on Miller indices as columns.
	Operators [][3][3]float64 `json:"operators,omitempty"`

	// Scale is what relates halos and Bragg peaks: absolute, or diffBragg's, which lacks the number of
	// cells over the cell's volume.
	Scale crystal.DiffuseScale `json:"scale,omitzero" values:"absolute peer"`
	// AttenuateBragg multiplies Bragg peaks by what the displacements leave of them. Amplitudes of
	// measured intensities contain it.
	AttenuateBragg bool `json:"attenuate_bragg,omitzero"`
	// Only leaves Bragg peaks out.
	Only bool `json:"only,omitzero"`

	// OneFactor takes the strength of all halos of the stencil from the nearest reflection, as
	// diffBragg does.
	OneFactor bool `json:"one_factor,omitzero"`
	// MeanStencil divides by the size of the stencil, as diffBragg does: the larger it is, the dimmer.
	MeanStencil bool `json:"mean_stencil,omitzero"`
}

// diffuseSlots returns those of a crystal's diffuse scattering.
func (e *Experiment) diffuseSlots(crystal int) []slot {
	x := e.Crystals[crystal]
	if x.Diffuse == nil {
		return nil
	}
	made := x.Config().Diffuse
	var list []slot
	for k := range 3 {
		for _, q := range []struct {
			nodes [3]*G.Node
			one   float64
			place func(d *Diffuse) (*float64, **[3]float64)
		}{
			{x.Diffuse.Gamma, made.Gamma, func(d *Diffuse) (*float64, **[3]float64) { return &d.Gamma, &d.Gammas }},
			{x.Diffuse.Sigma, made.Sigma, func(d *Diffuse) (*float64, **[3]float64) { return &d.Sigma, &d.Sigmas }},
		} {
			n := q.nodes[k]
			list = append(list, slot{n, func() (float64, error) { return e.value(n) }, func(c *Config, v float64) {
				own := *c.Crystals[crystal].Diffuse
				c.Crystals[crystal].Diffuse = &own
				one, three := q.place(&own)
				if *three == nil && q.nodes[0] == q.nodes[1] && q.nodes[0] == q.nodes[2] {
					*one = v
					return
				}
				values := [3]float64{q.one, q.one, q.one}
				if *three != nil {
					values = **three
				}
				values[k] = v
				*one, *three = 0, &values
			}})
		}
	}
	return list
}
