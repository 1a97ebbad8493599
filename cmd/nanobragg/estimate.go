package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// manySteps a pixel that follow from the crystal's size, rather than from what the user asks for, are probably a slip.
const manySteps = 10000

// manyAutomaticSteps returns a slip if the number of sub-pixels, which the user has left to the program, makes that many
// steps, with the time that they will take.
func (m *model) manyAutomaticSteps(ctx context.Context) (string, error) {
	if m.experiment.Detector.Oversample != 0 || m.oversample*m.oversample <= manySteps {
		return "", nil
	}
	text := fmt.Sprintf("%d steps a pixel: %d × %d sub-pixels are automatic for %s; -oversample n takes another number", m.steps(), m.oversample, m.oversample, m.sizes())
	if m.gpus != nil || m.listing {
		return text, nil
	}
	each, err := m.timeOfStep(ctx)
	if err != nil {
		return "", err
	}
	workers := m.threads
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	total := each * float64(m.steps()) * float64(m.det.Pixels()) / float64(workers)
	return text + ": this will take about " + roughly(total), nil
}

// timeOfStep returns the seconds that a step of a pixel takes one worker, by a short run on a corner of the detector.
func (m *model) timeOfStep(ctx context.Context) (float64, error) {
	const side, sub = 16, 8
	s := *m.setup
	own := *m.crystal()
	own.Structure = m.tabulated()
	if own.Cell == (experiment.Cell{}) && own.MatrixFile == "" { // that of the file of structure factors
		own.Cell = experiment.Cell(m.xtal.Config().Cell)
	}
	own.Osc, own.PhiStep, own.PhiSteps = 0, 0, 0
	s.experiment.Crystals, s.experiment.Scan = []experiment.Crystal{own}, nil
	d := &s.experiment.Detector
	first := m.show.region
	d.Oversample, d.Mask = sub, nil
	d.Region = &experiment.Region{FastMin: first.FastMin, FastMax: min(first.FastMin+side-1, first.FastMax),
		SlowMin: first.SlowMin, SlowMax: min(first.SlowMin+side-1, first.SlowMax)}
	short, err := build(&s, simulator.Workers(1))
	if err != nil {
		return 0, err
	}
	if _, err := short.sim.Image(ctx); err != nil { // which compiles it
		return 0, err
	}
	began := time.Now()
	if _, err := short.sim.Image(ctx); err != nil {
		return 0, err
	}
	return time.Since(began).Seconds() / float64(short.steps()*short.det.Pixels()), nil
}

// roughly writes seconds in the unit that suits them.
func roughly(seconds float64) string {
	for _, u := range []struct {
		name string
		long float64 // seconds
	}{{"days", 86400}, {"h", 3600}, {"min", 60}} {
		if seconds >= 2*u.long {
			return fmt.Sprintf("%.2g %s", seconds/u.long, u.name)
		}
	}
	return fmt.Sprintf("%.2g s", seconds)
}
