package kernel

import "fmt"

// Kernel is one operation on all lanes of a block. The letters behind a name are
// the kinds of its sources: V a vector, S a scalar.
//
// But for the reductions and Scatter, each works lane by lane, so that a result may take the
// place of any source vector; Assemble says where it may not.
type Kernel uint16

// Arithmetic. Nearest is ceil(x - ½), the whole Miller index nearest to x, halves
// down. Split gives x - nearest and nearest. Min and Max are NaN if a source is,
// and take -0 for less than 0, as Go's own min and max.
const (
	AddVV   Kernel = iota // a + b
	AddVS                 // a + s
	SubVV                 // a - b
	SubVS                 // a - s
	SubSV                 // s - b
	MulVV                 // a b
	MulVS                 // a s
	DivVV                 // a/b
	DivVS                 // a/s
	DivSV                 // s/b
	MinVV                 // min(a, b)
	MaxVV                 // max(a, b)
	Neg                   // -a
	Abs                   // |a|
	Square                // a a
	Sqrt                  // NaN where a < 0
	Inverse               // 1/a
	Floor                 // floor(a)
	Ceil                  // ceil(a)
	Nearest               // ceil(a - ½)
	Split                 // a - nearest(a), nearest(a)
	Copy                  // a
	Fill                  // s, on all lanes

	// One rounding for product and sum.
	FmaVVV  // a b + c
	FmaVSV  // a s + c
	FmaVVS  // a b + s
	FmaVSS  // a s + s'
	FmsVVV  // a b - c
	FmsVSV  // a s - c
	FmsVVS  // a b - s
	FmsVSS  // a s - s'
	FnmaVVV // c - a b
	FnmaVSV // c - a s
	FnmaVVS // s - a b
	FnmaVSS // s' - a s

	// Comparisons are 1 where they hold, else 0. With a NaN only Ne holds.
	LtVV // a < b
	LtVS
	LeVV // a ≤ b
	LeVS
	GtVV // a > b
	GtVS
	GeVV // a ≥ b
	GeVS
	EqVV // a = b
	EqVS
	NeVV // a ≠ b
	NeVS

	// Where takes the second source where the first is not 0 (a NaN is not), else
	// the third.
	WhereVVV
	WhereVVS
	WhereVSV
	WhereVSS

	// Sums of three products, added in the order written, each addition fused with
	// its product.
	Dot3   // a t0 + b t1 + c t2, t three consecutive scalars
	Dot3V  // a x + b y + c z; sources a, b, c, x, y, z
	SumSq3 // a a + b b + c c

	Exp    // over the whole range, to infinity and to 0 by way of the denormals
	Sin    // radians; as Cos and Sincos below 1.5 ulp to |a| = 2^30, beyond as math.Sin
	Cos    //
	Sincos // sin a, cos a

	// SinRatio0 is R(d) = sin(πNd)/sin(πd), the lattice transform of N cells along
	// one axis at the distance d from a whole Miller index; its sources are d and N.
	// SinRatio01 and 012 add the derivatives by d. N outside [1, 1e6] gives NaN.
	SinRatio0   // R
	SinRatio01  // R, R'
	SinRatio012 // R, R', R''

	// GaussMean0 is M(o, g), the mean of exp(-t²/2) over the interval of width g around o; its
	// sources are o and g. GaussMean01 adds the derivatives by o and by g.
	GaussMean0  // M
	GaussMean01 // M, by o, by g

	// Tables are lists outside the arena; a cell is the index of an element as a number, or another
	// number, which stands for none. Their indices are checked here and not by Assemble.
	Cell    // the cell of a box at whole h, k, l, else -1; sources h, k, l and the box
	BoxCell // the same in one of several boxes: box c at h + 2^20 c
	Present // the cell if its bit is set in a list of bits, else -1
	Read    // the table's element; 0 for none
	ReadOr  // the table's element; s for none
	// Scatter adds a value to the element of a cell. It keeps the sum of each lane in its queue until
	// the lane's cell changes, as StartQueue and EndQueue begin and end it.
	Scatter // sources cell, value

	// The reductions add lane i to element i mod 16 of an accumulator, from lane 0 on.
	// Total sums those.
	RedSum  // a
	RedDot  // a b, fused
	ListSum // RedSum into the first elements of a list
	ListDot // RedDot into the first elements of a list

	kernelCount
)

// definition is what is to know about a kernel: its name, the kinds of its sources
// and results, its loop in Go, and, for a kernel that does not cover all arguments,
// what mends the lanes beyond.
type definition struct {
	name string
	form string
	run  func(dst results, src sources)
	redo func(dst results, src sources)
}

// String is the kernel's name, for example "AddVS".
func (k Kernel) String() string {
	if k < kernelCount {
		return definitions[k].name
	}
	return fmt.Sprintf("Kernel(%d)", uint16(k))
}

// Form says what the kernel takes and gives, for example "VSV>V", one letter an
// operand, the results behind the >:
//
//	V  a vector, of the block's lanes
//	S  a scalar
//	T  three consecutive scalars
//	A  an accumulator of AccumulatorLen elements, read and written
//	B  BoxLen consecutive scalars, a box of whole indices: the lowest h and the number
//	   of them, those of k and of l, the number of boxes and of the cells in each
//	L  a list outside the arena, by its number among Run's; a result is read and written
//	Q  a queue of QueueLen elements, read and written
//
// It is empty where k is no kernel.
func (k Kernel) Form() string {
	if k < kernelCount {
		return definitions[k].form
	}
	return ""
}

// Redoes reports whether Go may have to compute some lanes a second time. The
// results of such a kernel must not take the place of its sources.
func (k Kernel) Redoes() bool { return k < kernelCount && definitions[k].redo != nil }
