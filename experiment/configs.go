package experiment

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/format/sources"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// path returns the path of a file that the experiment names.
func (c *Config) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Folder, name)
}

// axes returns the axes of the convention, with the given ones in their places.
func (d *Detector) axes() detector.Axes {
	a := d.Convention.Axes()
	for _, f := range []struct {
		to    *[3]float64
		given [3]float64
	}{
		{&a.Beam, d.Axes.Beam}, {&a.Fast, d.Axes.Fast}, {&a.Slow, d.Axes.Slow}, {&a.Normal, d.Axes.Normal},
		{&a.TwoTheta, d.Axes.TwoTheta}, {&a.Polarization, d.Axes.Polarization}, {&a.Spindle, d.Axes.Spindle},
	} {
		*f.to = or(f.given, *f.to)
	}
	return a
}

// CrystalConfig returns the configuration for package crystal of crystal i, in the first image of a scan. It reads the files
// that the crystal names.
func (c *Config) CrystalConfig(i int) (crystal.Config, error) {
	cfg, _, _, err := c.crystalConfig(i)
	return cfg, err
}

// crystalConfig is CrystalConfig with the space group of the file of structure factors, nil without one, and notices about the files.
func (c *Config) crystalConfig(i int) (cfg crystal.Config, group *symmetry.Group, notices []string, err error) {
	if cfg, notices, err = c.lattice(i); err != nil {
		return cfg, nil, nil, err
	}
	s := &c.Crystals[i].Structure
	path := fmt.Sprintf("crystals[%d]", i)
	// extended adds what depends on the cell and on the group of the file: scales and heavy atoms.
	extended := func(group *symmetry.Group) (crystal.Config, *symmetry.Group, []string, error) {
		var err error
		if cfg.Scales, err = s.Scales.crystal(path+".structure.scales", cfg.Cell, group); err != nil {
			return cfg, nil, nil, err
		}
		heavy, err := c.anomalous(i, &cfg, group)
		return cfg, group, append(notices, heavy...), err
	}
	if s.File == "" && s.Wilson == nil {
		cfg.Structure = s.Table
		return extended(nil)
	}
	var file *factors
	if cfg.Cell == (crystal.Cell{}) && cfg.Matrix == nil {
		if file, err = c.structureFile(i); err != nil {
			return cfg, nil, nil, err
		}
		if file.cell == (structure.Cell{}) {
			return cfg, nil, nil, problem(path+".cell", "is missing, and %s does not give it: give it, matrix or matrix_file", s.File)
		}
		cfg.Cell = file.cell
	}
	// Whatever else is wrong with the crystal is reported before a large file is read.
	trial := cfg
	trial.Lookup = crystal.Automatic
	x, err := crystal.New(G.NewGraph(), trial)
	if err != nil {
		return cfg, nil, nil, refused(path, err)
	}
	if s.Wilson != nil {
		if cfg.Structure, err = structure.Wilson(x.Config().Cell, or(s.Wilson.DMin, 2), s.Wilson.B, s.Wilson.Seed); err != nil {
			return cfg, nil, nil, problem(path+".structure.wilson", "%w", err)
		}
		return extended(nil)
	}
	if file == nil {
		if file, err = c.structureFile(i); err != nil {
			return cfg, nil, nil, err
		}
	}
	cfg.Structure = file.table
	notices = slices.Concat(notices, file.otherCell(s.File, x.Config().Cell), file.notices)
	return extended(file.group)
}

// lattice returns the configuration of a crystal without structure factors, and notices about the file of its matrix. The cell is 0
// if the file of structure factors gives it.
func (c *Config) lattice(i int) (crystal.Config, []string, error) {
	x := &c.Crystals[i]
	cfg := crystal.Config{
		Name:        c.prefix(i),
		Cell:        crystal.Cell(x.Cell),
		Matrix:      x.Matrix,
		Orientation: x.Orientation,
		Misset:      [3]float64{x.Misset.X, x.Misset.Y, x.Misset.Z},
		N:           [3]float64{x.Cells.A, x.Cells.B, x.Cells.C}, Shear: [3]float64{x.Cells.AB, x.Cells.BC, x.Cells.AC},
		Size: x.Size, Shape: x.Shape, Fudge: x.Fudge, SpotScale: x.SpotScale, UnitPeak: x.UnitPeak,
		Mosaic: crystal.Mosaic(x.Mosaic), Diffuse: (*crystal.Diffuse)(x.Diffuse),
		Phi: x.Phi, Osc: x.Osc, PhiStep: x.PhiStep, PhiSteps: x.PhiSteps, PhiPoints: x.PhiPoints,
		Spindle:  or(x.Spindle, c.Detector.axes().Spindle),
		DefaultF: x.Structure.Default, Lookup: x.Structure.Lookup,
		DMin: x.DMin, Water: x.Water, Strain: x.Strain,
	}
	cfg.BFactor = x.BFactor
	if r := x.RotXYZ; r != nil {
		cfg.RotXYZ = &[3]float64{r.X, r.Y, r.Z}
	}
	var notices []string
	if x.MatrixFile != "" {
		m, err := mosflm.ReadFile(c.path(x.MatrixFile))
		if err != nil {
			return cfg, nil, problem(fmt.Sprintf("crystals[%d].matrix_file", i), "%w", err)
		}
		notices = about(x.MatrixFile, c.matrixNotices(i, m))
		for j := range m.A {
			for k := range m.A[j] {
				m.A[j][k] /= c.Beam.wavelength()
			}
		}
		cfg.Matrix = &m.A
	}
	if err := c.Scan.rotation(&cfg, c.Physics); err != nil {
		return cfg, nil, refused(fmt.Sprintf("crystals[%d]", i), err)
	}
	return cfg, notices, nil
}

// prefix returns the prefix of the names of a crystal's nodes.
func (c *Config) prefix(i int) string {
	if name := c.Crystals[i].Name; name != "" || len(c.Crystals) == 1 {
		return name
	}
	return fmt.Sprintf("crystals[%d]", i)
}

// BeamConfig returns the configuration for package beam. It reads the file of sources, if there is one.
func (c *Config) BeamConfig() (beam.Config, error) {
	b, axes := &c.Beam, c.Detector.axes()
	cfg := beam.Config{
		Name:       b.Name,
		Wavelength: b.Wavelength, Energy: b.Energy,
		Dispersion: beam.Spread(b.Dispersion), Horizontal: beam.Spread(b.DivergenceH), Vertical: beam.Spread(b.DivergenceV),
		Square:    b.SquareDivergence,
		Direction: or(b.Direction, axes.Beam), Polarization: or(b.PolarizationAxis, axes.Polarization),
		Kahn: b.Kahn, NoPolarization: b.NoPolarization,
		FreeSources: b.FreeSources, FreeSum: b.FreeSum,
		LineWidth: b.LineWidth, Gaussian: b.GaussianDivergence,
		GaussianSpectrum: (*beam.GaussianSpectrum)(b.GaussianSpectrum),
		Calibration:      (*beam.Calibration)(b.Calibration),
		Fluence:          b.Fluence, Flux: b.Flux, Exposure: b.Exposure, Size: b.Size,
	}
	var from [3]float64 // points to where the beam comes from
	for k, v := range cfg.Direction {
		from[k] = 0 - v
	}
	for _, l := range b.Spectrum {
		cfg.Sources = append(cfg.Sources, beam.Source{Position: from, Weight: l.Weight, Wavelength: l.Wavelength, Width: l.Width})
	}
	for _, s := range b.Sources {
		cfg.Sources = append(cfg.Sources, beam.Source(s))
	}
	if b.SourcesFile == "" {
		return cfg, b.downsample(&cfg)
	}
	const distance = 10 // m, from the source to the crystal, by which the reference program completes positions
	direction := geom.Unit(cfg.Direction)
	list, err := sources.ReadFile(c.path(b.SourcesFile))
	if err != nil {
		return cfg, problem("beam.sources_file", "%w", err)
	}
	weightless := !c.Physics.Reference && len(list) > 0
	for _, line := range list {
		weightless = weightless && line.HasWeight() && line.Weight == 0
		s := beam.Source{Position: line.Position, Weight: 1}
		for k := range s.Position {
			if !line.HasPosition(k) { // nor has a line of a spectrum
				s.Position[k] = -distance * direction[k]
			}
		}
		if line.HasWeight() {
			s.Weight = line.Weight
		}
		if line.HasWavelength() {
			s.Wavelength = line.Wavelength * 1e10
		}
		cfg.Sources = append(cfg.Sources, s)
	}
	if weightless {
		return cfg, problem("beam.sources_file", "%s has weights that are all 0: no X-rays come from its sources", b.SourcesFile)
	}
	return cfg, b.downsample(&cfg)
}

// DetectorConfig returns the configuration for package detector. It reads the files of masks.
func (c *Config) DetectorConfig() (detector.Config, error) {
	cfg, _, err := c.detectorConfig()
	return cfg, err
}

// detectorConfig is DetectorConfig with notices about the files.
func (c *Config) detectorConfig() (detector.Config, []string, error) {
	d := &c.Detector
	cfg := detector.Config{
		Name: d.Name,
		Fast: d.Fast, Slow: d.Slow, Pixel: d.Pixel,
		Convention: d.Convention, Axes: detector.Axes(d.Axes),
		Distance: d.Distance, CloseDistance: d.CloseDistance, BeamCentre: d.BeamCentre, CloseCentre: d.CloseCentre,
		Pivot: d.Pivot, Origin: d.Origin,
		RotX: d.RotX, RotY: d.RotY, RotZ: d.RotZ, TwoTheta: d.TwoTheta, Shift: d.Shift,
		Region: (*detector.Region)(d.Region), Mask: d.Mask,
		Curved: d.Curved, PointPixel: d.PointPixel, Oversample: d.Oversample,
		Sensor: detector.Sensor{Thickness: d.Thickness, Attenuation: d.Attenuation, Layers: d.Layers, Material: d.Material},
		Gas:    detector.Gas(d.Gas),
	}
	kinds := map[string]detector.SpreadKind{"fibre": detector.Fibre, "gaussian": detector.GaussianSpread}
	cfg.PointSpread = detector.PointSpread{Kind: kinds[d.PointSpread.Kind], Width: d.PointSpread.Width, Reach: d.PointSpread.Reach}
	for _, g := range d.Gains {
		cfg.Gains = append(cfg.Gains, detector.Gain{Name: g.Name, Panel: g.Panel, Region: (*detector.Region)(g.Region), Factor: g.Factor})
	}
	var notices []string
	read := func(key, file string, fast, slow int) ([]bool, error) {
		mask, list, err := c.readMask(key, file, nil, fast, slow)
		notices = append(notices, list...)
		return mask, err
	}
	var err error
	if d.MaskFile != "" {
		if cfg.Mask, err = read("detector.mask_file", d.MaskFile, or(d.Fast, detector.DefaultPixels), or(d.Slow, detector.DefaultPixels)); err != nil {
			return cfg, nil, err
		}
	}
	for i, p := range d.Panels {
		panel := detector.Panel{Name: p.Name, Fast: p.Fast, Slow: p.Slow, Pixel: p.Pixel, Origin: p.Origin, FastAxis: p.FastAxis, SlowAxis: p.SlowAxis,
			Tilt: p.Tilt, Region: (*detector.Region)(p.Region), Mask: p.Mask}
		if s := p.Sensor; s != nil {
			panel.Sensor = &detector.Sensor{Thickness: s.Thickness, Attenuation: s.Attenuation, Material: s.Material, Layers: s.Layers}
		}
		if p.MaskFile != "" {
			if panel.Mask, err = read(fmt.Sprintf("detector.panels[%d].mask_file", i), p.MaskFile, p.Fast, p.Slow); err != nil {
				return cfg, nil, err
			}
		}
		cfg.Panels = append(cfg.Panels, panel)
	}
	for _, g := range d.Groups {
		cfg.Groups = append(cfg.Groups, detector.Group(g))
	}
	return cfg, notices, nil
}

// physics returns the simulator options that select the physics.
func (c *Config) physics() []simulator.Option {
	if !c.Physics.Reference {
		return nil
	}
	list := []simulator.Option{simulator.Reference()}
	var per simulator.Corrections
	for _, name := range c.Physics.PerSample {
		switch name {
		case "solid_angle":
			per.SolidAngle = true
		case "polarization":
			per.Polarization = true
		case "capture":
			per.Capture = true
		}
	}
	return append(list, simulator.PerSample(per))
}

// indices matches those of lists in the field of a gobragg.ConfigError: panels.2.tilt.
var indices = regexp.MustCompile(`\.([0-9]+)(\.|$)`)

// refused turns the error of another package about the part at a path into an Error.
func refused(path string, err error) error {
	var field *gobragg.ConfigError
	if errors.As(err, &field) && field.Field != "" {
		path = join(path, indices.ReplaceAllString(field.Field, "[$1]$2"))
	}
	return problem(path, "is refused: %w", err)
}
