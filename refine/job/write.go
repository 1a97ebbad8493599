package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/numbered"
	"github.com/gobragg/gobragg/symmetry"
)

// The names of the files of results.
const (
	refinedJSON = "refined.json"
	refinedEXPT = "refined.expt"
	refinedMAT  = "refined.mat"
	refinedREFL = "refined.refl"
	refinedCSV  = "refined.csv"
	reportHTML  = "report.html"
	plotPNG     = "convergence.png"
)

// folder makes the folder of the results, so that one that cannot be written is known before the work. What it returns removes the
// folder again if nothing was written into it.
func (j *job) folder() (done func(), err error) {
	if j.Out == "" {
		return func() {}, nil
	}
	_, before := os.Stat(j.Out)
	if err := os.MkdirAll(j.Out, 0o755); err != nil {
		return nil, wrong("out", "%s cannot be made a folder for the results: %v", j.Out, err)
	}
	probe, err := os.CreateTemp(j.Out, ".refine-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return nil, wrong("out", "%s is a folder that cannot be written: %v", j.Out, err)
	}
	return func() {
		if before != nil {
			_ = os.Remove(j.Out) // which fails where there are results
		}
	}, nil
}

// write makes the table of reflections, and writes the results into the folder.
func (j *job) write(out *Outcome) error {
	var err error
	if out.Truth, err = j.truth(out.Fit); err != nil {
		return err
	}
	if out.Reflections, err = j.allReflections(context.Background(), out); err != nil {
		return err
	}
	if j.Out == "" {
		return nil
	}
	in := func(name string) string {
		out.Files = append(out.Files, name)
		return filepath.Join(j.Out, name)
	}
	j.restore(out.Refined)
	if err := out.Refined.Moved(j.Out).Write(in(refinedJSON)); err != nil {
		return err
	}
	geometry, crystals, turn, err := j.geometry(out)
	if err != nil {
		return err
	}
	list, err := j.experiments(out, geometry, crystals, turn)
	if err != nil {
		return err
	}
	if err := dials.WriteExperimentsFile(in(refinedEXPT), list); err != nil {
		return err
	}
	for i := range list {
		name := refinedMAT
		if len(list) > 1 {
			name = fmt.Sprintf("refined_%d.mat", i)
		}
		if err := mosflm.WriteFile(in(name), mosflm.Oriented(list[i].Geometry, list[i].Crystal.A)); err != nil {
			return err
		}
	}
	if len(out.Reflections) > 0 {
		if err := j.writeTable(in(refinedREFL), out.Reflections, turn); err != nil {
			return err
		}
	}
	if err := writeCSV(in(refinedCSV), out.Reflections); err != nil {
		return err
	}
	return j.writeReport(out)
}

// geometry returns the refined geometry and crystals as other programs need them, and the rotation from the experiment's
// laboratory to theirs: none where a file of another program gave the laboratory.
func (j *job) geometry(out *Outcome) (*format.Geometry, []format.Crystal, [3][3]float64, error) {
	e := out.Fit.Experiment
	turn, err := e.ToFormat()
	if err != nil {
		return nil, nil, turn, err
	}
	g, crystals, err := e.Geometry()
	if err != nil {
		return nil, nil, turn, err
	}
	for i := range crystals {
		if group := j.group(i); group != nil && group.Hall != "" {
			crystals[i].SpaceGroup = "Hall: " + group.Hall
		}
	}
	if j.kind == Still {
		g.Rotation = nil
	}
	if j.opened.Geometry == "" {
		return g, crystals, turn, nil
	}
	back := geom.Transpose(turn)
	g.ToSource = geom.Apply(back, g.ToSource)
	if p := g.Polarization; p != nil {
		p.Normal = geom.Apply(back, p.Normal)
	}
	for i := range g.Panels {
		p := &g.Panels[i]
		p.Origin, p.Fast, p.Slow = geom.Apply(back, p.Origin), geom.Apply(back, p.Fast), geom.Apply(back, p.Slow)
	}
	if r := g.Rotation; r != nil {
		r.Axis = geom.Apply(back, r.Axis)
	}
	for i := range crystals {
		crystals[i].A = geom.Mul(back, crystals[i].A)
		for n, a := range crystals[i].ScanPoints {
			crystals[i].ScanPoints[n] = geom.Mul(back, a)
		}
	}
	return g, crystals, [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, nil
}

// group returns the space group of a crystal: that of its experiment, else of its structure factors; nil if neither gives one.
func (j *job) group(i int) *symmetry.Group {
	if i < len(j.opened.Groups) && j.opened.Groups[i] != nil {
		return j.opened.Groups[i]
	}
	return j.groups[i]
}

// experiments is the list of DIALS, with an experiment for each crystal. turn is that from the experiment's laboratory to the list's.
func (j *job) experiments(out *Outcome, g *format.Geometry, crystals []format.Crystal, turn [3][3]float64) ([]dials.Experiment, error) {
	if j.stills() {
		return j.stillExperiments(out, g, crystals, turn)
	}
	set := j.imageset()
	var list []dials.Experiment
	for i := range crystals {
		list = append(list, j.dialsExperiment(i, g, &crystals[i], set))
	}
	return list, nil
}

// dialsExperiment is an experiment of crystal i.
func (j *job) dialsExperiment(i int, g *format.Geometry, x *format.Crystal, set *dials.Imageset) dials.Experiment {
	parallax := slices.ContainsFunc(g.Panels, func(p format.Panel) bool { return p.Thickness > 0 })
	e := dials.Experiment{Geometry: g, Crystal: x, Images: set, Parallax: parallax}
	if sigma := j.spreadOf(i); sigma > 0 {
		e.Profile = &dials.Profile{SigmaM: sigma, SigmaB: sigma, NSigma: 4}
	}
	return e
}

// spreadOf is the mosaic spread of a crystal in degrees, for a profile of DIALS.
func (j *job) spreadOf(i int) float64 {
	if s := j.work.Crystals[i].Mosaic.Spreads; s != nil {
		return math.Sqrt((s[0]*s[0] + s[1]*s[1] + s[2]*s[2]) / 3)
	}
	return j.work.Crystals[i].Mosaic.Spread
}

// imageset returns the names of the images as DIALS has them.
func (j *job) imageset() *dials.Imageset {
	m := j.said.Images[0]
	path := m.File
	if !filepath.IsAbs(path) {
		path = absolute(filepath.Join(j.said.Folder, path))
	}
	if name, err := numbered.Parse(path); err == nil && j.said.Scan != nil {
		return &dials.Imageset{Template: name.Template()}
	}
	if j.said.Scan != nil {
		return &dials.Imageset{Template: path}
	}
	set := &dials.Imageset{Files: []string{path}}
	if m.Frame > 1 {
		set.Indices = []int{m.Frame - 1}
	}
	return set
}

// restore gives the refined experiment the names of the files that were read into memory for the search.
func (j *job) restore(c *experiment.Config) {
	c.Crystals = slices.Clone(c.Crystals)
	for i := range c.Crystals {
		scales := c.Crystals[i].Structure.Scales
		c.Crystals[i].Structure = j.said.Crystals[i].Structure
		c.Crystals[i].Structure.Scales = scales
	}
	c.Detector.Panels = slices.Clone(c.Detector.Panels)
	j.restoreMasks(c)
}

// restoreMasks replaces the masks of the pixels that were simulated by those that were said.
func (j *job) restoreMasks(c *experiment.Config) {
	own := &j.said.Detector
	c.Detector.Mask, c.Detector.MaskFile = own.Mask, own.MaskFile
	for i := range c.Detector.Panels {
		c.Detector.Panels[i].Mask, c.Detector.Panels[i].MaskFile = own.Panels[i].Mask, own.Panels[i].MaskFile
	}
}
