package refine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
)

// Background is the kind of background that a [Model] adds to the simulated intensity.
type Background uint8

const (
	None   Background = iota // no background besides what the simulator has
	Flat                     // the same number of photons in every pixel
	Tilted                   // a plane, for detectors of one panel
)

// ModelConfig configures a [Model]. Its zero value is the intensity as it is, times a scale of 1.
type ModelConfig struct {
	// Name is a prefix of the nodes' names, which graphs that hold two models need. "" means no
	// prefix.
	Name string
	// Scale to start from. 0 means 1.
	Scale float64
	// Background is the kind of background, and Level its photons a pixel to start from; for a
	// tilted background, in the middle of the detector.
	Background Background
	Level      float64
	// Slopes of a tilted background to start from, along the fast and the slow axis: photons a
	// pixel, per pixel.
	Slopes [2]float64
	// Intensity is what the model scales, and then is measured: the sum of several simulators' diffracted
	// photons, for instance. nil means the simulator's own, [simulator.Simulator.Diffracted].
	Intensity *G.Node
}

// Model is the number of photons expected in each pixel,
//
//	scale · I + flat + fast · (f − f0) + slow · (s − s0)
//
// as the detector measures it ([simulator.Simulator.Measured]): the simulator's backgrounds are added to
// it, which the scale does not multiply, and the point spread and the gains of the detector applied.
// f − f0 and s − s0 are the pixel's indices counted from the middle of the detector, together
// with the data that it is compared with. Its scalar nodes may be replaced by other nodes, or by
// expressions of nodes, until a loss is made of it.
type Model struct {
	// Scale of the intensity; the node "scale".
	Scale *G.Node
	// Flat is the background in photons a pixel; the node "background.flat". nil without a
	// background.
	Flat *G.Node
	// Fast and Slow are the slopes of the background along the axes, in photons a pixel per pixel;
	// the nodes "background.fast" and "background.slow". nil unless the background is tilted.
	Fast, Slow *G.Node

	// Data and Weight are inputs with an element for each pixel, in the order of the intensity; the
	// nodes "counts" and "weights". Replace gives them the values of another measurement.
	Data, Weight *G.Node
	// Readout is the readout noise of each pixel, for [Variance].Readouts; the node "readout". nil without
	// [Data].Readout.
	Readout *G.Node

	sim        *simulator.Simulator
	intensity  *G.Node
	building   sync.Mutex
	prediction *G.Node
	noisiest   float64 // the largest readout noise, for which sums are long enough
}

// NewModel reads the data and makes the model's nodes. It returns an error where the data do not
// have the detector's size, where no pixel counts, and where a pixel that counts is negative
// (unless [Data].Negative allows that) or not finite.
func NewModel(sim *simulator.Simulator, data Data, cfg ModelConfig) (*Model, error) {
	if sim == nil {
		return nil, fmt.Errorf("refine: a model needs a simulator")
	}
	cfg.Scale = cmp.Or(cfg.Scale, 1)
	for _, v := range []float64{cfg.Scale, cfg.Level, cfg.Slopes[0], cfg.Slopes[1]} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("refine: Scale is %g, Level %g, Slopes %g; want finite numbers", cfg.Scale, cfg.Level, cfg.Slopes)
		}
	}
	if cfg.Background > Tilted {
		return nil, fmt.Errorf("refine: unknown background %d", cfg.Background)
	}
	if cfg.Background == Tilted && len(data.Counts) > 1 {
		return nil, fmt.Errorf("refine: a tilted background is for one panel; the data have %d", len(data.Counts))
	}
	counts, weights, err := data.read(sim.Detector())
	if err != nil {
		return nil, err
	}
	sigma, err := data.readouts(sim.Detector(), weights)
	if err != nil {
		return nil, err
	}
	return newModel(sim, counts, weights, sigma, cfg)
}

// newModel makes the nodes of a model of counts with weights, and readout noise unless sigma is nil: a number for each pixel of the
// simulator.
func newModel(sim *simulator.Simulator, counts, weights, sigma []float64, cfg ModelConfig) (*Model, error) {
	prefix := ""
	if cfg.Name != "" {
		prefix = cfg.Name + "."
	}
	b := node.On(sim.Graph())
	m := &Model{sim: sim, intensity: cfg.Intensity,
		Scale:  b.Scalar(prefix+"scale", cfg.Scale),
		Data:   b.Leaf(prefix+"counts", counts, len(counts)),
		Weight: b.Leaf(prefix+"weights", weights, len(weights)),
	}
	if m.intensity == nil {
		m.intensity = sim.Diffracted()
	}
	if sigma != nil {
		m.noisiest = slices.Max(sigma)
		m.Readout = b.Leaf(prefix+"readout", sigma, len(sigma))
	}
	if cfg.Background != None {
		m.Flat = b.Scalar(prefix+"background.flat", cfg.Level)
	}
	if cfg.Background == Tilted {
		m.Fast, m.Slow = b.Scalar(prefix+"background.fast", cfg.Slopes[0]), b.Scalar(prefix+"background.slow", cfg.Slopes[1])
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w (set ModelConfig.Name to have two models in one graph)", b.Err())
	}
	return m, nil
}

// Simulator returns the simulator whose intensity the model scales.
func (m *Model) Simulator() *simulator.Simulator { return m.sim }

// Parameters returns the model's own scalar nodes as they are now: scale and background.
func (m *Model) Parameters() []*G.Node {
	var list []*G.Node
	for _, n := range []*G.Node{m.Scale, m.Flat, m.Fast, m.Slow} {
		if n != nil {
			list = append(list, n)
		}
	}
	return list
}

// Prediction returns the node of the expected photons of each pixel, in the order of the intensity.
// It is built at the first call, from the model's nodes as they are then.
func (m *Model) Prediction() (*G.Node, error) {
	m.building.Lock()
	defer m.building.Unlock()
	if m.prediction != nil {
		return m.prediction, nil
	}
	b := node.On(m.sim.Graph())
	n := b.Mul(b.In(m.Scale), b.In(m.intensity))
	var more []*expr.Node
	if m.Flat != nil {
		more = append(more, b.In(m.Flat))
	}
	for axis, slope := range []*G.Node{m.Fast, m.Slow} {
		if slope != nil {
			more = append(more, b.Mul(b.In(slope), m.fromMiddle(b, axis)))
		}
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	n, err := m.sim.Expressions().Measured(n, more...)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	prediction := b.Out(n)
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	m.prediction = prediction
	return prediction, nil
}

// fromMiddle returns the pixels' indices along the fast (0) or the slow (1) axis, counted from the
// middle.
func (m *Model) fromMiddle(b *node.Builder, axis int) *expr.Node {
	leaf := m.sim.Detector().PixelLeaves()[axis]
	a, err := node.ArrayOf(leaf.Value())
	if err != nil {
		b.Fail(err)
		return nil
	}
	low, high := a.Data[0], a.Data[0]
	for _, v := range a.Data {
		low, high = min(low, v), max(high, v)
	}
	return b.Reshape(b.Sub(b.In(leaf), b.Const((low+high)/2)), tensor.Shape{len(a.Data)})
}

// Replace gives the model another measurement. Nothing is built or compiled again. The errors are
// those of [NewModel].
func (m *Model) Replace(data Data) error {
	counts, weights, err := data.read(m.sim.Detector())
	if err != nil {
		return err
	}
	sigma, err := data.readouts(m.sim.Detector(), weights)
	switch {
	case err != nil:
		return err
	case (sigma == nil) != (m.Readout == nil):
		return fmt.Errorf("refine: readout noise of the pixels is in one of the two measurements only")
	case sigma != nil && slices.Max(sigma) > m.noisiest:
		return fmt.Errorf("refine: the readout noise is up to %g photons, that of the model up to %g: make another model", slices.Max(sigma), m.noisiest)
	case sigma != nil:
		if err := m.sim.Set(m.Readout, sigma); err != nil {
			return err
		}
	}
	if err := m.sim.Set(m.Data, counts); err != nil {
		return err
	}
	return m.sim.Set(m.Weight, weights)
}
