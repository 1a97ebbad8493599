package simulator_test

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/structure"
)

// TestCoincidentLengths: other axes may be as long as the pixels, by chance; nothing is taken for what it is not. Six
// pixels, or more with no weight but on those six, give the same.
func TestCoincidentLengths(t *testing.T) {
	base := few()
	table := &structure.Table{Box: structure.Box{KMin: -1, KMax: 1, LMax: 1}, F: []float64{10, 20, 30, 40, 50, 60}}
	for name, change := range map[string]func(*setup){
		"table": func(s *setup) { s.crystal.Structure, s.crystal.Lookup, s.detector.Pixel = table, crystal.Nearest, 1 },
		"orientations": func(s *setup) {
			s.crystal.Structure, s.crystal.Lookup = nil, crystal.Automatic
			s.crystal.PhiSteps, s.crystal.Mosaic.Domains = 2, 3
		},
		"sources": func(s *setup) {
			s.crystal.Structure, s.crystal.Lookup = nil, crystal.Automatic
			s.beam.Dispersion.Steps, s.beam.Horizontal.Steps, s.beam.Vertical.Steps = 3, 2, 1
			s.beam.Vertical.Range = 0
		},
	} {
		for mode, option := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				s := base.with(change)
				six := s.build(t, option)
				if n := six.detector.Pixels(); n != 6 {
					t.Fatalf("%d pixels", n)
				}
				region := *s.detector.Region
				s.detector.Region = nil
				all := s.build(t, option)
				inside := func(i int) bool {
					f, row := i%8, i/8
					return f >= region.FastMin && f <= region.FastMax && row >= region.SlowMin && row <= region.SlowMax
				}
				weighted := func(m model, at func(i int) float64) *G.Node {
					return must(G.Sum(must(G.HadamardProd(m.data(t, "weights", at), must(G.Square(m.Intensity()))))))
				}
				within := 0
				number := make([]float64, 48) // of the pixels inside, in order
				for i := range number {
					if inside(i) {
						within++
						number[i] = float64(within)
					}
				}
				lossSix := weighted(six, func(i int) float64 { return float64(i + 1) })
				lossAll := weighted(all, func(i int) float64 { return number[i] })
				nodes := func(m model) []*G.Node {
					list := []*G.Node{m.crystal.Cell.A, m.crystal.Osc, m.beam.Dispersion, m.detector.Thickness}
					if m.crystal.Structure != nil {
						list = append(list, m.crystal.Structure)
					}
					return list
				}
				got, want := six.gradient(t, lossSix, nodes(six)...), all.gradient(t, lossAll, nodes(all)...)
				for i, n := range nodes(six) {
					same(t, "derivative by "+n.Name(), got.By[i], want.By[i], 1e-11)
				}
				vector := make([]float64, len(got.Scalars()))
				for i := range vector {
					vector[i] = 1 / float64(i+1)
				}
				one, err := six.HessianVector(context.Background(), lossSix, vector, nodes(six)...)
				if err != nil {
					t.Fatal(err)
				}
				two, err := all.HessianVector(context.Background(), lossAll, vector, nodes(all)...)
				if err != nil {
					t.Fatal(err)
				}
				same(t, "product with a vector", one, two, 1e-11)
			})
		}
	}
}

// TestOnePixel: the shortest pixel axis there is.
func TestOnePixel(t *testing.T) {
	s := smooth()
	s.detector.Region = nil
	want := s.image(t)[2*8+5]
	s.detector.Region = &detector.Region{FastMin: 5, FastMax: 5, SlowMin: 2, SlowMax: 2}
	for mode, option := range modes {
		m := s.build(t, option)
		same(t, mode, m.value(t, m.Intensity()), []float64{want}, 1e-13)
		loss := m.meanTimesSum(t)
		got := m.gradient(t, loss, m.crystal.Cell.A, m.beam.Kahn)
		for i, n := range []*G.Node{m.crystal.Cell.A, m.beam.Kahn} {
			d := m.difference(t, loss, n, 0, 1e-4)
			same(t, mode+", derivative by "+n.Name(), got.By[i], []float64{d}, 1e-6)
		}
	}
}

// meanTimesSum is a loss with a mean in it that one pixel does not make degenerate.
func (m model) meanTimesSum(t testing.TB) *G.Node {
	t.Helper()
	return must(G.Mul(must(G.Mean(m.Intensity())), m.sum(t)))
}
