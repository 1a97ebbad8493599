package cloud

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
)

// regimes are clouds of random reflections in the ranges of closedform.md, on the sphere and up to four standard deviations off
// it, stills and rotations of 0.1° to 2° whose crossing is inside or outside.
func regimes(n int) (list []*Form) {
	r := rand.New(rand.NewPCG(1, 2))
	normal := func() (v [3]float64) { return [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()} }
	between := func(from, to float64) float64 { return from * math.Pow(to/from, r.Float64()) }
	for len(list) < n {
		axes := [3][3]float64{geom.Unit(normal())}
		axes[1] = geom.Unit(geom.Cross(axes[0], normal()))
		axes[2] = geom.Cross(axes[0], axes[1])
		c := Cloud{Spindle: geom.Unit([3]float64{1, 0.1 * r.Float64(), 0}), Width: between(1e-4, 3e-3)}
		for _, axis := range axes {
			addOuter(&c.Block, 0.63/4/math.Pow(between(300, 12000), 2), axis)
			addOuter(&c.Spread, math.Pow(between(0.02, 1)*geom.Degree, 2), axis)
		}
		if len(list)%3 == 0 {
			c.Spread = [3][3]float64{}
			for i := range 3 {
				c.Spread[i][i] = math.Pow(between(0.02, 1)*geom.Degree, 2)
			}
		}
		if len(list)%2 == 0 {
			c.Divergence = [2][3]float64{{between(1e-5, 1e-3), 0, 0}, {0, between(1e-5, 1e-3), 0}}
		}
		ray := geom.Unit([3]float64{r.Float64() - 0.3, r.Float64() - 0.4, 1})
		c.Center = geom.Add(ray, [3]float64{0, 0, -1})
		f := New(c)
		along := func() [3]float64 { w, _ := f.weight.inverse(); return w.apply(vecOf(ray)).array() }() // off the sphere
		sigma := math.Sqrt(geom.Dot(ray, along))
		c.Center = geom.Add(c.Center, geom.Scale(r.NormFloat64()*1.5*sigma, ray))
		if len(list)%4 > 0 {
			c.Range = between(0.1, 2) * geom.Degree
			c.Start = -r.Float64() * c.Range
			if r.Float64() < 0.3 { // clamped
				c.Start = -c.Range * math.Round(r.Float64())
			} else {
				c.Center = geom.Add(ray, [3]float64{0, 0, -1})
			}
		}
		list = append(list, New(c))
	}
	return list
}

// TestQuick: an estimate below a tolerance by a factor of 1.3 is right, and one above it by 1.1 of a rotation of two standard
// deviations or more; between them the rule measures (simulator/closedform_rule.go).
func TestQuick(t *testing.T) {
	v := &View{Corner: [3]float64{-80, -80, 125}, Fast: [3]float64{0.075, 0, 0}, Slow: [3]float64{0, 0.075, 0}, Incident: [3]float64{0, 0, 1}, Wavelength: 1}
	wrong, counted := 0, 0
	for i, f := range regimes(1000) {
		spot, ok := f.Spot(v)
		if !ok {
			continue
		}
		list := []Piece{{Form: f, Weight: 1}}
		most, _ := f.Peak()
		_, peak := Estimate(list, v, spot.Places(), 0, 0)
		if !(peak > 1e-6*most) {
			continue
		}
		measured, _ := Measure(list, v, spot.Places())
		_, turns := f.Peak()
		for _, tolerance := range []float64{1e-2, 1e-3, 3e-4} {
			estimate, peak := Estimate(list, v, spot.Places(), tolerance/10, 1e-6*most)
			e, m := estimate/peak, measured/peak
			counted++
			if e < tolerance/1.3 && m > tolerance || turns > 2 && e > tolerance*1.1 && m < tolerance {
				wrong++
				t.Logf("%d: range %.2g° or %.2g σ, off %.2g σ: estimated %.3g, measured %.3g", i, f.Range/geom.Degree, f.Range*spot.S, spot.Off, e, m)
			}
		}
	}
	t.Logf("%d of %d on the wrong side", wrong, counted)
	if wrong > 0 || counted < 1000 {
		t.Errorf("%d of %d on the wrong side", wrong, counted)
	}
}
