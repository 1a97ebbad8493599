package detector

import (
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/attenuation"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Sensor is an absorbing layer behind the detector's front face.
type Sensor struct {
	// Thickness in µm. 0 means no sensor: every photon is counted and the other fields are ignored.
	Thickness float64
	// Attenuation is the attenuation depth in µm, the thickness that transmits 1/e, at every wavelength. 0 means that of
	// Material at each wavelength, or Thickness without a material.
	Attenuation float64
	// Material is the name of what the sensor is made of. There are tables of the attenuation of Si, CdTe and GaAs from 4 to
	// 100 keV; any other needs an Attenuation. With both, Attenuation counts.
	Material string
	// Layers is the number of layers into which the thickness is divided. 0 means 1.
	Layers int
}

// Gas fills the way from the crystal to the detector and absorbs X-rays: exp(−μ R).
type Gas struct {
	// Name is air, which is dry, or helium. "" means a vacuum, and the other fields are ignored.
	Name string
	// Density in kg/m³. 0 means that of an ideal gas at Temperature and Pressure.
	Density float64
	// Temperature in K. 0 means 293.15, which is 20 °C.
	Temperature float64
	// Pressure in kPa. 0 means 101.325, an atmosphere.
	Pressure float64
}

// complete fills in the attenuation.
func (s *Sensor) complete() {
	if s.Material == "" {
		orElse(&s.Attenuation, s.Thickness)
	}
}

// table returns the material whose table gives the attenuation; nil if Attenuation does.
func (s *Sensor) table() *attenuation.Material {
	if s.Attenuation != 0 || s.Thickness == 0 {
		return nil
	}
	return attenuation.Sensor(s.Material)
}

// layers returns how many layers there are and their distance in units of the thickness.
func (s *Sensor) layers(reference bool) (layers int, step float64) {
	switch {
	case s.Thickness == 0:
		return 1, 0
	case !reference:
		layers = max(1, s.Layers)
		return layers, 1 / float64(layers)
	case s.Layers == 0:
		return 2, 0.5
	}
	layers = max(2, s.Layers)
	return layers, 1 / float64(layers-1)
}

// check validates the sensor of the panel called who, or of the detector, whose fields begin with prefix.
func (s *Sensor) check(prefix, who string) error {
	if s.Thickness > 0 && s.Attenuation == 0 && s.table() == nil {
		return refuse(prefix+"material", "%sthere is no table of the attenuation of %q, only of %s: give the attenuation depth", who, s.Material, strings.Join(attenuation.Sensors(), ", "))
	}
	return config.Check("detector", []config.Row{
		config.Number(prefix+"thickness", who+"sensor thickness", "µm", config.NotNegative, s.Thickness, nil),
		config.Number(prefix+"attenuation", who+"attenuation depth", "µm", config.NotNegative, s.Attenuation, nil),
		config.Number(prefix+"layers", who+"number of sensor layers", "", config.Within(0, MaxPoints), float64(s.Layers), nil),
	})
}

// sensors returns that of each panel.
func (c *Config) sensors() []Sensor {
	if len(c.Panels) == 0 {
		return []Sensor{c.Sensor}
	}
	list := make([]Sensor, len(c.Panels))
	for k, p := range c.Panels {
		list[k] = c.Sensor
		if p.Sensor != nil {
			list[k] = *p.Sensor
			list[k].complete()
		}
	}
	return list
}

// ownSensors reports whether a panel has a sensor of its own.
func (c *Config) ownSensors() bool {
	for _, p := range c.Panels {
		if p.Sensor != nil {
			return true
		}
	}
	return false
}

// completeGas replaces temperature and pressure by the density that follows from them. Where it cannot, it keeps them for check to
// reject.
func (c *Config) completeGas() {
	g := &c.Gas
	m := attenuation.Gas(g.Name)
	if m == nil || g.Density != 0 || g.Temperature < 0 || g.Pressure < 0 {
		return
	}
	orElse(&g.Temperature, attenuation.Temperature)
	orElse(&g.Pressure, attenuation.Pressure)
	if rho := 1e3 * m.Density * (g.Pressure / attenuation.Pressure) * (attenuation.Temperature / g.Temperature); config.IsFinite(rho) {
		*g = Gas{Name: g.Name, Density: rho}
	}
}

func (c *Config) checkGas() error {
	g := &c.Gas
	switch {
	case g.Name == "":
		return nil
	case attenuation.Gas(g.Name) == nil:
		return refuse("gas.name", "gas %q is none of %s", g.Name, strings.Join(attenuation.Gases(), ", "))
	case g.Density != 0 && (g.Temperature != 0 || g.Pressure != 0):
		return refuse("gas.density", "both a density of the gas, %g kg/m³, and its temperature or pressure are given: one follows from the others", g.Density)
	}
	return config.Check("detector", []config.Row{
		config.Number("gas.density", "density of the gas", "kg/m³", config.NotNegative, g.Density, nil),
		config.Number("gas.temperature", "temperature of the gas", "K", config.NotNegative, g.Temperature, nil),
		config.Number("gas.pressure", "pressure of the gas", "kPa", config.NotNegative, g.Pressure, nil),
	})
}

// Tabulated reports whether the fraction of photons that are absorbed depends on the wavelength.
func (d *Detector) Tabulated() bool { return len(d.tables()) > 0 }

// tables returns the materials and the gas whose tables the detector uses.
func (d *Detector) tables() []*attenuation.Material {
	var list []*attenuation.Material
	for k, s := range d.cfg.sensors() {
		if _, given := d.sensorNodes(k); given == nil && s.table() != nil {
			list = append(list, s.table())
		}
	}
	if d.Density != nil {
		list = append(list, attenuation.Gas(d.cfg.Gas.Name))
	}
	return list
}

// CheckWavelength returns a [gobragg.ConfigError] for a wavelength in Å that is outside the tables of the sensor's material or
// the gas.
func (d *Detector) CheckWavelength(wavelength float64) error {
	for _, m := range d.tables() {
		if keV := format.HC / 1000 / wavelength; !(keV >= attenuation.Least && keV <= attenuation.Most) {
			return refuse("material", "the attenuation of %s is tabulated from %d to %d keV, not at the %.4g keV of %.4g Å: give an attenuation depth, or leave the gas out",
				m.Name, attenuation.Least, attenuation.Most, keV, wavelength)
		}
	}
	return nil
}

// SensorsAt returns the sensor of each panel at the current values of the nodes, with the attenuation depth at a wavelength in
// Å.
func (d *Detector) SensorsAt(wavelength float64) ([]Sensor, error) {
	if err := d.checkNodes(); err != nil {
		return nil, err
	}
	b := node.On(d.g)
	list := d.cfg.sensors()
	for k := range list {
		s := &list[k]
		thickness, depth := d.sensorNodes(k)
		if thickness == nil {
			continue
		}
		nodes := []*expr.Node{b.In(thickness)}
		if depth != nil {
			nodes = append(nodes, b.In(depth))
		}
		values, err := evaluate(b, nodes...)
		if err != nil {
			return nil, err
		}
		s.Thickness = values[0]
		if depth != nil {
			s.Attenuation = values[1]
		} else if m := s.table(); m != nil {
			s.Attenuation = 1e4 / (m.Density * m.At(wavelength))
		}
	}
	return list, nil
}

// sensorNodes returns those of the sensor of panel k: nil without a sensor, or if a table gives the attenuation.
func (d *Detector) sensorNodes(k int) (thickness, depth *G.Node) {
	if len(d.cfg.Panels) > 0 && d.cfg.Panels[k].Sensor != nil {
		return d.Panels[k].Thickness, d.Panels[k].Attenuation
	}
	return d.Thickness, d.Attenuation
}

// makeSensor creates the leaves of a sensor.
func makeSensor(s Sensor, scalar func(name string, v float64) *G.Node) (thickness, depth *G.Node) {
	s.complete()
	if s.Thickness == 0 {
		return nil, nil
	}
	thickness = scalar("thickness", s.Thickness)
	if s.table() == nil {
		depth = scalar("attenuation", s.Attenuation)
	}
	return thickness, depth
}

// pick joins a scalar for each panel to a value for each pixel.
func (d *Detector) pick(b *node.Builder, choices ...*expr.Node) *expr.Node {
	if len(choices) == 1 {
		return choices[0]
	}
	return b.Pick(b.In(d.pixels.panelNumber), choices...)
}

// layerStep returns the distance between layers in m; nil without a sensor.
func (d *Detector) layerStep(b *node.Builder, s Sampling) *expr.Node {
	if s.Panels == nil {
		if d.Thickness == nil {
			return nil
		}
		return b.Scale(1e-6*s.LayerStep, b.In(d.Thickness))
	}
	steps := make([]*expr.Node, len(s.Panels))
	for k, p := range s.Panels {
		steps[k] = b.Const(0)
		if t, _ := d.sensorNodes(k); t != nil {
			steps[k] = b.Scale(1e-6*p.Step, b.In(t))
		}
	}
	return d.pick(b, steps...)
}

// layerDepth returns the thickness of a layer in units of the attenuation depth. Opaque is 1 for panels without a sensor, else
// 0; nil if all have one.
func (d *Detector) layerDepth(b *node.Builder, s Sampling, wavelength *expr.Node) (depth, opaque *expr.Node) {
	sensors := d.cfg.sensors()
	if s.Panels == nil {
		if d.Attenuation != nil {
			return b.Scale(s.LayerStep, b.Div(b.In(d.Thickness), b.In(d.Attenuation))), nil
		}
		m := d.cfg.Sensor.table()
		return b.Mul(b.Scale(1e-4*m.Density*s.LayerStep, b.In(d.Thickness)), m.Expression(b.Builder, wavelength)), nil
	}
	tabulated := map[*attenuation.Material][]*expr.Node{}
	var order []*attenuation.Material
	zeros := func() []*expr.Node {
		list := make([]*expr.Node, len(sensors))
		for k := range list {
			list[k] = b.Const(0)
		}
		return list
	}
	own, without := zeros(), zeros()
	for k, p := range s.Panels {
		t, a := d.sensorNodes(k)
		switch {
		case t == nil:
			without[k] = b.Const(1)
			opaque = without[k]
		case a != nil:
			own[k] = b.Scale(p.Step, b.Div(b.In(t), b.In(a)))
		default:
			m := sensors[k].table()
			if tabulated[m] == nil {
				tabulated[m], order = zeros(), append(order, m)
			}
			tabulated[m][k] = b.Scale(1e-4*m.Density*p.Step, b.In(t))
		}
	}
	depth = d.pick(b, own...)
	for _, m := range order {
		depth = b.Add(depth, b.Mul(d.pick(b, tabulated[m]...), m.Expression(b.Builder, wavelength)))
	}
	if opaque != nil {
		opaque = d.pick(b, without...)
	}
	return depth, opaque
}

// capture returns exp(−tx) − exp(−(t+1)x) = exp(−tx)·(1 − exp(−x)), where x is a layer's thickness along the ray in units of the
// attenuation depth. It is 0 in layers that a panel does not have; without a sensor, the first layer absorbs all photons.
func (d *Detector) capture(b *node.Builder, obliquity, layer *expr.Node, s Sampling, wavelength *expr.Node) *expr.Node {
	depth, opaque := d.layerDepth(b, s, wavelength)
	x := b.Mul(depth, b.Inverse(obliquity))
	absorbed := b.Sub(b.Const(1), b.Exp(b.Neg(x)))
	if opaque != nil {
		absorbed = b.Add(absorbed, opaque)
	}
	if layer == nil {
		return absorbed
	}
	absorbed = b.Mul(b.Exp(b.Neg(b.Mul(layer, x))), absorbed)
	differ := false
	counts := make([]*expr.Node, len(s.Panels))
	for k, p := range s.Panels {
		counts[k] = b.Const(float64(p.Layers))
		differ = differ || p.Layers != s.Layers
	}
	if differ {
		absorbed = b.Mul(absorbed, b.Less(layer, d.pick(b, counts...)))
	}
	return absorbed
}

// transmission returns the fraction exp(−μ R) of photons that pass the gas.
func (d *Detector) transmission(b *node.Builder, path, wavelength *expr.Node) *expr.Node {
	m := attenuation.Gas(d.cfg.Gas.Name)
	mu := b.Mul(b.Scale(0.1, b.In(d.Density)), m.Expression(b.Builder, wavelength)) // 1/m
	return b.Exp(b.Neg(b.Mul(mu, path)))
}
