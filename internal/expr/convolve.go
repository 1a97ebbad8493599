package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Raster says where on images the elements of two vectors are: those of the first are convolved, the
// second has the result. Rasters are compared by address.
type Raster struct {
	Panels []RasterPanel
	Reach  int // of a kernel, which has 2·Reach + 1 elements along each axis: slow, fast
	// Kernels is how many there are, one below the other along slow. 0 means 1.
	Kernels int
}

// RasterPanel is an image with some of the elements of each vector, in the vectors' order. Where no
// element is, the image is 0.
type RasterPanel struct {
	Fast, Slow int
	From, To   []int32 // places of the elements, slow·Fast + fast, each once
	Kernel     int     // the number of its kernel
}

// A convolution moves each element by the kernel. With x and y vectors on the two sides of a raster:
//
//	convolve(x, w)[p]   = Σ_d w[d] x[p − d]      a vector like y
//	convolveᵀ(y, w)[p]  = Σ_d w[d] y[p + d]      a vector like x
//	correlate(x, y)[d]  = Σ_p y[p] x[p − d]      a kernel
//
// Each is linear in both operands, and its derivatives by them are the other two.

// elements is how many elements a vector of one side has.
func (r *Raster) elements(to bool) (n int) {
	for _, p := range r.Panels {
		if to {
			n += len(p.To)
		} else {
			n += len(p.From)
		}
	}
	return n
}

// Elements returns how many elements the first vector has.
func (r *Raster) Elements() int { return r.elements(false) }

func (r *Raster) kernel() tensor.Shape {
	return tensor.Shape{max(1, r.Kernels) * (2*r.Reach + 1), 2*r.Reach + 1}
}

func rasterText(r Rule) string {
	transposed := ""
	if r.Transposed[0] {
		transposed = "ᵀ"
	}
	return fmt.Sprintf("%s@%p", transposed, r.Raster)
}

func convolveShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	want := tensor.Shape{r.Raster.elements(r.Transposed[0])}
	if !sameShape(in[0], want) || !sameShape(in[1], r.Raster.kernel()) {
		return nil, fmt.Errorf("expr: shapes %v and %v for a convolution of %v by a kernel of %v", in[0], in[1], want, r.Raster.kernel())
	}
	return tensor.Shape{r.Raster.elements(!r.Transposed[0])}, nil
}

func correlateShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	x, y := tensor.Shape{r.Raster.elements(false)}, tensor.Shape{r.Raster.elements(true)}
	if !sameShape(in[0], x) || !sameShape(in[1], y) {
		return nil, fmt.Errorf("expr: shapes %v and %v for a correlation of %v and %v", in[0], in[1], x, y)
	}
	return r.Raster.kernel(), nil
}

// bordered is an image with a border of zeros as wide as the kernel reaches.
type bordered struct {
	reach, stride int
	data          []float64
}

func (p RasterPanel) bordered(reach int) bordered {
	stride := p.Fast + 2*reach
	return bordered{reach, stride, make([]float64, stride*(p.Slow+2*reach))}
}

// row returns n elements of a row from (fast, slow) on, which may be up to reach outside.
func (b bordered) row(slow, fast, n int) []float64 {
	return b.data[(slow+b.reach)*b.stride+fast+b.reach:][:n]
}

// put sets the elements that are at places of an image whose rows are fast long.
func (b bordered) put(places []int32, fast int, values []float64) {
	for i, at := range places {
		b.data[(int(at)/fast+b.reach)*b.stride+int(at)%fast+b.reach] = values[i]
	}
}

// runs visits stretches of n places along rows, from index i of the list on.
func (p RasterPanel) runs(places []int32, visit func(i, slow, fast, n int)) {
	for i := 0; i < len(places); {
		slow, fast := int(places[i])/p.Fast, int(places[i])%p.Fast
		n := 1
		for i+n < len(places) && fast+n < p.Fast && int(places[i+n]) == int(places[i])+n {
			n++
		}
		visit(i, slow, fast, n)
		i += n
	}
}

// stretch is part of a row of a panel whose elements follow each other.
type stretch struct{ i, slow, fast, n int }

// strip is what one worker computes at a time: stretches of a panel.
type strip struct {
	image     bordered
	kernel    []float64
	out       []float64
	stretches []stretch
}

// stripElements is how many elements a strip has before the next one begins.
const stripElements = 1 << 14

// convolveParts divides the result into strips, which do not depend on each other.
func convolveParts(r Rule, out Array, in []Array) (parts int, do func(part int)) {
	reach, size, sign := r.Raster.Reach, 2*r.Raster.Reach+1, -1
	x, y := in[0].Data, out.Data
	var strips []strip
	for _, p := range r.Raster.Panels {
		from, to := p.From, p.To
		if r.Transposed[0] {
			from, to, sign = to, from, 1
		}
		image := p.bordered(reach)
		image.put(from, p.Fast, x[:len(from)])
		own := strip{image: image, kernel: in[1].Data[p.Kernel*size*size:][:size*size], out: y[:len(to)]}
		elements := 0
		p.runs(to, func(i, slow, fast, n int) {
			own.stretches = append(own.stretches, stretch{i, slow, fast, n})
			if elements += n; elements >= stripElements {
				strips = append(strips, own)
				own.stretches, elements = nil, 0
			}
		})
		strips = append(strips, own)
		x, y = x[len(from):], y[len(to):]
	}
	return len(strips), func(part int) {
		s := &strips[part]
		for _, at := range s.stretches {
			run := s.out[at.i:][:at.n]
			clear(run)
			for ds := -reach; ds <= reach; ds++ {
				for df := -reach; df <= reach; df++ {
					w := s.kernel[(ds+reach)*size+df+reach]
					for f, v := range s.image.row(at.slow+sign*ds, at.fast+sign*df, at.n) {
						run[f] += float64(w * v)
					}
				}
			}
		}
	}
}

// correlateParts divides the result into rows, each of which goes over all elements.
func correlateParts(r Rule, out Array, in []Array) (parts int, do func(part int)) {
	reach, size := r.Raster.Reach, 2*r.Raster.Reach+1
	images := make([]bordered, len(r.Raster.Panels))
	x := in[0].Data
	for k, p := range r.Raster.Panels {
		images[k] = p.bordered(reach)
		images[k].put(p.From, p.Fast, x[:len(p.From)])
		x = x[len(p.From):]
	}
	return len(out.Data) / size, func(part int) {
		kernel, ds := part/size, part%size-reach
		row := out.Data[part*size:][:size]
		clear(row)
		y := in[1].Data
		for k, p := range r.Raster.Panels {
			own := y[:len(p.To)]
			y = y[len(p.To):]
			if p.Kernel != kernel {
				continue
			}
			p.runs(p.To, func(i, slow, fast, n int) {
				run := own[i : i+n]
				for df := -reach; df <= reach; df++ {
					sum := 0.0
					for f, v := range images[k].row(slow-ds, fast-df, n) {
						sum += float64(run[f] * v)
					}
					row[df+reach] += sum
				}
			})
		}
	}
}

// inTurn computes the parts of a result one after the other.
func inTurn(parts func(r Rule, out Array, in []Array) (int, func(part int))) func(r Rule, out Array, in []Array) {
	return func(r Rule, out Array, in []Array) {
		n, do := parts(r, out, in)
		for part := range n {
			do(part)
		}
	}
}

func convolveDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	back := r
	back.Transposed[0] = !r.Transposed[0]
	match := Rule{Op: OpCorrelate, Raster: r.Raster}
	if r.Transposed[0] {
		return []*Node{b.Apply(back, grad, in[1]), b.Apply(match, grad, in[0])}
	}
	return []*Node{b.Apply(back, grad, in[1]), b.Apply(match, in[0], grad)}
}

func correlateDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	there, back := Rule{Op: OpConvolve, Raster: r.Raster}, Rule{Op: OpConvolve, Raster: r.Raster, Transposed: [2]bool{true, false}}
	return []*Node{b.Apply(back, in[1], grad), b.Apply(there, in[0], grad)}
}

// bilinear is the tangent of a rule that is linear in each of its two operands.
func bilinear(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	operands := []*Node{in[0], in[1]}
	operands[i] = b.BroadcastTo(t, in[i].Shape())
	return b.Apply(r, operands...)
}

// Convolve returns Σ_d kernel[d] x[p − d] at the places p of the raster's second vector, where x is its
// first one and d counts along slow and fast from the middle of the kernel.
func (b *Builder) Convolve(raster *Raster, x, kernel *Node) *Node {
	return b.Apply(Rule{Op: OpConvolve, Raster: raster}, x, kernel)
}
