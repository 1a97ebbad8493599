package mutation

// differentiation are mistakes in reverse and forward mode and in reading gorgonia's operations.
var differentiation = []Mutant{
	{Name: "reverse: a later path overwrites an earlier one", Kind: ChainRule, File: "internal/autodiff/autodiff.go",
		Old: `				shares[c] = b.Add(shares[c], parts[k])`, New: `				shares[c] = parts[k]`},
	{Name: "reverse: x·x counted once", Kind: ChainRule, File: "internal/autodiff/autodiff.go",
		Old: `			case !wanted[c] || parts[k] == nil:`, New: `			case !wanted[c] || parts[k] == nil || k > 0 && sorted.Operands[i][k-1] == c:`},
	{Name: "reverse: begins with 2", Kind: Factor, File: "internal/autodiff/autodiff.go",
		Old: `		shares[last] = b.Const(1)`, New: `		shares[last] = b.Const(2)`},
	{Name: "reverse: the last operand never wanted", Kind: Detached, File: "internal/autodiff/autodiff.go",
		Old: `wanted[i] = wanted[i] || wanted[c] && smooth(n, k, len(sorted.Operands[i]))`, New: `wanted[i] = wanted[i] || k < 3 && wanted[c] && smooth(n, k, len(sorted.Operands[i]))`},
	{Name: "forward: wrong sign", Kind: Forward, File: "internal/autodiff/tangent.go",
		Old: `			tangents[i] = b.Const(1)`, New: `			tangents[i] = b.Const(-1)`},
	{Name: "forward: what is held moves", Kind: Forward, File: "internal/autodiff/tangent.go",
		Old: `		case given:`, New: `		case given && (moves != nil || n == by):`},
	{Name: "forward gradient: what reaches the loss beside the image is lost", Kind: Forward, File: "internal/autodiff/cut.go",
		Old: `				grads[i] = b.Add(grads[i], direct[0])`, New: `				grads[i] = b.Add(grads[i], b.Sub(direct[0], direct[0]))`},
	{Name: "forward gradient: twice", Kind: Forward, File: "internal/autodiff/cut.go",
		Old: `grads[i] = b.SumAll(b.Mul(slopes[0], images[i]))`, New: `grads[i] = b.Scale(2, b.SumAll(b.Mul(slopes[0], images[i])))`},
	{Name: "forward gradient: the first image for all", Kind: Forward, File: "internal/autodiff/cut.go",
		Old: `b.SumAll(b.Mul(slopes[0], images[i]))`, New: `b.SumAll(b.Mul(slopes[0], images[0]))`},
	{Name: "derivative images: what reaches the image beside h, k, l is lost", Kind: Forward, File: "internal/autodiff/cut.go",
		Old: `		add(image[0])`, New: `		add(b.Sub(image[0], image[0]))`},
	{Name: "derivative images: l is lost", Kind: Forward, File: "internal/autodiff/cut.go",
		Old: `		step(slope, moves[k])`, New: `		if k != 2 {
			step(slope, moves[k])
		}`},
	{Name: "gorgonia's own logarithm to base 2", Kind: Factor, File: "internal/expr/op.go",
		Old: `builtin: "log2"`, New: `builtin: "none"`, Tests: []string{"internal/node", "internal/autodiff"}},
	{Name: "gorgonia's operations: the second operand detached", Kind: Detached, File: "internal/node/foreign.go",
		Old: `	return i < len(d) && d[i]`, New: `	return i == 0 && d[i]`},
}
