// Lysozyme makes the small experiment in this folder, as a user has one after DIALS: three images of a crystal that turns, amplitudes,
// and, by dials.sh, what DIALS found. README.md begins with its refinement.
//
//	go run ./examples/lysozyme -out examples/lysozyme && bash examples/lysozyme/dials.sh
//
// The amplitudes are those of a made-up protein in the cell of hen egg-white lysozyme. The images are sampled: 300 mosaic domains,
// 10 orientations along the rotation and 3 × 3 points in a pixel, whereas a refinement computes spots in closed form. They have the
// scattering of water, photon noise, gaps between modules, and pixels that are dead or hot. truth.json describes the experiment
// that was simulated.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

const (
	fast, slow = 288, 284
	dmin       = 2.4 // Å, of the amplitudes
	images     = 3
	seed       = 1
)

func main() {
	out := flag.String("out", ".", "folder for the files")
	domains := flag.Int("domains", 300, "mosaic domains; fewer are quicker")
	flag.Parse()
	if err := run(context.Background(), *out, *domains, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lysozyme:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, domains int, stdout io.Writer) error {
	known, err := amplitudes()
	if err != nil {
		return err
	}
	if err := mtz.WriteFile(filepath.Join(out, "lysozyme.mtz"), known); err != nil {
		return err
	}
	truth := truth(domains)
	truth.Folder = out
	e, err := truth.Build(G.NewGraph())
	if err != nil {
		return err
	}
	if err := truth.Write(filepath.Join(out, "truth.json")); err != nil {
		return err
	}
	geometry, _, err := e.Geometry()
	if err != nil {
		return err
	}
	for n := range images {
		if err := e.SelectImage(n + 1); err != nil {
			return err
		}
		expected, err := e.Image(ctx)
		if err != nil {
			return err
		}
		counts, err := noise.Poisson(expected.Float64s(), seed+uint64(n))
		if err != nil {
			return err
		}
		photons, most := 0.0, 0.0
		for _, v := range counts {
			photons, most = photons+v, max(most, v)
		}
		name := fmt.Sprintf("lysozyme_%04d.cbf", n+1)
		if err := cbf.WriteFile(filepath.Join(out, name), frame(counts), geometry, cbf.Header{Image: n, Exposure: 0.1}); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s  %.0f photons, up to %.0f in a pixel\n", name, photons, most); err != nil {
			return err
		}
	}
	return nil
}

// truth is the experiment that is simulated.
func truth(domains int) *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 78.12, C: 37.04}, Misset: experiment.Misset{X: 24, Y: -37, Z: 61},
			Shape: crystal.Gauss, Cells: experiment.Cells{A: 4, B: 4, C: 8}, SpotScale: 4.5e9,
			Mosaic:   experiment.Mosaic{Spread: 0.25, Domains: domains, Seed: 7},
			PhiSteps: 10, Structure: experiment.Structure{File: "lysozyme.mtz"},
		}},
		Beam: experiment.Beam{Wavelength: 0.9795, Kahn: 0.98, Fluence: 3e17},
		Detector: experiment.Detector{Fast: fast, Slow: slow, Pixel: 0.172, Distance: 75.2,
			BeamCentre: &[2]float64{25.413, 23.147}, Oversample: 3},
		Scan:       &experiment.Scan{Images: images, Width: 1},
		Background: experiment.Background{Materials: []experiment.Material{{Kind: "water", Thickness: 0.15}}},
	}
}

// amplitudes draws those of a protein of the group of tetragonal lysozyme: intensities of A. J. C. Wilson's distributions, that of
// acentric reflections and that of centric ones, which decrease with a B factor of 20 Å². The cell is that of another crystal.
func amplitudes() (*structure.MillerArray, error) {
	const a, c, b, forward = 77.9, 36.9, 20, 590
	group, err := symmetry.Lookup("P 43 21 2", [6]float64{a, a, c, 90, 90, 90})
	if err != nil {
		return nil, err
	}
	m := &structure.MillerArray{Cell: structure.Cell{A: a, C: c}.Complete(), Group: group, Labels: []string{"F", "SIGF"}}
	random := rand.New(rand.NewPCG(seed, 0))
	for h := range int(math.Floor(a/dmin)) + 1 {
		for k := range h + 1 {
			for l := range int(math.Floor(c/dmin)) + 1 {
				at := [3]int{h, k, l}
				s := math.Sqrt(float64(h*h+k*k)/(a*a)+float64(l*l)/(c*c)) / 2
				if own, _, _ := group.Representative(at); own != at || s == 0 || s > 0.5/dmin || group.Absent(at) {
					continue
				}
				intensity := random.ExpFloat64()
				if group.Centric(at) {
					g := random.NormFloat64()
					intensity = g * g
				}
				f := forward * math.Exp(-b*s*s) * math.Sqrt(float64(group.Epsilon(at))*intensity)
				m.Indices = append(m.Indices, [3]int32{int32(h), int32(k), int32(l)})
				m.Values = append(m.Values, f)
				m.Sigmas = append(m.Sigmas, 2+0.02*f)
			}
		}
	}
	m.Rows = len(m.Indices)
	return m, nil
}

// frame is an image of 2 × 2 modules with gaps between them, five dead pixels and four hot ones.
func frame(counts []float64) *format.Frame {
	const gap, dead, columns, rows = -1, -2, 4, 8
	special := map[[2]int]int32{}
	random := rand.New(rand.NewPCG(seed, 2))
	for range 5 {
		special[[2]int{random.IntN(fast), random.IntN(slow)}] = dead
	}
	for range 4 {
		special[[2]int{random.IntN(fast), random.IntN(slow)}] = int32(500 + random.IntN(30000))
	}
	f := &format.Frame{}
	f.Reset(fast, slow, format.Int32)
	for i, v := range counts {
		x, y := i%fast, i/fast
		value := int32(v)
		if other, ok := special[[2]int{x, y}]; ok {
			value = other
		}
		if x >= (fast-columns)/2 && x < (fast+columns)/2 || y >= (slow-rows)/2 && y < (slow+rows)/2 {
			value = gap
		}
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(value))
	}
	return f
}
