package expr

import (
	"fmt"
	"sort"
)

// Ramps are the elements of an array on the pixel axis that are computed where they are needed, instead of stored: stretches
// along which they rise by a step. The index of a detector's pixels along an axis, for example, is a ramp a row.
type Ramps struct {
	n    int
	list []Ramp
}

// Ramp is a stretch of elements, up to the next one's: element i is From + Step·(i − First).
type Ramp struct {
	First      int
	From, Step float64 // whole numbers: sums of them are exact
}

// NewRamps returns n elements, in ramps of rising First, of which the first begins at 0.
func NewRamps(n int, list []Ramp) (*Ramps, error) {
	last := -1
	for i, r := range list {
		if r.First <= last || i == 0 && r.First != 0 {
			return nil, fmt.Errorf("expr: ramp %d begins at element %d, after one at %d", i, r.First, last)
		}
		last = r.First
	}
	if n < 1 || last < 0 || last >= n {
		return nil, fmt.Errorf("expr: %d ramps, the last of which begins at element %d, of %d elements", len(list), last, n)
	}
	return &Ramps{n, list}, nil
}

// Len is the number of elements.
func (r *Ramps) Len() int { return r.n }

// find returns the ramp of an element: of ramps that are about as long as each other one of a few, else by halves.
func (r *Ramps) find(at int) int {
	k := int(int64(at) * int64(len(r.list)) / int64(r.n))
	for range 4 {
		switch {
		case r.list[k].First > at:
			k--
		case k+1 < len(r.list) && r.list[k+1].First <= at:
			k++
		default:
			return k
		}
	}
	return sort.Search(len(r.list), func(k int) bool { return r.list[k].First > at }) - 1
}

// Fill computes the elements from one on.
func (r *Ramps) Fill(out []float64, from int) {
	if len(out) == 0 {
		return
	}
	for k := r.find(from); len(out) > 0; k++ {
		p := &r.list[k]
		end := r.n
		if k+1 < len(r.list) {
			end = r.list[k+1].First
		}
		n := min(len(out), end-from)
		fillRamp(out[:n], p.From+p.Step*float64(from-p.First), p.Step)
		out, from = out[n:], from+n
	}
}

// counting are the numbers from 0. A ramp that is among them is copied, which is several times faster than adding.
var counting = func() (list [4096]float64) {
	for i := range list {
		list[i] = float64(i)
	}
	return list
}()

// fillRamp writes a ramp.
func fillRamp(out []float64, from, step float64) {
	switch i := int(from); {
	case step == 0:
		out[0] = from
		for n := 1; n < len(out); n *= 2 {
			copy(out[n:], out[:n])
		}
	case step == 1 && from >= 0 && float64(i) == from && i+len(out) <= len(counting):
		copy(out, counting[i:])
	default:
		for k := range out {
			out[k] = from + step*float64(k)
		}
	}
}
