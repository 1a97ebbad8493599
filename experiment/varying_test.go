package experiment_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
)

// slipped is a scan whose crystal slips, and whose background grows.
func slipped() *experiment.Config {
	c := lattice()
	c.Scan = &experiment.Scan{First: 5, Images: 3, Width: 2, Varying: []experiment.Varying{
		{Parameter: "misset.z", Values: []float64{30, 31, 33}}, {Parameter: "background.radial[1]", Values: []float64{4, 5, 6}}, {Parameter: "scale", Values: []float64{1, 0.9, 0.8}}}}
	c.Background.Radial = &experiment.RadialBackground{Knots: []float64{0, 0.5}, Values: []float64{3, 4}}
	return c
}

// An image of a scan has the values of its varying parameters: it is that of an experiment with these.
func TestVarying(t *testing.T) {
	c := slipped()
	e, err := c.Build(G.NewGraph())
	check(t, err)
	for i, n := range []int{5, 7, 6} {
		check(t, e.SelectImage(n))
		m, err := e.Image(context.Background())
		check(t, err)
		alone := slipped()
		alone.Scan = nil
		x := &alone.Crystals[0]
		x.Misset.Z, alone.Background.Radial.Values[1] = c.Scan.Varying[0].Values[n-5], c.Scan.Varying[1].Values[n-5]
		x.Phi, x.Osc = float64(2*(n-5)), 2
		if !slices.Equal(m.Float64s(), image(t, alone)) {
			t.Errorf("image %d, selected as number %d, is another than alone", n, i)
		}
		if v, ok := e.Varying("scale"); !ok || v != c.Scan.Varying[2].Values[n-5] {
			t.Errorf("the scale of image %d is %g", n, v)
		}
	}
	// What is changed in an image is that image's.
	check(t, e.SelectImage(7))
	check(t, e.Simulator().Set(e.Crystals[0].Misset[2], 33.5))
	check(t, e.SelectImage(5))
	now, err := e.Config()
	check(t, err)
	if v := now.Scan.Varying[0].Values; !slices.Equal(v, []float64{30, 31, 33.5}) || now.Crystals[0].Misset.Z != 30 {
		t.Errorf("misset.z is %v, and %g", v, now.Crystals[0].Misset.Z)
	}
	if v := c.Scan.Varying[0].Values; v[2] != 33 {
		t.Errorf("the caller's are %v", v)
	}
	if _, ok := e.Varying("misset.x"); ok {
		t.Error("misset.x does not vary")
	}
}

func TestVaryingErrors(t *testing.T) {
	for want, change := range map[string]func(v *experiment.Varying){
		"has 2 values of misset.z for 3 images": func(v *experiment.Varying) { v.Values = v.Values[:2] },
		"scan.varying[0].parameter is missing":  func(v *experiment.Varying) { v.Parameter = "" },
		"scale is listed twice":                 func(v *experiment.Varying) { v.Parameter = "scale" },
		"vary a misset":                         func(v *experiment.Varying) { v.Parameter = "phi" },
		"there is no parameter cell.q":          func(v *experiment.Varying) { v.Parameter = "cell.q" },
		"no parameter background.radial[2]":     func(v *experiment.Varying) { v.Parameter = "background.radial[2]" },
		"no parameter background.radial[x]":     func(v *experiment.Varying) { v.Parameter = "background.radial[x]" },
		"sigma has 1 values":                    func(v *experiment.Varying) { v.Sigma = []float64{1} },
	} {
		c := slipped()
		change(&c.Scan.Varying[0])
		if _, err := c.Nodes(G.NewGraph()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
