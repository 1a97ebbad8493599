package experiment

import (
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// From returns the experiment that consists of configurations of packages beam, detector and crystal. It is the inverse of
// [Config.BeamConfig], [Config.DetectorConfig] and [Config.CrystalConfig]. Tables and masks stay in memory. Directions of 0
// mean the defaults of those packages, which do not follow the detector's convention, and become explicit.
func From(b beam.Config, d detector.Config, crystals ...crystal.Config) *Config {
	c := &Config{Beam: fromBeam(b), Detector: fromDetector(d)}
	for i, x := range crystals {
		c.Crystals = append(c.Crystals, Crystal{
			Name: x.Name,
			Cell: Cell(x.Cell), Matrix: x.Matrix, Orientation: x.Orientation, Misset: Misset{x.Misset[0], x.Misset[1], x.Misset[2]},
			Cells: Cells{x.N[0], x.N[1], x.N[2], x.Shear[0], x.Shear[1], x.Shear[2]}, Size: x.Size, Shape: x.Shape, Fudge: x.Fudge, SpotScale: x.SpotScale, UnitPeak: x.UnitPeak,
			Mosaic: Mosaic(x.Mosaic), Diffuse: (*Diffuse)(x.Diffuse),
			Phi: x.Phi, Osc: x.Osc, PhiStep: x.PhiStep, PhiSteps: x.PhiSteps, PhiPoints: x.PhiPoints, Spindle: or(x.Spindle, [3]float64{0, 0, 1}),
			Structure: Structure{Table: x.Structure, Default: x.DefaultF, Lookup: x.Lookup, Scales: fromScales(x.Scales)},
			Anomalous: fromAnomalous(x.Anomalous),
			DMin:      x.DMin, Water: x.Water, Strain: x.Strain,
		})
		c.Crystals[i].BFactor = x.BFactor
		if r := x.RotXYZ; r != nil {
			c.Crystals[i].RotXYZ = &RotXYZ{r[0], r[1], r[2]}
		}
	}
	return c
}

func fromBeam(b beam.Config) Beam {
	out := Beam{
		Name:       b.Name,
		Wavelength: b.Wavelength, Energy: b.Energy,
		Dispersion: Spread(b.Dispersion), DivergenceH: Spread(b.Horizontal), DivergenceV: Spread(b.Vertical), SquareDivergence: b.Square,
		Direction: or(b.Direction, [3]float64{1, 0, 0}), PolarizationAxis: or(b.Polarization, [3]float64{0, 0, 1}),
		Kahn: b.Kahn, NoPolarization: b.NoPolarization, Calibration: (*Calibration)(b.Calibration), GaussianSpectrum: (*GaussianSpectrum)(b.GaussianSpectrum), FreeSources: b.FreeSources, FreeSum: b.FreeSum, LineWidth: b.LineWidth, GaussianDivergence: b.Gaussian,
		Fluence: b.Fluence, Flux: b.Flux, Exposure: b.Exposure, Size: b.Size,
	}
	for _, s := range b.Sources {
		out.Sources = append(out.Sources, Source(s))
	}
	if out.Sources != nil { // they replace divergence and dispersion
		out.Dispersion, out.DivergenceH, out.DivergenceV = Spread{}, Spread{}, Spread{}
	}
	return out
}

func fromDetector(d detector.Config) Detector {
	out := Detector{
		Name:       d.Name,
		Convention: d.Convention, Axes: Axes(d.Axes),
		Fast: d.Fast, Slow: d.Slow, Pixel: d.Pixel,
		Distance: d.Distance, CloseDistance: d.CloseDistance, BeamCentre: d.BeamCentre, CloseCentre: d.CloseCentre, Pivot: d.Pivot, Origin: d.Origin,
		RotX: d.RotX, RotY: d.RotY, RotZ: d.RotZ, TwoTheta: d.TwoTheta, Shift: d.Shift,
		Region: (*Region)(d.Region), Mask: d.Mask,
		Curved: d.Curved, PointPixel: d.PointPixel, Oversample: d.Oversample,
		Thickness: d.Sensor.Thickness, Attenuation: d.Sensor.Attenuation, Layers: d.Sensor.Layers,
	}
	out.PointSpread = PointSpread{map[detector.SpreadKind]string{detector.Fibre: "fibre", detector.GaussianSpread: "gaussian"}[d.PointSpread.Kind], d.PointSpread.Width, d.PointSpread.Reach}
	for _, g := range d.Gains {
		out.Gains = append(out.Gains, Gain{g.Name, g.Panel, (*Region)(g.Region), g.Factor})
	}
	for _, p := range d.Panels {
		out.Panels = append(out.Panels, Panel{Name: p.Name, Fast: p.Fast, Slow: p.Slow, Pixel: p.Pixel, Origin: p.Origin, FastAxis: p.FastAxis, SlowAxis: p.SlowAxis,
			Tilt: p.Tilt, Region: (*Region)(p.Region), Mask: p.Mask})
	}
	return out
}
