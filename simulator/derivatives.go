package simulator

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// ErrDetached says that a loss has no derivative by a node: it does not depend on it, or through steps alone.
var ErrDetached = errors.New("no derivative")

// Gradient is a loss and its derivatives by some nodes.
type Gradient struct {
	Loss float64
	// By holds, for each node, its derivatives: one number for a scalar, as many as it has elements otherwise.
	By [][]float64
}

// Scalars are the derivatives by scalar nodes, in order; what arrays have is appended element by element.
func (g *Gradient) Scalars() []float64 {
	var out []float64
	for _, d := range g.By {
		out = append(out, d...)
	}
	return out
}

// Gradient computes a scalar loss, any expression of the graph, and its exact derivatives by nodes, inputs or inner
// ones. The first call for a loss and nodes builds the derivatives; later ones only compute. A loss without a
// derivative by a node is an error that wraps ErrDetached and names the node.
func (s *Simulator) Gradient(ctx context.Context, loss *G.Node, nodes ...*G.Node) (*Gradient, error) {
	grads, err := s.GradientNodes(loss, nodes...)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, append(G.Nodes{loss}, grads...))
	if err != nil {
		return nil, err
	}
	return &Gradient{Loss: values[0][0], By: values[1:]}, nil
}

// GradientNodes builds the derivatives of a loss by nodes as nodes, for losses made of gradients.
func (s *Simulator) GradientNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	return s.gradientNodes(loss, nodes, s.goesForward(nodes))
}

// gradientNodes are GradientNodes, in reverse mode or by way of derivative images.
func (s *Simulator) gradientNodes(loss *G.Node, nodes G.Nodes, forward bool) (G.Nodes, error) {
	if err := s.checkLoss(loss, nodes); err != nil {
		return nil, err
	}
	key := nodesKey(append([]*G.Node{loss}, nodes...))
	if forward {
		key = "forward:" + key
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if grads := s.gradients[key]; grads != nil {
		return grads, nil
	}
	build := func() (G.Nodes, error) { return autodiff.Gradient(loss, nodes...) }
	if forward {
		build = func() (G.Nodes, error) { return s.forwardGradient(loss, nodes) }
	}
	grads, err := build()
	var detached *autodiff.Detached
	switch {
	case errors.As(err, &detached):
		return nil, fmt.Errorf("simulator: %w: %w", ErrDetached, err)
	case err != nil:
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.gradients[key] = grads
	return grads, nil
}

func (s *Simulator) checkLoss(loss *G.Node, nodes []*G.Node) error {
	if loss == nil || loss.Graph() != s.graph {
		return fmt.Errorf("simulator: the loss is a node of another graph, or none")
	}
	if len(nodes) == 0 {
		return fmt.Errorf("simulator: no nodes to differentiate by")
	}
	for i, n := range nodes {
		if n == nil || n.Graph() != s.graph {
			return fmt.Errorf("simulator: node %d to differentiate by is of another graph, or none", i)
		}
	}
	return s.donated("the gradient by", nodes...)
}

// numbers computes nodes as plain numbers, all finite.
func (s *Simulator) numbers(ctx context.Context, nodes G.Nodes) ([][]float64, error) {
	values, err := s.evaluate(ctx, nodes...)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := expr.ArrayOf(v)
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		for _, x := range a.Data {
			if !finite(x) {
				return nil, fmt.Errorf("simulator: %s is %g: some parameter makes no sense together with the others", nodes[i].Name(), x)
			}
		}
		out[i] = a.Data
	}
	return out, nil
}

// Hessian computes the second derivatives of a loss by scalar nodes. What has no second derivative is zero there.
func (s *Simulator) Hessian(ctx context.Context, loss *G.Node, nodes ...*G.Node) (*mat.SymDense, error) {
	rows, err := s.HessianNodes(loss, nodes...)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, rows)
	if err != nil {
		return nil, err
	}
	h := mat.NewSymDense(len(nodes), nil)
	k := 0
	for i := range nodes {
		for j := i; j < len(nodes); j++ {
			h.SetSym(i, j, values[k][0])
			k++
		}
	}
	return h, nil
}

// HessianNodes builds the second derivatives of a loss by scalar nodes as nodes: the upper triangle, row by row.
func (s *Simulator) HessianNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	for _, n := range nodes {
		if n != nil && len(n.Shape()) != 0 {
			return nil, fmt.Errorf("simulator: %s has shape %v; a Hessian is by scalars: use HessianVector", n.Name(), n.Shape())
		}
	}
	grads, err := s.gradientNodes(loss, nodes, false)
	if err != nil {
		return nil, err
	}
	key := "hessian:" + nodesKey(append([]*G.Node{loss}, nodes...))
	s.mu.Lock()
	defer s.mu.Unlock()
	if rows := s.gradients[key]; rows != nil {
		return rows, nil
	}
	var rows G.Nodes
	for i, g := range grads {
		row, err := autodiff.GradientOrZero(g, nodes[i:]...)
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		rows = append(rows, row...)
	}
	s.gradients[key] = rows
	return rows, nil
}

// HessianVector computes the product of a loss's Hessian by nodes with a vector, which has as many elements as the
// nodes have together, at about the cost of two gradients.
func (s *Simulator) HessianVector(ctx context.Context, loss *G.Node, vector []float64, nodes ...*G.Node) ([]float64, error) {
	grads, err := s.gradientNodes(loss, nodes, false)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, n := range nodes {
		size += n.Shape().TotalSize()
	}
	if len(vector) != size {
		return nil, fmt.Errorf("simulator: a vector of %d numbers for nodes of %d", len(vector), size)
	}
	s.product.Lock() // the direction is a value of the graph
	defer s.product.Unlock()
	key := "product:" + nodesKey(append([]*G.Node{loss}, nodes...))
	built, err := s.productNodes(key, grads, nodes)
	if err != nil {
		return nil, err
	}
	directions, products := built[:len(nodes)], built[len(nodes):]
	at := 0
	for i, d := range directions {
		n := nodes[i].Shape().TotalSize()
		var v any = vector[at]
		if len(d.Shape()) > 0 {
			v = vector[at : at+n]
		}
		if err := s.Set(d, v); err != nil {
			return nil, err
		}
		at += n
	}
	values, err := s.numbers(ctx, products)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, v := range values {
		out = append(out, v...)
	}
	return out, nil
}

// productNodes are buildProduct's, made once.
func (s *Simulator) productNodes(key string, grads, nodes G.Nodes) (G.Nodes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if built := s.gradients[key]; built != nil {
		return built, nil
	}
	built, err := s.buildProduct(key, grads, nodes)
	if err == nil {
		s.gradients[key] = built
	}
	return built, err
}

// buildProduct makes the direction's nodes and the gradient of the gradient's component along it.
func (s *Simulator) buildProduct(key string, grads, nodes G.Nodes) (G.Nodes, error) {
	b := expr.On(s.graph)
	directions := make(G.Nodes, len(nodes))
	along := b.Const(0)
	for i, n := range nodes {
		name := fmt.Sprintf("direction %d of %s simulator %d", i, key, s.number)
		if len(n.Shape()) == 0 {
			directions[i] = b.Scalar(name, 0)
		} else {
			directions[i] = b.Leaf(name, make([]float64, n.Shape().TotalSize()), n.Shape()...)
		}
		along = b.Add(along, b.SumAll(b.Mul(grads[i], directions[i])))
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	products, err := autodiff.GradientOrZero(along, nodes...)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return append(directions, products...), nil
}
