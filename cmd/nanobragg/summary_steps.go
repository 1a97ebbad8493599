package main

import "github.com/gobragg/gobragg/beam"

// describeSteps lists what the intensity is summed over, where that is few.
func (m *model) describeSteps(out *printer) {
	layers, step := m.layers()
	if layers <= listed {
		for t := range layers {
			out.printf("thick%d = %.6g um\n", t, step*float64(t))
		}
	}
	cfg := m.xtal.Config()
	if cfg.PhiSteps <= listed {
		for t := range cfg.PhiSteps {
			out.printf("phi%d = %.6g\n", t, cfg.Phi+cfg.PhiStep*float64(t))
		}
	}
	if d := m.src.Config().Dispersion; m.show.sources == 0 && d.Steps <= listed {
		for i := range d.Steps {
			// In percent of the mean.
			out.printf("lambda%d = %.15g\n", i, m.show.wavelength*1e-10*(1+(d.Step*float64(i)-d.Range/2)/100))
		}
	}
	out.printf("  created a total of %d sources:\n", len(m.sources))
	if len(m.sources) <= listed {
		for _, s := range m.sources {
			out.printf("%.6g %.6g %.6g   %.6g %.6g\n", 0-s.Incident[0], 0-s.Incident[1], 0-s.Incident[2], s.Weight, s.Wavelength*1e-10)
		}
	}
	_, domains := m.xtal.Orientations()
	out.printf("  created a total of %d mosaic domains (seed %d)\n", domains, cfg.Mosaic.Seed)
}

// layers of the sensor, and their distance in µm.
func (m *model) layers() (n int, step float64) {
	sampling := m.det.SamplingWith(m.deviations())
	return sampling.Layers, sampling.LayerStep * m.setup.detector.Sensor.Thickness
}

func (m *model) describeSampling(out *printer) {
	cfg, ray := m.xtal.Config(), m.src.Config()
	if m.show.sources == 0 {
		out.printf("  hdivrange=%.6g hdivstep=%.6g  radians\n", ray.Horizontal.Range*beam.Milliradian, ray.Horizontal.Step*beam.Milliradian)
		out.printf("  vdivrange=%.6g vdivstep=%.6g  radians\n", ray.Vertical.Range*beam.Milliradian, ray.Vertical.Step*beam.Milliradian)
		out.printf("  %d divergence steps\n", len(m.sources)/max(ray.Dispersion.Steps, 1))
	}
	phis, domains := m.xtal.Orientations()
	out.printf("  %d sources\n", len(m.sources))
	out.printf("  %d mosaic domains over mosaic spread of %.6g degrees\n", domains, cfg.Mosaic.Spread)
	out.printf("  %d phi steps from %.6g to %.6g degrees\n", phis, m.show.phi, m.show.phi+m.show.osc)
	out.printf("  %dx%d pixel oversample steps", m.oversample, m.oversample)
	for _, over := range []struct {
		on   bool
		name string
	}{{m.overCapture, "thick"}, {m.overPolarization, "polar"}, {m.overSolidAngle, "omega"}} {
		if over.on || m.exact {
			out.printf(" +%s", over.name)
		}
	}
	out.printf("\n")
	if m.show.mask != "" {
		out.printf("  skipping zero-flagged pixels in %s\n", m.show.mask)
	}
	if cfg.Water > 0 {
		out.printf("  water droplet size: %.6g m\n", cfg.Water*1e-6)
	}
	if m.output.noise != "" {
		out.printf("  noise seed: %d\n", int64(m.output.seed))
	}
	out.printf("  %d steps for each of %d pixels\n", m.steps(), m.det.Pixels())
}
