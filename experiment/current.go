package experiment

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/simulator"
	G "gorgonia.org/gorgonia"
)

// slot is a parameter and its place in a configuration.
type slot struct {
	node  *G.Node
	value func() (float64, error)
	set   func(c *Config, v float64)
}

// newSlot returns the slot of a node.
func (e *Experiment) newSlot(n *G.Node, set func(c *Config, v float64)) slot {
	return slot{n, func() (float64, error) { return e.value(n) }, set}
}

// slots returns the scalar nodes of the crystals, the beam and the detector, as they are now, or nil in place of a missing one.
// Their number and order never change.
func (e *Experiment) slots() []slot {
	var list []slot
	add := func(n *G.Node, set func(c *Config, v float64)) {
		list = append(list, e.newSlot(n, set))
	}
	// at adds a node that is a number of the configuration.
	at := func(n *G.Node, place func(c *Config) *float64) {
		add(n, func(c *Config, v float64) { *place(c) = v })
	}
	for i, x := range e.Crystals {
		for k, n := range x.Cell.List() {
			at(n, func(c *Config) *float64 {
				u := &c.Crystals[i].Cell
				if *u == (Cell{}) || u.B == 0 || u.C == 0 || u.Alpha == 0 || u.Beta == 0 || u.Gamma == 0 {
					*u = Cell(x.Config().Cell) // values derived from a or a matrix become explicit
				}
				return []*float64{&u.A, &u.B, &u.C, &u.Alpha, &u.Beta, &u.Gamma}[k]
			})
		}
		for k := range 3 {
			add(x.RotXYZ[k], func(c *Config, v float64) {
				own := *c.Crystals[i].RotXYZ
				*[]*float64{&own.X, &own.Y, &own.Z}[k] = v
				c.Crystals[i].RotXYZ = &own
			})
			at(x.Shear[k], func(c *Config) *float64 { n := &c.Crystals[i].Cells; return []*float64{&n.AB, &n.BC, &n.AC}[k] })
			at(x.Misset[k], func(c *Config) *float64 { m := &c.Crystals[i].Misset; return []*float64{&m.X, &m.Y, &m.Z}[k] })
			add(x.N[k], func(c *Config, v float64) {
				if cfg := x.Config(); cfg.N[k] == 1 && cfg.Shape == crystal.Square {
					return // not used
				}
				n := &c.Crystals[i].Cells
				*[]*float64{&n.A, &n.B, &n.C}[k] = v
				c.Crystals[i].Size[k] = 0
			})
		}
		at(x.SpotScale, func(c *Config) *float64 { return &c.Crystals[i].SpotScale })
		at(x.Fudge, func(c *Config) *float64 { return &c.Crystals[i].Fudge })
		add(x.MosaicSpread, func(c *Config, v float64) {
			m := &c.Crystals[i].Mosaic
			m.Spread = v
			m.Domains = x.Config().Mosaic.Domains
		})
		for k := range 3 {
			add(x.Spreads[k], func(c *Config, v float64) {
				own := *c.Crystals[i].Mosaic.Spreads
				own[k] = v
				c.Crystals[i].Mosaic.Spreads = &own
			})
		}
		list = append(list, slot{x.Phi, func() (float64, error) { return e.ownPhi(i) }, func(c *Config, v float64) { c.Crystals[i].Phi = v }})
		add(x.Osc, func(c *Config, v float64) {
			u := &c.Crystals[i]
			if x.Config().Osc == 0 {
				return // not used
			}
			if u.PhiStep > 0 { // steps remain the same fraction of the rotation
				u.PhiSteps, _ = x.Orientations()
				u.PhiStep *= v / x.Config().Osc
			}
			u.Osc = v
		})
		at(x.DefaultF, func(c *Config) *float64 { return &c.Crystals[i].Structure.Default })
		at(x.Strain, func(c *Config) *float64 { return &c.Crystals[i].Strain })
		list = append(list, e.anomalousSlots(i)...)
		add(x.BFactor, func(c *Config, v float64) { c.Crystals[i].BFactor = &v })
		at(x.Water, func(c *Config) *float64 { return &c.Crystals[i].Water })
		list = append(list, e.diffuseSlots(i)...)
	}
	add(e.Beam.Wavelength, func(c *Config, v float64) { c.Beam.Wavelength, c.Beam.Energy = v, 0 })
	whole := e.Beam.Config()
	for _, s := range []struct {
		node   *G.Node
		spread func(c *Config) *Spread
		start  Spread
	}{
		{e.Beam.Dispersion, func(c *Config) *Spread { return &c.Beam.Dispersion }, Spread(whole.Dispersion)},
		{e.Beam.Horizontal, func(c *Config) *Spread { return &c.Beam.DivergenceH }, Spread(whole.Horizontal)},
		{e.Beam.Vertical, func(c *Config) *Spread { return &c.Beam.DivergenceV }, Spread(whole.Vertical)},
	} {
		add(s.node, func(c *Config, v float64) { // samples remain at the same fractions of the range
			if s.start.Range == 0 {
				return // not used
			}
			*s.spread(c) = Spread{Range: v, Step: s.start.Step * v / s.start.Range, Steps: s.start.Steps}
		})
	}
	calibration := func(c *Config) *Calibration {
		own := *c.Beam.Calibration
		c.Beam.Calibration = &own
		return &own
	}
	spectrum := func(c *Config) *GaussianSpectrum {
		own := *c.Beam.GaussianSpectrum
		c.Beam.GaussianSpectrum = &own
		return &own
	}
	at(e.Beam.Energy, func(c *Config) *float64 { return &spectrum(c).Energy })
	at(e.Beam.FWHM, func(c *Config) *float64 { return &spectrum(c).FWHM })
	at(e.Beam.Offset, func(c *Config) *float64 { return &calibration(c).Offset })
	at(e.Beam.Scale, func(c *Config) *float64 { return &calibration(c).Scale })
	at(e.Beam.LineWidth, func(c *Config) *float64 { return &c.Beam.LineWidth })
	for k := range 2 {
		at(e.Beam.Gaussian[k], func(c *Config) *float64 { return &c.Beam.GaussianDivergence[k] })
	}
	at(e.Beam.Kahn, func(c *Config) *float64 { return &c.Beam.Kahn })
	add(e.Beam.Fluence, func(c *Config, v float64) {
		c.Beam.Fluence, c.Beam.Flux, c.Beam.Exposure, c.Beam.Size = v, 0, 0, 0
	})

	d := e.Detector
	at(d.Distance, func(c *Config) *float64 { return &c.Detector.Distance })
	at(d.CloseDistance, func(c *Config) *float64 { return &c.Detector.CloseDistance })
	for k := range 3 {
		at(d.Shift[k], func(c *Config) *float64 { return &c.Detector.Shift[k] })
		at(d.Origin[k], func(c *Config) *float64 { return &c.Detector.Origin[k] })
	}
	at(d.RotX, func(c *Config) *float64 { return &c.Detector.RotX })
	at(d.RotY, func(c *Config) *float64 { return &c.Detector.RotY })
	at(d.RotZ, func(c *Config) *float64 { return &c.Detector.RotZ })
	at(d.TwoTheta, func(c *Config) *float64 { return &c.Detector.TwoTheta })
	at(d.Pixel, func(c *Config) *float64 { return &c.Detector.Pixel })
	at(d.Thickness, func(c *Config) *float64 { return &c.Detector.Thickness })
	at(d.Attenuation, func(c *Config) *float64 { return &c.Detector.Attenuation })
	add(d.Density, func(c *Config, v float64) { c.Detector.Gas = Gas{Name: c.Detector.Gas.Name, Density: v} })
	add(d.PointSpread, func(c *Config, v float64) { // the kernel keeps its size
		c.Detector.PointSpread.Width, c.Detector.PointSpread.Reach = v, d.Config().PointSpread.Reach
	})
	for i, n := range d.Gains {
		at(n, func(c *Config) *float64 { return &c.Detector.Gains[i].Factor })
	}
	for i, p := range d.Panels {
		for k := range 3 {
			add(p.Origin[k], func(c *Config, v float64) {
				c.keepPivots(i)
				c.Detector.Panels[i].Origin[k] = v
			})
			at(p.Tilt[k], func(c *Config) *float64 { return &c.Detector.Panels[i].Tilt[k] })
		}
		at(p.Pixel, func(c *Config) *float64 { return &c.Detector.Panels[i].Pixel })
		sensor := func(c *Config) *Sensor {
			own := *c.Detector.Panels[i].Sensor
			c.Detector.Panels[i].Sensor = &own
			return &own
		}
		at(p.Thickness, func(c *Config) *float64 { return &sensor(c).Thickness })
		at(p.Attenuation, func(c *Config) *float64 { return &sensor(c).Attenuation })
	}
	for i, g := range d.Groups {
		for k := range 3 {
			at(g.Rot[k], func(c *Config) *float64 { return &c.Detector.Groups[i].Rot[k] })
			at(g.Shift[k], func(c *Config) *float64 { return &c.Detector.Groups[i].Shift[k] })
		}
	}
	pair := func(n, other *G.Node, k int, place func(c *Config) **[2]float64) {
		add(n, func(c *Config, v float64) {
			own := [2]float64{}
			if p := *place(c); p != nil {
				own = *p
			} else if w, err := e.value(other); err == nil { // its own slot reports the error
				own[1-k] = w
			}
			own[k] = v
			*place(c) = &own
		})
	}
	centre := func(c *Config) **[2]float64 { return &c.Detector.BeamCentre }
	pair(d.BeamX, d.BeamY, 0, centre)
	pair(d.BeamY, d.BeamX, 1, centre)
	centre = func(c *Config) **[2]float64 { return &c.Detector.CloseCentre }
	pair(d.CloseFast, d.CloseSlow, 0, centre)
	pair(d.CloseSlow, d.CloseFast, 1, centre)
	return list
}

// keepPivots makes the pivots explicit that are the origin of a panel, which is about to move.
func (c *Config) keepPivots(panel int) {
	for i := range c.Detector.Groups {
		if g := &c.Detector.Groups[i]; g.Pivot == nil && g.Panels[0] == panel {
			origin := c.Detector.Panels[panel].Origin
			g.Pivot = &origin
		}
	}
}

// remember records the initial values of the nodes.
func (e *Experiment) remember() error {
	for _, s := range e.slots() {
		v, err := s.value()
		if err != nil {
			return err
		}
		e.made = append(e.made, v)
	}
	for _, list := range e.freeSources() {
		e.spectra = append(e.spectra, slices.Clone(list))
	}
	for _, x := range e.Crystals {
		list, err := x.Scales()
		if err != nil {
			return fmt.Errorf("experiment: %w", err)
		}
		e.scales = append(e.scales, list)
	}
	return nil
}

// Config returns the configuration with the current values of the nodes that have changed since they were made: built, it
// gives the current image, or those of the scan. Structure factors remain those of the configuration.
func (e *Experiment) Config() (*Config, error) {
	c := e.config
	c.Crystals = slices.Clone(c.Crystals)
	for i := range c.Crystals {
		c.Crystals[i].Anomalous = c.Crystals[i].Anomalous.clone()
	}
	c.Detector.Panels, c.Detector.Groups = slices.Clone(c.Detector.Panels), slices.Clone(c.Detector.Groups)
	c.Detector.Gains = slices.Clone(c.Detector.Gains)
	if o := c.Detector.Origin; o != nil {
		own := *o
		c.Detector.Origin = &own
	}
	if err := e.keepVarying(); err != nil {
		return nil, err
	}
	c.Scan = c.Scan.clone()
	for k, s := range e.slots() {
		v, err := s.value()
		if err != nil {
			return nil, err
		}
		if s.node != nil && v != e.made[k] && !c.Scan.varies(s.node.Name()) {
			s.set(&c, v)
		}
	}
	if err := e.setScales(&c); err != nil {
		return nil, err
	}
	if err := e.setBackground(&c); err != nil {
		return nil, err
	}
	return &c, e.setSources(&c)
}

// freeSources returns the current weights, wavelengths and line widths of the sources if they are free and inputs.
func (e *Experiment) freeSources() [][]float64 {
	var out [][]float64
	for _, n := range []*G.Node{e.Beam.Weights, e.Beam.Wavelengths} {
		if n == nil || n.Op() != nil || n.Value() == nil {
			return nil
		}
		list, ok := n.Value().Data().([]float64)
		if !ok {
			return nil
		}
		out = append(out, list)
	}
	var widths []float64
	if n := e.Beam.LineWidths; n == nil {
		for _, s := range e.Beam.Config().Sources {
			widths = append(widths, s.Width)
		}
	} else if n.Op() == nil && n.Value() != nil {
		widths, _ = n.Value().Data().([]float64)
	}
	if widths == nil {
		return nil
	}
	return append(out, widths)
}

// setSources puts weights and wavelengths that have changed into a configuration, as sources. A configuration has weights of
// any mean: what theirs differs from 1 goes to the fluence where it counts.
func (e *Experiment) setSources(c *Config) error {
	now := e.freeSources()
	if now == nil || slices.EqualFunc(now, e.spectra, slices.Equal[[]float64]) {
		return nil
	}
	fluence, err := e.value(e.Beam.Fluence)
	if err != nil {
		return err
	}
	c.Beam.Spectrum, c.Beam.SourcesFile, c.Beam.Sources, c.Beam.Downsampling = nil, "", nil, nil
	total := 0.0
	for i, s := range e.Beam.Config().Sources {
		total += now[0][i]
		c.Beam.Sources = append(c.Beam.Sources, Source{Position: s.Position, Weight: now[0][i], Wavelength: now[1][i], Width: now[2][i]})
	}
	if c.Beam.FreeSum {
		fluence *= total / float64(len(now[0]))
	}
	c.Beam.Fluence, c.Beam.Flux, c.Beam.Exposure, c.Beam.Size = fluence, 0, 0, 0
	return nil
}

// value returns that of a scalar node, input or computed; 0 for nil.
func (e *Experiment) value(n *G.Node) (float64, error) {
	if n == nil {
		return 0, nil
	}
	if n.Op() == nil && n.Value() != nil {
		if v, ok := n.Value().Data().(float64); ok {
			return v, nil
		}
	}
	if e.simulator == nil {
		return 0, fmt.Errorf("experiment: %s is computed from other nodes, which takes a simulator: call Simulate before", n.Name())
	}
	tape, err := e.simulator.On(simulator.Tape())
	if err != nil {
		return 0, fmt.Errorf("experiment: %w", err)
	}
	v, err := tape.Value(context.Background(), n)
	if err != nil {
		return 0, fmt.Errorf("experiment: the value of %s: %w", n.Name(), err)
	}
	x, ok := v.Data().(float64)
	if !ok {
		return 0, fmt.Errorf("experiment: %s has shape %v; want a scalar", n.Name(), v.Shape())
	}
	return x, nil
}
