package job_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

// A start whose spots are elsewhere is brought nearer by stages, without being asked; one whose spots are there is not.
func TestFarStart(t *testing.T) {
	folder := t.TempDir()
	c := truth()
	x := &c.Crystals[0]
	x.Cells, x.Mosaic.Spread = experiment.Cells{A: 20, B: 20, C: 28}, 0.05
	c.Detector = experiment.Detector{Fast: 288, Slow: 288, Pixel: 0.2, Distance: 90, BeamCentre: &[2]float64{30.3, 27.6}}
	files(t, folder, c, 4)
	all := longtest.All(t, "starts with a wrong cell and a wrong distance")
	for _, test := range []struct {
		name   string
		move   func(c *experiment.Config)
		free   []string
		stages bool
	}{
		{"near", func(c *experiment.Config) { c.Crystals[0].Misset.X += 0.05 }, nil, false},
		{"1.5° off", func(c *experiment.Config) { c.Crystals[0].Misset.X += 1; c.Crystals[0].Misset.Y -= 1.1 }, nil, true},
		{"a cell that is 2.5 % off", func(c *experiment.Config) {
			c.Crystals[0].Cell = experiment.Cell{A: 58 * 1.025, B: 58 * 1.025, C: 41 * 0.975}
		}, nil, true},
		{"a distance that is 3 mm off", func(c *experiment.Config) { c.Detector.Distance += 3; c.Crystals[0].Misset.Z += 0.7 },
			[]string{"cell", "misset", "distance", "N", "mosaic", "scale", "background"}, true},
	}[:map[bool]int{false: 2, true: 4}[all]] {
		t.Run(test.name, func(t *testing.T) {
			start := *c
			start.Crystals = slices.Clone(c.Crystals)
			start.Physics.ClosedForm = nil // with the tolerance of the command
			test.move(&start)
			path := filepath.Join(folder, "start.json")
			check(t, start.Write(path))
			out, err := job.Run(context.Background(), job.Options{Inputs: []string{path}, System: "tetragonal", Free: test.free})
			check(t, err)
			text := strings.Join(out.Notices, "\n")
			if strings.Contains(text, "stage 1 of") != test.stages {
				t.Errorf("stages: want %v\n%s", test.stages, text)
			}
			if out.Result.Status != refine.Converged || !out.Verdict.Fit {
				t.Errorf("%s: %s\n%s", out.Result.Status, out.Verdict, text)
			}
			want := map[string]float64{"cell.a": 58, "cell.c": 41, "misset.x": 12, "misset.y": -35, "misset.z": 57, "detector.distance": 90}
			for i, name := range out.Result.Names {
				if v, ok := want[name]; ok && !(math.Abs(out.Result.Values[i]-v) < 2e-5*math.Abs(v)+1e-3) {
					t.Errorf("%s is %g; want %g", name, out.Result.Values[i], v)
				}
			}
		})
	}
}
