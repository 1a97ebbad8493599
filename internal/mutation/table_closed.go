package mutation

// closed are mistakes in the derivatives of spots in closed form. Values are right.
var closed = []Mutant{
	{Name: "closed form: the gain of the rotation detached", Kind: Detached, File: "simulator/closedform_pair.go",
		Old: `			w[i] = at(row)`, New: `			w[i] = b.Detached(at(row))`},
	{Name: "closed form: the angle's gain half", Kind: Factor, File: "simulator/closedform_pair.go",
		Old: `angle = b.Add(m.taken(c.middle), at(*c.phi))`, New: `angle = b.Add(m.taken(c.middle), b.Times(0.5, at(*c.phi)))`},
	{Name: "closed form: the normalisation detached", Kind: Detached, File: "simulator/closedform_pair.go",
		Old: `return m.damped(b.Mul(b.Exp(exponent), b.Sqrt(inverse)), q)`, New: `return m.damped(b.Mul(b.Exp(exponent), b.Detached(b.Sqrt(inverse))), q)`},
	{Name: "closed form: the line width twice", Kind: Factor, File: "simulator/closedform_pair.go",
		Old: `b.Outer(b.ScaleVec(width, qBack))`, New: `b.Outer(b.ScaleVec(b.Times(2, width), qBack))`},
	{Name: "closed form: energies of a spectrum's lines half", Kind: Factor, File: "simulator/closedform_spectrum.go",
		Old: `exponent = b.Add(b.Mul(exponent, s.energy), coefficients[k])`, New: `exponent = b.Add(b.Mul(exponent, b.Times(0.5, s.energy)), coefficients[k])`},
	{Name: "closed form: a spectrum's mean energy detached", Kind: Detached, File: "simulator/closedform_spectrum.go",
		Old: `	mean := average(inverse)`, New: `	mean := b.Detached(average(inverse))`},
	{Name: "closed form: divergence of one direction detached", Kind: Detached, File: "simulator/closedform_spot.go",
		Old: `			c.sigma[i] = b.ScaleVec(inverse, v)`, New: `			c.sigma[i] = b.ScaleVec(inverse, v)
			if i == 1 {
				c.sigma[i][1] = b.Detached(c.sigma[i][1])
			}`},
	{Name: "closed form: the strain's sign", Kind: Sign, File: "crystal/reflection.go",
		Old: `b.ScaleVec(b.In(x.Strain), out.Center)`, New: `b.ScaleVec(b.Times(-1, b.In(x.Strain)), out.Center)`},
	{Name: "closed form: the block's volume detached", Kind: Detached, File: "crystal/reflection.go",
		Old: `root = b.Div(m.cells, b.Product(rest.Volume, twice, b.Sqrt(twice)))`, New: `root = b.Div(m.cells, b.Product(b.Detached(rest.Volume), twice, b.Sqrt(twice)))`},
	{Name: "closed form: the pixel's size detached", Kind: Detached, File: "simulator/closedform_spot.go",
		Old: `b.Scale(part, plane.Pixel)`, New: `b.Scale(part, b.Detached(plane.Pixel))`},
	{Name: "closed form: the side of a pixel half", Kind: Factor, File: "simulator/closedform_pair.go",
		Old: `scale := b.Div(m.taken(c.pixel), b`, New: `scale := b.Div(b.Times(0.5, m.taken(c.pixel)), b`},
	{Name: "mean Gaussian: by the width as if by the middle", Kind: Swapped, File: "internal/expr/gaussmean.go",
		Old: `b.Mul(grad, b.Apply(r.raised(1), in...))}`, New: `b.Mul(grad, b.Apply(r.raised(0), in...))}`},
	{Name: "runs: the last of a batch not summed", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `		w.end()
	}`, New: `		if end < hi {
			w.end()
		}
	}`},
}
