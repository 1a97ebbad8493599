package simulator

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Simulator is the model of a crystal, or several, in a beam in front of a detector. Its methods may be called from several goroutines, and
// so may those of several simulators of one graph and of their views, as long as none of them changes a node's value.
// Expressions made with gorgonia's own functions at the same time need [Locked].
type Simulator struct {
	crystals []*crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
	graph    *G.ExprGraph
	settings settings
	devices  *cuda.Devices // nil: the processor

	intensity  *expr.Node
	diffracted *expr.Node          // before backgrounds and the response of the detector; the intensity where there is neither
	parts      []parts             // of each crystal
	fixed      map[*expr.Node]bool // inputs of the model whose last axis is not the pixels, whatever its length
	inner      map[*expr.Node]bool // the operations that the intensity is computed from
	pairs      *detector.Detector  // of the closed form: each pixel of each spot; nil for the sampled model
	runs       *expr.Node          // of the closed form: the number of the spot of each pair
	list       *spotList           // of the closed form; shared with views
	views      views

	mu          sync.Mutex
	plans       cache[ids, *execution] // by the roots they compute
	derivatives cache[derivativeKey, []*expr.Node]
	checked     []float64  // the values of the parameters that Check accepted last
	product     sync.Mutex // held by HessianVector
}

// parts are those of Parts, as expressions.
type parts struct {
	H, K, L, H0, K0, L0            *expr.Node
	StructureFactor, LatticeFactor *expr.Node
	Scattering, Position           expr.Vec
	Polarization, SolidAngle       *expr.Node
	Capture                        *expr.Node    // nil without a sensor and a gas
	Scattered                      *expr.Node    // F_cell² F_latt², and what is diffuse, of each step
	Steps                          float64       // their number in a sample
	form                           autodiff.Form // of a Gaussian spot; zero for others
}

// Parts are inner nodes of the intensity. They may be read with Value and used in losses. Axes are those of
// orientation (phi × mosaic), source, sample point (sub-pixel × layer) and pixel.
type Parts struct {
	H, K, L         *G.Node    // fractional Miller indices, {orientation, source, point, pixel}
	H0, K0, L0      *G.Node    // the nearest reflection
	StructureFactor *G.Node    // F_cell
	LatticeFactor   *G.Node    // F_latt
	Scattering      [3]*G.Node // scattering vector q in Å⁻¹, {source, point, pixel}
	Position        [3]*G.Node // of the samples in m, {point, pixel}
	Polarization    *G.Node    // as it is applied: a sample's, or with Reference the pixel's
	SolidAngle      *G.Node    // likewise, in sr
	Capture         *G.Node    // likewise; nil without a sensor and a gas
}

// New builds the intensity of every pixel from the present nodes of a crystal, a beam and a detector of one graph. Tie or
// replace nodes before calling it; values may change afterwards.
func New(x *crystal.Crystal, src *beam.Beam, det *detector.Detector, options ...Option) (*Simulator, error) {
	return NewMultiLattice([]*crystal.Crystal{x}, src, det, options...)
}

// NewMultiLattice is [New] for several crystals in the beam at once, whose intensities add. Each has its own cell, orientation,
// domains, phi steps, structure factors and so on, and its spots their own scale (crystal.Config.SpotScale); an image, and a
// gradient, are computed in one sweep over the pixels.
func NewMultiLattice(crystals []*crystal.Crystal, src *beam.Beam, det *detector.Detector, options ...Option) (*Simulator, error) {
	if len(crystals) == 0 || slices.Contains(crystals, nil) || src == nil || det == nil {
		return nil, fmt.Errorf("simulator: a crystal, a beam and a detector are needed")
	}
	for i, x := range crystals {
		if k := slices.Index(crystals, x); k < i {
			return nil, fmt.Errorf("simulator: crystals %d and %d are the same one: make another by crystal.New", k, i)
		}
	}
	s := &Simulator{crystals: slices.Clone(crystals), beam: src, detector: det, settings: defaults(),
		fixed: map[*expr.Node]bool{}, inner: map[*expr.Node]bool{}}
	for _, o := range options {
		if err := o(&s.settings); err != nil {
			return nil, err
		}
	}
	if err := s.settings.chooseExecutor(); err != nil {
		return nil, err
	}
	if s.settings.perSample != (Corrections{}) && !s.settings.deviations.OncePerPixel {
		return nil, fmt.Errorf("simulator: PerSample has no meaning without Reference: the exact physics takes every correction at every sample")
	}
	for _, x := range crystals {
		if src.Wavelength == nil || x.Cell.A == nil || det.Pixel == nil {
			return nil, fmt.Errorf("simulator: the beam's wavelength, the crystal's cell or the detector's pixel size is a nil node")
		}
		s.graph = src.Wavelength.Graph()
		if x.Cell.A.Graph() != s.graph || det.Pixel.Graph() != s.graph {
			return nil, fmt.Errorf("simulator: the crystal, the beam and the detector are nodes of different graphs")
		}
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	if err := s.measure(); err != nil {
		return nil, err
	}
	if err := s.useDevices(); err != nil {
		return nil, err
	}
	return s, s.markFixed()
}

// markFixed records which leaves of the model are not pixels, so that any other leaf of as many elements as there are pixels
// can be taken for a user's data.
func (s *Simulator) markFixed() error {
	sorted, err := expr.Sort(s.intensity)
	if err != nil {
		return err
	}
	for i, n := range sorted.Nodes {
		switch {
		case len(sorted.Operands[i]) == 0:
			s.fixed[n] = true
		case n != s.intensity && n != s.diffracted:
			s.inner[n] = true
		}
	}
	if s.pairs != nil {
		pixels, err := s.pairs.PixelInputs()
		for _, n := range pixels {
			delete(s.fixed, n)
		}
		return err
	}
	pixels, err := s.pixelLeaves()
	for _, n := range pixels {
		delete(s.fixed, n)
	}
	return err
}

// isPixelLeaf reports whether a leaf's last axis is the pixels: those of the detector, or of a user's data.
func (s *Simulator) isPixelLeaf(n *expr.Node) bool {
	shape := n.Shape()
	if of := node.Of(n); s.fixed[n] || !n.IsInput() || of != nil && of.Op() != nil || len(shape) == 0 {
		return false
	}
	return shape[len(shape)-1] == s.elements()
}

// elements returns the length of the axis that sweeps go along: the number of pixels, or of pairs of a pixel and a spot.
func (s *Simulator) elements() int {
	if s.pairs != nil {
		return s.pairs.Pixels()
	}
	return s.detector.Pixels()
}

// Graph is the graph that the simulator is built in.
func (s *Simulator) Graph() *G.ExprGraph { return s.graph }

// Intensity is the node of the expected photons in each simulated pixel: a vector with an element for each pixel of
// the detector inside regions and masks, panel by panel, slow axis by slow axis. Losses are expressions of it, made of
// gorgonia's operations: G.Sum(G.Square(G.Sub(sim.Intensity(), data))).
//
// The node is made when it is first asked for, with all that it depends on. gorgonia's functions may not run in several
// goroutines at once: see Locked.
func (s *Simulator) Intensity() *G.Node { return node.On(s.graph).Out(s.intensity) }

// Parts returns inner nodes of the intensity of the first crystal. They are made by the first call.
func (s *Simulator) Parts() Parts { return s.partsOf(&s.parts[0]) }

// AllParts returns inner nodes of the intensity of each crystal, in the order of [Simulator.Crystals]. Their positions and
// scattering vectors are the same nodes.
func (s *Simulator) AllParts() []Parts {
	var list []Parts
	for i := range s.parts {
		list = append(list, s.partsOf(&s.parts[i]))
	}
	return list
}

func (s *Simulator) partsOf(p *parts) Parts {
	b := node.On(s.graph)
	vec := func(v expr.Vec) [3]*G.Node { return [3]*G.Node{b.Out(v[0]), b.Out(v[1]), b.Out(v[2])} }
	return Parts{
		H: b.Out(p.H), K: b.Out(p.K), L: b.Out(p.L), H0: b.Out(p.H0), K0: b.Out(p.K0), L0: b.Out(p.L0),
		StructureFactor: b.Out(p.StructureFactor), LatticeFactor: b.Out(p.LatticeFactor),
		Scattering: vec(p.Scattering), Position: vec(p.Position),
		Polarization: b.Out(p.Polarization), SolidAngle: b.Out(p.SolidAngle), Capture: b.Out(p.Capture),
	}
}

// Notices returns remarks about the model that its user should know.
func (s *Simulator) Notices() []string {
	var out []string
	if s.settings.deviations.EqualWeights && s.beam.Weighted() {
		out = append(out, "source weights are read and not used, as in the reference program")
	}
	if slices.ContainsFunc(s.crystals, func(x *crystal.Crystal) bool { return x.Config().Shape == crystal.Tophat }) {
		out = append(out, "tophat spots are all or nothing: derivatives by what moves them are zero almost everywhere, and leave that motion out")
	}
	if c := s.ClosedFormCheck(); c != nil {
		out = append(out, c.String())
	}
	return out
}

// Check reports the first parameter whose present value makes no sense, so that a search that has left the valid range
// learns it before an image is computed. It looks at inputs only, not at nodes that are expressions of others, and not
// again at values that it has accepted the last time.
func (s *Simulator) Check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.parameterValues()
	if s.checked != nil && slices.Equal(now, s.checked) {
		return nil
	}
	for _, x := range s.crystals {
		if err := x.Check(); err != nil {
			return s.ofCrystal(x, err)
		}
	}
	for _, err := range []error{s.beam.Check(), s.detector.Check(), s.settings.background.Check()} {
		if err != nil {
			return err
		}
	}
	if s.detector.Tabulated() {
		sources, err := s.beam.At()
		if err != nil {
			return err
		}
		for _, source := range sources {
			if err := s.detector.CheckWavelength(source.Wavelength); err != nil {
				return err
			}
		}
	}
	s.checked = now
	return nil
}

// parameterValues returns the values of all scalar inputs among the parameters.
func (s *Simulator) parameterValues() []float64 {
	values := []float64{}
	list := append(s.beam.Parameters(), s.detector.Parameters()...)
	list = append(list, s.settings.background.Parameters()...)
	for _, x := range s.crystals {
		list = append(list, x.Parameters()...)
	}
	for _, n := range list {
		if n == nil {
			continue
		}
		if v, leaf, err := node.Leaf(n); leaf && err == nil {
			values = append(values, v)
		}
	}
	return values
}

// ofCrystal says which crystal an error is about, if there are several.
func (s *Simulator) ofCrystal(x *crystal.Crystal, err error) error {
	if err == nil || len(s.crystals) == 1 {
		return err
	}
	if name := x.Config().Name; name != "" {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("crystals[%d]: %w", slices.Index(s.crystals, x), err)
}

// Detector returns the detector that the simulator was built with.
func (s *Simulator) Detector() *detector.Detector { return s.detector }

// Crystal returns the crystal that the simulator was built with, the first of several.
func (s *Simulator) Crystal() *crystal.Crystal { return s.crystals[0] }

// Workers returns how many goroutines compute at most.
func (s *Simulator) Workers() int { return s.settings.workers }

// Crystals returns the crystals that the simulator was built with.
func (s *Simulator) Crystals() []*crystal.Crystal { return slices.Clone(s.crystals) }

// Beam returns the beam that the simulator was built with.
func (s *Simulator) Beam() *beam.Beam { return s.beam }

// Derived returns a simulator of other crystals of the same graph in front of the same detector or of another one of its nodes
// ([detector.Detector.Listed]), with the same beam and options: a simplified model of the same experiment, for example, or of some of its
// pixels. Its spots are sampled, also where those of the simulator are in closed form.
func (s *Simulator) Derived(det *detector.Detector, crystals ...*crystal.Crystal) (*Simulator, error) {
	return NewMultiLattice(crystals, s.beam, det, func(t *settings) error {
		*t = s.settings
		t.closed = nil
		return nil
	})
}

// On returns a view of the simulator that computes on another executor. It shares graph, parts and parameters and has plans
// and derivatives of its own. On the tape, for example, every inner value can be read.
func (s *Simulator) On(e Executor) (*Simulator, error) {
	v := &Simulator{crystals: s.crystals, beam: s.beam, detector: s.detector, graph: s.graph, settings: s.settings,
		intensity: s.intensity, diffracted: s.diffracted, parts: s.parts, fixed: s.fixed, inner: s.inner, pairs: s.pairs, runs: s.runs, list: s.list}
	if err := On(e)(&v.settings); err != nil {
		return nil, err
	}
	return v, v.useDevices()
}

// Locked runs build while no other goroutine makes gorgonia nodes. gorgonia's functions, gorgonia.Sum for instance, are not
// safe for concurrent use, even on different graphs: a program that builds expressions in one goroutine while another
// builds expressions or simulators does so under Locked. The methods of this module take the lock by themselves.
//
//	err := simulator.Locked(func() (err error) {
//		loss, err = gorgonia.Sum(sim.Intensity())
//		return err
//	})
//
// build may call anything of this module, Locked included. It must not wait for other goroutines that make nodes.
func Locked(build func() error) error {
	if build == nil {
		return errors.New("simulator: Locked needs a function")
	}
	return node.Locked(build)
}
