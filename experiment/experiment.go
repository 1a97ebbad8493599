package experiment

import (
	"context"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// Experiment holds the crystals, the beam and the detector of a [Config] as nodes of a graph, and their simulators.
type Experiment struct {
	Crystals []*crystal.Crystal
	Beam     *beam.Beam
	Detector *detector.Detector

	// Simulators has one simulator for each crystal, all with the same beam and detector; nil before [Experiment.Simulate].
	Simulators []*simulator.Simulator

	sum *G.Node // of the intensities of several crystals; nil for a single one

	config  Config
	notices []string // about the files
	graph   *G.ExprGraph
	made    []float64         // initial values of the slots
	spectra [][]float64       // initial weights and wavelengths of the sources, if they are free
	scales  [][]crystal.Scale // initial scales of each crystal's reflections

	selected int // number of the image of the scan
}

// Build makes the experiment in a graph: [Config.Nodes] followed by [Experiment.Simulate]. The options select how the
// simulators compute; the physics is that of the configuration. After an error, some of the nodes may remain in the graph.
func (c *Config) Build(g *G.ExprGraph, options ...simulator.Option) (*Experiment, error) {
	e, err := c.Nodes(g)
	if err != nil {
		return nil, err
	}
	return e, e.Simulate(options...)
}

// Nodes makes the crystals, the beam and the detector in a graph, and reads the files that they need. Until
// [Experiment.Simulate] is called, nodes may be constrained or replaced: e.Crystals[1].Cell = e.Crystals[0].Cell.
func (c *Config) Nodes(g *G.ExprGraph) (*Experiment, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	e := &Experiment{config: *c, graph: g, selected: c.Scan.FirstImage()}
	if s := c.Scan; s != nil { // the caller's to change
		own := *s
		e.config.Scan = &own
	}
	bc, err := c.BeamConfig()
	if err != nil {
		return nil, err
	}
	if e.Beam, err = beam.New(g, bc); err != nil {
		return nil, refused("beam", err)
	}
	dc, notices, err := c.detectorConfig()
	if err != nil {
		return nil, err
	}
	e.notices = notices
	if e.Detector, err = detector.New(g, dc); err != nil {
		return nil, refused("detector", err)
	}
	for i := range c.Crystals {
		xc, read, err := c.crystalConfig(i)
		if err != nil {
			return nil, err
		}
		e.notices = append(e.notices, read...)
		x, err := crystal.New(g, xc)
		if err != nil {
			return nil, refused(fmt.Sprintf("crystals[%d]", i), err)
		}
		e.Crystals = append(e.Crystals, x)
		notices, err := e.crystalNotices(i)
		if err != nil {
			return nil, err
		}
		e.notices = append(e.notices, notices...)
	}
	if notices, err = e.placeNotices(); err != nil {
		return nil, err
	}
	e.notices = append(e.notices, notices...)
	return e, e.remember()
}

// Simulate makes the simulators from the current nodes.
func (e *Experiment) Simulate(options ...simulator.Option) error {
	if e.Simulators != nil {
		return fmt.Errorf("experiment: the simulators are there already")
	}
	options = append(slices.Clone(options), e.config.physics()...)
	var all []*simulator.Simulator
	for i, x := range e.Crystals {
		sim, err := simulator.New(x, e.Beam, e.Detector, options...)
		if err != nil {
			return refused(fmt.Sprintf("crystals[%d]", i), err)
		}
		all = append(all, sim)
	}
	if len(all) > 1 {
		sum := all[0].Intensity()
		for _, sim := range all[1:] {
			var err error
			if sum, err = G.Add(sum, sim.Intensity()); err != nil {
				return fmt.Errorf("experiment: the sum of the crystals' intensities: %w", err)
			}
		}
		e.sum = sum
	}
	e.Simulators = all
	return nil
}

// Intensity returns the node of the expected photons of all crystals together, in the order of
// [simulator.Simulator.Intensity]; nil before [Experiment.Simulate].
func (e *Experiment) Intensity() *G.Node {
	if e.sum == nil && len(e.Simulators) > 0 {
		return e.Simulators[0].Intensity()
	}
	return e.sum
}

// Simulator returns the simulator of the first crystal, which also evaluates values, gradients and losses of the others; nil
// before [Experiment.Simulate].
func (e *Experiment) Simulator() *simulator.Simulator {
	if len(e.Simulators) == 0 {
		return nil
	}
	return e.Simulators[0]
}

// Images computes the expected photons of all crystals together: an image (slow, fast) for each panel, with 0 in pixels
// outside regions and masks.
func (e *Experiment) Images(ctx context.Context) ([]*tensor.Dense, error) {
	switch len(e.Simulators) {
	case 0:
		return nil, fmt.Errorf("experiment: there is no simulator: call Simulate")
	case 1:
		return e.Simulators[0].Images(ctx)
	}
	v, err := e.Simulators[0].Value(ctx, e.sum)
	if err != nil {
		return nil, err
	}
	photons := v.Data().([]float64) // a vector with an element for each pixel
	for i, p := range photons {
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return nil, fmt.Errorf("experiment: the intensity of simulated pixel %d is %g: some parameter makes no sense together with the others", i, p)
		}
	}
	return e.Detector.Images(photons)
}

// Image computes the expected photons of all crystals together on a detector of one panel, as an image (slow, fast).
func (e *Experiment) Image(ctx context.Context) (*tensor.Dense, error) {
	images, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("experiment: the detector has %d panels: use Images", len(images))
	}
	return images[0], nil
}

// Graph returns the graph of the experiment.
func (e *Experiment) Graph() *G.ExprGraph { return e.graph }

// FileNotices returns what a user should know about the files that were read: how they were understood, and what looks wrong
// in them and in the nodes made of them. Most begin with the name of the file, others with their key.
func (e *Experiment) FileNotices() []string { return slices.Clone(e.notices) }

// Notices returns those of the configuration, those about the files that were read, those about the sampling, and those of
// the simulators.
func (e *Experiment) Notices() []string {
	list := slices.Concat(e.config.Notices(), e.notices, e.SamplingNotices())
	for _, sim := range e.Simulators {
		for _, n := range sim.Notices() {
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// Parameters returns all learnable nodes, as they are now: those of the crystals, the beam and the detector, each once.
func (e *Experiment) Parameters() []*G.Node {
	var all []*G.Node
	for _, x := range e.Crystals {
		all = append(all, x.Parameters()...)
	}
	all = append(append(all, e.Beam.Parameters()...), e.Detector.Parameters()...)
	var list []*G.Node
	seen := map[*G.Node]bool{}
	for _, n := range all {
		if n != nil && !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}

// Parameter returns the scalar node with a name: cell.a, crystals[1].misset.x, detector.distance.
func (e *Experiment) Parameter(name string) (*G.Node, error) {
	for _, n := range e.Parameters() {
		if n.Name() == name && len(n.Shape()) == 0 {
			return n, nil
		}
	}
	return nil, fmt.Errorf("experiment: there is no parameter %q", name)
}
