package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Squares of sums over the steps of a pixel, by label: of a weight w, and pairs of a label e and a value v at each step,
//
//	squares(w, e, v, …)[m] = Σ_pixels w (Σ v over the steps and pairs with e = m)²
//
// It is the diagonal of a Fisher matrix by as many parameters as there are labels, of which each pixel depends on a few. It
// is made of derivatives for their numbers and is not differentiated further.

func squaresText(r Rule) string { return targetText(r) }

func squaresShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	if len(in) < 3 || len(in)%2 == 0 || r.to.rank != 1 {
		return nil, fmt.Errorf("expr: squares of %d operands for shape %v", len(in), r.to.shape())
	}
	if _, err := broadcastShape(in); err != nil {
		return nil, err
	}
	return r.to.shape(), nil
}

func squaresEval(r Rule, out Array, in []Array) {
	whole := Dims{1, 1, 1, 1}
	for _, a := range in {
		whole, _ = broadcast(whole, a.Dims)
	}
	all := make([]Array, len(in))
	for k, a := range in {
		all[k] = spread(a, whole)
	}
	clear(out.Data)
	n := whole[Pixel]
	var s SquareSums
	s.Start(n)
	row := make([]Array, len(all))
	for at := 0; at < whole.Size(); at += n {
		for k, a := range all {
			row[k] = Array{Dims: Dims{1, 1, 1, n}, Data: a.Data[at : at+n]}
		}
		s.Add(row)
	}
	s.Finish(out.Data)
}

// SquareSums are the sums over steps of an OpSquares rule, for some pixels.
type SquareSums struct {
	pixels []labelled
}

// labelled are the sums of one pixel.
type labelled struct {
	weight float64
	last   int // the sum added to last: most steps of a pixel have the same label
	sums   []labelledSum
}

type labelledSum struct {
	label int
	sum   float64
}

// Start begins the sums of n pixels.
func (s *SquareSums) Start(n int) {
	if cap(s.pixels) < n {
		s.pixels = make([]labelled, n)
	}
	s.pixels = s.pixels[:n]
	for i := range s.pixels {
		p := &s.pixels[i]
		p.last, p.sums = 0, p.sums[:0]
	}
}

// Add adds the values of a step. The operands are the rule's, with an element for each pixel.
func (s *SquareSums) Add(in []Array) {
	weight := in[0].Data
	for k := 1; k < len(in); k += 2 {
		labels, values := in[k].Data, in[k+1].Data
		for i := range s.pixels {
			if v := values[i]; v != 0 {
				s.pixels[i].add(int(labels[i]), v)
			}
		}
	}
	for i := range s.pixels {
		s.pixels[i].weight = weight[i]
	}
}

func (p *labelled) add(label int, v float64) {
	if p.last < len(p.sums) && p.sums[p.last].label == label {
		p.sums[p.last].sum += v
		return
	}
	for i := range p.sums {
		if p.sums[i].label == label {
			p.sums[i].sum += v
			p.last = i
			return
		}
	}
	p.last = len(p.sums)
	p.sums = append(p.sums, labelledSum{label, v})
}

// Finish adds the weighted squares to a table.
func (s *SquareSums) Finish(table []float64) {
	for i := range s.pixels {
		p := &s.pixels[i]
		for _, x := range p.sums {
			table[x.label] += float64(p.weight * x.sum * x.sum)
		}
	}
}

// Squares makes the squares of sums for labels from 0 to size−1.
func (b *Builder) Squares(size int, weight *Node, pairs ...*Node) *Node {
	to, err := targetOf(tensor.Shape{size})
	b.Fail(err)
	return b.Apply(Rule{Op: OpSquares, to: to}, append([]*Node{weight}, pairs...)...)
}
