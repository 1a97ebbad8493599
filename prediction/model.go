package prediction

import (
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/geom"
)

// model is a setup, prepared.
type model struct {
	setup   Setup
	order   []int
	spheres []sphere // in that order
	weights []float64
	whole   float64 // sum of the weights
	panels  []plane

	star     [3][3]float64 // columns a*, b*, c*
	incident [3]float64
	spindle  [3]float64
	// Components of the incident direction along and across the spindle; see circle.
	spindleBeam           float64
	alongBeam, acrossBeam [3]float64

	ends             [2]turned // of the image
	still            bool
	brief            bool // less than half a turn
	mosaic, diverges bool

	limit float64 // of |q|, Å⁻¹
	near  float64 // a bound of Widths·σ, Å⁻¹
}

// prepare checks a setup.
func prepare(s *Setup) (*model, error) {
	m := &model{setup: *s}
	x, b := &m.setup.Crystal, &m.setup.Beam
	if m.setup.Widths == 0 {
		m.setup.Widths = DefaultWidths
	}
	if err := m.setup.check(); err != nil {
		return nil, err
	}
	m.star = geom.Transpose(geom.Inverse(x.Axes))
	m.incident, m.spindle = geom.Unit(b.Direction), geom.Unit(x.Spindle)
	m.spindleBeam = geom.Dot(m.spindle, m.incident)
	m.alongBeam = geom.Add(m.incident, geom.Scale(-m.spindleBeam, m.spindle))
	m.acrossBeam = geom.Cross(m.incident, m.spindle)
	m.mosaic, m.diverges = x.Mosaic != [3][3]float64{}, b.Divergence != [2][3]float64{}

	m.order = make([]int, len(b.Lines))
	for i := range m.order {
		m.order[i] = i
	}
	slices.SortStableFunc(m.order, func(i, j int) int {
		if d := b.Lines[i].Wavelength - b.Lines[j].Wavelength; d != 0 {
			return int(math.Copysign(1, d))
		}
		return 0
	})
	for _, i := range m.order {
		l := b.Lines[i]
		m.spheres = append(m.spheres, sphere{kappa: 1 / l.Wavelength, line: l.Width * l.Width, variance: l.Width*l.Width + x.Strain*x.Strain})
		m.weights = append(m.weights, l.Weight)
		m.whole += l.Weight
	}
	m.still, m.brief = x.Osc == 0, x.Osc < 180
	m.ends = [2]turned{m.turn(x.Phi * geom.Degree), m.turn((x.Phi + x.Osc) * geom.Degree)}

	for i := range s.Panels {
		m.panels = append(m.panels, newPlane(&s.Panels[i]))
	}
	m.bound()
	volume := math.Abs(geom.Dot(geom.Column(x.Axes, 0), geom.Cross(geom.Column(x.Axes, 1), geom.Column(x.Axes, 2))))
	if n := 4 * math.Pi / 3 * m.limit * m.limit * m.limit * volume; n > maxReflections {
		return nil, refuse("crystal.dmin", "the cell has %.3g reflections to %.4g Å, more than %g: set a resolution limit", n, 1/m.limit, maxReflections)
	}
	return m, nil
}

// bound sets the resolution limit and the bound of Widths·σ.
func (m *model) bound() {
	x := &m.setup.Crystal
	largest := m.spheres[0].kappa // of the shortest wavelength
	corner := 0.0
	for i := range m.panels {
		corner = max(corner, m.panels[i].farthest(m.incident))
	}
	variance := 0.0
	for _, s := range m.spheres {
		variance = max(variance, s.variance)
	}
	divergence := 0.0
	for _, d := range m.setup.Beam.Divergence {
		divergence += geom.Dot(d, d)
	}
	sigma := func(q float64) float64 {
		return math.Sqrt(norm(x.Point) + q*q*(variance+norm(x.Mosaic)) + largest*largest*divergence)
	}
	m.limit = largest * corner
	m.limit += m.setup.Widths * sigma(m.limit) // a spot beyond the corner reaches into it
	if x.DMin > 0 {
		m.limit = min(m.limit, 1/x.DMin)
	}
	m.near = m.setup.Widths * sigma(m.limit)
}

// norm returns a bound of the largest eigenvalue of a matrix.
func norm(m [3][3]float64) float64 {
	sum := 0.0
	for _, row := range m {
		sum += geom.Dot(row, row)
	}
	return math.Sqrt(sum)
}
