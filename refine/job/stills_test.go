package job_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

// still writes the image of an experiment as CBF, counts of its photons with a scale and a flat background, and returns what DIALS would say
// of it.
func still(t testing.TB, path string, c *experiment.Config, scale, flat float64, seed uint64) (*format.Geometry, []format.Crystal) {
	t.Helper()
	own := *c
	own.Folder = filepath.Dir(path)
	e, err := own.Build(G.NewGraph())
	check(t, err)
	image, err := e.Image(context.Background())
	check(t, err)
	expected := image.Float64s()
	for i := range expected {
		expected[i] = scale*expected[i] + flat
	}
	counts, err := noise.Poisson(expected, seed)
	check(t, err)
	g, crystals, err := e.Geometry()
	check(t, err)
	g.Rotation = nil
	var f format.Frame
	f.Reset(c.Detector.Fast, c.Detector.Slow, format.Int32)
	for i, v := range counts {
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(int32(v)))
	}
	check(t, cbf.WriteFile(path, &f, g, cbf.Header{}))
	for i := range crystals {
		crystals[i].SpaceGroup = "Hall:  P 4"
	}
	return g, crystals
}

// Three stills of one crystal form, with orientations and scales of their own, are refined together, and the result is one from which another run can start.
func TestStills(t *testing.T) {
	folder := t.TempDir()
	files(t, folder, truth(), 3) // the structure factors
	missets := []experiment.Misset{{X: 12, Y: -35, Z: 57}, {X: -70, Y: 20, Z: 5}, {X: 100, Y: 60, Z: -20}}
	scales, fluence := []float64{1, 0.6, 1.7}, 5e26
	var lists []string
	var all []dials.Experiment
	for i, m := range missets {
		c := truth()
		c.Crystals[0].Misset, c.Beam.Fluence = m, fluence
		c.Images = nil
		path := filepath.Join(folder, fmt.Sprintf("shot-%c.cbf", 'a'+i))
		still(t, path, c, scales[i], 3, uint64(i))
		// What DIALS found is a little off, each time otherwise.
		x := &c.Crystals[0]
		x.Misset.X, x.Misset.Y = x.Misset.X+0.03, x.Misset.Y-0.02*float64(i)
		x.Cell = experiment.Cell{A: 58.05, B: 58.05, C: 41.02 - 0.03*float64(i)}
		c.Folder = folder
		e, err := c.Build(G.NewGraph())
		check(t, err)
		g, crystals, err := e.Geometry()
		check(t, err)
		g.Rotation = nil
		crystals[0].SpaceGroup = "Hall:  P 4"
		list := []dials.Experiment{{Geometry: g, Crystal: &crystals[0], Images: &dials.Imageset{Files: []string{path}}}}
		lists = append(lists, filepath.Join(folder, fmt.Sprintf("%c.expt", 'a'+i)))
		check(t, dials.WriteExperimentsFile(lists[i], list))
		all = append(all, list...)
	}
	whole := filepath.Join(folder, "all.expt")
	check(t, dials.WriteExperimentsFile(whole, all))

	one, _, err := experiment.Open(whole, filepath.Join(folder, "f.hkl"))
	check(t, err)
	three, opened, err := experiment.Open(append(slices.Clone(lists), filepath.Join(folder, "f.hkl"))...)
	check(t, err)
	if opened.Stills != 3 || !reflect.DeepEqual(one, three) {
		t.Errorf("one list of %d stills, and one of each: %+v, %+v", opened.Stills, one, three)
	}

	out := filepath.Join(folder, "out")
	got, err := job.Run(context.Background(), job.Options{Inputs: lists, Structure: filepath.Join(folder, "f.hkl"), Out: out})
	check(t, err)
	r := got.JointResult
	if r == nil || r.Status != refine.Converged || len(r.Frames) != len(missets) || got.Kind != job.Still {
		t.Fatalf("%v\n%s", r, strings.Join(got.Notices, "\n"))
	}
	if !got.Verdict.Fit {
		t.Errorf("the verdict is %s", got.Verdict)
	}
	for name, want := range map[string]float64{"cell.a": 58, "cell.c": 41, "cells.a": 12, "cells.b": 12, "cells.c": 16, "mosaic.spread": 0.2} {
		k := slices.Index(r.Names, name)
		if k < 0 || !(math.Abs(r.Values[k]-want) < 4*r.Uncertainty.Sigma[k]) {
			t.Errorf("%s is not %g: %v", name, want, r)
		}
	}
	for _, own := range r.Own {
		if own.Name != "scale" {
			continue
		}
		for i := range scales { // a list of DIALS does not say how bright the beam is
			want := scales[i] * fluence / beam.DefaultFluence
			if !(math.Abs(own.Values[i]-want) < 4*own.Sigma[i]) {
				t.Errorf("the scale of image %d is %g ± %g, not %g", i+1, own.Values[i], own.Sigma[i], want)
			}
		}
	}
	// What DIALS opens: an experiment for each still, in the true orientation.
	list, err := dials.ReadExperimentsFile(filepath.Join(out, "refined.expt"))
	check(t, err)
	if len(list) != len(missets) {
		t.Fatalf("%d experiments", len(list))
	}
	for i := range list {
		c := truth()
		c.Crystals[0].Misset, c.Folder = missets[i], folder
		e, err := c.Nodes(G.NewGraph())
		check(t, err)
		_, want, err := e.Geometry()
		check(t, err)
		for n := range 9 {
			if a, b := list[i].Crystal.A[n/3][n%3], want[0].A[n/3][n%3]; !(math.Abs(a-b) < 1e-5) {
				t.Errorf("A of still %d is %v, not %v", i, list[i].Crystal.A, want[0].A)
				break
			}
		}
		if file := list[i].Images.Files[0]; filepath.Base(file) != fmt.Sprintf("shot-%c.cbf", 'a'+i) {
			t.Errorf("still %d is in %s", i, file)
		}
	}
	table, err := dials.ReadTableFile(filepath.Join(out, "refined.refl"))
	check(t, err)
	ids, err := dials.Get[int32](table, "id")
	check(t, err)
	if slices.Max(ids) != 2 || slices.Min(ids) != 0 {
		t.Errorf("reflections are of experiments %d to %d", slices.Min(ids), slices.Max(ids))
	}
	if _, err := os.Stat(filepath.Join(out, "refined_2.mat")); err != nil {
		t.Error(err)
	}

	// A second run reads the same images.
	again, err := experiment.Read(filepath.Join(out, "refined.json"))
	check(t, err)
	e, err := again.Nodes(G.NewGraph())
	check(t, err)
	for n := 1; n <= len(missets); n++ {
		check(t, e.SelectImage(n))
		_, err := e.ReadImages()
		check(t, err)
	}
}
