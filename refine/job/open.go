package job

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/geom"
)

// Kind is the kind of data, on which defaults depend.
type Kind string

const (
	Still    Kind = "still"          // an image of a crystal at rest
	Rotation Kind = "rotation image" // an image of a crystal that turns
	Sweep    Kind = "sweep"          // several images of one rotation
)

// kindOf returns the kind of an experiment.
func kindOf(c *experiment.Config) Kind {
	if s := c.Scan; s != nil && s.Images > 1 && s.Width != 0 {
		return Sweep
	}
	for _, x := range c.Crystals {
		if x.Osc != 0 || x.PhiStep != 0 || x.PhiSteps > 1 || c.Scan != nil && c.Scan.Width != 0 {
			return Rotation
		}
	}
	return Still
}

// open reads the inputs.
func (j *job) open(context.Context) error {
	if j.Truth != "" {
		var err error
		if j.known, err = experiment.Read(j.Truth); err != nil {
			return err
		}
	}
	var paths, tables []string
	for _, path := range j.Inputs {
		if !isTable(path) {
			paths = append(paths, path)
			continue
		}
		t, err := dials.ReadTableFile(path)
		if err != nil {
			return err
		}
		tables = append(tables, path)
		j.table, j.tablePath = t, path
	}
	if j.Resume {
		before := filepath.Join(j.Out, refinedJSON)
		if _, err := os.Stat(before); err == nil {
			paths = []string{before} // which holds all of them
			j.notice("starts from %s", before)
		}
	}
	name, labels := j.structure()
	if name != "" && !(len(paths) == 1 && paths[0] == filepath.Join(j.Out, refinedJSON)) {
		paths = append(paths, name)
	}
	c, opened, err := experiment.OpenWith(files.Options{Columns: labels}, paths...)
	if err != nil {
		return err
	}
	j.opened, j.said = opened, c
	j.kind, j.guessed = kindOf(c), opened.Base == ""
	switch {
	case len(tables) > 0 && j.stills():
		j.notice("%s: boxes of reflections are not used for several stills, but those of their predicted spots", strings.Join(tables, ", "))
		j.table, j.tablePath = nil, ""
	case len(tables) > 1:
		return fmt.Errorf("job: %s is a second table of reflections: name one", tables[1])
	}
	for _, n := range opened.Notices {
		if !j.guessed || n != opened.SizeNotice { // the size is found from the image, which is said then
			j.notice("%s", n)
		}
	}
	return j.missing()
}

// missing returns an error that names all that a refinement needs and no file gives.
func (j *job) missing() error {
	var list []string
	if len(j.said.Images) == 0 {
		text := "images: name them among the inputs, or in the experiment (images)"
		if j.opened.Lost != nil {
			text = fmt.Sprintf("images: those that %s names cannot be read (%v): name them among the inputs, where they are", j.opened.Geometry, j.opened.Lost)
		}
		list = append(list, text)
	}
	for _, x := range j.said.Crystals {
		if s := &x.Structure; s.File == "" && s.Table == nil && s.Wilson == nil && s.Default == 0 {
			list = append(list, "structure factors: name a file of them, or of a model (MTZ, CIF, HKL, PDB), by --structure FILE or among the inputs")
			break
		}
	}
	if list == nil {
		return nil
	}
	return fmt.Errorf("job: there is not enough to refine: no file gives %s", strings.Join(list, "; "))
}

// isTable reports whether a file is a table of reflections of DIALS by its name.
func isTable(path string) bool { return strings.EqualFold(filepath.Ext(path), ".refl") }

// structure returns the file of structure factors and the labels of its columns.
func (o *Options) structure() (name string, labels []string) {
	name = o.Structure
	if at := strings.LastIndexByte(name, ':'); at > 1 { // a single letter is a drive's
		if _, err := os.Stat(name); err != nil {
			name, labels = name[:at], strings.Split(name[at+1:], ",")
		}
	}
	return name, labels
}

// complete fills in what the files do not say of the crystals, and puts the detector into the form in which its distance
// and the place of the beam are parameters.
func (j *job) complete(context.Context) error {
	c := j.said
	if err := place(&c.Detector); err != nil {
		return err
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return err
	}
	for _, n := range e.FileNotices() {
		j.notice("%s", n)
	}
	for i := range c.Crystals {
		path := "crystal"
		if len(c.Crystals) > 1 {
			path = fmt.Sprintf("crystals[%d]", i)
		}
		j.groups, j.cells = append(j.groups, e.SpaceGroup(i)), append(j.cells, e.Crystals[i].Config().Cell)
		system, err := j.systemOf(i)
		if err != nil {
			return err
		}
		j.systems = append(j.systems, system)
		if system == nil {
			continue
		}
		notice, err := system.place(path, &c.Crystals[i], e.Crystals[i].Config().Cell)
		if err != nil {
			return err
		}
		if notice != "" {
			j.notice("%s", notice)
		}
	}
	return j.checkFree(e)
}

// systemOf returns the crystal system of a crystal; nil if nothing gives its space group.
func (j *job) systemOf(i int) (*tied, error) {
	if j.System != "" {
		return systemNamed(j.System)
	}
	group := j.group(i)
	if group == nil {
		return nil, nil
	}
	t, err := systemOf(group)
	if t == nil && err == nil {
		j.notice("the space group %s is of a setting whose cell is not tied: all six parameters of the cell are free", group.Symbol())
	}
	return t, err
}

// place replaces the origin of a detector that has no rotation by its distance along the beam and the beam's place on it, which
// move it as a rigid body in the directions in which refinements move detectors.
func place(d *experiment.Detector) error {
	if d.Origin == nil || d.RotX != 0 || d.RotY != 0 || d.RotZ != 0 || d.TwoTheta != 0 || d.Convention != detector.Custom || d.Axes.Beam == [3]float64{} {
		return nil
	}
	fast, slow, normal, beam := geom.Unit(d.Axes.Fast), geom.Unit(d.Axes.Slow), geom.Unit(d.Axes.Normal), geom.Unit(d.Axes.Beam)
	cosine := geom.Dot(beam, normal)
	if !(cosine > 0.05) { // the beam does not meet it
		return nil
	}
	o := *d.Origin
	distance := geom.Dot(o, normal) / cosine
	if !(distance > 0) || math.IsInf(distance, 0) {
		return nil
	}
	way := geom.Add(geom.Scale(distance, beam), geom.Scale(-1, o))
	d.Origin, d.Distance, d.Pivot = nil, distance, detector.AboutBeam
	d.BeamCentre = &[2]float64{geom.Dot(way, fast), geom.Dot(way, slow)}
	return nil
}
