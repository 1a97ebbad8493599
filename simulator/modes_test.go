package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/simulator"
)

// modes are the two ways that a simulator computes.
var modes = map[string]simulator.Option{"compiled": simulator.On(simulator.CPU()), "uncompiled": simulator.On(simulator.Tape())}

// TestModes: compiled and uncompiled simulators agree, in images and in derivatives by what the setup has.
func TestModes(t *testing.T) {
	const tolerance = 1e-12
	setups := exactSetups()
	for name, s := range map[string]setup{"few": few(), "awkward": awkward(), "smooth": smooth()} {
		setups[name] = s
	}
	deviating := map[string]bool{"tilted": true, "water": true, "point": true, "sources": true, "sensor": true, "everything": true}
	for name, s := range setups {
		for with, options := range map[string][]simulator.Option{"exact": nil, "reference": {simulator.Reference()}} {
			if options != nil && !deviating[name] {
				continue
			}
			t.Run(name+", "+with, func(t *testing.T) {
				one, two := s.build(t, append(options, simulator.On(simulator.CPU()))...), s.build(t, append(options, simulator.On(simulator.Tape()))...)
				same(t, "image", one.image(t), two.image(t), tolerance)
				by := func(m model) []*G.Node {
					return []*G.Node{m.beam.Wavelength, m.crystal.Cell.A, m.crystal.Cell.Gamma, m.crystal.Misset[2], m.crystal.MosaicSpread, m.crystal.Phi,
						m.beam.Kahn, m.detector.Distance, m.detector.BeamX, m.detector.TwoTheta, m.detector.Pixel, m.crystal.DefaultF}
				}
				if s.crystal.Structure != nil {
					by = func(m model) []*G.Node { return []*G.Node{m.crystal.Structure, m.beam.Wavelength, m.detector.RotX} }
				}
				lossOne, lossTwo := m2(one.bumps(t)), m2(two.bumps(t))
				got := one.gradient(t, lossOne, one.attachedOf(t, lossOne, by(one))...)
				nodes := two.attachedOf(t, lossTwo, by(two))
				want := two.gradient(t, lossTwo, nodes...)
				for i, n := range nodes {
					same(t, "derivative by "+n.Name(), got.By[i], want.By[i], tolerance*cancelled)
				}
			})
		}
	}
}

// cancelled allows for derivatives whose terms, of both signs, are larger than their sum.
const cancelled = 10

// m2 makes a loss quadratic.
func m2(n *G.Node) *G.Node { return must(G.Square(n)) }

// TestReport: a simulator tells how it computes, and lists its programs.
func TestReport(t *testing.T) {
	for name, option := range modes {
		t.Run(name, func(t *testing.T) {
			var dump bytes.Buffer
			m := few().build(t, option, simulator.DumpPrograms(&dump))
			compiled := name == "compiled"
			m.image(t)
			r, err := m.Report()
			if err != nil {
				t.Fatal(err)
			}
			if r.Compiled != compiled || r.Why != "" || len(r.Breaks) != 0 || r.Bytes < 8*int64(m.detector.Pixels()) {
				t.Errorf("report %+v", r)
			}
			if text := r.String(); strings.Contains(text, "by a compiled program") != compiled || !strings.Contains(text, fmt.Sprint(r.Bytes)) {
				t.Errorf("report %q", text)
			}
			program, err := m.Program()
			if err != nil || (program != "") != compiled || (dump.Len() > 0) != compiled {
				t.Errorf("program %q, dump of %d bytes, error %v", program, dump.Len(), err)
			}
			// What mixes pixels is named.
			loss := must(G.Sum(must(G.Slice(m.Intensity(), G.S(1, 4)))))
			if r, err = m.Report(loss); err != nil || len(r.Breaks) == 0 || !strings.Contains(r.String(), "on whole arrays") {
				t.Errorf("report %+v of a part of the image, error %v", r, err)
			}
		})
	}
}

// TestGuard: the environment and the options decide together what runs.
func TestGuard(t *testing.T) {
	for _, c := range []struct {
		environment string
		options     []simulator.Option
		compiled    bool
		fails       bool
	}{
		{"", nil, true, false},
		{"0", nil, true, false},
		{"1", nil, false, false},
		{"1", []simulator.Option{simulator.On(simulator.CPU())}, true, false},
		{"0", []simulator.Option{simulator.On(simulator.Tape())}, false, false},
		{"", []simulator.Option{simulator.On(simulator.Tape()), simulator.On(simulator.CPU())}, true, false},
		{"yes", nil, false, true},
		{"yes", []simulator.Option{simulator.On(simulator.Tape())}, false, false}, // the option wins
	} {
		t.Setenv(simulator.Guard, c.environment)
		m, err := small().try(c.options...)
		if c.fails {
			if err == nil || !strings.Contains(err.Error(), simulator.Guard) || !strings.Contains(err.Error(), c.environment) {
				t.Errorf("%s=%q: error %v", simulator.Guard, c.environment, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s=%q: %v", simulator.Guard, c.environment, err)
			continue
		}
		r, err := m.Report()
		if err != nil || r.Compiled != c.compiled {
			t.Errorf("%s=%q with %d options: compiled %t (%v), want %t", simulator.Guard, c.environment, len(c.options), r.Compiled, err, c.compiled)
		}
	}
}

// TestDonated: a compiled simulator has no values of inner nodes, and says how to get them.
func TestDonated(t *testing.T) {
	m := small().build(t, simulator.On(simulator.CPU()))
	ctx := context.Background()
	_, value := m.Value(ctx, m.Parts().H)
	_, gradient := m.Gradient(ctx, m.sum(t), m.Parts().SolidAngle)
	for _, err := range []error{value, gradient} {
		if !errors.Is(err, simulator.ErrDonated) || !strings.Contains(err.Error(), simulator.Guard+"=1") || !strings.Contains(err.Error(), "simulator.On(simulator.Tape())") {
			t.Errorf("error %v", err)
		}
	}
	// Inputs, the intensity and what the user made of it have.
	for _, n := range []*G.Node{m.crystal.Cell.A, m.Intensity(), m.sum(t)} {
		if _, err := m.Value(ctx, n); err != nil {
			t.Error(err)
		}
	}
}
