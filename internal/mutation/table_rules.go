package mutation

// rules are mistakes in the derivatives of elementwise operations and of sums.
var rules = []Mutant{
	{Name: "sine: wrong sign", Kind: Sign, File: "internal/expr/op.go",
		Old: `return b.Mul(grad, b.Cos(x)) })}`, New: `return b.Neg(b.Mul(grad, b.Cos(x))) })}`},
	{Name: "cosine: wrong sign", Kind: Sign, File: "internal/expr/op.go",
		Old: `b.Neg(b.Mul(grad, b.Sin(x)))`, New: `b.Mul(grad, b.Sin(x))`},
	{Name: "difference: wrong sign of the second operand", Kind: Sign, File: "internal/expr/op.go",
		Old: `[]*Node{grad, b.Neg(grad)}`, New: `[]*Node{grad, grad}`},
	{Name: "inverse: wrong sign", Kind: Sign, File: "internal/expr/op.go",
		Old: `b.Neg(b.Mul(grad, b.Square(y)))`, New: `b.Mul(grad, b.Square(y))`},
	{Name: "inverse square root: wrong sign", Kind: Sign, File: "internal/expr/op.go",
		Old: `b.Const(-0.5)`, New: `b.Const(0.5)`},
	{Name: "magnitude: right where the operand is positive", Kind: Local, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.apply(OpSign, x))`, New: `b.Mul(grad, b.Square(b.apply(OpSign, x)))`},
	{Name: "square root: factor ½ lost", Kind: Factor, File: "internal/expr/op.go",
		Old: `b.Div(b.Mul(b.Const(0.5), grad), y)`, New: `b.Div(grad, y)`},
	{Name: "square: factor 2 lost", Kind: Factor, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.Mul(b.Const(2), x))`, New: `b.Mul(grad, x)`},
	{Name: "cube: factor 3 lost", Kind: Factor, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.Mul(b.Const(3), b.Square(x)))`, New: `b.Mul(grad, b.Square(x))`},
	{Name: "logarithm to base 2: log 2 for its inverse", Kind: Factor, File: "internal/expr/op.go",
		Old: `b.Const(1/math.Ln2)`, New: `b.Const(math.Ln2)`},
	{Name: "exponential: operand for result", Kind: Swapped, File: "internal/expr/op.go",
		Old: `func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, y) })`, New: `func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, x) })`},
	{Name: "inverse: square lost", Kind: ChainRule, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.Square(y)))`, New: `b.Mul(grad, y))`},
	{Name: "hyperbolic tangent: square lost", Kind: ChainRule, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.Sub(b.Const(1), b.Square(y)))`, New: `b.Mul(grad, b.Sub(b.Const(1), y))`},
	{Name: "softplus: its own value for the sigmoid", Kind: Swapped, File: "internal/expr/op.go",
		Old: `b.Mul(grad, b.apply(OpSigmoid, x))`, New: `b.Mul(grad, y)`},
	{Name: "product: factors swapped", Kind: Swapped, File: "internal/expr/op.go",
		Old: `b.Mul(grad, in[1]), b.Mul(grad, in[0])`, New: `b.Mul(grad, in[0]), b.Mul(grad, in[1])`},
	{Name: "cosine: taken for a step", Kind: Detached, File: "internal/expr/op.go",
		Old: `OpCos: {name: "cos", noun: "cosine", builtin: "cos", operands: 1,`, New: `OpCos: {name: "cos", noun: "cosine", builtin: "cos", operands: 1, flat: 1,`},
	{Name: "quotient: the quotient lost by the denominator", Kind: ChainRule, File: "internal/expr/binary.go",
		Old: `b.Neg(b.Mul(q, z))`, New: `b.Neg(q)`},
	{Name: "power: exponent not lowered", Kind: ChainRule, File: "internal/expr/binary.go",
		Old: `b.Pow(x, b.Sub(y, b.Const(1)))`, New: `b.Pow(x, y)`},
	{Name: "power: sum for product by the exponent", Kind: ChainRule, File: "internal/expr/binary.go",
		Old: `b.Mul(grad, b.Mul(z, logx))`, New: `b.Mul(grad, b.Add(z, logx))`},
	{Name: "minimum: the greater operand has the gradient", Kind: Swapped, File: "internal/expr/op.go",
		Old: `diff: chosen(OpAtMost)`, New: `diff: chosen(OpAtLeast)`},
	{Name: "maximum: the second operand never has the gradient", Kind: Detached, File: "internal/expr/binary.go",
		Old: `b.Mul(grad, b.Sub(b.Const(1), first))`, New: `b.Mul(grad, b.Sub(first, first))`},
	{Name: "choice: branches swapped", Kind: Swapped, File: "internal/expr/where.go",
		Old: `b.Where(in[0], grad, zero), b.Where(in[0], zero, grad)`, New: `b.Where(in[0], zero, grad), b.Where(in[0], grad, zero)`},
	{Name: "pick: one panel further", Kind: Swapped, File: "internal/expr/where.go",
		Old: `b.Const(float64(k))))`, New: `b.Const(float64(len(in)-2-k))))`},
	{Name: "sum: the mean's derivative", Kind: Mean, File: "internal/expr/op.go",
		Old: `				return []*Node{b.BroadcastTo(grad, in[0].Shape())}`, New: `				return []*Node{b.Scale(float64(grad.Size())/float64(in[0].Size()), b.BroadcastTo(grad, in[0].Shape()))}`},
	{Name: "broadcast operand: mean of the shares", Kind: Mean, File: "internal/expr/rule.go",
		Old: `			shares[i] = b.SumTo(s, in[i].Shape())`, New: `			shares[i] = b.Scale(float64(in[i].Size())/float64(s.Size()), b.SumTo(s, in[i].Shape()))`},
	{Name: "sum along an axis: the mean's derivative", Kind: Mean, File: "internal/expr/reduce.go",
		Old: `return []*Node{b.BroadcastTo(b.Reshape(grad, shapeOf(r.Kept(d), len(shape))), shape)}`,
		New: `return []*Node{b.Scale(float64(grad.Size())/float64(in[0].Size()), b.BroadcastTo(b.Reshape(grad, shapeOf(r.Kept(d), len(shape))), shape))}`},
	{Name: "forward: wrong sign of linear operations", Kind: Forward, File: "internal/expr/rule.go",
		Old: `	return b.Apply(r, b.BroadcastTo(t, in[i].Shape()))`, New: `	return b.Neg(b.Apply(r, b.BroadcastTo(t, in[i].Shape())))`},
	{Name: "forward: operands from the third on dropped", Kind: Forward, File: "internal/expr/rule.go",
		Old: `if t == nil || !r.Smooth(i) {`, New: `if t == nil || i > 1 || !r.Smooth(i) {`},
	{Name: "forward: last operand's share alone", Kind: Forward, File: "internal/expr/rule.go",
		Old: `			sum = b.Add(sum, part)`, New: `			sum = part`},
	{Name: "equal nodes: operands from the fourth on ignored", Kind: Cache, File: "internal/expr/graph.go",
		Old: `		k.more = more.String()`, New: `		_ = more.String()`},
	{Name: "equal nodes: order of the derivative ignored", Kind: Cache, File: "internal/expr/graph.go",
		Old: `	k := key{rule: rule, what: what}`, New: `	k := key{rule: rule, what: what}
	k.rule.Order[2] = 0`},
}

// lookups are mistakes in the derivatives of tables.
var lookups = []Mutant{
	{Name: "table: axes of the indices' derivatives transposed", Kind: Swapped, File: "internal/expr/lookup.go",
		Old: `shares[axis] = b.Mul(grad, b.Apply(r.raised(axis), in...))`, New: `shares[axis] = b.Mul(grad, b.Apply(r.raised(2-axis), in...))`},
	{Name: "table: h and k swapped in the adjoint", Kind: Swapped, File: "internal/expr/lookup.go",
		Old: `shares[3] = b.Apply(r.become(OpScatter), in[0], in[1], in[2], grad)`, New: `shares[3] = b.Apply(r.become(OpScatter), in[1], in[0], in[2], grad)`},
	{Name: "table: last of 64 corners left out of the adjoint", Kind: Element, File: "internal/expr/lookup.go",
		Old: `			for k := range c.n {
				table[`, New: `			for k := range min(c.n, 63) {
				table[`},
	{Name: "table: first element of the adjoint left out", Kind: Element, File: "internal/expr/lookup.go",
		Old: `				table[c.index[k]] += float64(c.weight[k] * values.Data[run.at+i])`, New: `				if c.index[k] > 0 {
					table[c.index[k]] += float64(c.weight[k] * values.Data[run.at+i])
				}`},
	{Name: "table: last element of the adjoint left out", Kind: Element, File: "internal/expr/lookup.go",
		Old: `				table[c.index[k]] += float64(c.weight[k] * values.Data[run.at+i])`, New: `				if c.index[k] < len(table)-1 {
					table[c.index[k]] += float64(c.weight[k] * values.Data[run.at+i])
				}`},
	{Name: "table: last pixel left out of the adjoint", Kind: Element, File: "internal/expr/lookup.go",
		Old: `	sweep(whole, in[:3], func(run run) {
		for i := range run.n {`, New: `	sweep(whole, in[:3], func(run run) {
		for i := range max(1, run.n-1) {`},
	{Name: "table: the adjoint overwrites", Kind: Element, File: "internal/expr/lookup.go",
		Old: `				table[c.index[k]] += float64(c`, New: `				table[c.index[k]] = float64(c`},
	{Name: "tricubic: a coefficient of the first derivative", Kind: Sign, File: "internal/expr/lookup.go",
		Old: `(float64(3*t*t) - 1) / 6`, New: `(float64(3*t*t) + 1) / 6`},
	{Name: "tricubic: a coefficient of the second derivative", Kind: SecondOrder, File: "internal/expr/lookup.go",
		Old: `1 - float64(3*t), t}`, New: `1 - float64(2*t), t}`},
	{Name: "table: the default's share has no derivative", Kind: Detached, File: "internal/expr/lookup.go",
		Old: `func shareDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))`, New: `func shareDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	if r.Op == OpShare {
		return shares
	}`},
	{Name: "table: wrong sign of the adjoint's derivative", Kind: SecondOrder, File: "internal/expr/lookup.go",
		Old: `	shares[3] = b.Apply(r.become(OpGather), in[0], in[1], in[2], grad)`, New: `	shares[3] = b.Neg(b.Apply(r.become(OpGather), in[0], in[1], in[2], grad))`},
	{Name: "table: the adjoint's derivative by the indices not raised", Kind: SecondOrder, File: "internal/expr/lookup.go",
		Old: `b.Apply(r.become(OpGather).raised(axis), in[0], in[1], in[2], grad)`, New: `b.Apply(r.become(OpGather), in[0], in[1], in[2], grad)`},
	{Name: "table: forward derivative by the amplitudes detached", Kind: Forward, File: "internal/expr/lookup.go",
		Old: `func gatherTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	if i == 3 {`, New: `func gatherTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	if i == 3 {
		t = b.Sub(t, t)`},
	{Name: "nearest reflection, compiled: the default is lost", Kind: Element, File: "internal/compile/cells.go",
		Old: `args)}, Node: in.Node})
		case`, New: `args)}, Node: in.Node})
		case divisible(in.Rule, expr.OpShare):
			return r.out.lanewise(OpLess, c.cell(r.out, in.Node, in.Rule, args), r.out.constant(-2))
		case`, Tests: []string{"internal/compile/cpu", "simulator ^Test(CompiledModels|Finite)"}},
}

// lattices are mistakes in the transforms of the crystal's shape.
var lattices = []Mutant{
	{Name: "lattice sum: wrong sign by the distance", Kind: Sign, File: "internal/expr/lattice.go",
		Old: `[]*Node{b.Mul(grad, byD), b.Mul(grad, byN)}`, New: `[]*Node{b.Neg(b.Mul(grad, byD)), b.Mul(grad, byN)}`},
	{Name: "lattice sum: detached from the number of cells", Kind: Detached, File: "internal/expr/lattice.go",
		Old: `[]*Node{b.Mul(grad, byD), b.Mul(grad, byN)}`, New: `[]*Node{b.Mul(grad, byD), b.Mul(grad, b.Sub(byN, byN))}`},
	{Name: "lattice sum: π lost in the phase", Kind: Factor, File: "internal/expr/lattice.go",
		Old: `phase := b.Mul(b.Scale(math.Pi, n), d)`, New: `phase := b.Mul(n, d)`},
	{Name: "lattice sum: sign of the quarter turn", Kind: SecondOrder, File: "internal/expr/lattice.go",
		Old: `b.Const(float64(j)*math.Pi/2)`, New: `b.Const(-float64(j)*math.Pi/2)`},
	{Name: "lattice sum: binomial coefficient, from the third order on", Kind: SecondOrder, File: "internal/expr/lattice.go",
		Old: `binomial *= float64(order-j) / float64(j+1)`, New: `binomial *= float64(order - j)`,
		Blind: "It is wrong from the third order on, and gradcheck ends with the second."},
	{Name: "sphere: derivative not raised", Kind: ChainRule, File: "internal/expr/lattice.go",
		Old: `	return []*Node{b.Mul(grad, b.Apply(r.raised(0), in[0]))}`, New: `	return []*Node{b.Mul(grad, b.Apply(r, in[0]))}`},
	{Name: "lattice sum, first derivative: sign in the quotient rule", Kind: Sign, File: "internal/special/sincratio.go",
		Old: `(float64(r.n*cosN) - float64(value*cos)) * inverse`, New: `(float64(r.n*cosN) + float64(value*cos)) * inverse`},
	{Name: "lattice sum, second derivative: sign", Kind: SecondOrder, File: "internal/special/sincratio.go",
		Old: ` - float64(2*first*cos*inverse))`, New: ` + float64(2*first*cos*inverse))`},
	{Name: "lattice sum of less than 1.5 cells: binomial coefficient", Kind: Local, File: "internal/special/sincratio.go",
		Old: `v += float64(binomial[r.order][j] * q *`, New: `v += float64(q *`},
	{Name: "lattice sum of more than 64 cells: 1 % wrong", Kind: Local, File: "internal/special/sincratio.go",
		Old: `	case 1:
		return r.chain * first`, New: `	case 1:
		if r.n > 64 {
			return 1.01 * r.chain * first
		}
		return r.chain * first`},
	{Name: "lattice sum, series next to a reflection: a factor", Kind: Local, File: "internal/special/series.go",
		Old: `		for i := 2 * m; i > 2*m-order; i-- {`, New: `		for i := 2 * m; i > 2*m-order && m < 3; i-- {`},
	{Name: "lattice sum, next period: sign", Kind: Local, File: "internal/special/sincratio.go",
		Old: `	return v + float64(sinM*r.chain`, New: `	return v - float64(sinM*r.chain`,
		Blind: "The model takes the distance from the nearest reflection, which is never above ½."},
	{Name: "sphere: recurrence", Kind: ChainRule, File: "internal/special/sinc3.go",
		Old: `(float64(float64(2*n+1)*f)-previous)/u`, New: `(float64(2*n+2)*f-previous)/u`},
	{Name: "number of cells: derivative of πd lost", Kind: SecondOrder, File: "internal/special/xoversin.go",
		Old: `	jet[1] = 1`, New: `	jet[1] = 0`},
	{Name: "waves: sign from the second derivative on", Kind: SecondOrder, File: "internal/special/sine.go",
		Old: `v0, v1 = v1, -v0`, New: `v0, v1 = v1, v0`},
}
