//go:build linux

// Command still measures what the parts of the model cost in a still of Gaussian domains and wavelengths, as BenchmarkStill of
// package simulator has it, and prints the table of docs/performance.md: go run ./docs/still, from the module's root.
//
// Every row is computed once in each round, so that a machine that does other work slows all of them. Times are processor
// time, the least of all rounds; ratios are medians of those of the rounds.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"slices"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/cputime"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("still: ")
	side := flag.Int("side", 64, "square root of the number of pixels")
	domains := flag.Int("domains", 10, "mosaic domains")
	waves := flag.Int("waves", 100, "wavelengths")
	rounds := flag.Int("n", 9, "rounds")
	kernels := flag.String("kernels", "auto", "avx512, avx2, neon, go or auto")
	gpu := flag.Int("gpu", -1, "number of a CUDA device to compute on, in a program built for GPUs (docs/cuda.md); times are then those of the wall")
	flag.Parse()
	t := table{side: *side, domains: *domains, waves: *waves, on: simulator.CPU(*kernels), clock: cputime.Seconds}
	if *gpu >= 0 {
		begin := time.Now()
		t.on, t.clock = simulator.GPU(*gpu), func() float64 { return time.Since(begin).Seconds() }
	}
	if err := t.rows(); err != nil {
		log.Fatal(err)
	}
	if err := t.print(*rounds); err != nil {
		log.Fatal(err)
	}
}

// table is the table that is printed.
type table struct {
	side, domains, waves int
	on                   simulator.Executor
	clock                func() float64 // in seconds
	list                 []row
}

// row is something that is computed.
type row struct {
	what string
	of   int // the row that it is a multiple of
	run  func() error

	times []float64 // seconds of each round
}

// add adds a row and returns its number.
func (t *table) add(what string, of int, run func() error) int {
	t.list = append(t.list, row{what: what, of: of, run: run})
	return len(t.list) - 1
}

// print measures all rows and prints them.
func (t *table) print(rounds int) error {
	steps := float64(t.side * t.side * t.domains * t.waves)
	for round := range rounds + 1 {
		for i := range t.list {
			r := &t.list[i]
			start := t.clock()
			if err := r.run(); err != nil {
				return fmt.Errorf("%s: %w", r.what, err)
			}
			if round > 0 { // the first one compiles
				r.times = append(r.times, t.clock()-start)
			}
		}
	}
	fmt.Println("| | ns a pixel and step | in images |\n|---|---|---|")
	for _, r := range t.list {
		ratios := make([]float64, rounds)
		for k := range ratios {
			ratios[k] = r.times[k] / t.list[r.of].times[k]
		}
		slices.Sort(ratios)
		fmt.Printf("| %s | %.2f | %.2f of %q |\n", r.what, 1e9*slices.Min(r.times)/steps, ratios[rounds/2], t.list[r.of].what)
	}
	return nil
}

// rows makes the rows.
func (t *table) rows() error {
	plain, err := t.model(func(*crystal.Config) {})
	if err != nil {
		return err
	}
	plainImage := t.add("image", 0, plain.image)
	if err := t.gradient("gradient by 15 parameters", plainImage, plain, false); err != nil {
		return err
	}
	withTable, err := t.model(func(c *crystal.Config) { c.Structure = amplitudes(false) })
	if err != nil {
		return err
	}
	t.add("image with a table", plainImage, withTable.image)
	scaled, err := t.model(func(c *crystal.Config) { c.Structure, c.Scales = amplitudes(false), &crystal.Scales{} })
	if err != nil {
		return err
	}
	scaledImage := t.add("image with a table and scales", plainImage, scaled.image)
	if err := t.gradient("gradient by 15 parameters and the scales", scaledImage, scaled, true); err != nil {
		return err
	}
	t.add("diagonal of the Fisher matrix of the scales", scaledImage, func() error {
		_, err := scaled.sim.FisherDiagonal(context.Background(), nil, scaled.crystals[0].Scale)
		return err
	})
	for _, part := range []struct {
		what string
		set  func(c *crystal.Config)
	}{
		{"image with diffuse scattering, one halo", func(c *crystal.Config) { c.Diffuse = &crystal.Diffuse{} }},
		{"image with a table and diffuse scattering", func(c *crystal.Config) { c.Structure, c.Diffuse = amplitudes(false), &crystal.Diffuse{} }},
		{"image with complex F and a heavy atom", func(c *crystal.Config) {
			b := 20.0
			c.Structure = amplitudes(true)
			c.Anomalous = &crystal.Anomalous{Scatterers: []crystal.Scatterer{{Name: "Se", FPrime: []float64{-8}, FDoublePrime: []float64{4}, B: &b}},
				Atoms: []crystal.HeavyAtom{{Scatterer: "Se", Position: [3]float64{0.1, 0.2, 0.3}}}}
		}},
	} {
		m, err := t.model(part.set)
		if err != nil {
			return err
		}
		t.add(part.what, plainImage, m.image)
	}
	three, err := t.model(func(*crystal.Config) {}, func(c *crystal.Config) { c.Misset = [3]float64{10, 20, 30} }, func(c *crystal.Config) { c.Misset = [3]float64{40, 50, 60} })
	if err != nil {
		return err
	}
	t.add("image of three crystals", plainImage, three.image)
	for _, shape := range []crystal.Shape{crystal.Square, crystal.GaussStar, crystal.Gauss} {
		m, err := t.model(func(c *crystal.Config) { c.Shape = shape })
		if err != nil {
			return err
		}
		image := t.add(fmt.Sprintf("image, %v", shape), plainImage, m.image)
		x := m.crystals[0]
		t.add(fmt.Sprintf("nine derivative images, %v", shape), image, func() error {
			_, err := m.sim.Derivatives(context.Background(), append(x.Cell.List(), x.Misset[:]...)...)
			return err
		})
	}
	return nil
}

// gradient adds the gradient of Σ I².
func (t *table) gradient(what string, of int, m *model, scales bool) error {
	squares, err := G.Square(m.sim.Intensity())
	if err != nil {
		return err
	}
	loss, err := G.Sum(squares)
	if err != nil {
		return err
	}
	x := m.crystals[0]
	by := append(append(append(x.Cell.List(), x.RotXYZ[:]...), x.N[:]...), x.Shear[:]...)
	if scales {
		by = append(by, x.Scale)
	}
	t.add(what, of, func() error {
		_, err := m.sim.Gradient(context.Background(), loss, by...)
		return err
	})
	return nil
}

// model is a simulator with its crystals.
type model struct {
	sim      *simulator.Simulator
	crystals []*crystal.Crystal
}

func (m *model) image() error {
	_, err := m.sim.Image(context.Background())
	return err
}

// model is a still of cubic crystals of 5 × 5 × 5 cells of 100 Å, each with a setting of its own, in every other pixel.
func (t *table) model(set ...func(*crystal.Config)) (*model, error) {
	g, m := G.NewGraph(), &model{}
	for i, f := range set {
		c := crystal.Config{Name: string(rune('a' + i)), Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100, Shape: crystal.Gauss, RotXYZ: &[3]float64{0.1, 0.2, 0.3},
			Mosaic: crystal.Mosaic{Spread: 0.5, Domains: t.domains}}
		if len(set) == 1 {
			c.Name = ""
		}
		f(&c)
		x, err := crystal.New(g, c)
		if err != nil {
			return nil, err
		}
		m.crystals = append(m.crystals, x)
	}
	light := beam.Config{Wavelength: 1}
	for i := range t.waves {
		light.Sources = append(light.Sources, beam.Source{Position: [3]float64{-1, 0, 0}, Wavelength: 1 + 0.01*float64(i)/float64(t.waves), Weight: 1})
	}
	src, err := beam.New(g, light)
	if err != nil {
		return nil, err
	}
	mask := make([]bool, 2*t.side*t.side)
	for i := range mask {
		mask[i] = i%2 == 1
	}
	det, err := detector.New(g, detector.Config{Fast: 2 * t.side, Slow: t.side, Pixel: 51.2 / float64(t.side), Distance: 100, Mask: mask})
	if err != nil {
		return nil, err
	}
	m.sim, err = simulator.NewMultiLattice(m.crystals, src, det, simulator.Workers(1), simulator.On(t.on))
	return m, err
}

// amplitudes are 27³ reflections, 9842 of them unique.
func amplitudes(phases bool) *structure.Table {
	const n = 13
	t := &structure.Table{Box: structure.Box{HMin: -n, HMax: n, KMin: -n, KMax: n, LMin: -n, LMax: n}}
	t.F = make([]float64, t.Cells())
	if phases {
		t.Phases = make([]float64, len(t.F))
	}
	for i := range t.F {
		t.F[i] = 100 + 50*math.Sin(float64(i))
		if phases {
			t.Phases[i] = math.Remainder(100*float64(i), 360)
		}
	}
	return t
}
