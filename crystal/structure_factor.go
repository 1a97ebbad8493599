package crystal

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// scatter sets the structure factor of a diffraction, and what it scatters.
func (x *Crystal) scatter(b *node.Builder, d *Diffraction, wavelength *expr.Node) {
	index := expr.Vec{d.H0, d.K0, d.L0}
	if x.grid != nil && x.grid.Tricubic {
		index = expr.Vec{d.H, d.K, d.L}
	}
	if x.scaling != nil {
		intensity := x.intensity(b, index, wavelength)
		d.StructureFactor = b.Sqrt(intensity)
		d.Scattered = b.Mul(intensity, b.Square(d.LatticeFactor))
		return
	}
	d.StructureFactor = x.amplitude(b, index)
	if x.grid == nil {
		d.Common, d.Scattered = x.intensity(b, index, wavelength), b.Square(d.LatticeFactor)
		return
	}
	d.Scattered = b.Square(b.Mul(d.StructureFactor, d.LatticeFactor))
}

// intensity returns |F_cell|² at Miller indices, times the scale of the reflection if there are scales: that of the
// wavelength's channel. The indices may be fractional if the table is interpolated. It is a scalar if it is the same for
// all of them.
func (x *Crystal) intensity(b *node.Builder, index expr.Vec, wavelength *expr.Node) *expr.Node {
	if x.scaling != nil {
		return x.scaledIntensity(b, index, wavelength)
	}
	return b.Square(x.amplitude(b, index))
}

// amplitude returns |F_cell| at Miller indices: from the table, that of the nearest reflection or interpolated, or else the
// default.
func (x *Crystal) amplitude(b *node.Builder, index expr.Vec) *expr.Node {
	if x.grid == nil {
		return b.In(x.DefaultF)
	}
	h, k, l := index[0], index[1], index[2]
	return b.Add(b.Gather(x.grid, h, k, l, b.In(x.Structure)), b.Mul(b.In(x.DefaultF), b.Share(x.grid, h, k, l)))
}
