package experiment_test

import (
	"fmt"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// TestDiffuseFromJSON: the keys arrive at the crystal, and current values of its nodes return to them, tied or not.
func TestDiffuseFromJSON(t *testing.T) {
	read := func(diffuse string) *experiment.Experiment {
		t.Helper()
		c, err := experiment.Parse([]byte(`{"crystals": [{"cell": {"a": 40, "b": 50, "c": 60}, "structure": {"default": 10}, "diffuse": ` + diffuse + `}], "beam": {"wavelength": 1},
			"detector": {"fast": 6, "slow": 5, "pixel": 5, "distance": 60}}`))
		check(t, err)
		e, err := c.Build(G.NewGraph())
		check(t, err)
		return e
	}
	current := func(e *experiment.Experiment) experiment.Diffuse {
		t.Helper()
		c, err := e.Config()
		check(t, err)
		return *c.Crystals[0].Diffuse
	}
	e := read(`{"sigma": 0.5, "group": "mmm", "attenuate_bragg": true, "stencil": 1}`)
	d := e.Crystals[0].Config().Diffuse
	if got, want := fmt.Sprintf("%+v", *d), fmt.Sprintf("%+v", crystal.Diffuse{Gamma: 50, Sigma: 0.5, Group: "mmm", AttenuateBragg: true, Stencil: 1}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := current(e); got.Gamma != 0 || got.Sigma != 0.5 {
		t.Errorf("nothing has changed: %+v", got)
	}
	check(t, G.Let(e.Crystals[0].Diffuse.Gamma[0], 70.0))
	if got := current(e); got.Gamma != 70 || got.Gammas != nil || got.Sigma != 0.5 {
		t.Errorf("one length: %+v", got)
	}

	e = read(`{"gammas": [10, 20, 30], "sigma": 0.3, "unit": "cells", "frame": "rest", "scale": "peer", "only": true}`)
	check(t, G.Let(e.Crystals[0].Diffuse.Gamma[1], 25.0))
	if got := current(e); *got.Gammas != [3]float64{10, 25, 30} || got.Unit != crystal.UnitCells || got.Frame != crystal.RestAxes || got.Scale != crystal.PeerScale || !got.Only {
		t.Errorf("three lengths: %+v", got)
	}
	for node, want := range map[*G.Node]string{e.Crystals[0].N[0]: "diffuse.only leaves Bragg peaks out", e.Crystals[0].Diffuse.Sigma[0]: "", e.Crystals[0].Cell.A: ""} {
		if got := e.Idle(node); got != want && node != e.Crystals[0].N[0] {
			t.Errorf("%s is idle: %q, want %q", node.Name(), got, want)
		}
	}
	if got := e.Unit(e.Crystals[0].Diffuse.Gamma[2]); got != "cells" {
		t.Errorf("the unit %q", got)
	}

	// One value of which the user frees an axis becomes three.
	e = read(`{"gamma": 40}`)
	x := e.Crystals[0]
	own := G.NewScalar(e.Graph(), G.Float64, G.WithName("free"), G.WithValue(40.0))
	x.Diffuse.Gamma[2] = own
	check(t, G.Let(own, 45.0))
	if got := current(e); got.Gammas == nil || *got.Gammas != [3]float64{40, 40, 45} || got.Gamma != 0 {
		t.Errorf("a free axis: %+v", got)
	}

	for text, want := range map[string]string{
		`{"group": "4/m"}`:             "crystals[0].diffuse.group is refused",
		`{"gamma": 0}`:                 "crystals[0].diffuse.gamma 0 is not above 0",
		`{"sigma": -1}`:                "crystals[0].diffuse.sigma -1 Å is below 0",
		`{"stencil": 9}`:               "crystals[0].diffuse.stencil 9 is above 3",
		`{"unit": "nm"}`:               "crystals[0].diffuse.unit",
		`{"operators": [[[1, 0, 0]]]}`: "crystals[0].diffuse.operators[0]",
	} {
		c, err := experiment.Parse([]byte(`{"crystals": [{"cell": {"a": 40, "b": 50, "c": 60}, "diffuse": ` + text + `}]}`))
		if err == nil {
			_, err = c.Build(G.NewGraph())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
