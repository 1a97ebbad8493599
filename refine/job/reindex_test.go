package job_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/symmetry"
)

// amplitudes writes made-up structure factors of a space group.
func amplitudes(t *testing.T, path, name string, cell [6]float64) {
	t.Helper()
	group, err := symmetry.Lookup(name, cell)
	check(t, err)
	var text strings.Builder
	for h := -20; h <= 20; h++ {
		for k := -20; k <= 20; k++ {
			for l := -14; l <= 14; l++ {
				r, _, _ := group.Representative([3]int{h, k, l})
				n := uint32(r[0]+50)*7919 ^ uint32(r[1]+50)*104729 ^ uint32(r[2]+50)*1299709
				n = n*2654435761 ^ n>>13
				fmt.Fprintf(&text, "%d %d %d %.2f\n", h, k, l, 200*math.Sqrt(-math.Log(0.02+0.97*float64(n%997)/997)))
			}
		}
	}
	check(t, os.WriteFile(path, []byte(text.String()), 0o644))
}

// A crystal that is indexed in the other of the ways that its lattice allows is indexed anew; one whose structure has all the symmetry
// of its lattice is left as it is.
func TestReindex(t *testing.T) {
	for _, test := range []struct {
		group, start, want string
		option             string
		cell               experiment.Cell
		says               string
	}{
		{"P 4", "k,h,-l", "k,h,-l", "", experiment.Cell{A: 58, B: 58, C: 41}, "is reindexed by k,h,-l"},
		{"P 4", "h,k,l", "h,k,l", "", experiment.Cell{A: 58, B: 58, C: 41}, "stays as it is"},
		{"P 4", "k,h,-l", "k,h,-l", "k,h,-l", experiment.Cell{A: 58, B: 58, C: 41}, ""},
		{"P 3", "-h,-k,l", "-h,-k,l", "auto", experiment.Cell{A: 58, B: 58, C: 41, Gamma: 120}, "is reindexed by"},
		{"P 4 2 2", "h,k,l", "h,k,l", "", experiment.Cell{A: 58, B: 58, C: 41}, ""},
		{"P 21 21 21", "k,h,-l", "k,h,-l", "", experiment.Cell{A: 58, B: 58.5, C: 41}, "is reindexed by k,h,-l"}, // by the metric alone
	} {
		t.Run(test.group+" "+test.start+" "+test.option, func(t *testing.T) {
			folder := t.TempDir()
			c := truth()
			x := &c.Crystals[0]
			x.Cell, x.SpaceGroup, x.Mosaic.Spread = test.cell, test.group, 0.1
			cell := [6]float64{test.cell.A, test.cell.B, test.cell.C, 90, 90, max(90, test.cell.Gamma)}
			amplitudes(t, filepath.Join(folder, "f.hkl"), test.group, cell)
			counted(t, folder, c, 4)
			start := *c
			start.Crystals = []experiment.Crystal{*x}
			op, err := symmetry.ParseReindexing(test.start)
			check(t, err)
			start.Folder = folder
			indexed(t, &start, op)
			path := filepath.Join(folder, "start.json")
			check(t, start.Write(path))
			out, err := job.Run(context.Background(), job.Options{Inputs: []string{path}, Reindex: test.option, Free: []string{"misset", "scale", "background"}})
			check(t, err)
			text := strings.Join(out.Notices, "\n")
			if test.says != "" && !strings.Contains(text, test.says) || test.says == "" && strings.Contains(text, "indexed") {
				t.Errorf("want the notice %q; there are\n%s", test.says, text)
			}
			if out.Result.Status != refine.Converged || !out.Verdict.Fit {
				t.Errorf("%s: %s\n%s", out.Result.Status, out.Verdict, text)
			}
		})
	}
}

// indexed gives the crystal of an experiment other axes.
func indexed(t *testing.T, c *experiment.Config, op symmetry.Reindexing) {
	t.Helper()
	bare := *c
	bare.Crystals = []experiment.Crystal{c.Crystals[0]}
	bare.Crystals[0].Misset = experiment.Misset{}
	e, err := bare.Nodes(G.NewGraph())
	check(t, err)
	n, err := e.Crystals[0].At()
	check(t, err)
	m := geom.Mul(geom.Columns(n.AStar, n.BStar, n.CStar), op.Inverse().M)
	c.Crystals[0].Matrix, c.Crystals[0].Cell = &m, experiment.Cell{}
}
