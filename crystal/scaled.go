package crystal

import (
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// scaledIntensity returns s |F_cell|² at the nearest reflection, with the scale s of the channel of the wavelength.
func (x *Crystal) scaledIntensity(b *node.Builder, index expr.Vec, wavelength *expr.Node) *expr.Node {
	grid := x.scaling.grid
	h := x.inChannel(b, index[0], wavelength)
	k, l := index[1], index[2]
	return b.Add(b.Gather(grid, h, k, l, x.scaledTable(b)), b.Mul(b.Square(b.In(x.DefaultF)), b.Share(grid, h, k, l)))
}

// inChannel returns the index h at which the table of the channel of a wavelength is read: see [expr.Grid].
func (x *Crystal) inChannel(b *node.Builder, h, wavelength *expr.Node) *expr.Node {
	var channel *expr.Node
	for _, energy := range x.cfg.Scales.Channels {
		above := b.AtMost(wavelength, b.Const(format.HC/energy))
		if channel == nil {
			channel = above
		} else {
			channel = b.Add(channel, above)
		}
	}
	if channel == nil {
		return h
	}
	return b.Add(h, b.Scale(expr.ChannelStep, channel))
}

// scaleAt returns s at the nearest reflection, of the channel of the wavelength; 1 outside the table.
func (x *Crystal) scaleAt(b *node.Builder, index expr.Vec, wavelength *expr.Node) *expr.Node {
	grid := x.scaling.grid
	h := x.inChannel(b, index[0], wavelength)
	k, l := index[1], index[2]
	return b.Add(b.Gather(grid, h, k, l, x.scaleTable(b)), b.Share(grid, h, k, l))
}

// scaleTable returns the table of s of every channel, one after another.
func (x *Crystal) scaleTable(b *node.Builder) *expr.Node {
	// The last scale is the constant 1.
	scales := b.Concat(0, b.In(x.Scale), b.BroadcastTo(b.Const(1), tensor.Shape{1}))
	return b.Take(scales, x.constant(b, "structure.scale_of", x.scaling.index, len(x.scaling.index)), 0)
}

// scaledTable returns the table of s |F|² of every channel. It does not vary with the pixels, so it costs nothing a step.
func (x *Crystal) scaledTable(b *node.Builder) *expr.Node {
	s := x.scaling
	cells := x.grid.Cells()
	intensity := b.Square(b.In(x.Structure))
	table := x.scaleTable(b)
	if s.channels == 1 {
		return b.Mul(intensity, table)
	}
	table = b.Mul(b.Reshape(intensity, tensor.Shape{1, cells}), b.Reshape(table, tensor.Shape{s.channels, cells}))
	return b.Reshape(table, tensor.Shape{s.channels * cells})
}
