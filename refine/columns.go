package refine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Spots in closed form are pairs of a spot and a pixel, put into the pixels, after which expressions of the pixels are computed one
// after the other. There the many products of the columns of a Jacobian take longer than the columns: they are summed here instead.

// inColumns reports whether the columns of the Jacobian are computed as arrays, and the sums of their products by
// [Problem.sumColumns].
func (p *Problem) inColumns() bool {
	return p.sim.ClosedFormCheck() != nil && p.columnwise() && len(p.loss.restraints) == 0 && p.loss.Prediction != nil && p.loss.Curvature != nil
}

// columnNodes returns the loss, its derivative by the prediction and the curvature, pixel by pixel, and the columns.
func (p *Problem) columnNodes() ([]*expr.Node, error) {
	if nodes := p.nodes[columns]; nodes != nil {
		return nodes, nil
	}
	b := node.On(p.sim.Graph())
	value, curvature := b.In(p.loss.Value), b.In(p.loss.Curvature)
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	if err := p.linearise(b); err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	nodes := append([]*expr.Node{value, p.lossDerivative, curvature}, p.jacobian...)
	p.nodes[columns] = nodes
	return nodes, nil
}

// sumColumns computes the loss, the gradient and the Fisher matrix of a point whose parameters are set, and further scalars. It
// leaves the point impossible where a number is not finite.
func (p *Problem) sumColumns(ctx context.Context, pt *point, more []*expr.Node) (scalars []float64, err error) {
	nodes, err := p.columnNodes()
	if err != nil {
		return nil, err
	}
	values, err := p.sim.Expressions().Values(ctx, append(nodes[:len(nodes):len(nodes)], more...)...)
	if err != nil {
		return nil, err
	}
	arrays := make([][]float64, len(values))
	for i, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		arrays[i] = a.Data
	}
	for _, i := range []int{1, 2} { // one number for all pixels
		if a := arrays[i]; len(a) == 1 {
			arrays[i] = slices.Repeat(a, p.loss.Prediction.Shape().TotalSize())
		}
	}
	loss := arrays[0][0]
	for _, a := range arrays[len(nodes):] {
		scalars = append(scalars, a[0])
	}
	gradient, matrix := sumProducts(arrays[1], arrays[2], arrays[3:len(nodes)], p.sim.Workers())
	for _, list := range [][]float64{{loss}, gradient, matrix, scalars} {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, nil
			}
		}
	}
	pt.possible, pt.loss, pt.gradient, pt.fisher = true, loss, gradient, mat.NewSymDense(len(gradient), matrix)
	return scalars, nil
}

// columnChunk is the number of pixels whose products one worker sums. The sums of the chunks are added in their order, so that the
// bits do not depend on the number of workers.
const columnChunk = 2048

// sumProducts returns Σ d J_i and the matrix Σ w J_i J_j, for numbers d and w of the pixels and columns J, summed by no more workers than
// most. Columns of one element are the same for all pixels.
func sumProducts(d, w []float64, list [][]float64, most int) (gradient, matrix []float64) {
	n, pixels := len(list), len(w)
	chunks := (pixels + columnChunk - 1) / columnChunk
	sums := make([][]float64, chunks)
	var next sync.Mutex
	taken := 0
	var workers sync.WaitGroup
	for range min(chunks, most) {
		workers.Go(func() {
			rows := make([][]float64, n)
			flat := make([]float64, n*columnChunk)
			weighted := make([]float64, columnChunk)
			for {
				next.Lock()
				k := taken
				taken++
				next.Unlock()
				if k >= chunks {
					return
				}
				from, to := k*columnChunk, min(pixels, (k+1)*columnChunk)
				for i, column := range list {
					rows[i] = flat[i*columnChunk:][:to-from]
					if len(column) == 1 {
						for m := range rows[i] {
							rows[i][m] = column[0]
						}
						continue
					}
					copy(rows[i], column[from:to])
				}
				own := make([]float64, n+n*n)
				for i, row := range rows {
					dw, ww := d[from:to], weighted[:to-from]
					for m, v := range row {
						own[i] += dw[m] * v
						ww[m] = w[from+m] * v
					}
					for j := i; j < n; j++ {
						sum := 0.0
						for m, v := range rows[j] {
							sum += ww[m] * v
						}
						own[n+i*n+j] = sum
					}
				}
				sums[k] = own
			}
		})
	}
	workers.Wait()
	total := make([]float64, n+n*n)
	for _, own := range sums {
		for i, v := range own {
			total[i] += v
		}
	}
	return total[:n:n], total[n:]
}
