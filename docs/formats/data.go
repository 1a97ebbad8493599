//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// counts fills a frame with a background of a few photons, a spot in 2000 pixels, and −1 in the gaps of modules.
func counts(f *format.Frame, most int64, gap func(fast, slow int) bool) {
	rng := rand.New(rand.NewPCG(1, 2))
	size := f.Type.Size()
	for i := range f.Fast * f.Slow {
		v := int64(rng.ExpFloat64())
		switch {
		case gap != nil && gap(i%f.Fast, i/f.Fast):
			v = -1
		case rng.IntN(2000) == 0:
			v = rng.Int64N(most)
		}
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], uint64(v))
		copy(f.Data[i*size:(i+1)*size], word[:])
	}
}

// pilatus returns a frame of the size and with the gaps of a PILATUS 6M.
func pilatus() *format.Frame {
	var f format.Frame
	f.Reset(2463, 2527, format.Int32)
	counts(&f, 20000, func(fast, slow int) bool { return fast%494 >= 487 || slow%212 >= 195 })
	return &f
}

// eiger returns a frame of the size of an EIGER 16M.
func eiger(t format.Type) *format.Frame {
	var f format.Frame
	f.Reset(4150, 4371, t)
	counts(&f, 60000, nil)
	return &f
}

// geometry returns that of a frame in a sweep.
func geometry(f *format.Frame, images int) *format.Geometry {
	return &format.Geometry{
		Wavelength: 1, ToSource: [3]float64{0, 0, 1},
		Panels: []format.Panel{{Origin: [3]float64{-155, 160, -200}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0},
			Pixel: [2]float64{0.075, 0.075}, Size: [2]int{f.Fast, f.Slow}}},
		Rotation: format.NewRotation([3]float64{1, 0, 0}, 0, 0.1, 1, images),
	}
}

// reflections returns about n of them, with F, σ and a phase, in P 21 21 21.
func reflections(n int) *structure.MillerArray {
	group, err := symmetry.ByNumber(19)
	if err != nil {
		panic(err) // it is in the table
	}
	m := &structure.MillerArray{Group: group, Cell: structure.Cell{A: 100, B: 110, C: 120, Alpha: 90, Beta: 90, Gamma: 90}}
	edge := 1
	for edge*edge*edge < n {
		edge++
	}
	for i := range n {
		x := float64(i%1000) + 0.5
		m.Indices = append(m.Indices, [3]int32{int32(i / edge / edge), int32(i / edge % edge), int32(i % edge)})
		m.Values, m.Sigmas, m.Phases = append(m.Values, x), append(m.Sigmas, x/16), append(m.Phases, x/8)
	}
	return m
}

// cifText returns a loop of structure factors as the PDB writes them.
func cifText(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("data_rxxxxsf\nloop_\n_refln.crystal_id\n_refln.wavelength_id\n_refln.scale_group_code\n_refln.index_h\n_refln.index_k\n_refln.index_l\n_refln.status\n_refln.F_meas_au\n_refln.F_meas_sigma_au\n_refln.F_calc\n_refln.phase_calc\n")
	for i := range rows {
		fmt.Fprintf(&b, "1 1 1 %d %d %d o %.2f %.2f %.2f %.1f\n", i/10000, i/100%100, i%100, float64(i%7919)/7, float64(i%97)/9, float64(i%7919)/7.5, float64(i%3600)/10)
	}
	return b.Bytes()
}
