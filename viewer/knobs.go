package viewer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// knob is a parameter that can be turned.
type knob struct {
	Name  string  `json:"name"`
	Group string  `json:"group"`
	Unit  string  `json:"unit,omitempty"`
	Value float64 `json:"value"`
	// Step is how far it has to be turned for the image to change visibly.
	Step float64 `json:"step"`
	// Free reports whether a refinement changes it.
	Free bool `json:"free"`
	// Sigma is that of the last refinement; 0 without.
	Sigma float64 `json:"sigma,omitempty"`

	node  *G.Node
	exact bool // its derivative is that of the simulator
}

// makeKnobs lists the parameters: those of the model of the fit, the crystals, the beam and the detector that the image depends on.
// Tied parameters are turned by the one that they follow.
func (s *Session) makeKnobs() error {
	sigma := map[string]float64{}
	for _, k := range s.knobs {
		sigma[k.Name] = k.Sigma
	}
	f := s.fit
	free := f.Problem.Parameters().Names()
	d := &s.config.Detector
	plain := f.Experiment.Background == nil && d.PointSpread == (experiment.PointSpread{}) && len(d.Gains) == 0
	s.knobs = nil
	add := func(n *G.Node, unit string, exact bool) error {
		if n.Op() != nil || len(n.Shape()) != 0 {
			return nil // tied, or a vector
		}
		name := n.Name()
		v := number(n)
		if math.IsNaN(v) {
			return fmt.Errorf("viewer: %s is not a number", name)
		}
		s.knobs = append(s.knobs, &knob{Name: name, Group: group(name), Unit: unit, Value: v, Step: step(name, unit, v), Free: slices.Contains(free, name), Sigma: sigma[name],
			node: n, exact: exact})
		return nil
	}
	for _, n := range f.Model.Parameters() {
		if err := add(n, "", false); err != nil {
			return err
		}
	}
	for _, n := range f.Experiment.Parameters() {
		if slices.ContainsFunc(s.knobs, func(k *knob) bool { return k.node == n }) || f.Experiment.Idle(n) != "" {
			continue
		}
		if err := add(n, f.Experiment.Unit(n), plain); err != nil {
			return err
		}
	}
	return nil
}

// number is a scalar node's value, NaN if it has none.
func number(n *G.Node) float64 {
	if v := n.Value(); v != nil {
		if x, ok := v.Data().(float64); ok {
			return x
		}
	}
	return math.NaN()
}

// group is the part of the experiment that a parameter belongs to, as in the JSON.
func group(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return "model"
}

// step is a small change of a parameter by its unit and its size.
func step(name, unit string, v float64) float64 {
	switch {
	case unit == "°" && strings.Contains(name, "cell."):
		return 0.02
	case unit == "°":
		return 0.01
	case unit == "Å" && strings.Contains(name, "cell."):
		return math.Max(1e-4*math.Abs(v), 1e-3)
	case unit == "mm":
		return 0.02
	case v == 0:
		return 0.01
	}
	return math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
}

// parameter returns the knob of a name. The session is locked.
func (s *Session) parameter(name string) (*knob, error) {
	for _, k := range s.knobs {
		if k.Name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("viewer: there is no parameter %q", name)
}

// present are the values of the knobs by name. The session is locked.
func (s *Session) present() map[string]float64 {
	out := map[string]float64{}
	for _, k := range s.knobs {
		out[k.Name] = k.Value
	}
	return out
}

// Turn sets parameters to values, all or none of them.
func (s *Session) Turn(ctx context.Context, values map[string]float64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.needModel(); err != nil {
		return err
	}
	if s.running != nil {
		return errRunning
	}
	return s.turn(ctx, values)
}

var errRunning = errors.New("viewer: a refinement is running: stop it before parameters are turned")

func (s *Session) turn(ctx context.Context, values map[string]float64) error {
	before := map[string]float64{}
	for name, v := range values {
		k, err := s.parameter(name)
		if err != nil {
			return err
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("viewer: %s %g is not finite", name, v)
		}
		before[name] = k.Value
	}
	err := s.put(s.fit, values)
	if err == nil {
		err = s.renew(ctx)
	}
	s.revision++
	if err != nil { // back to where it was
		if back := s.put(s.fit, before); back == nil {
			_ = s.renew(ctx) // the error is that of the values that are refused
		}
	}
	return err
}

// put sets parameters of a fit that are checked together, and the knobs of the session's own.
func (s *Session) put(f *refine.Fit, values map[string]float64) error {
	sim := f.Experiment.Simulator()
	for name, v := range values {
		k, err := s.parameter(name)
		if err != nil {
			return err
		}
		node := k.node
		if f != s.fit {
			if node, err = nodeOf(f, name); err != nil {
				return err
			}
		}
		if err := sim.Set(node, v); err != nil {
			return err
		}
		if f == s.fit {
			k.Value = v
		}
	}
	return sim.Check()
}

// nodeOf is the parameter of a fit that has a name.
func nodeOf(f *refine.Fit, name string) (*G.Node, error) {
	for _, n := range f.Model.Parameters() {
		if n.Name() == name {
			return n, nil
		}
	}
	return f.Experiment.Parameter(name)
}
