package refine_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/structure"
)

// Scales of all reflections are refined in turn with the cell and what each image has of its own.
func TestJointVectors(t *testing.T) {
	const images = 3
	truth := slipping(images)
	truth.Scan.Varying[1].Values = []float64{1, 1, 1} // of which the scales of reflections have a factor
	data := sweep(t, truth)
	start := slipping(images)
	random := rand.New(rand.NewPCG(8, 8))
	x := &start.Crystals[0]
	table := x.Structure.Table
	scales := map[[3]int]float64{}
	var list []structure.Reflection
	for i := range table.Cells() {
		h, k, l := table.Indices(i)
		s := 0.7 + 0.6*random.Float64()
		if other, ok := scales[[3]int{-h, -k, -l}]; ok { // which share one
			s = other
		}
		scales[[3]int{h, k, l}] = s
		list = append(list, structure.Reflection{H: h, K: k, L: l, F: table.F[i] / math.Sqrt(s)})
	}
	wrong, err := structure.New(list)
	check(t, err)
	x.Structure = experiment.Structure{Table: wrong, Lookup: crystal.Nearest, Scales: &experiment.Scales{Group: "P 1"}}
	start.Scan.Varying = []experiment.Varying{truth.Scan.Varying[2]}
	start.Scale, x.Cell.A = 1, 31.02
	start.Refine.Parameters = []string{"cell.a", "misset.z", "background.flat", "structure.scale"}
	start.Refine.Own = []experiment.Own{{Parameter: "misset.z"}, {Parameter: "background.flat"}}
	// What is known of intensities besides counts once, and lets the counts have their say.
	restraints := 0
	f, err := refine.NewJointFit(start, &refine.JointOptions{Data: data, Restrain: func(e *experiment.Experiment, loss *refine.Loss) error {
		restraints++
		return loss.RestrainReflections(e.Crystals[0], refine.ReflectionRestraints{Start: 5})
	}})
	check(t, err)
	r, err := f.Run(context.Background(), nil)
	check(t, err)
	if c := r.Uncertainty.Reduced; r.Status != refine.Converged || len(r.LongVectors) < 1000 || c > 1.1 {
		t.Fatal(r)
	}
	// With reflections free, the cell is known less well than its σ says, which holds them.
	if a := r.Values[0]; math.Abs(a-31) > 0.005 {
		t.Errorf("a is %g", a)
	}
	if restraints != 1 {
		t.Errorf("%d losses are restrained", restraints)
	}
	known, off := 0, 0
	fit, err := f.Fit(r, 1)
	check(t, err)
	for h, s := range scales {
		n, ok := fit.Experiment.Crystals[0].ScaleElement(h, 0)
		if !ok || !(r.LongVectors[n].Sigma < 0.02) {
			continue
		}
		known++
		if v := r.LongVectors[n]; math.Abs(v.Value-s) > 0.1*s {
			off++
		}
	}
	if known < 50 || off > known/20 {
		t.Errorf("of %d scales that are known well, %d are off by more than a tenth", known, off)
	}
	c, err := f.Config(r)
	check(t, err)
	if n := len(c.Crystals[0].Structure.Scales.Start); n < 50 {
		t.Errorf("%d scales in the configuration", n)
	}
}
