package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/crystfel"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/symmetry"
)

// panels returns the geometry, or an error without one.
func (in *input) panels() (*format.Geometry, error) {
	if in.geometry == nil || len(in.geometry.Panels) == 0 {
		return nil, noneOf("geometry of a detector", in)
	}
	for i := range in.geometry.Panels {
		if p := &in.geometry.Panels[i]; !(p.Pixel[0] > 0 && p.Pixel[1] > 0) || p.Origin == [3]float64{} {
			return nil, fmt.Errorf("%s does not say where the detector is", in.paths[0])
		}
	}
	return in.geometry, nil
}

// writeExperiments writes an experiment list of DIALS: that which was read, or one of the geometry, with an experiment for
// each crystal.
func (f *convertFlags) writeExperiments(s *session, in *input, path string) error {
	g, err := in.panels()
	if err != nil {
		return err
	}
	if err := f.withoutReflections(s, in, path); err != nil {
		return err
	}
	if g.Wavelength == 0 {
		return fmt.Errorf("nothing gives the wavelength, which DIALS needs")
	}
	list := in.experiments
	if list == nil {
		images, err := in.imageset()
		if err != nil {
			return err
		}
		crystals := make([]*format.Crystal, max(1, len(in.crystals)))
		for i := range in.crystals {
			c := in.crystals[i]
			if c.SpaceGroup, err = hall(&c); err != nil {
				return err
			}
			crystals[i] = &c
		}
		for _, c := range crystals {
			list = append(list, dials.Experiment{Geometry: g, Crystal: c, Images: images})
		}
	}
	return dials.WriteExperimentsFile(path, list)
}

// hall returns the space group of a crystal as DIALS names it.
func hall(c *format.Crystal) (string, error) {
	if c.SpaceGroup == "" || strings.HasPrefix(c.SpaceGroup, "Hall:") {
		return c.SpaceGroup, nil
	}
	cell := geom.Inverse(c.A)
	group, err := symmetry.Lookup(c.SpaceGroup, spanned(cell))
	if err != nil {
		return "", err
	}
	return "Hall: " + group.Hall, nil
}

// imageset returns the names of the images; nil if there are none.
func (in *input) imageset() (*dials.Imageset, error) {
	paths := in.imagePaths
	if in.images == nil {
		paths = in.named
	}
	if len(paths) == 0 {
		return nil, nil
	}
	set := &dials.Imageset{}
	for _, path := range paths {
		full, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		set.Files = append(set.Files, full)
	}
	if r := in.geometry.Rotation; r == nil {
		return set, nil
	}
	if len(set.Files) == 1 {
		set.Template, set.Files = set.Files[0], nil
	} else if template, ok := templateOf(set.Files); ok {
		set.Template, set.Files = template, nil
	}
	return set, nil
}

// templateOf returns the name of numbered files with a # for each digit of the number.
func templateOf(paths []string) (template string, ok bool) {
	first, last := paths[0], paths[len(paths)-1]
	if len(first) != len(last) {
		return "", false
	}
	from, to := len(first), 0
	for i := range len(first) {
		if first[i] != last[i] {
			from, to = min(from, i), i+1
		}
	}
	digit := func(i int) bool { return first[i] >= '0' && first[i] <= '9' }
	for from > 0 && from < len(first) && digit(from-1) {
		from--
	}
	for to < len(first) && digit(to) {
		to++
	}
	for i := from; i < to; i++ {
		if !digit(i) {
			return "", false
		}
	}
	if from >= to {
		return "", false
	}
	return first[:from] + strings.Repeat("#", to-from) + first[to:], true
}

// writeGeometry writes a geometry of CrystFEL.
func (f *convertFlags) writeGeometry(s *session, in *input, path string) error {
	g, err := in.panels()
	if err != nil {
		return err
	}
	if err := f.withoutReflections(s, in, path); err != nil {
		return err
	}
	var left []string
	if len(in.crystals) > 0 {
		left = append(left, "the crystals")
	}
	if g.Rotation != nil {
		left = append(left, "the rotation")
	}
	if g.Polarization != nil {
		left = append(left, "the polarization")
	}
	var sensor, pedestal, least bool
	for i := range g.Panels {
		p := &g.Panels[i]
		sensor = sensor || p.Thickness > 0
		pedestal = pedestal || p.Pedestal != 0
		least = least || p.Trusted != nil && p.Trusted[0] != 0
	}
	if sensor {
		left = append(left, "the sensor")
	}
	if pedestal {
		left = append(left, "the pedestal")
	}
	if least {
		left = append(left, "the least count that can be trusted")
	}
	for _, what := range left {
		if err := s.lacks(path, "does not hold %s", what); err != nil {
			return err
		}
	}
	if g.Wavelength == 0 {
		if err := s.lacks(path, "has no photon energy, since nothing gives the wavelength"); err != nil {
			return err
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return crystfel.WriteGeometry(w, g) })
}

// writeMatrix writes the orientation matrix of MOSFLM.
func (f *convertFlags) writeMatrix(s *session, in *input, path string) error {
	if len(in.crystals) == 0 {
		return noneOf("orientation of a crystal", in)
	}
	g := in.geometry
	if g == nil || g.Wavelength == 0 {
		return errors.New("nothing gives the wavelength, which a matrix of MOSFLM contains")
	}
	if err := f.withoutReflections(s, in, path); err != nil {
		return err
	}
	if n := len(in.crystals); n > 1 {
		if err := s.lacks(path, "holds one crystal: the first of %d", n); err != nil {
			return err
		}
	}
	x := &in.crystals[0]
	if n := len(x.ScanPoints); n > 0 {
		if err := s.lacks(path, "holds one orientation: that at the start of the scan, not those of the %d scan points", n); err != nil {
			return err
		}
	}
	if err := s.lacks(path, "holds a matrix alone: the detector, the beam and the rotation are left out"); err != nil {
		return err
	}
	a := x.A
	if len(x.ScanPoints) > 0 {
		a = x.ScanPoints[0]
	}
	return mosflm.WriteFile(path, mosflm.Oriented(g, a))
}

// writeExperiment writes an experiment of this program, which names the files of the images and of the structure factors.
func writeExperiment(s *session, paths []string, o files.Options, out string) error {
	paths, err := expand(paths)
	if err != nil {
		return err
	}
	if err := notOver(paths, []string{out}); err != nil {
		return err
	}
	c, opened, err := experiment.Open(paths...)
	if err != nil {
		return err
	}
	if opened.Structure != "" {
		for i := range c.Crystals {
			c.Crystals[i].Structure.Columns, c.Crystals[i].Structure.DMin = o.Columns, o.DMin
		}
	}
	for _, n := range opened.Notices {
		if err := s.note("%s", n); err != nil {
			return err
		}
	}
	return c.Moved(filepath.Dir(out)).Write(out)
}

// withoutReflections notes that reflections are left out.
func (f *convertFlags) withoutReflections(s *session, in *input, path string) error {
	if in.reflections == nil {
		return nil
	}
	return s.lacks(path, "holds a geometry: the reflections of %s are left out", in.from)
}
