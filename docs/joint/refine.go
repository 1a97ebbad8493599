package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/refine"
)

// found is what is to be compared: the cell, the detector as the beam sees it, and the lattice in each image.
type found struct {
	cell                     [6]float64
	distance, beam, beamSlow float64         // mm
	lattice                  [][3][3]float64 // columns a, b, c along the detector's axes, in the middle of each image
}

// read takes it from an experiment.
func read(c *experiment.Config) (*found, error) {
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return nil, err
	}
	f := &found{cell: e.Crystals[0].Config().Cell.Parameters()}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, err
	}
	p := &planes[0]
	normal := geom.Cross(p.Fast, p.Slow)
	f.distance = geom.Dot(p.Corner, normal)
	at := geom.Add(geom.Scale(f.distance/geom.Dot(p.Beam, normal), p.Beam), geom.Scale(-1, p.Corner))
	f.distance, f.beam, f.beamSlow = math.Abs(f.distance), geom.Dot(at, p.Fast), geom.Dot(at, p.Slow)
	axes := geom.Transpose(geom.Columns(p.Fast, p.Slow, normal))
	x := e.Crystals[0]
	spindle := x.Config().Spindle
	for n := c.Scan.FirstImage(); n <= c.Scan.LastImage(); n++ {
		if err := e.SelectImage(n); err != nil {
			return nil, err
		}
		numbers, err := x.At()
		if err != nil {
			return nil, err
		}
		turn := geom.Rotation(geom.Unit(spindle), (c.Scan.Start(n)+c.Scan.Width/2)*geom.Degree)
		f.lattice = append(f.lattice, geom.Mul(axes, turn, geom.Columns(numbers.A, numbers.B, numbers.C)))
	}
	return f, nil
}

// off is the angle in degrees by which a lattice is turned against the true one, whichever of the equivalent axes of a
// tetragonal lattice it has.
func off(lattice, truth [3][3]float64) float64 {
	best := 180.0
	for _, m := range [][3][3]float64{
		{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {{0, 1, 0}, {-1, 0, 0}, {0, 0, 1}}, {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}, {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}},
		{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}, {{0, 1, 0}, {1, 0, 0}, {0, 0, -1}}, {{-1, 0, 0}, {0, 1, 0}, {0, 0, -1}}, {{0, -1, 0}, {-1, 0, 0}, {0, 0, -1}},
	} {
		turn := geom.Mul(lattice, m, geom.Inverse(truth))
		for range 10 { // the nearest rotation
			inverse := geom.Transpose(geom.Inverse(turn))
			for k := range turn {
				turn[k] = geom.Scale(0.5, geom.Add(turn[k], inverse[k]))
			}
		}
		skew := math.Hypot(math.Hypot(turn[2][1]-turn[1][2], turn[0][2]-turn[2][0]), turn[1][0]-turn[0][1]) / 2
		if turn[0][0]+turn[1][1]+turn[2][2] > 1 {
			best = min(best, math.Asin(min(1, skew))/geom.Degree)
		}
	}
	return best
}

// start is DIALS' result with what it does not say: the crystal's blocks, structure factors and the background. None of
// its numbers are those of the truth, and neither is the sampling.
func start(folder string) (*experiment.Config, []string, error) {
	paths := []string{filepath.Join(folder, "refined.expt"), filepath.Join(folder, "truth.mtz")}
	frames, err := filepath.Glob(filepath.Join(folder, "sweep_*.cbf"))
	if err != nil {
		return nil, nil, err
	}
	c, opened, err := experiment.Open(append(paths, frames...)...)
	if err != nil {
		return nil, nil, err
	}
	x := &c.Crystals[0]
	x.Shape, x.Cells, x.Mosaic, x.PhiSteps = crystal.Square, experiment.Cells{A: 7.5, B: 7.5, C: 17}, experiment.Mosaic{Spread: 0.08, Domains: 12, Seed: 3}, 10
	c.Beam.Fluence, c.Beam.Kahn = 1e27, 0.95
	c.Scale = 0.9
	c.Background.Radial = &experiment.RadialBackground{Knots: []float64{0.03, 0.1, 0.17, 0.23, 0.28, 0.33, 0.39}, Values: []float64{5, 5, 5, 8, 12, 12, 8}}
	c.Refine.Parameters = []string{"cell.a", "cell.c", "detector.origin_x", "detector.origin_y", "detector.origin_z", "cells.a", "cells.c", "mosaic.spread",
		"misset.x", "misset.y", "misset.z", "scale", "background.radial"}
	return c, opened.Notices, nil
}

func tetragonal(e *experiment.Experiment) error {
	x := e.Crystals[0]
	x.N[1] = x.N[0]
	_, err := refine.Constrain(x, refine.Tetragonal)
	return err
}

func refineSweep(ctx context.Context, folder, doc, picture string) error {
	c, notices, err := start(folder)
	if err != nil {
		return err
	}
	for _, n := range notices {
		fmt.Println("notice:", n)
	}
	dials, err := read(c)
	if err != nil {
		return err
	}
	began := time.Now()
	f, err := refine.NewJointFit(c, &refine.JointOptions{Tie: tetragonal, Widths: 3, DMin: 2.6})
	if err != nil {
		return err
	}
	fmt.Println(f)
	fmt.Printf("read and built in %.1f s\n", time.Since(began).Seconds())
	r, err := f.Run(ctx, &refine.Settings{Tolerance: 0.01, OnIteration: func(i refine.Iteration) {
		fmt.Printf("%d: loss %.6f %.1f s %v\n", i.Number, i.Loss, i.Elapsed.Seconds(), i.Accepted)
	}})
	if err != nil {
		return err
	}
	fmt.Println(r)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("memory %d MB, of the heap at most %d MB\n", memory.Sys>>20, memory.HeapSys>>20)
	refined, err := f.Config(r)
	if err != nil {
		return err
	}
	if err := refined.Write(filepath.Join(folder, "refined.json")); err != nil {
		return err
	}
	ours, err := read(refined)
	if err != nil {
		return err
	}
	known, err := experiment.Read(filepath.Join(folder, "truth.json"))
	if err != nil {
		return err
	}
	truth, err := read(known)
	if err != nil {
		return err
	}
	table := compare(truth, dials, ours, r)
	fmt.Println(table)
	if err := insert(doc, "joint", table); err != nil {
		return err
	}
	return drawSweep(picture, known, truth, dials, ours, r)
}

// compare is the table of what DIALS and the refinement are off by.
func compare(truth, dials, ours *found, r *refine.JointResult) string {
	var b strings.Builder
	b.WriteString("| | truth | DIALS − truth | joint − truth | σ |\n|---|---|---|---|---|\n")
	row := func(name, unit string, truth, dials, ours, sigma float64, digits int) {
		text := ""
		if sigma > 0 {
			text = fmt.Sprintf("%.*f", digits, sigma)
		}
		fmt.Fprintf(&b, "| %s (%s) | %g | %+.*f | %+.*f | %s |\n", name, unit, truth, digits, dials-truth, digits, ours-truth, text)
	}
	sigma := func(name string) float64 {
		for i, n := range r.Names {
			if n == name {
				return r.Uncertainty.Sigma[i]
			}
		}
		return 0
	}
	row("a", "Å", truth.cell[0], dials.cell[0], ours.cell[0], sigma("cell.a"), 5)
	row("c", "Å", truth.cell[2], dials.cell[2], ours.cell[2], sigma("cell.c"), 5)
	row("distance", "mm", truth.distance, dials.distance, ours.distance, sigma("detector.origin_z"), 5)
	row("beam, fast", "mm", truth.beam, dials.beam, ours.beam, sigma("detector.origin_x"), 5)
	row("beam, slow", "mm", truth.beamSlow, dials.beamSlow, ours.beamSlow, sigma("detector.origin_y"), 5)
	for _, q := range []struct {
		name  string
		truth float64
	}{{"cells.a", 8}, {"cells.c", 16}, {"mosaic.spread", 0.1}} {
		for i, n := range r.Names {
			if n == q.name {
				fmt.Fprintf(&b, "| %s | %g | | %+.4f | %.4f |\n", strings.ReplaceAll(n, ".", ", "), q.truth, r.Values[i]-q.truth, r.Uncertainty.Sigma[i])
			}
		}
	}
	rms := func(f *found) (mean, worst float64) {
		for i := range truth.lattice {
			o := off(f.lattice[i], truth.lattice[i])
			mean += o * o / float64(len(truth.lattice))
			worst = max(worst, o)
		}
		return math.Sqrt(mean), worst
	}
	d, dw := rms(dials)
	o, ow := rms(ours)
	fmt.Fprintf(&b, "| orientation, rms of the images (°) | | %.5f | %.5f | |\n| orientation, worst image (°) | | %.5f | %.5f | |\n", d, o, dw, ow)
	return b.String()
}

func insert(path, name, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := fmt.Sprintf("<!-- %s: written by go run ./docs/joint -->\n", name), fmt.Sprintf("<!-- end of %s -->\n", name)
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has no marks for %s", path, name)
	}
	return os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin), []byte(table), []byte(end), after}, nil), 0o644)
}
