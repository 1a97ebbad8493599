package crystal

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// ray is what |F_cell|² depends on besides the Miller indices.
type ray struct {
	wavelength *expr.Node // which has its channel of scales; unused if there is one
	heavy      *heavy     // nil without heavy atoms
}

// scatter sets the structure factor of a diffraction, and what it scatters.
func (x *Crystal) scatter(b *node.Builder, d *Diffraction, r ray) {
	index := expr.Vec{d.H0, d.K0, d.L0}
	if x.grid != nil && x.grid.Tricubic {
		index = expr.Vec{d.H, d.K, d.L}
	}
	if x.scaling != nil || r.heavy != nil {
		intensity := x.intensity(b, index, r)
		d.StructureFactor = b.Sqrt(intensity)
		d.Scattered = b.Mul(intensity, b.Square(d.LatticeFactor))
		return
	}
	d.StructureFactor = x.amplitude(b, index)
	if x.grid == nil {
		d.Common, d.Scattered = x.intensity(b, index, r), b.Square(d.LatticeFactor)
		return
	}
	d.Scattered = b.Square(b.Mul(d.StructureFactor, d.LatticeFactor))
}

// intensity returns |F_cell|² at Miller indices, times the scale of the reflection if there are scales: that of the
// wavelength's channel. The indices may be fractional if the table is interpolated. It is a scalar if it is the same for
// all of them.
func (x *Crystal) intensity(b *node.Builder, index expr.Vec, r ray) *expr.Node {
	switch {
	case r.heavy != nil:
		re, im := r.heavy.at(b, index)
		intensity := b.Add(b.Square(re), b.Square(im))
		if x.scaling != nil {
			intensity = b.Mul(intensity, x.scaleAt(b, index, r.wavelength))
		}
		return intensity
	case x.scaling != nil:
		return x.scaledIntensity(b, index, r.wavelength)
	}
	return b.Square(x.amplitude(b, index))
}

// amplitude returns F_cell without heavy atoms at Miller indices: from the table, that of the nearest reflection or
// interpolated, or else the default.
func (x *Crystal) amplitude(b *node.Builder, index expr.Vec) *expr.Node {
	if x.grid == nil {
		return b.In(x.DefaultF)
	}
	h, k, l := index[0], index[1], index[2]
	return b.Add(b.Gather(x.grid, h, k, l, b.In(x.Structure)), b.Mul(b.In(x.DefaultF), b.Share(x.grid, h, k, l)))
}
