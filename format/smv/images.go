package smv

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sweep"
	"github.com/gobragg/gobragg/format/internal/text"
)

// Open opens the images of a scan, or one image. Files whose names differ in their number alone are
// taken in the order of that number; all have the size and the type of the first. Frames have the
// numbers of the file, before the pedestal; those above CCD_IMAGE_SATURATION or SATURATED_VALUE do
// not count.
//
// The geometry is that of [Image.Geometry], of the first file.
func Open(paths ...string) (format.Images, error) {
	return sweep.Open(sweep.Codec{Name: "smv", Header: imageHeader, Read: func(path string, f *format.Frame) (sweep.Header, error) {
		file, err := os.Open(path)
		if err != nil {
			return sweep.Header{}, fmt.Errorf("smv: %w", err)
		}
		img, err := readFrame(file, f)
		_ = file.Close() // nothing was written
		if err != nil {
			return sweep.Header{}, wrap(path, err)
		}
		if most, ok := img.Header.saturation(); ok {
			f.MarkOutside(math.Inf(-1), most)
		}
		return sweep.Header{Fast: f.Fast, Slow: f.Slow, Type: f.Type, Geometry: img.Geometry(sweep.Number(path))}, nil
	}}, paths...)
}

// imageHeader reads what comes before the pixels.
func imageHeader(path string) (sweep.Header, error) {
	img, err := ReadHeaderFile(path)
	if err != nil {
		return sweep.Header{}, err
	}
	stored, err := storageOf(&img.Header)
	if err != nil {
		return sweep.Header{}, wrap(path, err)
	}
	return sweep.Header{Fast: img.Fast, Slow: img.Slow, Type: stored.kind, Geometry: img.Geometry(sweep.Number(path))}, nil
}

// saturationKey is the key of the largest count of ADSC detectors.
const saturationKey = "CCD_IMAGE_SATURATION"

// saturation returns the largest count that the header trusts.
func (h *Header) saturation() (x float64, ok bool) {
	for _, key := range []string{saturationKey, "SATURATED_VALUE"} {
		if x, err := h.Float(key); err == nil && x > 0 {
			return x, true
		}
	}
	return 0, false
}

// Geometry returns what the header says of the experiment of an image with a number, nil if it says
// nothing.
//
// Of an ADSC detector, BEAM_CENTER_Y and BEAM_CENTER_X are the distances of the direct beam from the
// corner of the first pixel in mm, along the fast and along the slow axis. DIALS_ORIGIN, which
// nanoBragg writes, counts before them. The detector is perpendicular to the beam unless TWOTHETA
// turns it about the rotation axis; this is +x, and rows of pixels lie along it. Beamlines disagree
// about BEAM_CENTER: a notice says what was taken.
//
// The header of d*TREK gives the vectors of the source, the rotation and the detector; one that lacks
// those of the detector leaves its position unknown.
func (m *Image) Geometry(number int) *format.Geometry {
	if names, ok := m.Header.lookup("DETECTOR_NAMES"); ok {
		return m.dtrek(names, number)
	}
	h := &m.Header
	value := func(keys ...string) (float64, bool) {
		for _, key := range keys {
			if x, err := h.Float(key); err == nil {
				return x, true
			} else if !errors.Is(err, ErrAbsent) {
				return 0, false
			}
		}
		return 0, false
	}
	g := &format.Geometry{ToSource: [3]float64{0, 0, 1}}
	wavelength, known := value("WAVELENGTH")
	if known = known && wavelength > 0; known {
		g.Wavelength = wavelength
	}
	if phi, ok := value("OSC_START", "PHI"); ok {
		if width, ok := value("OSC_RANGE"); ok {
			g.Rotation = format.NewRotation([3]float64{1, 0, 0}, phi, width, number, 1)
			known = true
		}
	}
	p := format.Panel{Name: "Panel", Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Size: [2]int{m.Fast, m.Slow}}
	p.Pedestal, _ = value("IMAGE_PEDESTAL", Pedestal)
	p.Gain, _ = value(Gain)
	if most, ok := h.saturation(); ok {
		p.Trusted = &[2]float64{0, most}
	}
	pixel, ok := value("PIXEL_SIZE")
	distance, placed := value("DISTANCE")
	if placed = placed && ok && pixel > 0 && distance > 0; placed {
		p.Pixel = [2]float64{pixel, pixel}
		placed = m.place(&p, distance, value, g)
	}
	if !placed && !known && p.Pedestal == 0 {
		return nil
	}
	if !placed {
		g.Notices = append(g.Notices, "does not say where the detector is (PIXEL_SIZE, DISTANCE, BEAM_CENTER_X, BEAM_CENTER_Y): give what is missing")
	}
	g.Panels = []format.Panel{p}
	return g
}

// place sets the position of the panel; it reports whether the header has it.
func (m *Image) place(p *format.Panel, distance float64, value func(...string) (float64, bool), g *format.Geometry) bool {
	x, okX := value("BEAM_CENTER_X")
	y, okY := value("BEAM_CENTER_Y")
	origin, given := m.Header.lookup(originKey)
	list := numbers(origin)
	switch {
	case given && len(list) == 3 && list[2] < 0:
		p.Origin = [3]float64(list)
		return true // of the first pixel, wherever the detector is turned
	case okX && okY:
		p.Origin = [3]float64{-y, x, -distance}
		if _, said := m.Header.lookup(CentreConvention); said {
			break
		}
		g.Notices = append(g.Notices, fmt.Sprintf("has the direct beam at BEAM_CENTER_Y=%g along the fast and BEAM_CENTER_X=%g mm along the slow axis, as ADSC detectors have it", y, x))
	default:
		return false
	}
	if angle, ok := value("TWOTHETA"); ok && angle != 0 {
		for _, v := range []*[3]float64{&p.Origin, &p.Fast, &p.Slow} {
			sin, cos := math.Sincos(angle * math.Pi / 180)
			*v = [3]float64{v[0], cos*v[1] - sin*v[2], sin*v[1] + cos*v[2]}
		}
		g.Notices = append(g.Notices, fmt.Sprintf("has a TWOTHETA of %g°: the detector is turned about the rotation axis", angle))
	}
	return true
}

// originKey is the key of the position of the first pixel.
const originKey = "DIALS_ORIGIN"

// numbers returns the numbers of a value, nil if it has anything else in it.
func numbers(value string) (list []float64) {
	for _, f := range text.Fields(nil, []byte(value), text.Separator) {
		x, ok := text.Float(f)
		if !ok {
			return nil
		}
		list = append(list, x)
	}
	return list
}

// vectors returns the numbers of a key of the detector if there are n.
func (h *Header) vectors(key string, n int) (list []float64, ok bool) {
	value, ok := h.lookup(key)
	if !ok {
		return nil, false
	}
	list = numbers(value)
	return list, len(list) >= n
}

// dtrek returns the geometry of a header of d*TREK.
func (m *Image) dtrek(names string, number int) *format.Geometry {
	h := &m.Header
	g := &format.Geometry{ToSource: [3]float64{0, 0, 1}}
	for _, key := range []string{"SCAN_WAVELENGTH", "SOURCE_WAVELENGTH"} {
		// The number of wavelengths may come first.
		if list, ok := h.vectors(key, 1); ok && g.Wavelength == 0 {
			g.Wavelength = max(0, list[min(len(list)-1, 1)])
		}
	}
	axis := [3]float64{1, 0, 0}
	if v, ok := h.vectors("ROTATION_VECTOR", 3); ok {
		axis = [3]float64(v)
	}
	source := [3]float64{0, 0, 1}
	if v, ok := h.vectors("SOURCE_VECTORS", 3); ok {
		source = [3]float64(v)
	}
	if list, ok := h.vectors("ROTATION", 3); ok {
		g.Rotation = format.NewRotation([3]float64{1, 0, 0}, list[0], list[2], number, 1)
	}
	p := format.Panel{Name: "Panel", Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Size: [2]int{m.Fast, m.Slow}}
	if most, ok := h.saturation(); ok {
		p.Trusted = &[2]float64{0, most}
	}
	prefix, _, _ := strings.Cut(strings.TrimSpace(names), " ")
	frame, ok := laboratory(axis, source)
	if ok && h.dtrekPanel(prefix, &p) {
		for _, v := range []*[3]float64{&p.Origin, &p.Fast, &p.Slow} {
			*v = turn(frame, *v)
		}
		g.ToSource = turn(frame, unit(source))
	} else {
		g.Notices = append(g.Notices, "does not say where the detector is ("+prefix+"DETECTOR_VECTORS, "+prefix+"GONIO_VECTORS): give what is missing")
	}
	g.Panels = []format.Panel{p}
	return g
}

// dtrekPanel sets the position of the panel in the header's own frame; it reports whether the header
// has it. The detector begins with its beam position at the crystal, and the axes of its goniometer
// move it there, the last one first.
func (h *Header) dtrekPanel(prefix string, p *format.Panel) bool {
	info, ok := h.vectors(prefix+"SPATIAL_DISTORTION_INFO", 4)
	if !ok {
		info, ok = h.vectors(prefix+"SPATIAL_DISTORTION_INFORMATION", 4)
	}
	axes, ok2 := h.vectors(prefix+"DETECTOR_VECTORS", 6)
	gonio, ok3 := h.vectors(prefix+"GONIO_VECTORS", 3)
	values, ok4 := h.vectors(prefix+"GONIO_VALUES", 1)
	units, ok5 := h.lookup(prefix + "GONIO_UNITS")
	kinds := strings.Fields(units)
	if !ok || !ok2 || !ok3 || !ok4 || !ok5 || !(info[2] > 0 && info[3] > 0) || len(gonio) < 3*len(kinds) || len(values) < len(kinds) {
		return false
	}
	p.Pixel = [2]float64{info[2], info[3]}
	fast, slow := [3]float64(axes[:3]), [3]float64(axes[3:6])
	if v, ok := h.vectors(prefix+"SPATIAL_DISTORTION_VECTORS", 4); ok {
		fast, slow = sum(v[0], fast, v[1], slow), sum(v[2], fast, v[3], slow)
	}
	p.Fast, p.Slow = unit(fast), unit(slow)
	p.Origin = sum(-info[0]*info[2], p.Fast, -info[1]*info[3], p.Slow)
	for i := len(kinds) - 1; i >= 0; i-- {
		axis, value := [3]float64(gonio[3*i:3*i+3]), values[i]
		switch kinds[i] {
		case "deg":
			r := rotation(unit(axis), value)
			p.Origin, p.Fast, p.Slow = turn(r, p.Origin), turn(r, p.Fast), turn(r, p.Slow)
		case "mm":
			p.Origin = sum(1, p.Origin, value, axis)
		default:
			return false
		}
	}
	return true
}

// laboratory returns the rotation into the frame with x along the axis and z towards the source; ok is
// false for vectors that define none.
func laboratory(axis, source [3]float64) (r [3][3]float64, ok bool) {
	x := unit(axis)
	y := cross(source, x)
	if n := math.Sqrt(dot(y, y)); !(n > 1e-3*math.Sqrt(dot(source, source))) {
		return r, false
	}
	y = unit(y)
	return [3][3]float64{x, y, cross(x, y)}, true
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func sum(s float64, a [3]float64, t float64, b [3]float64) [3]float64 {
	return [3]float64{s*a[0] + t*b[0], s*a[1] + t*b[1], s*a[2] + t*b[2]}
}

func unit(a [3]float64) [3]float64 { return sum(1/math.Sqrt(dot(a, a)), a, 0, a) }

func turn(r [3][3]float64, v [3]float64) [3]float64 {
	return [3]float64{dot(r[0], v), dot(r[1], v), dot(r[2], v)}
}

// rotation returns the right-handed rotation about a unit vector by an angle in degrees.
func rotation(u [3]float64, angle float64) (r [3][3]float64) {
	sin, cos := math.Sincos(angle * math.Pi / 180)
	for i := range 3 {
		e := [3]float64{}
		e[i] = 1
		column := sum(1, sum(cos, e, (1-cos)*u[i], u), sin, cross(u, e))
		for j := range 3 {
			r[j][i] = column[j]
		}
	}
	return r
}
