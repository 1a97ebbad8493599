package main

import (
	"math"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/geom"
)

// listed is the longest list that is printed line by line.
const listed = 20

// describe prints the experiment, in the words of the reference program where it has some.
func (m *model) describe(out *cli.Printer) {
	out.Printf("nanobragg nanocrystal diffraction simulator, %s physics\n", map[bool]string{true: "exact", false: "reference"}[m.exact()])
	m.describeFiles(out)
	out.Printf("%v convention selected.\n", m.experiment.Detector.Convention)
	if m.experiment.Detector.Pivot == detector.AboutBeam {
		out.Printf("pivoting detector around direct beam spot\n")
	} else {
		out.Printf("pivoting detector around sample\n")
	}
	p := m.place
	out.Printf("XDS incident beam: %.6g %.6g %.6g\n", geom.Dot(p.Beam, p.Fast), geom.Dot(p.Beam, p.Slow), geom.Dot(p.Beam, p.Normal))
	if m.show.missetRandom {
		x := m.crystal().Misset
		out.Printf("random orientation misset angles: %f %f %f deg (seed %d)\n", x.X, x.Y, x.Z, m.show.missetSeed)
	}
	m.describeCell(out)
	m.describeSteps(out)
	m.describeExperiment(out)
}

func (m *model) describeFiles(out *cli.Printer) {
	if file := m.crystal().MatrixFile; file != "" {
		out.Printf("reading %s\n", file)
	}
	if m.show.hkl != "" {
		out.Printf("reading %s\n", m.show.hkl)
	}
	if m.show.dump != "" {
		out.Printf("reading Fs from %s\n", m.show.dump)
	}
	if t := m.xtal.Config().Structure; t != nil {
		out.Printf("h: %d - %d  k: %d - %d  l: %d - %d\n", t.HMin, t.HMax, t.KMin, t.KMax, t.LMin, t.LMax)
	}
}

func (m *model) describeCell(out *cli.Printer) {
	const metre = 1e-10 // Å
	c := m.cell
	cell := func(label string, c crystal.Cell) {
		out.Printf("%s: %.6g %.6g %.6g %.6g %.6g %.6g\n", label, c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma)
	}
	cell("Unit Cell", c.Cell)
	cell("Recp Cell", c.ReciprocalCell)
	out.Printf("volume = %.6g A^3\n", c.Volume)
	out.Printf("real-space cell vectors (Angstrom):\n")
	m.describeVectors(out, [3]string{"a", "b", "c"}, [3][3]float64{c.A, c.B, c.C})
	out.Printf("reciprocal-space cell vectors (Angstrom^-1):\n")
	m.describeVectors(out, [3]string{"a_star", "b_star", "c_star"}, [3][3]float64{c.AStar, c.BStar, c.CStar})
	out.Printf("crystal is %.6g x %.6g x %.6g microns\n", c.Size[0]*1e-4, c.Size[1]*1e-4, c.Size[2]*1e-4)
	if m.experiment.Detector.Oversample == 0 {
		out.Printf("auto-selected %d-fold oversampling\n", m.oversample)
	}
	// 1.2 g/cm³ is the density of a protein crystal.
	const density = 1.2e6 // g/m³
	volume := c.Size[0] * c.Size[1] * c.Size[2] * metre * metre * metre
	out.Printf("approximate MW = %.6g\n", volume*density*crystal.Avogadro/(c.N[0]*c.N[1]*c.N[2]))
}

// describeVectors prints three vectors as the columns of a matrix.
func (m *model) describeVectors(out *cli.Printer, names [3]string, v [3][3]float64) {
	out.Printf("     %-10s  %-10s  %-10s\n", names[0], names[1], names[2])
	for i, axis := range []string{"X", "Y", "Z"} {
		out.Printf("%s: %11.8f %11.8f %11.8f\n", axis, v[0][i], v[1][i], v[2][i])
	}
}

// describeResult prints what the image comes to.
func (m *model) describeResult(out *cli.Printer, r result) {
	if !m.sweep() || m.nodes.Selected() == m.experiment.Scan.FirstImage() {
		omega := m.solidAngle()
		out.Printf("\nsolid angle subtended by detector = %.6g steradian ( %.6g%% sphere)\n", omega, 100*omega/(4*math.Pi))
	}
	// The reference program tells where the last sub-pixel of the brightest pixel is.
	n := float64(m.oversample)
	at := func(pixel int) float64 { return (float64(pixel) + (n-0.5)/n) * m.place.Pixel * 1e-3 }
	out.Printf("max_I = %.6g  at %.6g %.6g (pixel %d %d)\n", r.max, at(r.maxFast), at(r.maxSlow), r.maxFast, r.maxSlow)
	out.Printf("mean= %.6g rms= %.6g rmsd= %.6g\n", r.mean, r.rms, r.rmsd)
}

// describeSteps lists what the intensity is summed over, where that is few.
func (m *model) describeSteps(out *cli.Printer) {
	layers, step := m.layers()
	if layers <= listed {
		for t := range layers {
			out.Printf("thick%d = %.6g um\n", t, step*float64(t))
		}
	}
	cfg := m.xtal.Config()
	if cfg.PhiSteps <= listed {
		for t, phi := range m.xtal.PhisWith(m.deviations()) {
			out.Printf("phi%d = %.6g\n", t, phi)
		}
	}
	if d := m.src.Config().Dispersion; len(m.src.Config().Sources) == 0 && d.Steps <= listed {
		for i := range d.Steps {
			// In percent of the mean.
			out.Printf("lambda%d = %.15g\n", i, m.show.wavelength*1e-10*(1+(d.Step*float64(i)-d.Range/2)/100))
		}
	}
	out.Printf("  created a total of %d sources:\n", len(m.sources))
	if len(m.sources) <= listed {
		for _, s := range m.sources {
			out.Printf("%.6g %.6g %.6g   %.6g %.6g\n", 0-s.Incident[0], 0-s.Incident[1], 0-s.Incident[2], s.Weight, s.Wavelength*1e-10)
		}
	}
	_, domains := m.xtal.Orientations()
	out.Printf("  created a total of %d mosaic domains (seed %d)\n", domains, cfg.Mosaic.Seed)
}

// layers of the sensor, and their distance in µm.
func (m *model) layers() (n int, step float64) {
	sampling := m.det.SamplingWith(m.deviations())
	return sampling.Layers, sampling.LayerStep * m.experiment.Detector.Thickness
}

func (m *model) describeSampling(out *cli.Printer) {
	cfg, ray := m.xtal.Config(), m.src.Config()
	if len(m.src.Config().Sources) == 0 {
		out.Printf("  hdivrange=%.6g hdivstep=%.6g  radians\n", ray.Horizontal.Range*beam.Milliradian, ray.Horizontal.Step*beam.Milliradian)
		out.Printf("  vdivrange=%.6g vdivstep=%.6g  radians\n", ray.Vertical.Range*beam.Milliradian, ray.Vertical.Step*beam.Milliradian)
		out.Printf("  %d divergence steps\n", len(m.sources)/max(ray.Dispersion.Steps, 1))
	}
	phis, domains := m.xtal.Orientations()
	out.Printf("  %d sources\n", len(m.sources))
	if m.normalDomains() {
		out.Printf("  %d mosaic domains, normal with a standard deviation of %.6g degrees about each axis\n", domains, cfg.Mosaic.Spread)
	} else {
		out.Printf("  %d mosaic domains over mosaic spread of %.6g degrees\n", domains, cfg.Mosaic.Spread)
	}
	out.Printf("  %d phi steps from %.6g to %.6g degrees\n", phis, m.show.phi, m.show.phi+m.show.osc)
	out.Printf("  %dx%d pixel oversample steps", m.oversample, m.oversample)
	for _, over := range []struct {
		on   bool
		name string
	}{{m.perSample("capture"), "thick"}, {m.perSample("polarization"), "polar"}, {m.perSample("solid_angle"), "omega"}} {
		if over.on {
			out.Printf(" +%s", over.name)
		}
	}
	out.Printf("\n")
	if m.show.mask != "" {
		out.Printf("  skipping zero-flagged pixels in %s\n", m.show.mask)
	}
	if cfg.Water > 0 {
		out.Printf("  water droplet size: %.6g m\n", cfg.Water*1e-6)
	}
	if m.output.noise != "" {
		out.Printf("  noise seed: %d\n", int64(m.output.seed))
	}
	out.Printf("  %d steps for each of %d pixels\n", m.steps(), m.det.Pixels())
}

// describeExperiment tells crystal, beam and detector in numbers.
func (m *model) describeExperiment(out *cli.Printer) {
	const metre = 1e-3 // mm
	cfg, d := m.xtal.Config(), m.experiment.Detector
	reflections := 0
	if cfg.Structure != nil {
		reflections = cfg.Structure.Count()
	}
	out.Printf("  %d initialized hkls (all others =%.6g)\n", reflections, cfg.DefaultF)
	out.Printf("  %s interpolation of structure factors\n", map[crystal.Lookup]string{crystal.Nearest: "no", crystal.Tricubic: "tricubic"}[cfg.Lookup])
	shapes := map[crystal.Shape]string{crystal.Square: "parallelpiped", crystal.Round: "ellipsoidal", crystal.GaussStar: "gaussian", crystal.Tophat: "tophat-spot",
		crystal.Gauss: "gaussian", crystal.Sinc: "parallelpiped"}
	out.Printf("  %s xtal: %gx%gx%g cells\n", shapes[cfg.Shape], cfg.N[0], cfg.N[1], cfg.N[2])
	ray := m.src.Config()
	out.Printf("  wave=%.6g meters +/- %.6g%% in %d steps\n", m.show.wavelength*1e-10, ray.Dispersion.Range, ray.Dispersion.Steps)
	if ray.NoPolarization {
		out.Printf("  polarization effect disabled\n")
	} else {
		out.Printf("  Kahn polarization factor: %f\n", ray.Kahn)
	}
	if d.Curved {
		out.Printf("  curved detector: all pixels same distance from origin\n")
	}
	if d.PointPixel {
		out.Printf("  pixel obliquity effect disabled\n")
	}
	out.Printf("  incident fluence: %.6g photons/m^2\n", ray.Fluence)
	p, show := m.place, m.show
	out.Printf("  distance=%.6g detsize=%.6gx%.6g  pixel=%.6g meters (%dx%d pixels)\n", p.Distance*metre, show.detectorSize[0]*metre, show.detectorSize[1]*metre, p.Pixel*metre, p.FastPixels, p.SlowPixels)
	layers, _ := m.layers()
	mu := 0.0
	if depth := show.attenuation.or(0); depth > 0 {
		mu = 1e6 / depth
	}
	out.Printf("  sensor is %.6g m thick in %d layers with mu= %.6g\n", d.Thickness*1e-6, layers, mu)
	for _, pair := range []struct {
		label string
		x, y  float64
	}{{"beam", show.beamX, show.beamY}, {"close", show.closeX, show.closeY}} {
		fast, slow := p.BeamFast, p.BeamSlow
		if pair.label == "close" {
			fast, slow = p.CloseFast, p.CloseSlow
		}
		out.Printf("  X%[1]s=%.6[2]g Y%[1]s=%.6[3]g\n", pair.label, pair.x*metre, pair.y*metre)
		out.Printf("  F%[1]s=%.6[2]g S%[1]s=%.6[3]g\n", pair.label, fast*metre, slow*metre)
	}
	axes := m.det.Axes()
	for _, v := range []struct {
		label string
		v     [3]float64
	}{
		{"DIRECTION_OF_DETECTOR_X-AXIS", p.Fast}, {"DIRECTION_OF_DETECTOR_Y-AXIS", p.Slow}, {"DIRECTION_OF_DETECTOR_Z-AXIS", p.Normal},
		{"INCIDENT_BEAM_DIRECTION", p.Beam}, {"spindle ROTATION_AXIS", axes.Spindle},
		{"POLARIZATION_PLANE_NORMAL", geom.Cross(p.Beam, axes.Polarization)}, {"dials origin", p.DIALSOrigin},
	} {
		out.Printf("  %s= %.6g %.6g %.6g\n", v.label, v.v[0], v.v[1], v.v[2])
	}
	r := show.region
	out.Printf("  roi: %d <= x <= %d && %d <= y <= %d\n", r.FastMin, r.FastMax, r.SlowMin, r.SlowMax)
	m.describeSampling(out)
}

// solidAngle is that of all simulated pixels together, in sr, for the summary: taken at the first sub-pixel where the
// reference program takes one for the whole pixel, else at the middle of each pixel (physics.md, Intensity of a pixel, and
// deviation 5). What all pixels share is multiplied last, so that a pixel costs no more than a root and a division.
func (m *model) solidAngle() float64 {
	p, cfg, mask := m.place, m.experiment.Detector, m.mask()
	at := 0.5
	if !m.perSample("solid_angle") {
		at = 0.5 / float64(m.oversample)
	}
	sum, r := 0.0, m.show.region // of 1/R³, for point pixels of 1/R²
	for s := r.SlowMin; s <= r.SlowMax; s++ {
		// R² = constant + x·(linear + x·quadratic) at x along a row; the same for every pixel of a curved detector.
		constant, linear, quadratic := p.Distance*p.Distance, 0.0, 0.0
		if !cfg.Curved {
			row := p.Corner
			for i := range row {
				row[i] += p.Pixel * (float64(s) + at) * p.Slow[i]
			}
			constant, linear, quadratic = geom.Dot(row, row), 2*geom.Dot(row, p.Fast), geom.Dot(p.Fast, p.Fast)
		}
		for f := r.FastMin; f <= r.FastMax; f++ {
			if mask != nil && !mask[s*cfg.Fast+f] {
				continue
			}
			x := p.Pixel * (float64(f) + at)
			power := constant + x*(linear+x*quadratic)
			if !cfg.PointPixel {
				power *= math.Sqrt(power)
			}
			sum += 1 / power
		}
	}
	switch {
	case cfg.PointPixel && !m.deviations().UnitPointPixel:
		return sum * p.Pixel * p.Pixel
	case cfg.PointPixel:
		return sum * 1e6 // mm² of 1 m²
	}
	return sum * p.Pixel * p.Pixel * p.CloseDistance
}
