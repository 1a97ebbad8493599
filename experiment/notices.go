package experiment

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// Notices returns what is valid but looks like a mistake, as far as it can be found without reading a file: mostly unusual
// numbers, which may be in a wrong unit. Each notice begins with its key.
func (c *Config) Notices() []string {
	list, radians := c.anglesInRadians()
	_ = walk(reflect.ValueOf(c).Elem(), "", rules{}, func(path string, v reflect.Value, r rules) error {
		if n, ok := asNumber(v); ok && !radians[path] {
			if text := r.unusual(n); text != "" {
				list = append(list, path+" "+text)
			}
		}
		return nil
	})
	for i, x := range c.Crystals {
		path := fmt.Sprintf("crystals[%d]", i)
		if cell := crystal.Cell(x.Cell).Complete(); x.Matrix == nil && x.MatrixFile == "" && cell.Validate() == nil {
			list = append(list, c.Beam.undiffracted(path, cell.LargestSpacing())...)
		}
		if s := x.Structure; s.File == "" && s.Wilson == nil && s.Table == nil && s.Default == 0 && x.Water == 0 {
			list = append(list, path+".structure is empty and its default 0: the crystal does not diffract")
		}
	}
	if text := c.beamBesideDetector(); text != "" {
		list = append(list, text)
	}
	return list
}

// beamBesideDetector returns a notice if the beam centre as given is not on the detector, whatever the convention.
func (c *Config) beamBesideDetector() string {
	d := &c.Detector
	if len(d.Panels) > 0 || d.BeamCentre == nil || d.TwoTheta != 0 || d.RotX != 0 || d.RotY != 0 || d.RotZ != 0 {
		return ""
	}
	side := or(d.Pixel, detector.DefaultPixel) * float64(max(or(d.Fast, detector.DefaultPixels), or(d.Slow, detector.DefaultPixels)))
	if b := *d.BeamCentre; b[0] < 0 || b[1] < 0 || b[0] > side || b[1] > side {
		return fmt.Sprintf("detector.beam_centre (%.6g, %.6g) mm is not on the detector, whose longer side is %g mm; is it in pixels?", b[0], b[1], side)
	}
	return ""
}

// anglesInRadians returns a notice for each cell whose angles are all below 3.2°, which no crystal has, and the keys of
// these angles.
func (c *Config) anglesInRadians() (list []string, keys map[string]bool) {
	keys = map[string]bool{}
	for i, x := range c.Crystals {
		const longest = 3.2 // π and a bit
		path := fmt.Sprintf("crystals[%d].cell", i)
		if l := x.Cell; l.Alpha > 0 && l.Beta > 0 && l.Gamma > 0 && max(l.Alpha, l.Beta, l.Gamma) < longest {
			list = append(list, fmt.Sprintf("%s has angles of %g, %g and %g °; are they in radians?", path, l.Alpha, l.Beta, l.Gamma))
			for _, angle := range []string{".alpha", ".beta", ".gamma"} {
				keys[path+angle] = true
			}
		}
	}
	return list, keys
}

// undiffracted returns a notice where the wavelength, or one of the list, is longer than twice the largest spacing of a
// crystal, in Å: by Bragg's law it is not diffracted at all.
func (b *Beam) undiffracted(crystal string, spacing float64) []string {
	notice := func(key string, wavelength float64) []string {
		if wavelength <= 2*spacing {
			return nil
		}
		return []string{fmt.Sprintf("%s %.6g Å is longer than twice the largest spacing of %s, %.6g Å: no reflection is possible", key, wavelength, crystal, spacing)}
	}
	var list []string
	alone := len(b.Spectrum)+len(b.Sources) == 0 && b.SourcesFile == ""
	for i, l := range b.Spectrum {
		alone = alone || l.Wavelength == 0
		list = append(list, notice(fmt.Sprintf("beam.spectrum[%d].wavelength", i), l.Wavelength)...)
	}
	for i, s := range b.Sources {
		alone = alone || s.Wavelength == 0
		list = append(list, notice(fmt.Sprintf("beam.sources[%d].wavelength", i), s.Wavelength)...)
	}
	if n := len(list); n > 1 {
		list = []string{fmt.Sprintf("%s; and %d more", list[0], n-1)}
	}
	switch {
	case !alone:
	case b.Energy > 0:
		list = append(list, notice(fmt.Sprintf("beam.energy %g eV: a wavelength of", b.Energy), b.wavelength())...)
	default:
		list = append(list, notice("beam.wavelength", b.wavelength())...)
	}
	return list
}

// wavelength returns the configured wavelength in Å.
func (b *Beam) wavelength() float64 {
	if g := b.GaussianSpectrum; g != nil && g.Energy > 0 {
		return format.HC / g.Energy
	}
	if b.Energy > 0 {
		return format.HC / b.Energy
	}
	return or(b.Wavelength, 1)
}

// placeNotices returns what looks wrong once the files are read and the nodes made: sources and matrices that cannot
// diffract, and a beam that passes the detector by.
func (e *Experiment) placeNotices() ([]string, error) {
	var list []string
	for i, x := range e.Crystals {
		c := &e.config.Crystals[i]
		if t := x.Config().Structure; t != nil && c.Structure.File != "" && c.Structure.Default == 0 && c.Water == 0 &&
			!slices.ContainsFunc(t.F, func(f float64) bool { return f != 0 }) {
			list = append(list, fmt.Sprintf("crystals[%d].structure.file has no amplitude other than 0, nor has its default: the crystal does not diffract", i))
		}
		if c.Cell != (Cell{}) && c.Matrix == nil && c.MatrixFile == "" && e.config.Beam.SourcesFile == "" {
			continue // Config.Notices looks at it
		}
		at, err := x.At()
		if err != nil {
			return nil, refused(fmt.Sprintf("crystals[%d]", i), err)
		}
		spacing := 1 / geom.Shortest(geom.Columns(at.AStar, at.BStar, at.CStar))
		if e.config.Beam.SourcesFile == "" {
			list = append(list, e.config.Beam.undiffracted(fmt.Sprintf("crystals[%d]", i), spacing)...)
			continue
		}
		long, first := 0, ""
		for k, s := range e.Beam.Config().Sources {
			if s.Wavelength <= 2*spacing {
				continue
			}
			if long++; long == 1 {
				first = fmt.Sprintf("beam.sources_file %s: the wavelength of source %d, %.6g m, is longer than twice the largest spacing of crystals[%d], %.6g Å: no reflection is possible; 1 Å is 1e-10 m",
					e.config.Beam.SourcesFile, k+1, s.Wavelength*1e-10, i, spacing)
			}
		}
		if long > 1 {
			first += fmt.Sprintf("; and %d more sources", long-1)
		}
		if long > 0 {
			list = append(list, first)
		}
	}
	return append(list, e.missesDetector()...), nil
}

// SamplingNotices returns what a user should know about how the model is sampled: crystals whose normal mosaic domains are
// too few for the smallest spacing on the detector (see [crystal.Config.MosaicShift]). Each begins with its key. The closed
// form samples none.
func (e *Experiment) SamplingNotices() []string {
	const enough, practical = 10, 1000 // domains: at κ = 1, and in an image that does not take too long
	if e.config.Physics.ClosedForm != nil {
		return nil
	}
	place, err := e.Detector.At()
	if err != nil {
		return nil
	}
	resolution := place.Resolution(e.Beam.Config().Wavelength)
	var list []string
	for i, x := range e.Crystals {
		c := x.Config()
		if c.Mosaic.Spread == 0 && c.Mosaic.Spreads == nil || c.Mosaic.Domains == 1 || !e.config.Physics.normalDomains(c.Mosaic.Kind) {
			continue
		}
		d := max(resolution, c.DMin)
		shift := c.MosaicShift(d)
		if needed := math.Ceil(enough * shift * shift); float64(c.Mosaic.Domains) < needed {
			text := fmt.Sprintf("crystals[%d].mosaic.domains: %d are few: at %.3g Å the spread moves spots by κ = %.3g of their widths, and a smooth image takes about 10 κ² = %.4g",
				i, c.Mosaic.Domains, d, shift, needed)
			if needed > practical {
				text += ", more than is practical"
			}
			list = append(list, text)
		}
	}
	return list
}

// normalDomains reports whether mosaic domains are of a normal distribution.
func (p Physics) normalDomains(kind crystal.DomainKind) bool {
	return kind == crystal.NormalDomains || kind == crystal.AutomaticDomains && !p.Reference
}

// missesDetector returns a notice if the beam meets the plane of a single panel beside it. A two-theta arm is there for that.
func (e *Experiment) missesDetector() []string {
	d := &e.config.Detector
	place, err := e.Detector.At()
	if err != nil || len(d.Panels) > 0 || place.TwoTheta != 0 || e.config.beamBesideDetector() != "" {
		return nil
	}
	place = place.AlongBeam()
	fast, slow := place.BeamFast/place.Pixel, place.BeamSlow/place.Pixel
	if fast >= 0 && slow >= 0 && fast <= float64(place.FastPixels) && slow <= float64(place.SlowPixels) {
		return nil
	}
	return []string{fmt.Sprintf("detector.beam_centre: the beam meets the detector's plane at pixel (%.6g, %.6g), outside its %d × %d pixels",
		fast, slow, place.FastPixels, place.SlowPixels)}
}

// crystalNotices returns what looks wrong in the matrix file that crystal i was made from, if it has no cell of its own.
func (e *Experiment) crystalNotices(i int) ([]string, error) {
	c, x := &e.config.Crystals[i], e.Crystals[i].Config()
	if x.Matrix == nil || c.Cell == (Cell{}) {
		return nil, nil
	}
	path := fmt.Sprintf("crystals[%d]", i)
	alone, err := crystal.New(G.NewGraph(), crystal.Config{Matrix: x.Matrix})
	if err != nil {
		return nil, refused(path, err)
	}
	own, given := alone.Config().Cell, x.Cell
	for _, l := range [][2]float64{{own.A, given.A}, {own.B, given.B}, {own.C, given.C}} {
		if math.Abs(l[0]/l[1]-1) > 0.02 {
			return []string{fmt.Sprintf("%s.cell is %.5g × %.5g × %.5g Å, that of the matrix %.5g × %.5g × %.5g Å; is it of another wavelength?",
				path, given.A, given.B, given.C, own.A, own.B, own.C)}, nil
		}
	}
	return nil, nil
}
