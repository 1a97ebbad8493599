package expr

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"
)

func productText(r Rule) string {
	text := [2]string{}
	for i, t := range r.Transposed {
		if t {
			text[i] = "ᵀ"
		}
	}
	return fmt.Sprintf(" A%s×B%s", text[0], text[1])
}

// matrices are the rows and columns of the two matrices that a product multiplies, transposed where the rule says so.
func (r Rule) matrices(x, y Dims) (rows, inner, same, columns int) {
	rows, inner, same, columns = x[2], x[3], y[2], y[3]
	if r.Transposed[0] {
		rows, inner = inner, rows
	}
	if r.Transposed[1] {
		same, columns = columns, same
	}
	return rows, inner, same, columns
}

func productShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	var d [2]Dims
	for i, s := range in {
		var err error
		if d[i], err = DimsOf(s); err != nil {
			return nil, err
		}
		if len(s) < 2 {
			return nil, fmt.Errorf("expr: operand %d of a product of matrices has shape %v", i, s)
		}
	}
	rows, inner, same, columns := r.matrices(d[0], d[1])
	outer, fits := broadcast(Dims{d[0][0], d[0][1], 1, 1}, Dims{d[1][0], d[1][1], 1, 1})
	if inner != same || !fits {
		return nil, fmt.Errorf("expr: matrices of shapes %v and %v have no product%s", in[0], in[1], r)
	}
	return shapeOf(Dims{outer[0], outer[1], rows, columns}, max(len(in[0]), len(in[1]))), nil
}

// productEval multiplies a matrix of each operand for each index of the two outer axes.
func productEval(r Rule, out Array, in []Array) {
	x, y := in[0], in[1]
	matrix := func(a Array, o, s int) blas64.General {
		size := a.Dims[2] * a.Dims[3]
		at := (along(o, a.Dims[0])*a.Dims[1] + along(s, a.Dims[1])) * size
		return blas64.General{Rows: a.Dims[2], Cols: a.Dims[3], Stride: a.Dims[3], Data: a.Data[at : at+size]}
	}
	transpose := func(i int) blas.Transpose {
		if r.Transposed[i] {
			return blas.Trans
		}
		return blas.NoTrans
	}
	for o := range out.Dims[0] {
		for s := range out.Dims[1] {
			blas64.Gemm(transpose(0), transpose(1), 1, matrix(x, o, s), matrix(y, o, s), 0, matrix(out, o, s))
		}
	}
}

func productDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	x, y, tx, ty := in[0], in[1], r.Transposed[0], r.Transposed[1]
	shares := make([]*Node, 2)
	if tx {
		shares[0] = b.MatMul(y, grad, ty, true)
	} else {
		shares[0] = b.MatMul(grad, y, false, !ty)
	}
	if ty {
		shares[1] = b.MatMul(grad, x, true, tx)
	} else {
		shares[1] = b.MatMul(x, grad, !tx, false)
	}
	return shares
}

// productTangent: a product is linear in each operand.
func productTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	with := [2]*Node{in[0], in[1]}
	with[i] = b.BroadcastTo(t, in[i].Shape())
	return b.Apply(r, with[0], with[1])
}

// MatMul is the product of the matrices on the last two axes of x and y, each transposed first if asked for. Along the axes
// before, matrices are multiplied one by one, and repeated where the extent is 1.
func (b *Builder) MatMul(x, y *Node, transposeX, transposeY bool) *Node {
	return b.Apply(Rule{Op: OpMatMul, Transposed: [2]bool{transposeX, transposeY}}, x, y)
}
