package expr

import "math"

// nearest is lookup's hot path: the nearest cell, without weights. Indices are mostly whole numbers already (the model
// looks up h0, k0, l0), which a conversion and back tells faster than rounding does.
func (l lookup) nearest(r run, out []float64, in []Array) {
	g := l.grid
	nh, nk, nl := uint(g.HMax-g.HMin+1), uint(g.KMax-g.KMin+1), uint(g.LMax-g.LMin+1)
	hs, ks, ls := in[0].Data[r.from[0]:], in[1].Data[r.from[1]:], in[2].Data[r.from[2]:]
	var table []float64
	if l.kind == gather {
		table = in[3].Data
	}
	for i := range out {
		h, k, m := wholeNumber(hs[i&r.mask[0]]), wholeNumber(ks[i&r.mask[1]]), wholeNumber(ls[i&r.mask[2]])
		// Below the least index the difference wraps around to a number above every extent.
		ih, ik, il := uint(h-g.HMin), uint(k-g.KMin), uint(m-g.LMin)
		at := -1
		if ih < nh && ik < nk && il < nl {
			if at = int((ih*nk+ik)*nl + il); g.Present != nil && !g.Present[at] {
				at = -1
			}
		}
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

// wholeNumber is ceil(x − ½) as an integer; for NaN and what no integer holds, one that no table reaches.
func wholeNumber(x float64) int {
	if n := int(x); float64(n) == x {
		return n
	}
	if x = math.Ceil(x - 0.5); x > -1<<40 && x < 1<<40 {
		return int(x)
	}
	return math.MinInt32
}
