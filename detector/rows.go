package detector

import (
	"slices"
	"sort"

	"github.com/gobragg/gobragg/internal/expr"
)

// row is a stretch of simulated pixels along the fast axis of a panel, up to the next row's first pixel.
type row struct {
	first             int32 // its number
	panel, fast, slow int32 // where that is
}

// selected lists the rows of the pixels that the panel's region and mask select, the first of which has a number.
func (p Panel) selected(list []row, panel, number int) []row {
	r := p.region()
	for s := r.SlowMin; s <= r.SlowMax; s++ {
		if p.Mask == nil {
			list = append(list, row{int32(number), int32(panel), int32(r.FastMin), int32(s)})
			number += r.FastMax - r.FastMin + 1
			continue
		}
		line := p.Mask[s*p.Fast:][:r.FastMax+1]
		for f := r.FastMin; f <= r.FastMax; {
			if !line[f] {
				f++
				continue
			}
			from := f
			for f++; f <= r.FastMax && line[f]; f++ {
			}
			list = append(list, row{int32(number), int32(panel), int32(from), int32(s)})
			number += f - from
		}
	}
	return list
}

// pieces calls visit for the pixels of a panel in stretches that are side by side: the number of the first one, its position
// in the panel's image, and how many they are.
func (px *pixels) pieces(k int, visit func(i, at, n int)) {
	px.piecesOf(px.from[k], px.from[k+1], func(_, i, at, n int) { visit(i, at, n) })
}

// Pieces calls visit for simulated pixels, from one up to before another one in pixel order, in stretches that are side by side
// in the image of a panel: the panel, the number of the first pixel, its position slow·(pixels along fast) + fast, and how many
// they are.
func (d *Detector) Pieces(from, to int, visit func(panel, i, at, n int)) {
	d.pixels.piecesOf(from, min(to, d.Selected()), visit)
}

// piecesOf is pieces for the pixels from one up to before another one, of any panels.
func (px *pixels) piecesOf(from, to int, visit func(panel, i, at, n int)) {
	if px.listed != nil {
		k := sort.SearchInts(px.from[1:], from+1)
		for i := from; i < to; i++ {
			for i >= px.from[k+1] {
				k++
			}
			visit(k, i, int(px.listed.slow[i])*px.sizes[k][0]+int(px.listed.fast[i]), 1)
		}
		return
	}
	for k := px.rowOf(from); from < to; k++ {
		r := &px.rows[k]
		at := px.at(k) + from - int(r.first)
		end := px.rowEnd(k)
		for end < to && px.rows[k+1].panel == r.panel && px.at(k+1) == at+end-from {
			k++
			end = px.rowEnd(k)
		}
		end = min(end, to)
		visit(int(r.panel), from, at, end-from)
		from = end
	}
}

// at returns the position of a row's first pixel in the image of its panel.
func (px *pixels) at(k int) int {
	r := &px.rows[k]
	return int(r.slow)*px.sizes[r.panel][0] + int(r.fast)
}

// rowOf returns the row of a pixel.
func (px *pixels) rowOf(i int) int {
	if px.width > 0 {
		return i / px.width
	}
	return sort.Search(len(px.rows), func(k int) bool { return int(px.rows[k].first) > i }) - 1
}

// rowEnd returns the number after that of the last pixel of a row.
func (px *pixels) rowEnd(k int) int {
	if k+1 < len(px.rows) {
		return int(px.rows[k+1].first)
	}
	return px.count
}

// equalRows returns how long all rows are, 0 if they differ.
func (px *pixels) equalRows() int {
	if len(px.rows) == 0 || px.count%len(px.rows) != 0 {
		return 0
	}
	width := px.count / len(px.rows)
	for k := range px.rows {
		if int(px.rows[k].first) != k*width {
			return 0
		}
	}
	return width
}

// place returns where a pixel is.
func (px *pixels) place(i int) Place {
	if l := px.listed; l != nil {
		p := Place{Fast: int(l.fast[i]), Slow: int(l.slow[i])}
		if l.panel != nil {
			p.Panel = int(l.panel[i])
		}
		return p
	}
	r := &px.rows[px.rowOf(i)]
	return Place{int(r.panel), int(r.fast) + i - int(r.first), int(r.slow)}
}

// ramps returns the indices of the pixels along the fast and the slow axis, and the numbers of their panels.
func (px *pixels) ramps() (fast, slow, panel *expr.Ramps, err error) {
	var list [3][]expr.Ramp
	list[0] = make([]expr.Ramp, 0, len(px.rows))
	for k, r := range px.rows {
		first := int(r.first)
		list[0] = append(list[0], expr.Ramp{First: first, From: float64(r.fast), Step: 1})
		if k == 0 || px.rows[k-1].slow != r.slow {
			list[1] = append(list[1], expr.Ramp{First: first, From: float64(r.slow)})
		}
		if k == 0 || px.rows[k-1].panel != r.panel {
			list[2] = append(list[2], expr.Ramp{First: first, From: float64(r.panel)})
		}
	}
	var out [3]*expr.Ramps
	for i := range out {
		if out[i], err = expr.NewRamps(px.count, slices.Clip(list[i])); err != nil {
			return nil, nil, nil, err
		}
	}
	return out[0], out[1], out[2], nil
}

// listed are pixels in any order, each of which may be there any number of times.
type listed struct {
	fast, slow []float64 // the arrays of the leaves
	panel      []float64 // nil for one panel
}

// newListed makes room for some pixels.
func (px *pixels) newListed(room int) *listed {
	l := &listed{fast: make([]float64, 0, room), slow: make([]float64, 0, room)}
	if len(px.sizes) > 1 {
		l.panel = make([]float64, 0, room)
	}
	return l
}

// empty leaves no pixels, and the room.
func (l *listed) empty() {
	l.fast, l.slow = l.fast[:0], l.slow[:0]
	if l.panel != nil {
		l.panel = l.panel[:0]
	}
}

// add a pixel.
func (l *listed) add(p Place) {
	l.fast, l.slow = append(l.fast, float64(p.Fast)), append(l.slow, float64(p.Slow))
	if l.panel != nil {
		l.panel = append(l.panel, float64(p.Panel))
	}
}

// values are those of the leaves.
func (l *listed) values() [][]float64 {
	if l.panel == nil {
		return [][]float64{l.fast, l.slow}
	}
	return [][]float64{l.fast, l.slow, l.panel}
}
