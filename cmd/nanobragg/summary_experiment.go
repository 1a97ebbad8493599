package main

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/geom"
)

// describeExperiment tells crystal, beam and detector in numbers.
func (m *model) describeExperiment(out *printer) {
	const metre = 1e-3 // mm
	cfg, s := m.xtal.Config(), m.setup
	reflections := 0
	if cfg.Structure != nil {
		reflections = cfg.Structure.Count()
	}
	out.printf("  %d initialized hkls (all others =%.6g)\n", reflections, cfg.DefaultF)
	out.printf("  %s interpolation of structure factors\n", map[crystal.Lookup]string{crystal.Nearest: "no", crystal.Tricubic: "tricubic"}[cfg.Lookup])
	shapes := map[crystal.Shape]string{crystal.Square: "parallelpiped", crystal.Round: "ellipsoidal", crystal.Gauss: "gaussian", crystal.Tophat: "tophat-spot"}
	out.printf("  %s xtal: %dx%dx%d cells\n", shapes[cfg.Shape], cfg.N[0], cfg.N[1], cfg.N[2])
	ray := m.src.Config()
	out.printf("  wave=%.6g meters +/- %.6g%% in %d steps\n", m.show.wavelength*1e-10, ray.Dispersion.Range, ray.Dispersion.Steps)
	if ray.NoPolarization {
		out.printf("  polarization effect disabled\n")
	} else {
		out.printf("  Kahn polarization factor: %f\n", ray.Kahn)
	}
	if s.detector.Curved {
		out.printf("  curved detector: all pixels same distance from origin\n")
	}
	if s.detector.PointPixel {
		out.printf("  pixel obliquity effect disabled\n")
	}
	out.printf("  incident fluence: %.6g photons/m^2\n", ray.Fluence)
	p, show := m.place, m.show
	out.printf("  distance=%.6g detsize=%.6gx%.6g  pixel=%.6g meters (%dx%d pixels)\n", p.Distance*metre, show.detectorSize[0]*metre, show.detectorSize[1]*metre, p.Pixel*metre, p.FastPixels, p.SlowPixels)
	layers, _ := m.layers()
	mu := 0.0
	if depth := show.attenuation.or(0); depth > 0 {
		mu = 1e6 / depth
	}
	out.printf("  sensor is %.6g m thick in %d layers with mu= %.6g\n", s.detector.Sensor.Thickness*1e-6, layers, mu)
	for _, pair := range []struct {
		label string
		x, y  float64
	}{{"beam", show.beamX, show.beamY}, {"close", show.closeX, show.closeY}} {
		fast, slow := p.BeamFast, p.BeamSlow
		if pair.label == "close" {
			fast, slow = p.CloseFast, p.CloseSlow
		}
		out.printf("  X%[1]s=%.6[2]g Y%[1]s=%.6[3]g\n", pair.label, pair.x*metre, pair.y*metre)
		out.printf("  F%[1]s=%.6[2]g S%[1]s=%.6[3]g\n", pair.label, fast*metre, slow*metre)
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
		out.printf("  %s= %.6g %.6g %.6g\n", v.label, v.v[0], v.v[1], v.v[2])
	}
	r := show.region
	out.printf("  roi: %d <= x <= %d && %d <= y <= %d\n", r.FastMin, r.FastMax, r.SlowMin, r.SlowMax)
	m.describeSampling(out)
}
