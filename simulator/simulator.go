package simulator

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/expr"
)

// Simulator is a crystal in a beam in front of a detector. Its methods may be called from several goroutines, as long
// as none changes a node's value meanwhile.
type Simulator struct {
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
	graph    *G.ExprGraph
	settings settings
	devices  *cuda.Devices // nil: the processor

	intensity *G.Node
	parts     Parts
	fixed     map[*G.Node]bool // leaves of the model whose last axis is not the pixels, whatever its length

	inner map[*G.Node]bool // computed nodes below the intensity

	mu        sync.Mutex            // of the maps, and held by whoever reads or extends the graph
	plans     map[string]*execution // by the roots they compute
	gradients map[string]G.Nodes    // by loss and nodes
	checked   []float64             // values of the parameters that check has found good
	product   sync.Mutex            // held by HessianVector
	number    int64                 // of the simulator in this process, for the names of its own inputs
}

// simulators counts them.
var simulators atomic.Int64

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
	Capture         *G.Node    // likewise; nil without a sensor
}

// New builds the intensity of every pixel from the nodes of a crystal, a beam and a detector of one graph, as they are
// now: tie or replace nodes before, change values after.
func New(x *crystal.Crystal, src *beam.Beam, det *detector.Detector, options ...Option) (*Simulator, error) {
	if x == nil || src == nil || det == nil {
		return nil, fmt.Errorf("simulator: a crystal, a beam and a detector are needed")
	}
	s := &Simulator{crystal: x, beam: src, detector: det, settings: defaults(), number: simulators.Add(1),
		fixed: map[*G.Node]bool{}, inner: map[*G.Node]bool{}, plans: map[string]*execution{}, gradients: map[string]G.Nodes{}}
	for _, o := range options {
		if err := o(&s.settings); err != nil {
			return nil, err
		}
	}
	if !s.settings.chosen {
		guarded, err := Guarded()
		if err != nil {
			return nil, err
		}
		s.settings.compiled = !guarded
	}
	if err := s.settings.checkDevices(); err != nil {
		return nil, err
	}
	if s.settings.perSample != (Corrections{}) && !s.settings.deviations.OncePerPixel {
		return nil, fmt.Errorf("simulator: PerSample has no meaning without Reference: the exact physics takes every correction at every sample")
	}
	if src.Wavelength == nil || x.Cell.A == nil || det.Pixel == nil {
		return nil, fmt.Errorf("simulator: the beam's wavelength, the crystal's cell or the detector's pixel size is a nil node")
	}
	s.graph = src.Wavelength.Graph()
	if x.Cell.A.Graph() != s.graph || det.Pixel.Graph() != s.graph {
		return nil, fmt.Errorf("simulator: the crystal, the beam and the detector are nodes of different graphs")
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	if err := s.useDevices(); err != nil {
		return nil, err
	}
	return s, s.markFixed()
}

// markFixed remembers which leaves of the model are not pixels, so that any other leaf as long as the pixels can be
// taken for a user's data.
func (s *Simulator) markFixed() error {
	sorted, err := expr.Sort(s.intensity)
	if err != nil {
		return err
	}
	for i, n := range sorted.Nodes {
		switch {
		case len(sorted.Operands[i]) == 0:
			s.fixed[n] = true
		case n != s.intensity:
			s.inner[n] = true
		}
	}
	for _, n := range s.detector.PixelLeaves() {
		delete(s.fixed, n)
	}
	return nil
}

// isPixelLeaf tells whether a leaf's last axis is the pixels: the detector's, or data that a user compares with.
func (s *Simulator) isPixelLeaf(n *G.Node) bool {
	shape := n.Shape()
	if s.fixed[n] || n.Op() != nil || len(shape) == 0 {
		return false
	}
	return shape[len(shape)-1] == s.detector.Pixels()
}

// Graph is the graph that the simulator is built in.
func (s *Simulator) Graph() *G.ExprGraph { return s.graph }

// Intensity is the node of the expected photons in each simulated pixel: a vector with an element for each pixel of
// the detector inside regions and masks, panel by panel, slow axis by slow axis. Losses are expressions of it, made of
// gorgonia's operations: gorgonia.Sum(gorgonia.Square(gorgonia.Sub(sim.Intensity(), data))).
func (s *Simulator) Intensity() *G.Node { return s.intensity }

// Parts are inner nodes of the intensity.
func (s *Simulator) Parts() Parts { return s.parts }

// Notices are things that the user should know about the model as it was built.
func (s *Simulator) Notices() []string {
	var out []string
	if s.settings.deviations.EqualWeights && s.beam.Weighted() {
		out = append(out, "source weights are read and not used, as in the reference program")
	}
	if s.crystal.Config().Shape == crystal.Tophat {
		out = append(out, "tophat spots are all or nothing: derivatives by what moves them are zero almost everywhere, and leave that motion out")
	}
	return out
}

// Check holds the present values of all parameters against what makes sense, unless they are those of the last time: a
// search that has left it finds out before it computes an image. Nodes that are expressions of others are not looked at;
// Values finds what they come to.
func (s *Simulator) Check() error {
	s.mu.Lock() // the detector's check makes nodes
	defer s.mu.Unlock()
	now := s.parameterValues()
	if s.checked != nil && slices.Equal(now, s.checked) {
		return nil
	}
	for _, err := range []error{s.crystal.Check(), s.beam.Check(), s.detector.Check()} {
		if err != nil {
			return err
		}
	}
	s.checked = now
	return nil
}

// parameterValues are the values of all scalar inputs among the parameters.
func (s *Simulator) parameterValues() []float64 {
	values := []float64{}
	for _, list := range [][]*G.Node{s.crystal.Parameters(), s.beam.Parameters(), s.detector.Parameters()} {
		for _, n := range list {
			if n == nil || n.Op() != nil || n.Value() == nil {
				continue
			}
			if v, ok := n.Value().Data().(float64); ok {
				values = append(values, v)
			}
		}
	}
	return values
}
