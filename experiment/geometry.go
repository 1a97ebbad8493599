package experiment

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/attenuation"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
)

// silent is the polarization of the beam where a file does not give it: that of a synchrotron, as DIALS has it.
var silent = format.Polarization{Normal: [3]float64{0, 1, 0}, Fraction: 0.999}

// FromGeometry returns the experiment of a geometry that a file gives, with the crystals in their orientation. Its
// laboratory is that of package format. What the geometry does not say has the defaults of a [Config]; the crystals have
// one unit cell and no structure factors. Notices say what was assumed or left out, sentences without their subject.
//
// Pixels that are not square, a detector without panels or without a wavelength are errors.
func FromGeometry(g *format.Geometry, crystals ...format.Crystal) (c *Config, notices []string, err error) {
	c = &Config{}
	if g.Wavelength == 0 {
		return nil, nil, fmt.Errorf("experiment: the geometry has no wavelength")
	}
	c.Beam.Wavelength = g.Wavelength
	for k, x := range or(g.ToSource, [3]float64{0, 0, 1}) {
		c.Beam.Direction[k] = 0 - x // which is not −0
	}
	polarization := g.Polarization
	if polarization == nil {
		polarization = &silent
		notices = append(notices, fmt.Sprintf("does not give the polarization: it is taken to be that of a synchrotron, a Kahn factor of %g along the x axis", 2*silent.Fraction-1))
	}
	c.Beam.Kahn = 2*polarization.Fraction - 1
	c.Beam.PolarizationAxis = geom.Cross(polarization.Normal, c.Beam.Direction)

	axes := &c.Detector.Axes
	axes.Beam, axes.Polarization, axes.Spindle = c.Beam.Direction, c.Beam.PolarizationAxis, [3]float64{1, 0, 0}
	if r := g.Rotation; r != nil {
		axes.Spindle = geom.Apply(r.Setting, r.Axis)
	}
	more, err := c.placePanels(g.Panels)
	if err != nil {
		return nil, nil, err
	}
	c.placeGroups(g.Groups)
	notices = append(notices, more...)
	counts, more := countsOf(g.Panels)
	c.Counts, notices = counts, append(notices, more...)

	if r := g.Rotation; r != nil && r.Images > 1 {
		c.Scan = &Scan{First: r.First, Images: r.Images, Phi: r.Phi, Width: r.Width}
	}
	phi, osc := slice(g.Rotation)
	for i := range crystals {
		x, more, err := fromCrystal(&crystals[i], g.Rotation)
		if err != nil {
			return nil, nil, err
		}
		x.Phi, x.Osc = phi, osc
		c.Crystals, notices = append(c.Crystals, x), append(notices, more...)
	}
	for i := range crystals {
		notices = append(notices, c.followScan(i, &crystals[i], g.Rotation)...)
	}
	return c, notices, nil
}

// slice returns the rotation of a single image: where it starts and its width, which is not negative. It is 0 for a scan
// of several images, and for none.
func slice(r *format.Rotation) (phi, osc float64) {
	switch {
	case r == nil || r.Images > 1:
		return 0, 0
	case r.Width < 0: // the same slice, the other way
		return r.Phi + r.Width, -r.Width
	}
	return r.Phi, r.Width
}

// fromCrystal returns a crystal on a goniometer.
func fromCrystal(c *format.Crystal, r *format.Rotation) (x Crystal, notices []string, err error) {
	a := c.A
	if len(c.ScanPoints) > 0 {
		a = c.ScanPoints[len(c.ScanPoints)/2]
	}
	if _, err := structure.CellOf(a); err != nil {
		return x, nil, fmt.Errorf("experiment: the crystal: %w", err)
	}
	if r != nil { // S R(axis) F A = R(S axis) S F A
		a = geom.Mul(r.Setting, r.Fixed, a)
	}
	x.Matrix = &a
	if group, err := groupOf(c); err == nil && group != nil { // Open says what is unknown
		x.SpaceGroup = c.SpaceGroup
	}
	return x, notices, nil
}

// orthogonal is how far the axes of a panel may be from perpendicular without a notice.
const orthogonal = 1e-6

// placePanels makes panels those of the detector.
func (c *Config) placePanels(panels []format.Panel) (notices []string, err error) {
	if len(panels) == 0 {
		return nil, fmt.Errorf("experiment: the geometry has no panels")
	}
	d := &c.Detector
	d.Convention = detector.Custom
	first := &panels[0]
	d.Fast, d.Slow, d.Pixel = first.Size[0], first.Size[1], first.Pixel[0]
	frame, bent := upright(first)
	// The normal points away from the crystal.
	normal := geom.Cross(frame[0], frame[1])
	if geom.Dot(normal, first.Origin) < 0 {
		normal = geom.Scale(-1, normal)
	}
	d.Axes.Fast, d.Axes.Slow, d.Axes.Normal = frame[0], frame[1], normal
	origin := first.Origin
	d.Origin = &origin
	toFrame := func(v [3]float64) [3]float64 {
		return [3]float64{geom.Dot(frame[0], v), geom.Dot(frame[1], v), geom.Dot(normal, v)}
	}
	for i := range panels {
		p := &panels[i]
		side := p.Pixel[0]
		if !(math.Abs(p.Pixel[1]-side) <= 1e-6*side) {
			return nil, fmt.Errorf("experiment: panel %d has pixels of %g × %g mm: they have to be square", i, side, p.Pixel[1])
		}
		if math.Abs(side-d.Pixel) <= 1e-6*d.Pixel {
			side = 0 // the detector's
		}
		axes, cosine := upright(p)
		bent = math.Max(bent, cosine)
		if len(panels) > 1 {
			d.Panels = append(d.Panels, Panel{Name: p.Name, Fast: p.Size[0], Slow: p.Size[1], Pixel: side,
				Origin: toFrame(geom.Add(p.Origin, geom.Scale(-1, first.Origin))), FastAxis: toFrame(axes[0]), SlowAxis: toFrame(axes[1])})
		}
	}
	named := map[string]bool{}
	for i := range d.Panels {
		if name := d.Panels[i].Name; name == "" || named[name] || !nameIsValid(name) {
			for k := range d.Panels {
				d.Panels[k].Name = ""
			}
			break
		}
		named[d.Panels[i].Name] = true
	}
	if bent > orthogonal {
		notices = append(notices, fmt.Sprintf("has panels whose axes are not perpendicular, by up to %.2g rad: the slow axes are turned", bent))
	}
	sensors := make([]Sensor, len(panels))
	told, differ := map[string]bool{}, false
	for i := range panels {
		p := &panels[i]
		sensors[i] = sensorOf(p)
		differ = differ || sensors[i] != sensors[0]
		if text := fmt.Sprintf("has a sensor of %g mm of %q without its absorption: all photons are taken to be absorbed at the surface", p.Thickness, p.Material); p.Thickness > 0 && sensors[i].Thickness == 0 && !told[text] {
			told[text] = true
			notices = append(notices, text)
		}
	}
	if differ {
		for i := range d.Panels {
			d.Panels[i].Sensor = &sensors[i]
		}
		return notices, nil
	}
	d.Thickness, d.Attenuation, d.Material, d.Layers = sensors[0].Thickness, sensors[0].Attenuation, sensors[0].Material, sensors[0].Layers
	return notices, nil
}

// placeGroups makes the groups of panels that a file has those of the detector, which turn about the origin and the axes that they
// have there.
func (c *Config) placeGroups(groups []format.Group) {
	d := &c.Detector
	if len(d.Panels) == 0 {
		return
	}
	toFrame := func(v [3]float64) [3]float64 {
		return [3]float64{geom.Dot(d.Axes.Fast, v), geom.Dot(d.Axes.Slow, v), geom.Dot(d.Axes.Normal, v)}
	}
	named := map[string]bool{}
	for _, g := range groups {
		pivot := toFrame(geom.Add(g.Origin, geom.Scale(-1, *d.Origin)))
		slow := geom.Unit(geom.Add(g.Slow, geom.Scale(-geom.Dot(g.Fast, g.Slow), g.Fast)))
		out := Group{Name: g.Name, Panels: g.Panels, Pivot: &pivot, FastAxis: toFrame(g.Fast), SlowAxis: toFrame(slow)}
		if named[out.Name] || !nameIsValid(out.Name) {
			out.Name = ""
		}
		named[out.Name] = true
		d.Groups = append(d.Groups, out)
	}
	for _, g := range d.Groups { // a name that is the number of another group
		if n, err := strconv.Atoi(g.Name); err == nil && n < len(d.Groups) {
			for i := range d.Groups {
				d.Groups[i].Name = ""
			}
		}
	}
}

// sensorOf returns the sensor of a panel: with the absorption that the file gives, else by the table of its material, if there is
// one.
func sensorOf(p *format.Panel) Sensor {
	switch {
	case p.Thickness > 0 && p.Mu > 0:
		return Sensor{Thickness: 1000 * p.Thickness, Attenuation: 1000 / p.Mu, Material: p.Material, Layers: sensorLayers}
	case p.Thickness > 0 && attenuation.Sensor(p.Material) != nil:
		return Sensor{Thickness: 1000 * p.Thickness, Material: p.Material, Layers: sensorLayers}
	}
	return Sensor{}
}

// sensorLayers is into how many layers a sensor of another program is divided: enough for the mean depth of absorption,
// and so for the parallax, to a hundredth of the thickness.
const sensorLayers = 5

// upright returns the axes of a panel, the slow one turned to be perpendicular to the fast one, and the cosine of the angle
// between them.
func upright(p *format.Panel) (axes [2][3]float64, cosine float64) {
	cosine = geom.Dot(p.Fast, p.Slow)
	slow := geom.Unit(geom.Add(p.Slow, geom.Scale(-cosine, p.Fast)))
	return [2][3]float64{p.Fast, slow}, math.Abs(cosine)
}

// nameIsValid reports whether a name may be part of the name of a parameter.
func nameIsValid(name string) bool {
	return checkName("", name, map[string]bool{}) == nil
}

// countsOf returns how pixels of panels are to be converted to photons.
func countsOf(panels []format.Panel) (c Counts, notices []string) {
	p := &panels[0]
	c = Counts{Pedestal: p.Pedestal}
	if p.Gain > 0 && p.Gain != 1 {
		c.Gain = p.Gain
	}
	if p.Trusted != nil && p.Trusted[1] > 0 {
		c.Overload = math.Nextafter(p.Trusted[1], math.Inf(1))
		if p.Trusted[1] == math.Trunc(p.Trusted[1]) {
			c.Overload = p.Trusted[1] + 1
		}
	}
	for i := range panels {
		if q := &panels[i]; q.Pedestal != p.Pedestal || q.Gain != p.Gain {
			notices = append(notices, fmt.Sprintf("has panels of different gain or pedestal: those of the first are taken, %g counts a photon and %g", or(p.Gain, 1), p.Pedestal))
			break
		}
	}
	return c, notices
}
