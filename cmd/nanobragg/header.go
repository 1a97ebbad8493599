package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/numbered"
)

// header is the experiment as the headers of images describe it: as other programs read it or, with -outputs reference, as
// the reference program writes it. A photon adds gain to a pixel.
func (m *model) header(gain float64) (smv.Header, error) {
	p, show := m.place, m.show
	if m.exact() || !m.output.reference {
		p = p.AlongBeam()
	}
	g := smv.Geometry{
		Fast: p.FastPixels, Slow: p.SlowPixels,
		Pixel: p.Pixel, Distance: p.Distance, CloseDistance: p.CloseDistance, Wavelength: show.wavelength,
		BeamX: show.beamX, BeamY: show.beamY,
		// From the far end of the size that was asked for, which need not be a whole number of pixels.
		AdxvX: p.ADXV[0], AdxvY: show.detectorSize[1] - p.BeamSlow,
		MosflmX: p.MOSFLM[0], MosflmY: p.MOSFLM[1],
		DenzoX: p.DENZO[0], DenzoY: p.DENZO[1],
		DialsOrigin: p.DIALSOrigin,
		XDSOrgX:     p.OrgX, XDSOrgY: p.OrgY,
		Phi: show.phi, OscRange: show.osc, TwoTheta: show.twoTheta,
		Pedestal: m.output.adc, Gain: gain,
	}
	if m.output.reference {
		return g.ReferenceHeader()
	}
	g.DialsOrigin = m.inDIALS(p).origin
	return g.Header()
}

// panel is a detector in the laboratory frame of DIALS.
type panel struct {
	origin, fast, slow [3]float64 // origin in mm
	spindle            [3]float64
}

func (m *model) inDIALS(p detector.Geometry) panel {
	spindle := m.xtal.Config().Spindle
	turn := geom.Laboratory(p.Beam, spindle, p.Fast)
	return panel{origin: geom.Apply(turn, p.Corner), fast: geom.Apply(turn, p.Fast), slow: geom.Apply(turn, p.Slow), spindle: geom.Apply(turn, geom.Unit(spindle))}
}

// misread returns a notice if the headers of the run's images cannot say how the detector stands, or what the crystal turns
// about, with what to tell DIALS; else "".
func (m *model) misread() string {
	if m.output.reference || m.output.integer == "" && m.output.noise == "" {
		return ""
	}
	p := m.place.AlongBeam()
	d := m.inDIALS(p)
	const negligible = 1e-6
	differ := func(u, v [3]float64) bool {
		return math.Abs(u[0]-v[0]) > negligible || math.Abs(u[1]-v[1]) > negligible || math.Abs(u[2]-v[2]) > negligible
	}
	x, y := [3]float64{1, 0, 0}, [3]float64{0, -1, 0}
	var why []string
	switch normal := geom.Cross(p.Fast, p.Slow); {
	case geom.Dot(normal, p.Beam) < 0:
		why = append(why, "the image is the mirror image of one that a detector records")
	case differ(normal, p.Beam):
		why = append(why, "the detector is not perpendicular to the beam")
	}
	if m.show.osc != 0 && differ(d.spindle, d.fast) {
		why = append(why, "the spindle is not along the fast axis")
	}
	say := ""
	if scan := m.experiment.Scan; scan != nil && scan.Images > 1 && m.show.osc < 0 {
		why = append(why, "the images of the sweep go backwards")
		for i := range d.spindle {
			d.spindle[i] = 0 - d.spindle[i]
		}
		say = fmt.Sprintf(" template=%s scan.oscillation=%s,%s", m.output.template(), round(0-scan.Phi), round(0-scan.Width))
	}
	if why == nil {
		return ""
	}
	for _, v := range []struct {
		name             string
		value, otherwise [3]float64 // otherwise: as readers take it from the header
	}{{"panel.fast_axis", d.fast, x}, {"panel.slow_axis", d.slow, y}, {"panel.origin", d.origin, [3]float64{0 - p.BeamFast, p.BeamSlow, 0 - p.Distance}}, {"goniometer.axes", d.spindle, x}} {
		if differ(v.value, v.otherwise) {
			say += fmt.Sprintf(" %s=%s,%s,%s", v.name, round(v.value[0]), round(v.value[1]), round(v.value[2]))
		}
	}
	return fmt.Sprintf("%s, which the header of an SMV image cannot say: DIALS needs dials.import%s", strings.Join(why, " and "), say)
}

// template is the name of the SMV images of a sweep, with # for the digits of their number.
func (w *output) template() string {
	path := w.noise
	if path == "" {
		path = w.integer
	}
	if name, err := numbered.Parse(path); err == nil {
		return name.Template()
	}
	return path
}

// round writes a number of a direction or a place in mm.
func round(x float64) string { return fmt.Sprintf("%.9g", math.Round(x*1e7)/1e7+0) }
