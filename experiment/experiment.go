package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/symmetry"
)

// Experiment holds the crystals, the beam and the detector of a [Config] as nodes of a graph, and their simulator.
type Experiment struct {
	Crystals []*crystal.Crystal
	Beam     *beam.Beam
	Detector *detector.Detector
	// Background is what is counted besides the crystals' spots; nil without one that the simulator computes.
	Background *background.Background

	simulator *simulator.Simulator // nil before Simulate
	config    Config
	groups    []*symmetry.Group // of each crystal's structure factors; nil where their file gives none
	notices   []string          // about the files
	graph     *G.ExprGraph
	made      []float64         // initial values of the slots
	spectra   [][]float64       // initial weights and wavelengths of the sources, if they are free
	scales    [][]crystal.Scale // initial scales of each crystal's reflections

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
		e.config.Scan = s.clone()
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
	if err := e.makeBackground(g); err != nil {
		return nil, err
	}
	for i := range c.Crystals {
		xc, group, read, err := c.crystalConfig(i)
		if err != nil {
			return nil, err
		}
		e.groups, e.notices = append(e.groups, group), append(e.notices, read...)
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
		if notices, err = e.groupNotices(i); err != nil {
			return nil, err
		}
		e.notices = append(e.notices, notices...)
	}
	if notices, err = e.placeNotices(); err != nil {
		return nil, err
	}
	e.notices = append(e.notices, notices...)
	if err := e.remember(); err != nil {
		return nil, err
	}
	return e, e.setVarying()
}

// Simulate makes the simulator from the current nodes.
func (e *Experiment) Simulate(options ...simulator.Option) error {
	if e.simulator != nil {
		return fmt.Errorf("experiment: there is a simulator already")
	}
	options = append(slices.Clone(options), e.config.physics()...)
	if e.Background != nil {
		options = append(options, simulator.Background(e.Background))
	}
	closed, err := e.closedForm()
	if err != nil {
		return err
	}
	sim, err := simulator.NewMultiLattice(e.Crystals, e.Beam, e.Detector, append(options, closed...)...)
	if err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	e.simulator = sim
	return nil
}

// Intensity returns the node of the expected photons of all crystals together, in the order of
// [simulator.Simulator.Intensity]; nil before [Experiment.Simulate].
func (e *Experiment) Intensity() *G.Node {
	if e.simulator == nil {
		return nil
	}
	return e.simulator.Intensity()
}

// Simulator returns the simulator, of all crystals together; nil before [Experiment.Simulate].
func (e *Experiment) Simulator() *simulator.Simulator { return e.simulator }

// errNoSimulator is the error of what needs a simulator.
var errNoSimulator = errors.New("experiment: there is no simulator: call Simulate")

// Images computes the expected photons of all crystals together: an image (slow, fast) for each panel, with 0 in pixels
// outside regions and masks.
func (e *Experiment) Images(ctx context.Context) ([]*tensor.Dense, error) {
	if e.simulator == nil {
		return nil, errNoSimulator
	}
	return e.simulator.Images(ctx)
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

// StructureGroup returns the space group that the file of a crystal's structure factors gives; nil if it gives none.
func (e *Experiment) StructureGroup(crystal int) *symmetry.Group { return e.groups[crystal] }

// Graph returns the graph of the experiment.
func (e *Experiment) Graph() *G.ExprGraph { return e.graph }

// FileNotices returns what a user should know about the files that were read: how they were understood, and what looks wrong
// in them and in the nodes made of them. Most begin with the name of the file, others with their key.
func (e *Experiment) FileNotices() []string { return slices.Clone(e.notices) }

// Notices returns those of the configuration, those about the files that were read, those about the sampling, and those of
// the simulator.
func (e *Experiment) Notices() []string {
	list := slices.Concat(e.config.Notices(), e.notices, e.SamplingNotices())
	if e.simulator != nil {
		list = append(list, e.simulator.Notices()...)
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
	all = append(all, e.Background.Parameters()...)
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

// Vector returns the vector node with a name (structure.scale, beam.weights, background.radial) and the names of its elements,
// nil where they have none of their own. Those that stand in files of their own, such as tables of structure factors, are
// not among them: an experiment cannot hold what they are refined to.
func (e *Experiment) Vector(name string) (n *G.Node, elements []string, err error) {
	for _, n := range e.Parameters() {
		if n.Name() != name || len(n.Shape()) != 1 {
			continue
		}
		for _, x := range e.Crystals {
			if n == x.Scale {
				return n, x.ScaleNames(), nil
			}
		}
		if n == e.Beam.Weights || n == e.Beam.Wavelengths {
			return n, nil, nil
		}
		if g := e.Background; g != nil && (n == g.Radial || n == g.Level || n == g.Fast || n == g.Slow) {
			return n, nil, nil
		}
	}
	return nil, nil, fmt.Errorf("experiment: there is no vector %q", name)
}
