package refine_test

import (
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// TestJointRenew: images in closed form whose spots start two standard deviations away end where they do with lists that were made
// at the end.
func TestJointRenew(t *testing.T) {
	run := func(move float64) (r *refine.JointResult, lists []int) {
		t.Helper()
		var frames []refine.Frame
		var checks []func() bool // report whether a list is another than before
		for i, osc := range []float64{0, 0.5} {
			c := closedImage(osc)
			c.Crystals[0].Misset.Y += 25 * float64(i)
			truth, err := c.Build(G.NewGraph())
			check(t, err)
			images, err := truth.Images(t.Context())
			check(t, err)
			c.Crystals = slices.Clone(c.Crystals)
			c.Crystals[0].Misset.X += move
			if move > 0.1 {
				c.Crystals[0].Mosaic.Spread = 0.155
			}
			e, err := c.Build(G.NewGraph())
			check(t, err)
			f, err := jointClosed(e, &experiment.Data{Photons: images})
			check(t, err)
			sim, known := e.Simulator(), e.Simulator().ClosedFormCheck()
			checks = append(checks, func() bool {
				now := sim.ClosedFormCheck()
				other := now != known
				known = now
				return other
			})
			frames = append(frames, f)
		}
		j, err := refine.NewJoint(frames, refine.Own{Parameter: "misset.x"}, refine.Own{Parameter: "misset.y"}, refine.Own{Parameter: "misset.z"})
		check(t, err)
		lists = make([]int, len(frames))
		last := math.Inf(1)
		r, err = j.Run(t.Context(), &refine.Settings{Tolerance: 1e-5, OnIteration: func(i refine.Iteration) {
			for k, other := range checks {
				if other() {
					lists[k]++
				}
			}
			if i.Accepted && !(i.Loss < last) {
				t.Errorf("step %d: the loss is %g after %g", i.Number, i.Loss, last)
			}
			last = i.Loss
		}})
		check(t, err)
		if r.Status != refine.Converged {
			t.Fatal(r)
		}
		return r, lists
	}
	moved, lists := run(0.3)
	still, none := run(0.01)
	t.Log(lists, moved)
	if lists[0] == 0 || lists[1] == 0 || slices.Max(none) > 0 {
		t.Errorf("new lists of the images: %d, and of a near start %d", lists, none)
	}
	same := func(name string, one, other float64) {
		t.Helper()
		if !(math.Abs(one-other) < 2e-6*max(1, math.Abs(other))) {
			t.Errorf("%s is %.9g, with lists made at the end %.9g", name, one, other)
		}
	}
	for k, name := range moved.Names {
		same(name, moved.Values[k], still.Values[k])
	}
	for k, o := range moved.Own {
		for i, v := range o.Values {
			same(o.Name, v, still.Own[k].Values[i])
		}
	}
}

// jointClosed is an image in closed form with its misset and spread free, counts with a readout noise of one photon.
func jointClosed(e *experiment.Experiment, data *experiment.Data) (f refine.Frame, err error) {
	x := e.Crystals[0]
	model, err := refine.NewModel(e.Simulator(), refine.Data{Counts: data.Photons}, refine.ModelConfig{})
	if err != nil {
		return f, err
	}
	loss, err := model.Gaussian(refine.Variance{Readout: 1})
	if err != nil {
		return f, err
	}
	params, err := refine.NewParameters(x.Misset[0], x.Misset[1], x.Misset[2], x.MosaicSpread)
	if err != nil {
		return f, err
	}
	f.Problem, err = refine.NewProblem(e.Simulator(), loss, params)
	return f, err
}
