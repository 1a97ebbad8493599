package expr

// Vec is a vector in the laboratory frame: x, y, z, each of any shape.
type Vec [3]*Node

// ConstVec is a vector of numbers.
func (b *Builder) ConstVec(v [3]float64) Vec {
	return Vec{b.Const(v[0]), b.Const(v[1]), b.Const(v[2])}
}

// Dot is the inner product.
func (b *Builder) Dot(x, y Vec) *Node {
	return b.Add(b.Add(b.Mul(x[0], y[0]), b.Mul(x[1], y[1])), b.Mul(x[2], y[2]))
}

// Cross is the vector product.
func (b *Builder) Cross(x, y Vec) Vec {
	return Vec{
		b.Sub(b.Mul(x[1], y[2]), b.Mul(x[2], y[1])),
		b.Sub(b.Mul(x[2], y[0]), b.Mul(x[0], y[2])),
		b.Sub(b.Mul(x[0], y[1]), b.Mul(x[1], y[0])),
	}
}

// AddVec is x + y.
func (b *Builder) AddVec(x, y Vec) Vec {
	return Vec{b.Add(x[0], y[0]), b.Add(x[1], y[1]), b.Add(x[2], y[2])}
}

// SubVec is x − y.
func (b *Builder) SubVec(x, y Vec) Vec {
	return Vec{b.Sub(x[0], y[0]), b.Sub(x[1], y[1]), b.Sub(x[2], y[2])}
}

// ScaleVec is k·x for a node k.
func (b *Builder) ScaleVec(k *Node, x Vec) Vec {
	return Vec{b.Mul(k, x[0]), b.Mul(k, x[1]), b.Mul(k, x[2])}
}

// Norm is the length of x.
func (b *Builder) Norm(x Vec) *Node { return b.Sqrt(b.Dot(x, x)) }

// Unit is x/|x|. There is no derivative at x = 0.
func (b *Builder) Unit(x Vec) Vec { return b.ScaleVec(b.Inverse(b.Norm(x)), x) }

// Turn is the sine and cosine of an angle of rotation.
type Turn struct{ Sin, Cos *Node }

// Angle is the rotation by an angle in radians.
func (b *Builder) Angle(radians *Node) Turn { return Turn{b.Sin(radians), b.Cos(radians)} }

// RotateAxis rotates v right-handed about a unit axis (Rodrigues).
func (b *Builder) RotateAxis(v, axis Vec, t Turn) Vec {
	along := b.Mul(b.Dot(axis, v), b.Sub(b.Const(1), t.Cos))
	return b.AddVec(b.AddVec(b.ScaleVec(along, axis), b.ScaleVec(t.Cos, v)), b.ScaleVec(t.Sin, b.Cross(axis, v)))
}

// RotationVector returns the right-handed rotation of vectors about the axis r by |r| radians, the
// exponential of the matrix of r ×, which is smooth where r is 0:
//
//	v + S r×v + C r×(r×v),   S = sin |r|/|r|,  C = (1 − cos |r|)/|r|² = ½ (sin ½|r|/½|r|)²
func (b *Builder) RotationVector(r Vec) func(v Vec) Vec {
	square := b.Dot(r, r)
	s, half := b.Sinc(square), b.Sinc(b.Scale(0.25, square))
	c := b.Scale(0.5, b.Square(half))
	return func(v Vec) Vec {
		once := b.Cross(r, v)
		return b.AddVec(v, b.AddVec(b.ScaleVec(s, once), b.ScaleVec(c, b.Cross(r, once))))
	}
}

// Sinc returns sin √u/√u. With Bessel's j, it is j₀ = 3 j₁/√u − j₂ (NIST DLMF 10.51.1) in terms of Sinc3, 3 j₁/√u, and
// its derivative by u, −3/2 j₂/u.
func (b *Builder) Sinc(u *Node) *Node {
	slope := b.Apply(Rule{Op: OpSinc3}.raised(0), u)
	return b.Add(b.Sinc3(u), b.Scale(2.0/3, b.Mul(u, slope)))
}

// RotateXYZ rotates v right-handed about the laboratory's x, then y, then z.
func (b *Builder) RotateXYZ(v Vec, turns [3]Turn) Vec {
	for axis, t := range turns {
		j, k := (axis+1)%3, (axis+2)%3
		v[j], v[k] = b.Sub(b.Mul(t.Cos, v[j]), b.Mul(t.Sin, v[k])), b.Add(b.Mul(t.Sin, v[j]), b.Mul(t.Cos, v[k]))
	}
	return v
}
