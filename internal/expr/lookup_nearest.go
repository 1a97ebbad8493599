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
// [NearestLookup] does the work of both.
func SameLookup(gather, share Rule) bool {
	return gather.Op == OpGather && share.Op == OpShare && gather.Grid == share.Grid && !gather.Grid.Tricubic &&
		gather.Order == [3]int8{} && share.Order == gather.Order
}

// NearestLookup reads a table at the nearest cells. For a cell that is absent the value is 0 and missing 1; otherwise missing
// is 0. All slices except the table are equally long.
//
// It is [structure.Box.Index] written out for whole numbers, with the grid's extents in registers: before, two thirds of the
// time of a step with real structure factors were spent on calls and reloads.
func NearestLookup(r Rule, table, h, k, l, values, missing []float64) {
	g := r.Grid
	n := len(values)
	h, k, l, missing = h[:n], k[:n], l[:n], missing[:n]
	h0, k0, l0 := int32(g.HMin), int32(g.KMin), int32(g.LMin)
	nh, nk, nl := uint32(g.HMax-g.HMin+1), uint32(g.KMax-g.KMin+1), uint32(g.LMax-g.LMin+1)
	present := g.Present
	if g.Channels > 1 {
		for i := range values {
			if at := g.cell(h[i], k[i], l[i]); at >= 0 {
				values[i], missing[i] = table[at], 0
			} else {
				values[i], missing[i] = 0, 1
			}
		}
		return
	}
	for i := range values {
		x, y, z := h[i], k[i], l[i]
		hi, ki, li := int32(math.Float64bits(x+shift)), int32(math.Float64bits(y+shift)), int32(math.Float64bits(z+shift))
		at := -1
		if float64(hi) == x && float64(ki) == y && float64(li) == z {
			ih, ik, il := uint32(hi-h0), uint32(ki-k0), uint32(li-l0)
			if ih < nh && ik < nk && il < nl {
				at = int((ih*nk+ik)*nl + il)
				if present != nil && !present[at] {
					at = -1
				}
			}
		} else {
			at = g.cell(x, y, z)
		}
		if at >= 0 {
			values[i], missing[i] = table[at], 0
		} else {
			values[i], missing[i] = 0, 1
		}
	}
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
