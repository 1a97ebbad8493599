package simulator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// awkward is rich with numbers of pixels that no number of workers divides, a region and a mask.
func awkward() setup {
	return rich().with(func(s *setup) {
		s.detector.Fast, s.detector.Slow, s.detector.Pixel = 17, 11, 5
		s.detector.Region = &detector.Region{FastMin: 1, FastMax: 15, SlowMin: 2, SlowMax: 10}
		s.detector.Mask = make([]bool, 17*11)
		for i := range s.detector.Mask {
			s.detector.Mask[i] = i%11 != 5
		}
	})
}

// TestWorkers: image, gradient and Hessian have the same bits for any number of workers, also where memory is so short
// that batches shrink.
func TestWorkers(t *testing.T) {
	for _, limit := range []int64{simulator.DefaultMemoryLimit, 4_000_000} {
		t.Run(fmt.Sprint(limit, " bytes"), func(t *testing.T) {
			var image, gradient, hessian []float64
			all := []int{1, 2, 3, 7}
			if limit < simulator.DefaultMemoryLimit {
				all = []int{1, 3}
			}
			for _, workers := range all {
				m := awkward().build(t, simulator.Workers(workers), simulator.MemoryLimit(limit))
				loss := must(G.Div(m.bumps(t), must(G.Sqrt(must(G.Mean(must(G.Square(m.Intensity()))))))))
				i := m.image(t)
				g := m.gradient(t, loss, m.crystal.Cell.A, m.crystal.Structure, m.crystal.Osc, m.beam.Dispersion, m.detector.BeamX).Scalars()
				sym, err := m.Hessian(context.Background(), loss, m.crystal.Cell.A, m.beam.Wavelength)
				if err != nil {
					t.Fatal(err)
				}
				h := sym.RawSymmetric().Data
				if image == nil {
					image, gradient, hessian = i, g, h
					continue
				}
				what := fmt.Sprintf(" with %d workers", workers)
				identical(t, "image"+what, i, image)
				identical(t, "gradient"+what, g, gradient)
				identical(t, "Hessian"+what, h, hessian)
			}
		})
	}
}

// TestMemoryLimit: less memory takes smaller batches, of the same image; far too little is an error that tells bytes.
func TestMemoryLimit(t *testing.T) {
	s := awkward()
	want := s.image(t)
	smallest := int64(0)
	var last error
	for limit := int64(1 << 24); limit > 0; limit /= 2 {
		m := s.build(t, simulator.MemoryLimit(limit), simulator.Workers(2))
		image, err := m.Image(context.Background())
		if err != nil {
			last = err
			break
		}
		smallest = limit
		identical(t, fmt.Sprintf("image in %d bytes", limit), image.Float64s(), want)
	}
	if last == nil || smallest == 0 || smallest > 1<<19 {
		t.Fatalf("the image fits into %d bytes; error %v", smallest, last)
	}
	if !strings.Contains(last.Error(), fmt.Sprintf("the limit is %d", smallest/2)) || !strings.Contains(last.Error(), "bytes") {
		t.Errorf("error %q", last)
	}
}
