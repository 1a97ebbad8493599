package cuda

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/special"
)

// Grid returns how to launch n pixels: the number of blocks, the threads in each, and the number of
// pixels that a thread computes. A sweep without sums over pixels has more threads, since its warps
// leave no partial sums to add.
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

// Columns returns how many partial sums of each row a launch of blocks leaves, one for each warp.
func (s *Sweep) Columns(blocks int) int { return blocks * blockThreads / 32 }

// Fill writes the uniform numbers of a run, given the arrays computed so far. far holds the numbers
// of an earlier run, or zeros: the coefficients of lattice sums are prepared again only if the
// number of cells has changed.
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
			if to[special.PreparedTerms] == 0 { // not prepared by an earlier run
				copy(to, seriesNumbers(u.series))
			}
		default:
			copy(to, shared[u.node].Data)
		}
	}
}

// prepare computes the prepared coefficients of the derivatives of a lattice sum. If n is not a
// valid number of cells they are NaN, and so is the sum, as on the tape.
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

// seriesNumbers returns the prepared coefficients of a special function, whose order was checked
// when its node was made.
func seriesNumbers(r expr.Rule) []float64 {
	if r.Op == expr.OpOverSin {
		if f, err := special.NewXOverSin(int(r.Order[0])); err == nil {
			return f.Prepared()
		}
		return nil
	}
	if f, err := special.NewSinc3(int(r.Order[0])); err == nil {
		return f.Prepared()
	}
	return nil
}

// Pixels is an array of pixels on the device: the address of the batch's first pixel, and the
// number of pixels in a row.
type Pixels struct{ At, Stride uint64 }

// Arguments are the arguments of a launch of sweep.
type Arguments struct {
	Pixels, Rounds int
	Far            uint64
	Partial        uint64 // Rows times Columns partial sums
	Columns        int
	Loads, Stores  []Pixels
	Tables         []uint64
	Presents       []uint64
	Limbs          []uint64 // of Scatters
}

// argumentBytes returns the size of the struct that Pack makes.
func (s *Sweep) argumentBytes() int {
	a := Arguments{Loads: make([]Pixels, len(s.Loads)), Stores: make([]Pixels, len(s.Stores)), Tables: make([]uint64, len(s.Tables)),
		Presents: make([]uint64, len(s.Presents)), Limbs: make([]uint64, len(s.Scatters))}
	return 8 * len(a.Pack())
}

// Pack returns the struct that the kernel takes.
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
