package simulator

import (
	"context"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// planOf is planFor for nodes of the graph; without nodes, for the intensity.
func (s *Simulator) planOf(nodes []*G.Node) (*execution, error) {
	if len(nodes) == 0 {
		return s.planFor([]*expr.Node{s.intensity})
	}
	roots, err := s.own(nodes)
	if err != nil {
		return nil, err
	}
	return s.planFor(roots)
}

// own reads nodes, which must belong to the simulator's graph.
func (s *Simulator) own(nodes []*G.Node) ([]*expr.Node, error) {
	for _, n := range nodes {
		if n == nil || n.Graph() != s.graph {
			return nil, fmt.Errorf("simulator: a node of another graph, or none")
		}
	}
	return s.read(nodes...)
}

// planFor returns the plan for expressions from the cache, or makes it.
func (s *Simulator) planFor(roots []*expr.Node) (*execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.plans.find(idsOf(roots...), func() (*execution, error) { return s.newExecution(roots) })
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return p, nil
}

// evaluate computes expressions from the present values of all inputs.
func (s *Simulator) evaluate(ctx context.Context, roots ...*expr.Node) ([]G.Value, error) {
	return s.evaluateInto(ctx, nil, roots...)
}

// evaluateInto is evaluate in memory that exists: see plan.RunInto.
func (s *Simulator) evaluateInto(ctx context.Context, into [][]float64, roots ...*expr.Node) ([]G.Value, error) {
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
	return p.plan.RunInto(ctx, p.engine, p.workers, s.settings.progress, into)
}

// Value computes the value of any node of the graph from the present values of all inputs: a *gorgonia.F64 for scalars, a
// *tensor.Dense otherwise. A compiled simulator does not keep the values of inner nodes of the model: for these the error
// wraps [ErrDonated].
func (s *Simulator) Value(ctx context.Context, n *G.Node) (G.Value, error) {
	v, err := s.Values(ctx, n)
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// Values computes several nodes of the graph together, from the present values of all inputs; see Value.
func (s *Simulator) Values(ctx context.Context, nodes ...*G.Node) ([]G.Value, error) {
	list, err := s.own(nodes)
	if err != nil {
		return nil, err
	}
	if err := s.donated("the value of", list...); err != nil {
		return nil, err
	}
	return s.evaluate(ctx, list...)
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
	return s.images(ctx, nil)
}

// ImagesInto is [Simulator.Images] in the memory of images that exist, such as those of an earlier call, of which nothing
// is kept: in a sweep of images with few spots, most of the time of one is that of new memory. It is an error if they are not
// float64 images of the panels' sizes (slow, fast), stored row by row. After an error their elements mean nothing.
func (s *Simulator) ImagesInto(ctx context.Context, images []*tensor.Dense) error {
	_, err := s.images(ctx, images)
	return err
}

// images computes images, in those of into unless that is nil.
func (s *Simulator) images(ctx context.Context, into []*tensor.Dense) ([]*tensor.Dense, error) {
	data := make([][]float64, len(s.detector.Sizes()))
	if into != nil {
		var err error
		if data, err = s.detector.Rows(into...); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		for k, image := range into {
			if image.RequiresIterator() || !image.DataOrder().IsRowMajor() || !image.DataOrder().IsContiguous() {
				return nil, fmt.Errorf("simulator: image %d is part of another tensor, or not stored row by row", k)
			}
		}
	}
	// All pixels of one panel, in the image's order: the values are the image.
	sizes := s.detector.Sizes()
	whole := len(sizes) == 1 && sizes[0][0]*sizes[0][1] == s.detector.Pixels()
	var root [][]float64
	if whole {
		root = data
	}
	v, err := s.evaluateInto(ctx, root, s.intensity)
	if err != nil {
		return nil, err
	}
	a, err := node.ArrayOf(v[0])
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if err := allFinite(0, a.Data); err != nil {
		return nil, err
	}
	switch {
	case into != nil:
		if !whole || &data[0][0] != &a.Data[0] {
			err = s.detector.Arrange(a.Data, data)
		}
		return into, err
	case whole:
		return []*tensor.Dense{tensor.New(tensor.WithShape(sizes[0][1], sizes[0][0]), tensor.WithBacking(a.Data))}, nil
	}
	return s.detector.Images(a.Data)
}

// Stream computes the images of [Simulator.Images] and gives their pixels away as they are made, instead of keeping them: to
// visit, which receives values that are side by side in the image of a panel, the first of them at the position
// slow·(pixels along fast) + fast. It gets each simulated pixel once, in any order, and is called by several goroutines at
// once; the values are overwritten when it has returned. The first error ends the run.
func (s *Simulator) Stream(ctx context.Context, visit func(panel, at int, values []float64) error) error {
	if err := s.Check(); err != nil {
		return err
	}
	p, err := s.planFor([]*expr.Node{s.intensity})
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.plan.Stream(ctx, p.engine, p.workers, s.settings.progress, func(first int, values []float64) error {
		if err := allFinite(first, values); err != nil {
			return err
		}
		var err error
		s.detector.Pieces(first, first+len(values), func(panel, i, at, n int) {
			if err == nil {
				err = visit(panel, at, values[i-first:][:n])
			}
		})
		return err
	})
}

// allFinite returns an error for the first intensity that is not finite, of pixels from one on.
func allFinite(first int, values []float64) error {
	for i, x := range values {
		if !finite(x) {
			return fmt.Errorf("simulator: the intensity of simulated pixel %d is %g: some parameter makes no sense together with the others", first+i, x)
		}
	}
	return nil
}

// finite reports whether x is neither NaN nor infinite, by its exponent.
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
	b := node.On(s.graph)
	n := b.Leaf(name, values, len(values))
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	return n, nil
}

// Set gives an input node a new value: a float64 or an int for a scalar, a *tensor.Dense or []float64 of its size otherwise.
// The next computation uses it; nothing is built again.
func (s *Simulator) Set(n *G.Node, value any) error {
	if n == nil || n.Graph() != s.graph {
		return fmt.Errorf("simulator: Set of a node of another graph, or none")
	}
	if n.Op() != nil {
		return fmt.Errorf("simulator: %s is computed; only inputs can be set", node.Describe(n))
	}
	v, err := valueFor(n, value)
	if err != nil {
		return err
	}
	if len(v.Shape()) != len(n.Shape()) || !v.Shape().Eq(n.Shape()) {
		return fmt.Errorf("simulator: a value of shape %v for %s of shape %v", v.Shape(), n.Name(), n.Shape())
	}
	a, err := node.ArrayOf(v)
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

// valueFor makes a gorgonia value of what Set was given.
func valueFor(n *G.Node, value any) (G.Value, error) {
	switch x := value.(type) {
	case float64:
		return G.NewF64(x), nil
	case int:
		return G.NewF64(float64(x)), nil
	case []float64:
		if len(x) != n.Shape().TotalSize() {
			return nil, fmt.Errorf("simulator: %d numbers for %s of shape %v", len(x), n.Name(), n.Shape())
		}
		return node.AsValue(n.Shape(), append([]float64(nil), x...)), nil
	case *tensor.Dense:
		if x == nil {
			return nil, fmt.Errorf("simulator: %s cannot be set to a nil tensor", n.Name())
		}
		return x, nil
	case nil:
		return nil, fmt.Errorf("simulator: %s cannot be set to nil", n.Name())
	}
	return nil, fmt.Errorf("simulator: %s cannot be set to a %T; want float64, int, []float64 or *tensor.Dense", n.Name(), value)
}
