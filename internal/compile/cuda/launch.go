package cuda

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/special"
)

// Grid is how n pixels are launched: blocks of so many threads, and the pixels that each thread
// does. Where nothing is summed over pixels there are more threads, since their warps leave nothing
// to be added up.
func (s *Sweep) Grid(n int) (blocks, threads, rounds int) {
	most := s.threads
	if s.Rows == 0 {
		most *= unsummedThreads
	} else {
		most = min(most, maxPartialBytes/8/s.Rows*32)
	}
	most = max(1, most/blockThreads) // blocks
	needed := (n*s.Parts + blockThreads - 1) / blockThreads
	rounds = (needed + most - 1) / most
	return (needed + rounds - 1) / rounds, blockThreads, rounds
}

// Columns is how many sums of each row a launch of blocks leaves: one a warp.
func (s *Sweep) Columns(blocks int) int { return blocks * blockThreads / 32 }

// Fill writes the uniform numbers of a run, given the arrays of steps that are known by then. far
// holds those of an earlier run, or zeros: what functions are prepared with is made anew only where
// the number of cells has changed.
func (s *Sweep) Fill(constants, far []float64, shared []expr.Array) {
	for _, u := range s.uniforms {
		to := constants
		if u.far {
			to = far
		}
		to = to[u.at:][:u.len]
		switch {
		case u.orders > 0 && u.node < 0:
			prepare(to, u.value)
		case u.orders > 0:
			prepare(to, shared[u.node].Data[0])
		case u.node < 0:
			if to[special.PreparedTerms] == 0 { // no earlier run has been here
				copy(to, seriesNumbers(u.series))
			}
		default:
			copy(to, shared[u.node].Data)
		}
	}
}

// prepare fills in what the derivatives of a lattice sum are prepared with. Where n is no number of
// cells, that is NaN, and so is what comes of it, as on the tape.
func prepare(to []float64, n float64) {
	for order := range len(to) / special.PreparedLen {
		at := to[order*special.PreparedLen:][:special.PreparedLen]
		if at[special.PreparedCells] == n {
			continue
		}
		if r, err := special.NewSincRatio(n, order); err == nil {
			copy(at, r.Prepared())
			continue
		}
		for i := range at {
			at[i] = math.NaN()
		}
	}
}

// seriesNumbers are those that a special function is prepared with; its node's shape has checked
// the order.
func seriesNumbers(d expr.Decoded) []float64 {
	if d.Code == expr.CodeOverSin {
		if f, err := special.NewXOverSin(d.Order); err == nil {
			return f.Prepared()
		}
		return nil
	}
	if f, err := special.NewSinc3(d.Order); err == nil {
		return f.Prepared()
	}
	return nil
}

// Pixels is an array of pixels on the device: the address of the batch's first one, and how many
// pixels a row has.
type Pixels struct{ At, Stride uint64 }

// Arguments are a launch of sweep.
type Arguments struct {
	Pixels, Rounds int
	Far            uint64
	Partial        uint64 // Rows times Columns sums
	Columns        int
	Loads, Stores  []Pixels
	Tables         []uint64
	Presents       []uint64
	Limbs          []uint64 // of Scatters
}

// argumentBytes is the size of the struct that Pack makes.
func (s *Sweep) argumentBytes() int {
	a := Arguments{Loads: make([]Pixels, len(s.Loads)), Stores: make([]Pixels, len(s.Stores)), Tables: make([]uint64, len(s.Tables)),
		Presents: make([]uint64, len(s.Presents)), Limbs: make([]uint64, len(s.Scatters))}
	return 8 * len(a.Pack())
}

// Pack is the struct that the kernel takes.
func (a *Arguments) Pack() []uint64 {
	out := []uint64{uint64(a.Pixels), uint64(a.Rounds), a.Far, a.Partial, uint64(a.Columns)}
	for _, list := range [][]Pixels{a.Loads, a.Stores} {
		for _, p := range list {
			out = append(out, p.At, p.Stride)
		}
	}
	for _, list := range [][]uint64{a.Tables, a.Presents, a.Limbs} {
		out = append(out, list...)
	}
	return out
}
