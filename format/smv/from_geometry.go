package smv

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// negligible is the largest difference of a direction from the one that readers of a header take.
const negligible = 1e-6

// HeaderOf returns the header of an image, from 0, of the scan of a geometry, as [Geometry.Header]
// has it: readers take rows of pixels to lie along the rotation axis, and the detector to be
// perpendicular to the beam. Notices say what of the geometry they will not see, sentences whose
// subject is the header. Several panels, and a beam that does not meet the detector, are errors.
func HeaderOf(g *format.Geometry, image int) (h Header, notices []string, err error) {
	if len(g.Panels) != 1 {
		return h, nil, format.Errorf(format.ErrUnsupported, "smv: %d panels cannot be written: a header describes one", len(g.Panels))
	}
	p := &g.Panels[0]
	if math.Abs(p.Pixel[0]-p.Pixel[1]) > negligible*p.Pixel[0] {
		return h, nil, format.Errorf(format.ErrUnsupported, "smv: pixels of %g × %g mm cannot be written: a header has square ones", p.Pixel[0], p.Pixel[1])
	}
	beam, spindle := geom.Scale(-1, g.ToSource), [3]float64{1, 0, 0}
	if r := g.Rotation; r != nil {
		spindle = geom.Apply(r.Setting, r.Axis)
	}
	turn := geom.Laboratory(beam, spindle, p.Fast)
	origin, fast, slow := geom.Apply(turn, p.Origin), geom.Unit(geom.Apply(turn, p.Fast)), geom.Unit(geom.Apply(turn, p.Slow))
	beam, spindle = geom.Apply(turn, beam), geom.Apply(turn, spindle)
	normal := geom.Unit(geom.Cross(fast, slow))
	if geom.Dot(normal, origin) < 0 {
		normal = geom.Scale(-1, normal)
	}
	near, ratio := geom.Dot(normal, origin), geom.Dot(normal, beam)
	distance := near / ratio
	if !(distance > 0) || math.IsInf(distance, 0) {
		return h, nil, format.Errorf(format.ErrUnsupported, "smv: the beam does not meet the detector")
	}
	at := func(point [3]float64) (x, y float64) {
		way := geom.Add(point, geom.Scale(-1, origin))
		return geom.Dot(way, fast), geom.Dot(way, slow)
	}
	x, y := at(geom.Scale(distance, beam))
	nearX, nearY := at(geom.Scale(near, normal))
	pixel := p.Pixel[0]
	s := Geometry{
		Fast: p.Size[0], Slow: p.Size[1], Pixel: pixel, Distance: distance, CloseDistance: near, Wavelength: g.Wavelength,
		AdxvX: x, AdxvY: float64(p.Size[1])*pixel - y, MosflmX: y - pixel/2, MosflmY: x - pixel/2, DenzoX: y, DenzoY: x,
		DialsOrigin: origin, XDSOrgX: nearX/pixel + 0.5, XDSOrgY: nearY/pixel + 0.5, Pedestal: p.Pedestal, Gain: p.Gain,
	}
	if r := g.Rotation; r != nil {
		s.Phi, s.OscRange = r.Phi+float64(float64(image)*r.Width), r.Width
	}
	if h, err = s.Header(); err != nil {
		return h, nil, err
	}
	if t := p.Trusted; t != nil && t[1] > 0 && t[1] < math.MaxUint16 {
		h.Set(saturationKey, strconv.FormatFloat(t[1], 'g', digits, 64))
	}
	return h, unsaid(g, beam, spindle, fast, slow), nil
}

// unsaid returns what of a geometry a header does not say; the directions are in the laboratory with
// the source along z.
func unsaid(g *format.Geometry, beam, spindle, fast, slow [3]float64) (notices []string) {
	differ := func(u, v [3]float64) bool { return geom.Norm(geom.Add(u, geom.Scale(-1, v))) > negligible }
	angle := func(u, v [3]float64) float64 {
		return math.Atan2(geom.Norm(geom.Cross(u, v)), geom.Dot(u, v)) * 180 / math.Pi
	}
	if normal := geom.Cross(fast, slow); differ(normal, beam) {
		notices = append(notices, fmt.Sprintf("cannot say that the detector is not perpendicular to the beam, by %.3g°", angle(normal, beam)))
	}
	if g.Rotation != nil && differ(spindle, fast) {
		notices = append(notices, fmt.Sprintf("cannot say that the rotation axis is %.3g° from the rows of pixels", angle(spindle, fast)))
	}
	if r := g.Rotation; r != nil && r.Width < 0 {
		notices = append(notices, "cannot say that the scan goes backwards: each image begins at its lower angle")
	}
	if p := &g.Panels[0]; p.Thickness > 0 {
		notices = append(notices, fmt.Sprintf("has no place for the sensor of %g mm", p.Thickness))
	}
	if g.Polarization != nil {
		notices = append(notices, "has no place for the polarization")
	}
	return notices
}
