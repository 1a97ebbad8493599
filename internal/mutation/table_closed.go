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
		Old: `b.Outer(b.ScaleVec(width, d.qBack))`, New: `b.Outer(b.ScaleVec(b.Times(2, width), d.qBack))`},
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
	{Name: "closed form: along the side of a pixel detached", Kind: Detached, File: "simulator/closedform_pair.go",
		Old: `slope = back(*side)`, New: `slope = back(expr.Vec{side[0], b.Detached(side[1]), side[2]})`},
	{Name: "closed form: the energy of a part of a line detached", Kind: Detached, File: "simulator/closedform.go",
		Old: `sources.Wavelength = b.Mul(l.Wavelength, energy)`, New: `sources.Wavelength = b.Mul(l.Wavelength, b.Detached(energy))`},
	{Name: "closed form: the width of a part of a line twice", Kind: Factor, File: "simulator/closedform.go",
		Old: `b.Product(l.Width, p.narrow, energy)`, New: `b.Product(b.Times(2, l.Width), p.narrow, energy)`},
	{Name: "closed form: growth of a spectrum's spots detached", Kind: Detached, File: "simulator/closedform_spectrum.go",
		Old: `grown := b.SymVec(growth, far)`, New: `grown := b.SymVec(growth.Each(b.Detached), far)`},
	{Name: "closed form: widths of a spectrum's lines half", Kind: Factor, File: "simulator/closedform_spectrum.go",
		Old: `variance := b.Square(s.width)`, New: `variance := b.Square(b.Times(0.5, s.width))`},
	{Name: "closed form: the last of several crystals detached", Kind: Detached, File: "simulator/closedform_crystals.go",
		Old: `		parts[i] = b.BroadcastTo(x, tensor.Shape{1, sources, 1, m.leaves.of[i].spots})`, New: `		if i == len(parts)-1 {
			x = b.Detached(x)
		}
		parts[i] = b.BroadcastTo(x, tensor.Shape{1, sources, 1, m.leaves.of[i].spots})`},
	{Name: "closed form: the B factor twice", Kind: Factor, File: "simulator/closedform_crystals.go",
		Old: `c.fall = b.In(x.BFactor)`, New: `c.fall = b.Times(2, b.In(x.BFactor))`},
	{Name: "closed form: the scale of a crystal's spots detached", Kind: Detached, File: "simulator/closedform_crystals.go",
		Old: `c.Weight = b.Mul(c.Weight, b.In(x.SpotScale))`, New: `c.Weight = b.Mul(c.Weight, b.Detached(b.In(x.SpotScale)))`},
	{Name: "closed form: the water's size detached", Kind: Detached, File: "simulator/closedform_crystals.go",
		Old: `photons := b.Product(m.sum(sample, expr.Point), sum, scale)`, New: `photons := b.Product(m.sum(sample, expr.Point), b.Detached(sum), scale)`},
	{Name: "closed form: the rotation of a second expansion half", Kind: Factor, File: "simulator/closedform_pair.go",
		Old: `part := b.ScaleVec(b.Dot(axis, torque), axis)`, New: `part := b.ScaleVec(b.Times(0.5, b.Dot(axis, torque)), axis)`},
	{Name: "closed form: the torque of a second expansion detached", Kind: Detached, File: "simulator/closedform_pair.go",
		Old: `pull := b.ScaleVec(b.Inverse(det), b.SymVec(cofactors, x)) // W x`, New: `pull := b.ScaleVec(b.Detached(b.Inverse(det)), b.SymVec(cofactors, x)) // W x`},
	{Name: "closed form: the angle of a second expansion twice", Kind: Factor, File: "simulator/closedform_pair.go",
		Old: `l.angle = b.Add(m.taken(c.middle), by)`, New: `l.angle = b.Add(m.taken(c.middle), b.Times(2, by))`},
	{Name: "closed form: the node of a spread detached", Kind: Detached, File: "simulator/closedform_turn.go",
		Old: `about := b.ScaleVec(leaves.at, axis)`, New: `about := b.ScaleVec(leaves.at, axis)
	about[0] = b.Detached(about[0])`},
	{Name: "heavy atoms: f″ of each reflection's line detached", Kind: Detached, File: "crystal/heavy.go",
		Old: `light.Of(b, fPrime), light.Of(b, fDoublePrime)`, New: `light.Of(b, fPrime), b.Detached(light.Of(b, fDoublePrime))`},
	{Name: "mean Gaussian: by the width as if by the middle", Kind: Swapped, File: "internal/expr/gaussmean.go",
		Old: `b.Mul(grad, b.Apply(r.raised(1), in...))}`, New: `b.Mul(grad, b.Apply(r.raised(0), in...))}`},
	{Name: "runs: the last of a batch not summed", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `		w.end()
	}`, New: `		if end < hi {
			w.end()
		}
	}`},
}
