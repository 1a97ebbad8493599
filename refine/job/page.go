package job

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/report"
	"github.com/gobragg/gobragg/symmetry"
)

// writeReport writes the report, and its pictures as PNG.
func (j *job) writeReport(out *Outcome) error {
	p := j.page(out)
	if out.Joint != nil {
		if err := j.jointPage(context.Background(), out, p); err != nil {
			return err
		}
	}
	if err := p.WriteFile(filepath.Join(j.Out, reportHTML)); err != nil {
		return err
	}
	names, err := report.Pictures(j.Out, &p.Images[0])
	if err != nil {
		return err
	}
	out.Files = append(append(out.Files, reportHTML), names...)
	var way report.Trace
	for _, i := range j.iterations {
		if len(i.Values) == len(out.Result.Names) {
			way.Add(i)
		}
	}
	drawn, err := way.WriteFile(filepath.Join(j.Out, plotPNG), out.Result)
	if drawn {
		out.Files = append(out.Files, plotPNG)
	}
	return err
}

// page is the report.
func (j *job) page(out *Outcome) *report.Page {
	p := &report.Page{Title: j.title(), Result: out.Result, Iterations: j.iterations, Truth: out.Truth, Notices: j.notices, Command: j.Command,
		Elapsed: time.Since(j.begin)}
	for _, f := range []report.File{{Name: j.opened.Base, Holds: "the experiment"}, {Name: j.opened.Geometry, Holds: "geometry"}, {Name: j.opened.Crystals, Holds: "crystals"},
		{Name: j.opened.Structure, Holds: "structure factors"}, {Name: j.opened.Images, Holds: "images"}, {Name: j.tablePath, Holds: "boxes of pixels"}, {Name: j.Mask, Holds: "mask"}, {Name: j.Truth, Holds: "true values"}} {
		if f.Name != "" {
			p.Read = append(p.Read, f)
		}
	}
	image := report.Image{Fit: out.Fit, Before: out.Before, After: out.After}
	for i := range out.Reflections {
		if r := &out.Reflections[i]; r.Pixels > 0 && r.Image == j.image {
			image.Spots = append(image.Spots, spotOf(r))
		}
	}
	p.Images = []report.Image{image}
	return p
}

// spotOf is a reflection as the report has it.
func spotOf(r *Reflection) report.Spot {
	return report.Spot{Crystal: r.Crystal, HKL: r.HKL, D: r.D, Panel: r.Panel, Fast: r.Fast, Slow: r.Slow, Box: r.Box, Observed: r.Observed, Model: r.Model, Sigma: r.Sigma}
}

// title names the files that were refined.
func (j *job) title() string {
	var names []string
	for _, path := range j.Inputs {
		names = append(names, filepath.Base(path))
	}
	return "Refinement of " + strings.Join(names, ", ")
}

// truth reads the true values of the parameters, where they are known.
func (j *job) truth(f *refine.Fit) (map[string]float64, error) {
	if j.Truth == "" {
		return nil, nil
	}
	var groups []*symmetry.Group
	for i := range f.Experiment.Crystals {
		groups = append(groups, j.group(i))
	}
	return report.Truth(f, j.known, groups...)
}
