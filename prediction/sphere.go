package prediction

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// sphere is the Ewald sphere of a line, in the frame that turns with the crystal.
type sphere struct {
	kappa    float64 // 1/λ
	variance float64 // of the relative width of the line, and that of the strain
	line     float64 // of the line alone
}

// turned holds the directions of the laboratory at an angle phi, in the frame of the crystal.
type turned struct {
	phi        float64
	lab        [3][3]float64 // from the crystal's frame to the laboratory
	incident   [3]float64
	divergence [2][3]float64 // radians
}

// turn returns the frame at an angle phi in radians.
func (m *model) turn(phi float64) turned {
	t := turned{phi: phi, lab: isotropic(1), incident: m.incident, divergence: m.setup.Beam.Divergence}
	if phi == 0 {
		return t
	}
	t.lab = geom.Rotation(m.spindle, phi)
	back := geom.Transpose(t.lab)
	t.incident = geom.Apply(back, t.incident)
	if m.diverges {
		t.divergence = [2][3]float64{geom.Apply(back, t.divergence[0]), geom.Apply(back, t.divergence[1])}
	}
	return t
}

// excited is a reciprocal-lattice point next to an Ewald sphere.
type excited struct {
	p        [3]float64 // the point
	normal   [3]float64 // of the sphere, outwards
	distance float64    // from the sphere, Å⁻¹, above 0 outside
	spread   [3]float64 // Σ n
	sigma    float64    // √(nᵀ Σ n)
	rate     float64    // of the distance with phi, Å⁻¹/rad
}

// excite returns the state of a point at an angle.
func (m *model) excite(p [3]float64, s *sphere, t *turned) excited {
	e := excited{p: p, normal: p}
	for i, v := range t.incident {
		e.normal[i] += s.kappa * v
	}
	length := math.Sqrt(geom.Dot(e.normal, e.normal))
	e.normal = geom.Scale(1/length, e.normal)
	// |p + κ i| − κ without the difference of large numbers.
	e.distance = (geom.Dot(p, p) + 2*s.kappa*geom.Dot(p, t.incident)) / (length + s.kappa)
	e.spread = m.covariance(e.normal, p, s, t)
	e.sigma = math.Sqrt(geom.Dot(e.normal, e.spread))
	e.rate = geom.Dot(e.normal, geom.Cross(m.spindle, p))
	return e
}

// covariance returns Σ v.
func (m *model) covariance(v, p [3]float64, s *sphere, t *turned) [3]float64 {
	out := geom.Apply(m.setup.Crystal.Point, v)
	if m.mosaic {
		out = geom.Add(out, geom.Cross(p, geom.Apply(m.setup.Crystal.Mosaic, geom.Cross(v, p))))
	}
	if s.variance > 0 {
		out = geom.Add(out, geom.Scale(s.variance*geom.Dot(p, v), p))
	}
	if m.diverges {
		for _, d := range t.divergence {
			out = geom.Add(out, geom.Scale(s.kappa*s.kappa*geom.Dot(d, v), d))
		}
	}
	return out
}

// ray returns the direction, not of unit length, in which the light of a reflection is strongest: of a
// point on the sphere that through it, otherwise that of the most probable rotation, strain, energy,
// direction and place in the block which together bring it there.
func (m *model) ray(e *excited, s *sphere, t *turned) [3]float64 {
	through := func(q [3]float64) [3]float64 { return geom.Add(q, geom.Scale(s.kappa, t.incident)) }
	if e.distance == 0 {
		return through(e.p)
	}
	// All of them are μ times their covariance with the distance; μ is such that the ray is on the sphere.
	mu := 0.0
	axis := geom.Apply(m.setup.Crystal.Mosaic, geom.Cross(e.p, e.normal))
	stretch := geom.Dot(e.p, e.normal)
	block := geom.Apply(m.setup.Crystal.Point, e.normal)
	strain := s.variance - s.line
	distance := e.distance
	var out [3]float64
	for range 2 {
		mu += distance / (e.sigma * e.sigma)
		q := rotatedBy(geom.Scale(-mu, axis), e.p)
		q = geom.Scale(1-mu*strain*stretch, q)
		q = geom.Add(q, geom.Scale(-mu, block))
		if m.diverges {
			for _, d := range t.divergence {
				q = geom.Add(q, geom.Scale(-mu*s.kappa*s.kappa*geom.Dot(d, e.normal), d))
			}
		}
		q = geom.Scale(1/(1+mu*s.line*stretch), q)
		out = through(q)
		distance = (geom.Dot(q, q) + 2*s.kappa*geom.Dot(q, t.incident)) / (math.Sqrt(geom.Dot(out, out)) + s.kappa)
	}
	return out
}

// rotatedBy returns a vector rotated by a rotation vector.
func rotatedBy(w, v [3]float64) [3]float64 {
	angle := math.Sqrt(geom.Dot(w, w))
	if angle == 0 {
		return v
	}
	sin, cos := math.Sincos(angle)
	axis := geom.Scale(1/angle, w)
	out := geom.Scale(cos, v)
	out = geom.Add(out, geom.Scale(sin, geom.Cross(axis, v)))
	return geom.Add(out, geom.Scale((1-cos)*geom.Dot(axis, v), axis))
}
