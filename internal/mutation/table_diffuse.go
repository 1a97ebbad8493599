package mutation

// diffuse are mistakes in the derivatives of diffuse scattering. Values are right.
var diffuse = []Mutant{
	{Name: "diffuse: the last length of correlation detached from the kernel", Kind: Detached, File: "crystal/halo.go",
		Old: `kernel, factor := squares(b.InVec(x.Diffuse.Gamma), circle)`,
		New: `gamma := b.InVec(x.Diffuse.Gamma)
	gamma[2] = b.Detached(gamma[2])
	kernel, factor := squares(gamma, circle)`},
	{Name: "diffuse: lengths of correlation detached from the scale", Kind: Detached, File: "crystal/halo.go",
		Old: `b.Scale(k, b.Product(gamma[0], gamma[1], gamma[2]))`, New: `b.Scale(k, b.Product(gamma[0], gamma[1], b.Detached(gamma[2])))`},
	{Name: "diffuse: displacements of the first axis for all", Kind: Swapped, File: "crystal/halo.go",
		Old: `squares(b.InVec(x.Diffuse.Sigma), circle)`,
		New: `squares(expr.Vec{b.In(x.Diffuse.Sigma[0]), b.Instead(b.In(x.Diffuse.Sigma[1]), b.In(x.Diffuse.Sigma[0])), b.In(x.Diffuse.Sigma[2])}, circle)`},
	{Name: "diffuse: a third of the derivative by one length for three axes", Kind: Factor, File: "crystal/halo.go",
		Old: `kernel, factor := squares(b.InVec(x.Diffuse.Gamma), circle)`,
		New: `gamma := b.InVec(x.Diffuse.Gamma)
	if gamma[0] == gamma[1] {
		gamma[1], gamma[2] = b.Detached(gamma[1]), b.Detached(gamma[2])
	}
	kernel, factor := squares(gamma, circle)`},
	{Name: "diffuse: the distance from the nearest reflection detached", Kind: Detached, File: "crystal/halo.go",
		Old: `at[i].kernel, at[i].factor = h.kernel.at(b, delta), h.factor.at(b, nearest)`,
		New: `at[i].kernel, at[i].factor = b.Detached(h.kernel.at(b, delta)), h.factor.at(b, nearest)`},
	{Name: "diffuse: the distance from neighbours: once for twice", Kind: Factor, File: "crystal/quadratic.go",
		Old: `times(b, scaled(b, 2, row[i]), v[i])`, New: `b.Times(0.5, b.Mul(b.Scale(2, plus(b, row[i], b.Const(0))), v[i]))`},
	{Name: "diffuse: the cell detached from the axes", Kind: Detached, File: "crystal/halo.go",
		Old: `star[i] = b.ScaleVec(b.Inverse(volume), b.Cross(real[(i+1)%3], real[(i+2)%3]))`,
		New: `star[i] = b.ScaleVec(b.Inverse(b.Detached(volume)), b.Cross(real[(i+1)%3], real[(i+2)%3]))`},
	{Name: "diffuse: the power of the kernel", Kind: ChainRule, File: "crystal/halo.go",
		Old: `b.Inverse(b.Square(b.Add(one, kernel)))`, New: `b.Inverse(b.Mul(b.Add(one, kernel), b.Detached(b.Add(one, kernel))))`},
	{Name: "diffuse: X of X exp(-X) detached", Kind: ChainRule, File: "crystal/halo.go",
		Old: `b.Mul(factor, b.Exp(b.Neg(factor)))`, New: `b.Mul(b.Detached(factor), b.Exp(b.Neg(factor)))`},
	{Name: "diffuse: Bragg peaks attenuated by a constant", Kind: Detached, File: "crystal/halo.go",
		Old: `d.Scattered = b.Mul(d.Scattered, left)`, New: `d.Scattered = b.Mul(d.Scattered, b.Detached(left))`},
	{Name: "diffuse: the number of cells detached", Kind: Detached, File: "crystal/halo.go",
		Old: `		cells = b.Div(cells, lattice.Volume)`, New: `		cells = b.Div(b.Detached(cells), lattice.Volume)`},
}
