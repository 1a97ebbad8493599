package background

import (
	"fmt"
	"slices"
)

// Material is an amorphous material in the beam, of which the molecules in a square column of the beam's
// size scatter:
//
//	I = r_e² fluence N Σ_sources w sign(F) F² p ω capture,   N = beam² · thickness · density · N_A/weight
//
// at each sub-pixel and layer, with weights w of a sum of 1. A negative F takes photons away, as a
// solvent does that is displaced.
type Material struct {
	// Name is part of the names of its nodes: "background.NAME.thickness". "" means the index in the list.
	Name string
	// At are values of sin θ/λ in Å⁻¹, rising, and F is the amplitude there in electrons a molecule. It is
	// interpolated by cubics through the four nearest, and constant beyond the first and the last.
	At, F []float64
	// Thickness of the material along the beam in mm.
	Thickness float64
	// Density in g/cm³, and the molecules' Weight in g/mol. 0 means 1 and 18, those of water.
	Density, Weight float64
	// Beam is the side of the square beam in mm. 0 means 0.1 mm.
	Beam float64
}

// Water returns water of a thickness in mm, with the amplitudes that the example of nanoBragg in
// cctbx has.
func Water(thickness float64) Material {
	return Material{Name: "water", Thickness: thickness, Density: 1, Weight: 18,
		At: []float64{0, 0.0365, 0.07, 0.12, 0.162, 0.18, 0.2, 0.216, 0.236, 0.28, 0.3, 0.345, 0.436, 0.5},
		F:  []float64{2.57, 2.58, 2.8, 5, 8, 7.32, 6.75, 6.75, 6.5, 4.5, 4.3, 4.36, 3.77, 3.17}}
}

// Air returns air of a thickness in mm at room temperature, likewise.
func Air(thickness float64) Material {
	return Material{Name: "air", Thickness: thickness, Density: 1.2e-3, Weight: 28,
		At: []float64{0, 0.045, 0.174, 0.35, 0.5},
		F:  []float64{14.1, 13.5, 8.35, 4.78, 4.22}}
}

func (m Material) complete(i int) Material {
	if m.Name == "" {
		m.Name = fmt.Sprint(i)
	}
	for _, p := range []struct {
		v     *float64
		usual float64
	}{{&m.Density, 1}, {&m.Weight, 18}, {&m.Beam, 0.1}} {
		if *p.v == 0 {
			*p.v = p.usual
		}
	}
	m.At, m.F = slices.Clone(m.At), slices.Clone(m.F)
	return m
}

func (m *Material) check(field string) error {
	for _, p := range []struct {
		key, unit string
		v         float64
	}{{"density", "g/cm³", m.Density}, {"weight", "g/mol", m.Weight}, {"beam", "mm", m.Beam}} {
		if !(p.v > 0) || !finite(p.v) {
			return refuse(field+"."+p.key, "a %s of %g %s: want above 0", p.key, p.v, p.unit)
		}
	}
	if !(m.Thickness >= 0) || !finite(m.Thickness) {
		return refuse(field+".thickness", "a thickness of %g mm: want 0 or more", m.Thickness)
	}
	return checkTable(field, m.At, m.F)
}

// avogadro is the number of molecules per mole.
const avogadro = 6.02214076e23

// molecules is how many there are in a column of 1 mm.
func (m *Material) molecules() float64 {
	const perMillimetre = 1e-3 // cm³ a mm³
	return m.Beam * m.Beam * perMillimetre * m.Density * avogadro / m.Weight
}
