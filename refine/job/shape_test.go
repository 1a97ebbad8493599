package job_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine/job"
)

// Where no file gives them, the size of the blocks, the mosaic spread and the width of the spectrum start within a factor of 1.5 of the
// truth, by the shapes of the spots.
func TestShapes(t *testing.T) {
	all := longtest.All(t, "a pink still and a rotation image")
	for _, test := range []struct {
		name                 string
		block, spread, width float64
		osc                  float64
	}{
		{"a still of small blocks", 300, 0.06, 0, 0},
		{"a still of mosaic spread", 900, 0.3, 0, 0},
		{"a pink still", 700, 0.1, 0.006, 0},
		{"a rotation image", 500, 0.2, 0, 0.5},
	}[:map[bool]int{false: 2, true: 4}[all]] {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			c := truth()
			x := &c.Crystals[0]
			x.Cells = experiment.Cells{A: test.block / 58, B: test.block / 58, C: test.block / 41}
			x.Mosaic.Spread, x.Osc = test.spread, test.osc
			c.Beam.LineWidth = test.width
			c.Detector = experiment.Detector{Fast: 288, Slow: 288, Pixel: 0.2, Distance: 90, BeamCentre: &[2]float64{30.3, 27.6}}
			dialsFiles(t, folder, c, 4)
			out, err := job.Run(context.Background(), job.Options{Inputs: []string{filepath.Join(folder, "start.expt")}, Structure: filepath.Join(folder, "f.hkl"), System: "tetragonal"})
			check(t, err)
			want := map[string]float64{"cells.a": x.Cells.A, "cells.b": x.Cells.B, "cells.c": x.Cells.C, "mosaic.spread": test.spread, "beam.line_width": test.width}
			if strings.Contains(strings.Join(out.Result.Names, " "), "line_width") != (test.width > 0) {
				t.Errorf("free are %v", out.Result.Names)
			}
			for i, name := range out.Result.Names {
				if w := want[name]; w > 0 {
					if ratio := out.Result.Start[i] / w; !(ratio > 1/1.5 && ratio < 1.5) {
						t.Errorf("%s starts at %.3g; the truth is %.3g", name, out.Result.Start[i], w)
					}
				}
			}
			if !out.Verdict.Fit {
				t.Errorf("%s", out.Result)
			}
		})
	}
}

// dialsFiles writes the counts of an experiment as CBF, its geometry and crystal as a list of experiments, and structure factors.
func dialsFiles(t *testing.T, folder string, c *experiment.Config, flat float64) {
	t.Helper()
	amplitudes(t, filepath.Join(folder, "f.hkl"), "P 4 2 2", [6]float64{58, 58, 41, 90, 90, 90})
	c.Folder = folder
	e, err := c.Build(G.NewGraph())
	check(t, err)
	image, err := e.Image(context.Background())
	check(t, err)
	expected := image.Float64s()
	for i := range expected {
		expected[i] += flat
	}
	counts, err := noise.Poisson(expected, 7)
	check(t, err)
	f := &format.Frame{}
	f.Reset(c.Detector.Fast, c.Detector.Slow, format.Int32)
	for i, v := range counts {
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
	}
	g, crystals, err := e.Geometry()
	check(t, err)
	if c.Crystals[0].Osc == 0 {
		g.Rotation = nil
	}
	check(t, cbf.WriteFile(filepath.Join(folder, "image_0001.cbf"), f, g, cbf.Header{Exposure: 0.1}))
	crystals[0].SpaceGroup = "Hall:  P 4 2"
	set := &dials.Imageset{Files: []string{"image_0001.cbf"}}
	if g.Rotation != nil {
		set = &dials.Imageset{Template: "image_####.cbf"}
	}
	check(t, dials.WriteExperimentsFile(filepath.Join(folder, "start.expt"), []dials.Experiment{{Geometry: g, Crystal: &crystals[0], Images: set}}))
	if _, err := os.Stat(filepath.Join(folder, "start.expt")); err != nil {
		t.Fatal(fmt.Errorf("no list of experiments: %w", err))
	}
}
