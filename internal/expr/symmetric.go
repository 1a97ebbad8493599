package expr

// Sym is a symmetric 3×3 matrix, a covariance for example.
type Sym struct{ XX, YY, ZZ, XY, XZ, YZ *Node }

// Outer returns v vᵀ.
func (b *Builder) Outer(v Vec) Sym {
	return Sym{
		XX: b.Square(v[0]), YY: b.Square(v[1]), ZZ: b.Square(v[2]),
		XY: b.Mul(v[0], v[1]), XZ: b.Mul(v[0], v[2]), YZ: b.Mul(v[1], v[2]),
	}
}

// each combines the elements of matrices.
func (m Sym) each(n Sym, f func(x, y *Node) *Node) Sym {
	return Sym{XX: f(m.XX, n.XX), YY: f(m.YY, n.YY), ZZ: f(m.ZZ, n.ZZ), XY: f(m.XY, n.XY), XZ: f(m.XZ, n.XZ), YZ: f(m.YZ, n.YZ)}
}

// Each returns the matrix of f of every element.
func (m Sym) Each(f func(*Node) *Node) Sym {
	return m.each(m, func(x, _ *Node) *Node { return f(x) })
}

// AddSym returns the sum of two matrices.
func (b *Builder) AddSym(m, n Sym) Sym { return m.each(n, b.Add) }

// ScaleSym returns a number times a matrix.
func (b *Builder) ScaleSym(k *Node, m Sym) Sym {
	return m.Each(func(x *Node) *Node { return b.Mul(k, x) })
}

// AddDiagonal returns m plus k times the unit matrix.
func (b *Builder) AddDiagonal(m Sym, k *Node) Sym {
	m.XX, m.YY, m.ZZ = b.Add(m.XX, k), b.Add(m.YY, k), b.Add(m.ZZ, k)
	return m
}

// SumOuter returns the sum of v vᵀ over a list of vectors, of which there is one at least.
func (b *Builder) SumOuter(list ...Vec) Sym {
	sum := b.Outer(list[0])
	for _, v := range list[1:] {
		sum = b.AddSym(sum, b.Outer(v))
	}
	return sum
}

// Rows returns the rows of the matrix.
func (m Sym) Rows() [3]Vec {
	return [3]Vec{{m.XX, m.XY, m.XZ}, {m.XY, m.YY, m.YZ}, {m.XZ, m.YZ, m.ZZ}}
}

// SymVec returns m v.
func (b *Builder) SymVec(m Sym, v Vec) Vec {
	rows := m.Rows()
	return Vec{b.Dot(rows[0], v), b.Dot(rows[1], v), b.Dot(rows[2], v)}
}

// DotSym returns the sum of the products of all elements, the trace of m n.
func (b *Builder) DotSym(m, n Sym) *Node {
	p := m.each(n, b.Mul)
	return b.Add(b.Add(p.XX, b.Add(p.YY, p.ZZ)), b.Scale(2, b.Add(p.XY, b.Add(p.XZ, p.YZ))))
}

// Cofactors returns the cofactors of a symmetric matrix, its inverse times its determinant, and the
// determinant.
func (b *Builder) Cofactors(m Sym) (c Sym, det *Node) {
	minor := func(p, q, r, s *Node) *Node { return b.Sub(b.Mul(p, q), b.Mul(r, s)) }
	c = Sym{
		XX: minor(m.YY, m.ZZ, m.YZ, m.YZ), YY: minor(m.XX, m.ZZ, m.XZ, m.XZ), ZZ: minor(m.XX, m.YY, m.XY, m.XY),
		XY: minor(m.XZ, m.YZ, m.XY, m.ZZ), XZ: minor(m.XY, m.YZ, m.XZ, m.YY), YZ: minor(m.XY, m.XZ, m.XX, m.YZ),
	}
	return c, b.Dot(Vec{m.XX, m.XY, m.XZ}, Vec{c.XX, c.XY, c.XZ})
}

// InverseSym returns the inverse of a symmetric matrix.
func (b *Builder) InverseSym(m Sym) Sym {
	c, det := b.Cofactors(m)
	return b.ScaleSym(b.Inverse(det), c)
}
