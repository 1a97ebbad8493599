// Package attenuation has the mass attenuation coefficients μ/ρ of materials of sensors and of gases in the path of X-rays, as
// tables over the photon energy from [Least] to [Most].
package attenuation

import (
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/expr"
)

// Energies that the tables cover, in keV.
const (
	Least = 4
	Most  = 100
)

// Material has a table of its mass attenuation coefficient.
type Material struct {
	Name    string
	Density float64      // g/cm³; of a gas at [Temperature] and [Pressure]
	knots   [][2]float64 // keV and cm²/g
}

// Sensor returns a material of sensors by its name, in any case: Si or silicon, CdTe, GaAs. It returns nil for one without a table.
func Sensor(name string) *Material {
	name = strings.TrimSpace(name)
	if strings.EqualFold(name, "silicon") {
		name = "Si"
	}
	for known, m := range materials {
		if strings.EqualFold(name, known) {
			return m
		}
	}
	return nil
}

// Sensors are the names of the materials of sensors that have a table.
func Sensors() []string { return []string{"Si", "CdTe", "GaAs"} }

// Gas returns a gas by its name, air or helium; nil for another one.
func Gas(name string) *Material { return gases[name] }

// Gases are the names of the gases.
func Gases() []string { return []string{"air", "helium"} }

// State of a gas that its Density is given for.
const (
	Temperature = 293.15  // K
	Pressure    = 101.325 // kPa
)

// molar returns the density, in g/cm³, of an ideal gas of a molar mass in g.
func molar(mass float64) float64 {
	const gasConstant = 8.314462618 // J/(mol K)
	return 1e-3 * mass * Pressure / (gasConstant * Temperature)
}

// At returns μ/ρ in cm²/g at a wavelength in Å. At an absorption edge it is that above it. Beyond the ends of the table, the
// first and the last segment continue.
func (m *Material) At(wavelength float64) float64 {
	x := math.Log(format.HC / 1000 / wavelength)
	s := m.segments()
	k := 0
	for k+1 < len(s) && s[k+1].from <= x {
		k++
	}
	return math.Exp(s[k].offset + s[k].slope*x)
}

// segment is a piece of ln μ/ρ = offset + slope · ln E from an abscissa on.
type segment struct{ from, offset, slope float64 }

func (m *Material) segments() []segment {
	var out []segment
	for i := 1; i < len(m.knots); i++ {
		a, b := m.knots[i-1], m.knots[i]
		if a[0] == b[0] {
			continue // an edge
		}
		x := math.Log(a[0])
		slope := math.Log(b[1]/a[1]) / math.Log(b[0]/a[0])
		out = append(out, segment{x, math.Log(a[1]) - slope*x, slope})
	}
	return out
}

// Edges returns the energies, in keV, at which μ jumps.
func (m *Material) Edges() []float64 {
	var out []float64
	for i := 1; i < len(m.knots); i++ {
		if m.knots[i][0] == m.knots[i-1][0] {
			out = append(out, m.knots[i][0])
		}
	}
	return slices.Clip(out)
}

// Expression is At of a node of wavelengths. It is differentiable by the wavelength: at a knot, and at an edge, its derivative
// is that above.
func (m *Material) Expression(b *expr.Builder, wavelength *expr.Node) *expr.Node {
	x := b.Log(b.Scale(format.HC/1000, b.Inverse(wavelength)))
	s := m.segments()
	number := b.Const(0)
	offsets, slopes := []*expr.Node{b.Const(s[0].offset)}, []*expr.Node{b.Const(s[0].slope)}
	for _, next := range s[1:] {
		number = b.Add(number, b.AtMost(b.Const(next.from), x))
		offsets, slopes = append(offsets, b.Const(next.offset)), append(slopes, b.Const(next.slope))
	}
	return b.Exp(b.Add(b.Pick(number, offsets...), b.Mul(b.Pick(number, slopes...), x)))
}
