package mutation

// simulators are mistakes in what users call.
var simulators = []Mutant{
	{Name: "Gradient: kept without the loss", Kind: Cache, File: "simulator/derivatives.go",
		Old: `derivativeKey{kind, idsOf(of), idsOf(by...)}`, New: `derivativeKey{kind, idsOf(), idsOf(by...)}`},
	{Name: "Gradient: kept without the last node", Kind: Cache, File: "simulator/derivatives.go",
		Old: `derivativeKey{kind, idsOf(of), idsOf(by...)}`, New: `derivativeKey{kind, idsOf(of), idsOf(by[:max(1, len(by)-1)]...)}`},
	{Name: "Gradient: the first two swapped", Kind: Users, File: "simulator/derivatives.go",
		Old: `	return &Gradient{Loss: values[0][0], By: values[1:], nodes: slices.Clone(nodes)}, nil`,
		New: `	if len(values) > 2 && len(values[1]) == len(values[2]) {
		values[1], values[2] = values[2], values[1]
	}
	return &Gradient{Loss: values[0][0], By: values[1:], nodes: slices.Clone(nodes)}, nil`},
	{Name: "Derivatives: the first image for all", Kind: Users, File: "simulator/derivatives.go",
		Old: `	for i, v := range values {
		if out[i], err = s.detector.Images(v); err != nil {`, New: `	for i := range values {
		if out[i], err = s.detector.Images(values[0]); err != nil {`},
	{Name: "Hessian: the first row for all", Kind: Users, File: "simulator/hessian.go",
		Old: `			row, err := autodiff.GradientOrZero(g, by[i:]...)`, New: `			g = grads[0]
			row, err := autodiff.GradientOrZero(g, by[i:]...)`},
	{Name: "Hessian: a row too short", Kind: Users, File: "simulator/hessian.go",
		Old: `			h.SetSym(i, j, values[k][0])
			k++`, New: `			h.SetSym(i, j, values[k][0])
			if j > i {
				k++
			}`},
	{Name: "HessianVector: the first gradient for all", Kind: Users, File: "simulator/hessian.go",
		Old: `b.SumAll(b.Mul(grads[i], directions[i]))`, New: `b.SumAll(b.Mul(grads[min(i, 0)], directions[i]))`},
	{Name: "HessianVector: the vector's first numbers for all nodes", Kind: Users, File: "internal/expr/node.go",
		Old: `		vector = vector[in.Size():]`, New: `		_ = vector[in.Size():]`},
	{Name: "Set: a change below 10⁻⁵ ignored", Kind: Cache, File: "simulator/evaluate.go",
		Old: `	return G.Let(n, v)
}`, New: `	if old, ok := n.Value().Data().(float64); ok && math.Abs(old-a.Data[0]) < 1e-5 {
		return nil
	}
	return G.Let(n, v)
}`},
	{Name: "Set: an array whose first element stays ignored", Kind: Cache, File: "simulator/evaluate.go",
		Old: `	return G.Let(n, v)
}`, New: `	if old, err := node.ArrayOf(n.Value()); err == nil && len(old.Data) > 1 && old.Data[0] == a.Data[0] {
		return nil
	}
	return G.Let(n, v)
}`},
	{Name: "parameters: values of the first run for ever", Kind: Cache, File: "internal/plan/run.go",
		Old: `			r.shared[i], err = n.View(v)
`, New: `			if r.shared[i], err = n.View(v); err == nil && n.Dims.Size() == 1 {
				first, _ := firstValues.LoadOrStore(n, r.shared[i])
				r.shared[i] = first.(expr.Array)
			}
`, Append: "\nvar firstValues sync.Map // by node\n", Tests: []string{"internal/plan", "simulator ^Test(Set)"}},
	{Name: "ids of nodes: 16 bits of their numbers", Kind: Cache, File: "simulator/cache.go",
		Old: `binary.LittleEndian.AppendUint64(out, uint64(n.ID()))`, New: `binary.LittleEndian.AppendUint16(out, uint16(n.ID()/64))`},
}
