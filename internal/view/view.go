// Package view describes a model of pixels on one executor by the calls that its users make. A
// simulator gives views of itself, and package gradcheck, which knows no simulator, compares their
// derivatives with those that it has verified.
package view

import (
	"context"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// View is a model on one executor. All views of a model share its graph and the values of its
// inputs.
type View interface {
	// String names the executor as a program writes it: simulator.CPU("avx2").
	String() string
	// Compiled reports whether the executor compiles graphs. The derivatives by nodes inside a
	// compiled model cannot be asked for.
	Compiled() bool
	// Pixels returns the number of elements of the intensity.
	Pixels() int
	// InBatches returns the same view with so many pixels in a batch, or in a launch of a GPU.
	InBatches(pixels int) (View, error)
	// Compute computes expressions of the graph. Where a compiled view cannot compile them, it
	// returns the reason and no values.
	Compute(ctx context.Context, list ...*expr.Node) (values []G.Value, why string, err error)

	// Set gives an input a value.
	Set(n *G.Node, value any) error
	// Intensity is the node of the pixels' intensities.
	Intensity() *G.Node
	// Layout arranges a number for each element of the intensity as images, one for each panel.
	Layout(values []float64) ([]*tensor.Dense, error)

	// Gradient computes a loss and its derivatives by nodes, with the elements of each in a slice.
	Gradient(ctx context.Context, loss *G.Node, by ...*G.Node) (value float64, grads [][]float64, err error)
	// GradientNodes returns the derivatives as nodes.
	GradientNodes(loss *G.Node, by ...*G.Node) (G.Nodes, error)
	// Hessian computes the second derivatives by scalars.
	Hessian(ctx context.Context, loss *G.Node, by ...*G.Node) (*mat.SymDense, error)
	// HessianNodes returns the upper triangle of the Hessian, row by row, as nodes.
	HessianNodes(loss *G.Node, by ...*G.Node) (G.Nodes, error)
	// HessianVector computes the product of the Hessian and a vector, by all elements of nodes.
	HessianVector(ctx context.Context, loss *G.Node, vector []float64, by ...*G.Node) ([]float64, error)
	// Derivatives computes, for each scalar, the derivatives of the images of all panels.
	Derivatives(ctx context.Context, by ...*G.Node) ([][]*tensor.Dense, error)
	// DerivativeNodes returns the derivatives of the intensity by scalars as nodes.
	DerivativeNodes(by ...*G.Node) (G.Nodes, error)
}
