package experiment

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// compareGeometry returns what a file says of a frame, counted from 1, that contradicts the experiment. Only what does not
// depend on the laboratory is compared, and of a detector with panels nothing of where it is.
func (e *Experiment) compareGeometry(file string, frame int, g *format.Geometry) ([]string, error) {
	own, _, err := e.Geometry()
	if err != nil {
		return nil, err
	}
	var list []string
	compare := func(what, key, unit string, got, want, within float64) {
		if math.Abs(got-want) > within {
			list = append(list, fmt.Sprintf("%s: it says %s of %s, the experiment %s (%s)", file, what, quantity(got, unit), quantity(want, unit), key))
		}
	}
	given := func(what, key, unit string, got, want, relative float64) { // 0: the file does not say
		if got != 0 {
			compare(what, key, unit, got, want, relative*math.Abs(want))
		}
	}
	given("a wavelength", "beam.wavelength", "Å", g.Wavelength, own.Wavelength, 1e-5)
	if len(g.Panels) == 1 && len(own.Panels) == 1 {
		p, q := &g.Panels[0], &own.Panels[0]
		given("pixels", "detector.pixel", "mm", p.Pixel[0], q.Pixel[0], 1e-5)
		given("a gain", "counts.gain", "", p.Gain, q.Gain, 1e-5)
		if p.Gain != 0 || p.Pedestal != 0 {
			compare("a pedestal", "counts.pedestal", "", p.Pedestal, q.Pedestal, 1e-6)
		}
		distance, spot := beamSpot(p, g.ToSource)
		wantDistance, wantSpot := beamSpot(q, own.ToSource)
		compare("a distance", "detector.distance", "mm", distance, wantDistance, 1e-5*wantDistance)
		for k, axis := range []string{"fast", "slow"} {
			compare("a beam centre along the "+axis+" axis", "detector.beam_centre", "mm", spot[k], wantSpot[k], q.Pixel[k]/2)
		}
	}
	if r := g.Rotation; r != nil && own.Rotation != nil {
		phi, width, err := e.rotation()
		if err != nil {
			return nil, err
		}
		start := r.Phi + float64(max(frame, 1)-1)*r.Width
		got := r.Width
		if geom.Dot(geom.Apply(r.Setting, r.Axis), own.Rotation.Axis) < 0 { // the same, the other way
			start, got = -start, -got
		}
		if width < 0 && got > 0 { // from its end, as CBF has it
			start, got = start+got, -got
		}
		keys := [2]string{"crystals[0].phi", "crystals[0].osc"}
		if e.config.Scan != nil {
			keys = [2]string{"scan.phi", "scan.width"}
		}
		compare("a start", keys[0], "°", start, phi, 1e-3)
		compare("a rotation", keys[1], "°", got, width, 1e-3)
	}
	return list, nil
}

// beamSpot returns the distance along the beam of the plane of a panel, and where on the panel the beam meets it, in mm.
func beamSpot(p *format.Panel, toSource [3]float64) (distance float64, spot [2]float64) {
	normal := geom.Cross(p.Fast, p.Slow)
	beam := geom.Scale(-1, toSource)
	distance = geom.Dot(normal, p.Origin) / geom.Dot(normal, beam)
	at := geom.Add(geom.Scale(distance, beam), geom.Scale(-1, p.Origin))
	return distance, [2]float64{geom.Dot(at, p.Fast), geom.Dot(at, p.Slow)}
}

// quantity writes a number with its unit.
func quantity(x float64, unit string) string {
	if unit == "°" {
		return fmt.Sprintf("%.6g°", x)
	}
	return strings.TrimSpace(fmt.Sprintf("%.6g %s", x, unit))
}
