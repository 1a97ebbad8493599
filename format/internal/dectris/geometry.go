package dectris

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// Geometry returns what the lines say of an image of fast × slow pixels with a number; nil if they say
// nothing.
func (h *Header) Geometry(fast, slow, number int) *format.Geometry {
	g := &format.Geometry{ToSource: [3]float64{0, 0, 1}, Rotation: h.rotation(number)}
	var missing []string
	need := func(key string, ok bool) bool {
		if !ok {
			missing = append(missing, key)
		}
		return ok
	}
	pixel, ok := h.lengths("Pixel_size", 2)
	placed := need("Pixel_size", ok && pixel[0] > 0 && pixel[1] > 0)
	distance, ok := h.lengths("Detector_distance", 1)
	placed = need("Detector_distance", ok && distance[0] > 0) && placed
	centre, ok := h.numbers("Beam_xy", map[string]float64{"pixels": 1, "pixel": 1}, 2)
	placed = need("Beam_xy", ok) && placed
	if wavelength, ok := h.number("Wavelength", waves); need("Wavelength", ok && wavelength > 0) {
		g.Wavelength = wavelength
	}
	if len(missing) == 4 && g.Rotation == nil {
		return nil
	}
	if len(missing) > 0 {
		g.Notices = append(g.Notices, "does not say "+strings.Join(missing, ", ")+": give what is missing")
	}
	if f, ok := h.number("Polarization", nil); ok {
		if f >= 0.5 && f <= 1 {
			g.Polarization = &format.Polarization{Normal: [3]float64{0, 1, 0}, Fraction: f}
		} else {
			g.Notices = append(g.Notices, fmt.Sprintf("has a Polarization of %v, which is not taken: it is no fraction from 0.5 to 1", f))
		}
	}
	if placed {
		g.Panels = []format.Panel{h.panel(fast, slow, pixel, centre, distance[0], g)}
	}
	g.Notices = append(g.Notices, h.notices...)
	return g
}

// panel returns the detector.
func (h *Header) panel(fast, slow int, pixel, centre []float64, distance float64, g *format.Geometry) format.Panel {
	p := format.Panel{
		Name:   "Panel",
		Origin: [3]float64{-centre[0] * pixel[0], centre[1] * pixel[1], -distance},
		Fast:   [3]float64{1, 0, 0},
		Slow:   [3]float64{0, -1, 0},
		Pixel:  [2]float64{pixel[0], pixel[1]},
		Size:   [2]int{fast, slow},
		Bad:    gaps(h.values["detector"], fast, slow),

		Trusted: h.Trusted,
	}
	if t, ok := h.number("Detector_2theta", degrees); ok && t != 0 {
		p.Origin, p.Fast, p.Slow = turnX(p.Origin, t), turnX(p.Fast, t), turnX(p.Slow, t)
		g.Notices = append(g.Notices, fmt.Sprintf("has a Detector_2theta of %v°: the detector is turned about the rotation axis; DIALS ignores it", t))
	}
	h.Sensor(&p)
	return p
}

// Sensor sets what the header says of the sensor.
func (h *Header) Sensor(p *format.Panel) {
	if list := parseNumbers(h.thickness, metres); len(list) == 1 && list[0] >= 0 {
		p.Thickness = list[0]
	}
	p.Material = h.material
	if strings.EqualFold(p.Material, "silicon") {
		p.Material = "Si"
	}
}

// rotation returns the scan of which the image is one; nil if the header does not say.
func (h *Header) rotation(number int) *format.Rotation {
	for _, keys := range [][2]string{{"Start_angle", "Angle_increment"}, {"Omega", "Omega_increment"}, {"Phi", "Phi_increment"}} {
		phi, ok := h.number(keys[0], degrees)
		if !ok {
			continue
		}
		if width, ok := h.number(keys[1], degrees); ok {
			return format.NewRotation([3]float64{1, 0, 0}, phi, width, number, 1)
		}
	}
	return nil
}

// turnX rotates a vector about x by an angle in degrees.
func turnX(v [3]float64, angle float64) [3]float64 {
	sin, cos := math.Sincos(angle * math.Pi / 180)
	return [3]float64{v[0], cos*v[1] - sin*v[2], sin*v[1] + cos*v[2]}
}
