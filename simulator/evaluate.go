package simulator

import (
	"context"
	"fmt"
	"math"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// planFor finds or makes the plan for some nodes.
func (s *Simulator) planFor(roots []*G.Node) (*execution, error) {
	for _, r := range roots {
		if r == nil || r.Graph() != s.graph {
			return nil, fmt.Errorf("simulator: a node of another graph, or none")
		}
	}
	key := nodesKey(roots)
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.plans[key]; p != nil {
		return p, nil
	}
	p, err := s.newExecution(roots)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.plans[key] = p
	return p, nil
}

func nodesKey(nodes []*G.Node) string {
	var key strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&key, "%d,", n.ID())
	}
	return key.String()
}

// evaluate computes nodes from the present values of all inputs.
func (s *Simulator) evaluate(ctx context.Context, roots ...*G.Node) ([]G.Value, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	p, err := s.planFor(roots)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return p.plan.Run(ctx, p.engine, p.workers, s.settings.progress)
}

// Value computes the value of any node of the graph, an inner one of the model too, from the present values of all
// inputs: a *gorgonia.F64 for scalars, a *tensor.Dense otherwise. In a compiled simulator inner nodes of the model have
// none: the error wraps ErrDonated.
func (s *Simulator) Value(ctx context.Context, n *G.Node) (G.Value, error) {
	v, err := s.Values(ctx, n)
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// Values computes several nodes of the graph together, from the present values of all inputs; see Value.
func (s *Simulator) Values(ctx context.Context, nodes ...*G.Node) ([]G.Value, error) {
	if err := s.donated("the value of", nodes...); err != nil {
		return nil, err
	}
	return s.evaluate(ctx, nodes...)
}

// Image computes the expected photons of a detector of one panel as an image (slow, fast), 0 outside region and mask.
func (s *Simulator) Image(ctx context.Context) (*tensor.Dense, error) {
	images, err := s.Images(ctx)
	if err != nil {
		return nil, err
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("simulator: the detector has %d panels: use Images", len(images))
	}
	return images[0], nil
}

// Images computes the expected photons, an image (slow, fast) for each panel, 0 outside regions and masks. A pixel
// that is not finite is an error that names it.
func (s *Simulator) Images(ctx context.Context) ([]*tensor.Dense, error) {
	v, err := s.Value(ctx, s.intensity)
	if err != nil {
		return nil, err
	}
	a, err := expr.ArrayOf(v)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	for i, x := range a.Data {
		if !finite(x) {
			return nil, fmt.Errorf("simulator: the intensity of simulated pixel %d is %g: some parameter makes no sense together with the others", i, x)
		}
	}
	if sizes := s.detector.Sizes(); len(sizes) == 1 && sizes[0][0]*sizes[0][1] == len(a.Data) {
		// All pixels of one panel, in the image's order: the values are the image.
		return []*tensor.Dense{tensor.New(tensor.WithShape(sizes[0][1], sizes[0][0]), tensor.WithBacking(a.Data))}, nil
	}
	return s.detector.Images(a.Data)
}

// finite tells a number from NaN and infinities by its exponent.
func finite(x float64) bool {
	const exponent = 0x7ff << 52
	return math.Float64bits(x)&exponent != exponent
}

// Data makes an input node of measured values, in the order of Intensity, from an image (slow, fast) for each panel.
func (s *Simulator) Data(name string, images ...*tensor.Dense) (*G.Node, error) {
	values, err := s.detector.Select(images...)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := expr.On(s.graph)
	n := b.Leaf(name, values, len(values))
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	return n, nil
}

// Set gives an input node a new value: a float64 for a scalar, a *tensor.Dense or []float64 of its size otherwise. The
// next call that computes something sees it; nothing is built anew.
func (s *Simulator) Set(n *G.Node, value any) error {
	if n == nil || n.Graph() != s.graph {
		return fmt.Errorf("simulator: Set of a node of another graph, or none")
	}
	if n.Op() != nil {
		return fmt.Errorf("simulator: %s is computed by %v; only inputs can be set", n.Name(), n.Op())
	}
	var v G.Value
	switch x := value.(type) {
	case float64:
		v = G.NewF64(x)
	case []float64:
		if len(x) != n.Shape().TotalSize() {
			return fmt.Errorf("simulator: %d numbers for %s of shape %v", len(x), n.Name(), n.Shape())
		}
		if len(n.Shape()) == 0 {
			v = G.NewF64(x[0])
			break
		}
		v = tensor.New(tensor.WithShape(n.Shape().Clone()...), tensor.WithBacking(append([]float64(nil), x...)))
	case *tensor.Dense:
		v = x
	default:
		return fmt.Errorf("simulator: %s cannot be set to a %T; want float64, []float64 or *tensor.Dense", n.Name(), value)
	}
	if len(v.Shape()) != len(n.Shape()) || !v.Shape().Eq(n.Shape()) {
		return fmt.Errorf("simulator: a value of shape %v for %s of shape %v", v.Shape(), n.Name(), n.Shape())
	}
	a, err := expr.ArrayOf(v)
	if err != nil {
		return fmt.Errorf("simulator: %s: %w", n.Name(), err)
	}
	for _, x := range a.Data {
		if !finite(x) {
			return fmt.Errorf("simulator: %s cannot be set to %g", n.Name(), x)
		}
	}
	return G.Let(n, v)
}
