package prediction

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// plane is a panel as the linear map of rays to homogeneous pixel coordinates: fast = u·d/(w·d).
type plane struct {
	*Panel
	u, v, w [3]float64
	normal  [3]float64
}

func newPlane(p *Panel) plane {
	rows := geom.Inverse(geom.Columns(geom.Scale(p.Pixel[0], p.Fast), geom.Scale(p.Pixel[1], p.Slow), p.Corner))
	normal := geom.Unit(geom.Cross(p.Fast, p.Slow))
	if geom.Dot(normal, p.Corner) < 0 {
		normal = geom.Scale(-1, normal)
	}
	return plane{Panel: p, u: rows[0], v: rows[1], w: rows[2], normal: normal}
}

// farthest returns the largest |d − i| of rays to the panel: 2 sin θ, at one of its corners or, if the
// panel reaches beyond 2θ = 90°, its largest possible value.
func (p *plane) farthest(incident [3]float64) float64 {
	most := 0.0
	for _, f := range []int{0, p.FastPixels} {
		for _, s := range []int{0, p.SlowPixels} {
			at := p.Corner
			at = geom.Add(at, geom.Scale(float64(f)*p.Pixel[0], p.Fast))
			at = geom.Add(at, geom.Scale(float64(s)*p.Pixel[1], p.Slow))
			d := geom.Unit(at)
			if geom.Dot(d, incident) < 0 {
				return 2
			}
			most = max(most, geom.Norm(geom.Add(d, geom.Scale(-1, incident))))
		}
	}
	return most
}

// Holds reports whether a point, in pixels, is on the panel.
func (p *Panel) Holds(fast, slow float64) bool {
	return fast >= 0 && fast < float64(p.FastPixels) && slow >= 0 && slow < float64(p.SlowPixels)
}

// At returns where a ray from the crystal meets the plane of the panel, in pixels, and reports whether it
// does.
func (p *Panel) At(ray [3]float64) (fast, slow float64, ok bool) {
	plane := newPlane(p)
	return plane.meets(ray)
}

// meets returns where a ray meets the plane, and reports whether it does, in front of the crystal.
func (p *plane) meets(ray [3]float64) (fast, slow float64, ok bool) {
	way := geom.Dot(p.w, ray)
	if !(way > 0) {
		return 0, 0, false
	}
	return geom.Dot(p.u, ray) / way, geom.Dot(p.v, ray) / way, true
}

// slopes returns the derivatives of the coordinates by the components of the ray.
func (p *plane) slopes(ray [3]float64, fast, slow float64) (byFast, bySlow [3]float64) {
	way := geom.Dot(p.w, ray)
	for i := range ray {
		byFast[i], bySlow[i] = (p.u[i]-fast*p.w[i])/way, (p.v[i]-slow*p.w[i])/way
	}
	return byFast, bySlow
}

// parallax returns how far a ray of unit length goes along both axes, in pixels, in the whole sensor and
// to its mean depth of absorption.
func (p *plane) parallax(ray [3]float64) (whole, mean [2]float64) {
	if p.Thickness == 0 {
		return whole, mean
	}
	path := p.Thickness / math.Abs(geom.Dot(ray, p.normal))
	depth := path / 2 // if hardly anything is absorbed
	if a := p.Attenuation; a > 0 {
		depth = a * meanDepth(path/a)
	}
	for k, axis := range [2][3]float64{p.Fast, p.Slow} {
		pixels := geom.Dot(ray, axis) / p.Pixel[k]
		whole[k], mean[k] = path*pixels, depth*pixels
	}
	return whole, mean
}
