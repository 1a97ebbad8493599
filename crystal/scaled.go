package crystal

import (
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// energyWavelength is the product of energy and wavelength in eV Å, with the reference program's digits, as package beam
// has it.
const energyWavelength = 12398.42

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
		above := b.AtMost(wavelength, b.Const(energyWavelength/energy))
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

// scaledTable returns the table of s |F|² of every channel. It does not vary with the pixels, so it costs nothing a step.
func (x *Crystal) scaledTable(b *node.Builder) *expr.Node {
	s := x.scaling
	cells := x.grid.Cells()
	intensity := b.Square(b.In(x.Structure))
	// The last scale is the constant 1.
	scales := b.Concat(0, b.In(x.Scale), b.BroadcastTo(b.Const(1), tensor.Shape{1}))
	table := b.Take(scales, x.constant(b, "structure.scale_of", s.index), 0)
	if s.channels == 1 {
		return b.Mul(intensity, table)
	}
	table = b.Mul(b.Reshape(intensity, tensor.Shape{1, cells}), b.Reshape(table, tensor.Shape{s.channels, cells}))
	return b.Reshape(table, tensor.Shape{s.channels * cells})
}

// constant returns a constant vector, created once per name.
func (x *Crystal) constant(b *node.Builder, name string, data []float64) *expr.Node {
	n := x.leaves[name]
	if n == nil {
		n = b.Leaf(x.prefix+name, data, len(data))
		x.leaves[name] = n
	}
	return b.In(n)
}
