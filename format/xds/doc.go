// Package xds reads files of XDS: reflections and geometry of XDS_ASCII.HKL and INTEGRATE.HKL, and the
// geometry of XPARM.XDS and GXPARM.XDS in either of their layouts. It writes XPARM.XDS.
package xds

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// instrument is what the files say of an experiment, in the laboratory frame of XDS.
type instrument struct {
	first              int
	phi, width         float64
	axis               [3]float64
	wavelength         float64
	beam               [3]float64 // direction in which it travels
	group              int
	cell               [6]float64
	real               [3][3]float64 // rows a, b, c in Å, at phi = 0
	pixels             [2]int
	pixel              [2]float64 // mm
	org                [2]float64 // ORGX, ORGY: pixels, counted from 1 at the centres
	distance           float64    // of the detector along its normal, mm
	fast, slow, normal [3]float64
	segments           []segment
	notices            []string
}

// segment is a part of a detector, in the frame of the detector.
type segment struct {
	limits     [4]int // x1, x2, y1, y2, counted from 1
	org        [2]float64
	distance   float64
	fast, slow [3]float64
}

// geometry turns everything into the frame of package format: x along the rotation axis, the beam in
// the plane of x and z, z towards the source. Errors have no prefix.
func (in *instrument) geometry() (*format.Geometry, *format.Crystal, error) {
	for _, v := range []struct {
		name string
		v    [3]float64
	}{{"rotation axis", in.axis}, {"beam", in.beam}, {"x axis of the detector", in.fast}, {"y axis of the detector", in.slow}} {
		if n := geom.Norm(v.v); !(n > 0) || math.IsInf(n, 0) {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "the direction of the %s is %v", v.name, v.v)
		}
	}
	if !(in.wavelength > 0) || !(in.pixel[0] > 0 && in.pixel[1] > 0) || in.pixels[0] <= 0 || in.pixels[1] <= 0 {
		return nil, nil, format.Errorf(format.ErrInvalidValue, "the wavelength is %g Å, the detector has %d × %d pixels of %g × %g mm: all have to be positive", in.wavelength, in.pixels[0], in.pixels[1], in.pixel[0], in.pixel[1])
	}
	if in.pixels[0] > format.MaxPixels/in.pixels[1] {
		return nil, nil, format.Errorf(format.ErrLimit, "the detector has %d × %d pixels; %d in all are read", in.pixels[0], in.pixels[1], format.MaxPixels)
	}
	x := geom.Unit(in.axis)
	beam := geom.Unit(in.beam)
	z := geom.Add(geom.Scale(-1, beam), geom.Scale(geom.Dot(beam, x), x))
	if geom.Norm(z) < 1e-6 {
		return nil, nil, format.Errorf(format.ErrInvalidValue, "the rotation axis is parallel to the beam")
	}
	z = geom.Unit(z)
	turn := [3][3]float64{x, geom.Cross(z, x), z}
	if geom.Norm(in.normal) == 0 {
		in.normal = geom.Cross(in.fast, in.slow)
	}
	g := &format.Geometry{
		Wavelength: in.wavelength,
		ToSource:   geom.Scale(-1, geom.Apply(turn, beam)),
		Rotation:   format.NewRotation([3]float64{1, 0, 0}, in.phi, in.width, in.first, 0),
		Notices:    in.notices,
	}
	segments := in.segments
	if len(segments) == 0 {
		segments = []segment{{limits: [4]int{1, in.pixels[0], 1, in.pixels[1]}, fast: [3]float64{1, 0, 0}, slow: [3]float64{0, 1, 0}}}
	}
	// lab turns a direction in the frame of the detector.
	lab := func(v [3]float64) [3]float64 {
		return geom.Apply(turn, geom.Add(geom.Add(geom.Scale(v[0], in.fast), geom.Scale(v[1], in.slow)), geom.Scale(v[2], in.normal)))
	}
	for i, s := range segments {
		if l := s.limits; l[0] < 1 || l[1] < l[0] || l[1] > in.pixels[0] || l[2] < 1 || l[3] < l[2] || l[3] > in.pixels[1] {
			return nil, nil, format.Errorf(format.ErrInconsistent, "segment %d, of pixels %d to %d and %d to %d, is not on the detector of %d × %d", i+1, l[0], l[1], l[2], l[3], in.pixels[0], in.pixels[1])
		}
		fast, slow := lab(s.fast), lab(s.slow)
		if geom.Norm(geom.Cross(fast, slow)) < 1e-6*geom.Norm(fast)*geom.Norm(slow) || geom.Norm(fast) == 0 || geom.Norm(slow) == 0 {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "the axes of segment %d are parallel", i+1)
		}
		// Pixels are counted from 1 at their centres: the corner is half a pixel before.
		u := (float64(s.limits[0]) - 0.5 - s.org[0]) * in.pixel[0]
		v := (float64(s.limits[2]) - 0.5 - s.org[1]) * in.pixel[1]
		local := geom.Add(geom.Add(geom.Scale(u, s.fast), geom.Scale(v, s.slow)), geom.Scale(s.distance, geom.Cross(s.fast, s.slow)))
		local = geom.Add(local, [3]float64{-in.org[0] * in.pixel[0], -in.org[1] * in.pixel[1], in.distance})
		p := format.Panel{
			Origin: lab(local), Fast: geom.Unit(fast), Slow: geom.Unit(slow), Pixel: in.pixel,
			Size:  [2]int{s.limits[1] - s.limits[0] + 1, s.limits[3] - s.limits[2] + 1},
			First: [2]int{s.limits[0] - 1, s.limits[2] - 1},
		}
		if len(segments) > 1 {
			p.Name = fmt.Sprintf("segment %d", i+1)
		}
		g.Panels = append(g.Panels, p)
	}
	c, err := in.crystal(turn)
	return g, c, err
}

// crystal returns the lattice; nil if the file has none.
func (in *instrument) crystal(turn [3][3]float64) (*format.Crystal, error) {
	if in.real == ([3][3]float64{}) {
		return nil, nil
	}
	for i := range in.real {
		in.real[i] = geom.Apply(turn, in.real[i])
	}
	volume := geom.Dot(in.real[0], geom.Cross(in.real[1], in.real[2]))
	size := geom.Norm(in.real[0]) * geom.Norm(in.real[1]) * geom.Norm(in.real[2])
	if !(math.Abs(volume) > 1e-9*size) || math.IsInf(size, 0) {
		return nil, format.Errorf(format.ErrInvalidValue, "the axes of the cell, %v, %v, %v, do not span one", in.real[0], in.real[1], in.real[2])
	}
	c := &format.Crystal{A: geom.Inverse(in.real)}
	if in.group > 0 {
		c.SpaceGroup = fmt.Sprint(in.group)
	}
	return c, nil
}

// fields splits a text at blanks and commas.
func fields(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
}
