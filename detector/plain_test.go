package detector

import (
	"fmt"
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

// matrix is a rotation, by rows. The plain geometry here is written with matrices in numbers, the
// package's with Rodrigues' formula in nodes.
type matrix [3][3]float64

func (m matrix) times(n matrix) (out matrix) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				out[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return out
}

func (m matrix) apply(v [3]float64) [3]float64 {
	return [3]float64{geom.Dot(m[0], v), geom.Dot(m[1], v), geom.Dot(m[2], v)}
}

// about returns a right-handed rotation about a unit axis.
func about(axis [3]float64, degrees float64) matrix {
	s, c := math.Sincos(degrees * math.Pi / 180)
	x, y, z := axis[0], axis[1], axis[2]
	return matrix{
		{c + x*x*(1-c), x*y*(1-c) - z*s, x*z*(1-c) + y*s},
		{y*x*(1-c) + z*s, c + y*y*(1-c), y*z*(1-c) - x*s},
		{z*x*(1-c) - y*s, z*y*(1-c) + x*s, c + z*z*(1-c)},
	}
}

func combine(terms ...any) (v [3]float64) { // number, vector, number, vector …
	for i := 0; i < len(terms); i += 2 {
		k, u := terms[i].(float64), terms[i+1].([3]float64)
		for j := range v {
			v[j] += k * u[j]
		}
	}
	return v
}

// plainFrame returns the geometry, in mm, of a configuration without default centres or distances.
func plainFrame(c Config) (corner, fast, slow, normal [3]float64) {
	axes, _ := unitAxes(c.Convention, c.Axes)
	lean := about([3]float64{0, 0, 1}, c.RotZ).times(about([3]float64{0, 1, 0}, c.RotY)).times(about([3]float64{1, 0, 0}, c.RotX))
	turn := about(axes.TwoTheta, c.TwoTheta).times(lean)
	fast, slow, normal = turn.apply(axes.Fast), turn.apply(axes.Slow), turn.apply(axes.Normal)
	ratio := geom.Dot(axes.Beam, lean.apply(axes.Normal))
	distance, closeDistance := c.Distance, math.Abs(ratio)*c.Distance
	if c.CloseDistance > 0 {
		distance, closeDistance = c.CloseDistance/ratio, c.CloseDistance
	}
	switch {
	case c.Origin != nil:
		corner = turn.apply(*c.Origin)
	case c.Pivot == AboutSample || c.Pivot == ByConvention && (c.Convention == XDS || c.Convention == DIALS):
		at := c.CloseCentre
		if at == nil && c.Convention == Custom {
			at = c.BeamCentre
		}
		corner = turn.apply(combine(closeDistance, axes.Normal, -at[0], axes.Fast, -at[1], axes.Slow))
	default:
		x, y := c.BeamCentre[0], c.BeamCentre[1]
		f, s := x, y
		switch c.Convention {
		case MOSFLM:
			f, s = y+c.Pixel/2, x+c.Pixel/2
		case DENZO:
			f, s = y, x
		case ADXV:
			s = float64(c.Slow)*c.Pixel - y
		}
		corner = combine(distance, axes.Beam, -f, fast, -s, slow)
	}
	return combine(1.0, corner, 1.0, c.Shift), fast, slow, normal
}

// plainPanel is a panel's placement; its rotations are taken about the frame's axes as they lie in
// space.
func plainPanel(c Config, p Panel) (corner, fast, slow, normal [3]float64) {
	at, f, s, n := plainFrame(c)
	corner = combine(1.0, at, p.Origin[0], f, p.Origin[1], s, p.Origin[2], n)
	tilt := about(n, p.Tilt[2]).times(about(s, p.Tilt[1])).times(about(f, p.Tilt[0]))
	in := func(v, otherwise [3]float64) [3]float64 {
		if v == [3]float64{} {
			v = otherwise
		}
		v, _ = unit(v)
		return tilt.apply(combine(v[0], f, v[1], s, v[2], n))
	}
	fast, slow = in(p.FastAxis, [3]float64{1, 0, 0}), in(p.SlowAxis, [3]float64{0, 1, 0})
	normal = geom.Cross(fast, slow)
	if geom.Dot(normal, corner) < 0 {
		normal = combine(-1.0, normal)
	}
	return corner, fast, slow, normal
}

// placements returns named configurations of every kind.
func placements() map[string]Config {
	beam, close := &[2]float64{1.9, 1.2}, &[2]float64{0.8, 1.7}
	base := posed(Config{Fast: 5, Slow: 4, Distance: 20, BeamCentre: beam, CloseCentre: close, Oversample: 2,
		Sensor: Sensor{Thickness: 300, Attenuation: 400, Layers: 2}})
	out := map[string]Config{}
	for _, c := range []Convention{MOSFLM, DENZO, ADXV, XDS, DIALS, Custom} {
		for _, p := range []Pivot{AboutBeam, AboutSample} {
			cfg := base
			cfg.Convention, cfg.Pivot = c, p
			out[fmt.Sprintf("%v pivot %d", c, p)] = cfg
			cfg.Distance, cfg.CloseDistance = 0, 18
			out[fmt.Sprintf("%v pivot %d close distance", c, p)] = cfg
		}
	}
	cfg := base
	cfg.Convention, cfg.Pivot, cfg.CloseCentre = Custom, AboutSample, nil
	out["custom sample by beam centre"] = cfg
	cfg = base
	cfg.Convention, cfg.BeamCentre, cfg.CloseCentre, cfg.Distance, cfg.Origin = XDS, nil, nil, 0, &[3]float64{-1.2, -0.9, 21}
	out["origin"] = cfg
	cfg = base
	cfg.Axes = Axes{Beam: [3]float64{2, 0.1, -0.05}, Fast: [3]float64{0.1, 0, 1}, Slow: [3]float64{0, 3, 0}, Normal: [3]float64{1, 0, -0.1}, TwoTheta: [3]float64{1, 2, 3}}
	cfg.Convention = Custom
	out["left-handed axes"] = cfg
	cfg = base
	cfg.Panels = []Panel{
		{Fast: 3, Slow: 2},
		{Name: "tilted", Fast: 2, Slow: 3, Origin: [3]float64{2, -0.5, 1.5}, Tilt: [3]float64{7, -12, 30}},
		{Name: "mirrored", Fast: 2, Slow: 2, Origin: [3]float64{0.4, 2, -0.7}, FastAxis: [3]float64{-2, 0, 0}, Tilt: [3]float64{3, 4, -5}},
		{Name: "askew", Fast: 2, Slow: 2, Origin: [3]float64{-1, 1, 0.2}, FastAxis: [3]float64{0, 1, 1}, SlowAxis: [3]float64{1, 0, 0}},
	}
	out["panels"] = cfg
	cfg.Convention = ADXV // left-handed frame
	out["panels in a left-handed frame"] = cfg
	cfg.Panels = cfg.Panels[2:3]
	out["one panel"] = cfg
	return out
}

// TestSamples compares positions, paths, directions, obliquities, solid angles and captured
// fractions with the plain geometry. Tolerance: a few roundings of sums of ten terms of the order
// of the distance, 1e-14 of it.
func TestSamples(t *testing.T) {
	const tolerance = 1e-14
	for name, cfg := range placements() {
		for _, pointPixel := range []bool{false, true} {
			cfg.PointPixel = pointPixel
			d := newDetector(t, cfg)
			s := d.Sampling()
			nodes := samplesOf(t, d, s)
			all := append(append(append([]*expr.Node{}, nodes.Position[:]...), nodes.Direction[:]...), nodes.Path, nodes.Obliquity, nodes.SolidAngle, nodes.Capture)
			got := valuesOf(t, all...)
			panels := cfg.Panels
			if len(panels) == 0 {
				panels = []Panel{{Fast: cfg.Fast, Slow: cfg.Slow}}
			}
			pixels, i := d.Pixels(), 0
			for _, p := range panels {
				corner, fast, slow, normal := plainPanel(cfg, p)
				if len(cfg.Panels) == 0 {
					_, _, _, normal = plainFrame(cfg)
				}
				closeDistance := geom.Dot(corner, normal)
				for y := range p.Slow {
					for x := range p.Fast {
						for k, point := range s.Points {
							depth := float64(point.Layer) * 0.3 / 2
							at := combine(1.0, corner, cfg.Pixel*(float64(x)+point.Fast), fast, cfg.Pixel*(float64(y)+point.Slow), slow, depth, normal)
							r := math.Sqrt(geom.Dot(at, at))
							d := combine(1/r, at)
							omega := cfg.Pixel * cfg.Pixel / (r * r)
							if !pointPixel {
								omega *= closeDistance / r
							}
							layer := 0.15 / 0.4 / geom.Dot(d, normal)
							capture := math.Exp(-float64(point.Layer)*layer) - math.Exp(-float64(point.Layer+1)*layer)
							want := []float64{at[0] / 1e3, at[1] / 1e3, at[2] / 1e3, d[0], d[1], d[2], r / 1e3, geom.Dot(d, normal), omega, capture}
							for q, w := range want {
								if g := got[q][k*pixels+i]; !near(g, w, tolerance) {
									t.Fatalf("%s: pixel %d, point %d: value %d is %.17g, want %.17g", name, i, k, q, g, w)
								}
							}
						}
						i++
					}
				}
			}
			if i != pixels {
				t.Fatalf("%s: %d pixels, want %d", name, pixels, i)
			}
		}
	}
}
