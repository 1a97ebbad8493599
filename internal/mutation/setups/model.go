package main

import (
	"context"
	"fmt"
	"math"
	"regexp"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// setup is the configuration of a simulation.
type setup struct {
	crystal  crystal.Config
	others   []crystal.Config // in the same beam
	beam     beam.Config
	detector detector.Config
	beyond   background.Config    // besides the crystal
	tie      func(m *model) error // changes nodes before the simulator is built
	options  []simulator.Option
}

// model is a simulator and what it is made of.
type model struct {
	*simulator.Simulator
	crystal  *crystal.Crystal
	others   []*crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector

	background *background.Background // may be nil
}

func (s setup) build() (*model, error) {
	g := G.NewGraph()
	m := &model{}
	var err error
	if m.crystal, err = crystal.New(g, s.crystal); err != nil {
		return nil, err
	}
	for _, c := range s.others {
		x, err := crystal.New(g, c)
		if err != nil {
			return nil, err
		}
		m.others = append(m.others, x)
	}
	if m.beam, err = beam.New(g, s.beam); err != nil {
		return nil, err
	}
	if m.detector, err = detector.New(g, s.detector); err != nil {
		return nil, err
	}
	if s.tie != nil {
		if err := s.tie(m); err != nil {
			return nil, err
		}
	}
	options := s.options
	if s.beyond.Radial != nil {
		if m.background, err = background.New(g, m.detector, s.beyond); err != nil {
			return nil, err
		}
		options = append(options, simulator.Background(m.background))
	}
	m.Simulator, err = simulator.NewMultiLattice(append([]*crystal.Crystal{m.crystal}, m.others...), m.beam, m.detector, options...)
	return m, err
}

// weights make an input of weights without symmetry, so that nothing cancels.
func (m *model) weights() (*G.Node, error) {
	values := make([]float64, m.detector.Pixels())
	for i := range values {
		values[i] = 1 + 0.8*math.Sin(1.7*float64(i))
	}
	images, err := m.detector.Images(values)
	if err != nil {
		return nil, err
	}
	return m.Data("weights", images...)
}

// weighted is the loss Σ w I.
func (m *model) weighted() (*G.Node, error) {
	w, err := m.weights()
	if err != nil {
		return nil, err
	}
	product, err := G.HadamardProd(w, m.Intensity())
	if err != nil {
		return nil, err
	}
	return G.Sum(product)
}

// squares is the loss Σ I².
func (m *model) squares() (*G.Node, error) {
	square, err := G.Square(m.Intensity())
	if err != nil {
		return nil, err
	}
	return G.Sum(square)
}

// signs is a loss in which negative signs meet every operation that may absorb them, and a number is compared with pixels.
func (m *model) signs() (*G.Node, error) {
	w, err := m.weights()
	if err != nil {
		return nil, err
	}
	b := &graph{g: m.Graph()}
	minus := func(n *G.Node) *G.Node { return b.of(G.Neg(n)) }
	root := b.of(G.Sqrt(b.of(G.Add(m.Intensity(), w))))
	terms := []*G.Node{
		b.of(G.HadamardProd(minus(w), minus(root))),
		b.of(G.Sub(w, minus(b.of(G.Square(root))))),
		b.of(G.Add(minus(root), b.of(G.HadamardProd(w, minus(root))))),
		b.of(G.HadamardDiv(minus(w), root)),
		b.of(G.HadamardProd(root, b.of(G.Lt(G.NewConstant(100.0), root, true)))),
	}
	sum := terms[0]
	for _, t := range terms[1:] {
		sum = b.of(G.Sub(sum, minus(t)))
	}
	return b.of(G.Sum(sum)), b.err
}

// restrained is the loss Σ I² (1 + (cell.a − 58)²).
func (m *model) restrained() (*G.Node, error) {
	sum, err := m.squares()
	if err != nil {
		return nil, err
	}
	off, err := G.Sub(m.crystal.Cell.A, G.NewConstant(58.0))
	if err != nil {
		return nil, err
	}
	square, err := G.Square(off)
	if err != nil {
		return nil, err
	}
	factor, err := G.Add(square, G.NewConstant(1.0))
	if err != nil {
		return nil, err
	}
	return G.Mul(sum, factor)
}

// parameters are all parameters but those named, which have no effect.
func (m *model) parameters(idle ...string) G.Nodes {
	var out G.Nodes
	skip := map[string]bool{}
	for _, name := range idle {
		skip[name] = true
	}
	lists := [][]*G.Node{m.crystal.Parameters(), m.beam.Parameters(), m.detector.Parameters(), m.background.Parameters()}
	for _, x := range m.others {
		lists = append(lists, x.Parameters())
	}
	for _, list := range lists {
		for _, n := range list {
			if !skip[n.Name()] {
				out = append(out, n)
			}
		}
	}
	return out
}

// loss is a function of a model.
type loss func(m *model) (*G.Node, error)

// derivatives checks the derivatives of a loss by nodes.
func (s setup) derivatives(of loss, by func(m *model) G.Nodes, options gradcheck.Options) func(context.Context) (finding, error) {
	return func(ctx context.Context) (finding, error) {
		m, err := s.build()
		if err != nil {
			return finding{}, err
		}
		l, err := of(m)
		if err != nil {
			return finding{}, err
		}
		parameters := by(m)
		options.Expect = map[*G.Node]gradcheck.Verdict{}
		for _, n := range parameters {
			if n == m.crystal.Structure || n == m.crystal.Phases || n == m.crystal.Scale { // reflections that no pixel is near
				options.Expect[n] = gradcheck.Vacuous
			}
		}
		r, err := gradcheck.CheckModel(ctx, m.Simulator, l, parameters, options)
		return found(r, err)
	}
}

// address is that of a table.
var address = regexp.MustCompile(`@0x[0-9a-f]+`)

// found is a report's finding.
func found(r *gradcheck.Report, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	f := finding{report: r}
	if r.OK() {
		return f, nil
	}
	switch failures := r.Failures(); {
	case len(failures) > 0:
		e := failures[0]
		f.failed = fmt.Sprintf("%s %v", e.Name(), e.Verdict)
		if e.Of != "" {
			f.failed = fmt.Sprintf("%s of %s %v", e.Name(), e.Of, e.Verdict)
		}
	case len(r.Problems) > 0:
		f.failed = firstLine(r.Problems[0])
	default:
		f.failed = firstLine(r.Err().Error())
	}
	if r.Located != nil {
		f.located = fmt.Sprintf("%s, operand %d", address.ReplaceAllString(r.Located.Op, ""), r.Located.Operand)
	}
	return f, nil
}

// images checks the derivative images by some nodes.
func (s setup) images(by func(m *model) G.Nodes) func(context.Context) (finding, error) {
	return func(ctx context.Context) (finding, error) {
		m, err := s.build()
		if err != nil {
			return finding{}, err
		}
		for _, n := range by(m) {
			im, err := gradcheck.DerivativeImages(ctx, m.Simulator, n, gradcheck.Options{})
			if err != nil {
				return finding{}, err
			}
			if im.Verdict != gradcheck.Pass {
				return finding{failed: im.String(), report: im}, nil
			}
		}
		return finding{}, nil
	}
}

// bumpy is a table of amplitudes without symmetry, every seventh of which is absent.
func bumpy(box structure.Box) *structure.Table {
	t := &structure.Table{Box: box}
	for i := range t.Cells() {
		t.F = append(t.F, 100+60*math.Sin(1.3*float64(i))+30*math.Cos(0.37*float64(i*i%101)))
		t.Present = append(t.Present, i%7 != 3)
	}
	return t
}
