package expr

import "math"

// nearest is the hot path of lookupEval: the nearest cell, without weights.
func (r Rule) nearest(run run, out []float64, in []Array) {
	h, k, m := in[0].Data[run.from[0]:], in[1].Data[run.from[1]:], in[2].Data[run.from[2]:]
	var table []float64
	if r.Op == OpGather {
		table = in[3].Data
	}
	for i := range out {
		at := r.Grid.cell(h[i&run.mask[0]], k[i&run.mask[1]], m[i&run.mask[2]])
		switch {
		case table == nil:
			out[i] = truth(at < 0)
		case at < 0:
			out[i] = 0
		default:
			out[i] = table[at]
		}
	}
}

// SameLookup reports whether two rules, an OpGather and an OpShare, look up the nearest cells of the same grid, so that
// one lookup does the work of both.
func SameLookup(gather, share Rule) bool {
	return gather.Op == OpGather && share.Op == OpShare && gather.Grid == share.Grid && !gather.Grid.Tricubic &&
		gather.Order == [3]int8{} && share.Order == gather.Order
}

// PresentBits returns Present as bits: cell i is bit i%64 of element i/64, in every channel.
func (g *Grid) PresentBits() []float64 {
	cells := len(g.Present)
	words := make([]uint64, (g.Cells()+63)/64)
	for c := range max(1, g.Channels) {
		for i, present := range g.Present {
			if present {
				at := c*cells + i
				words[at/64] |= 1 << (at % 64)
			}
		}
	}
	bits := make([]float64, len(words))
	for i, w := range words {
		bits[i] = math.Float64frombits(w)
	}
	return bits
}

// shift, 1.5·2⁵², added to a whole number leaves it in the low bits of the sum.
const shift = 3 << 51

// cell is the index of the cell nearest to Miller indices, −1 if it is outside the grid or not present.
func (g *Grid) cell(h, k, l float64) int {
	at, present := g.Index(wholeNumber(h), wholeNumber(k), wholeNumber(l))
	if !present {
		return -1
	}
	return at
}

// wholeNumber is ceil(x − ½) as an integer; for NaN and numbers beyond the range of integers, one that lies outside every
// table. Indices are mostly whole numbers already: the model looks up h0, k0, l0.
func wholeNumber(x float64) int {
	if n := int32(math.Float64bits(x + shift)); float64(n) == x {
		return int(n)
	}
	if x = math.Ceil(x - 0.5); x > -1<<40 && x < 1<<40 {
		return int(x)
	}
	return math.MinInt32
}
