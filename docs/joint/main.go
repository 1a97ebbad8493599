// Command joint makes the sweep of docs/sweeps.md, of a crystal that slips and decays, and refines it from what DIALS finds in it.
// From the module's root, where DIALS is installed:
//
//	go run ./docs/joint -make sweep
//	go run ./cmd/gobragg simulate sweep/truth.json --noise 1 --out 'sweep/sweep_####.cbf'
//	(cd sweep && dials.import sweep_*.cbf && dials.find_spots imported.expt && dials.index imported.expt strong.refl space_group=P422 &&
//		dials.refine indexed.expt indexed.refl scan_varying=True)
//	go run ./docs/joint -refine sweep
//
// The last one writes its table into docs/sweeps.md and draws docs/images/joint.png.
package main

import (
	"context"
	"flag"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// images of the sweep, and their width in degrees.
const (
	images = 60
	width  = 0.8
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("joint: ")
	folder := flag.String("make", "", "folder that the structure factors and the experiment of the sweep are written to")
	sweep := flag.String("refine", "", "folder of the sweep and of DIALS' refined.expt: refine it")
	doc := flag.String("doc", "docs/sweeps.md", "the page that the table goes to")
	picture := flag.String("o", "docs/images/joint.png", "the picture")
	flag.Parse()
	var err error
	switch {
	case *folder != "":
		err = makeSweep(*folder)
	case *sweep != "":
		err = refineSweep(context.Background(), *sweep, *doc, *picture)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// truth is the experiment of the sweep: a tetragonal crystal that slips by
// hundredths of a degree and loses a third of its scattering power, with water in the beam.
func truth() *experiment.Config {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 78, B: 78, C: 37, Alpha: 90, Beta: 90, Gamma: 90}, Misset: experiment.Misset{X: 12, Y: -35, Z: 57},
			Cells: experiment.Cells{A: 8, B: 8, C: 16}, Mosaic: experiment.Mosaic{Spread: 0.1, Domains: 40, Seed: 77}, PhiSteps: 8,
			Structure: experiment.Structure{File: "truth.mtz"},
		}},
		Beam:       experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 1e27},
		Detector:   experiment.Detector{Fast: 1024, Slow: 1024, Pixel: 0.172, Distance: 140, BeamCentre: &[2]float64{90.5, 86.2}},
		Scan:       &experiment.Scan{Images: images, Width: width},
		Background: experiment.Background{Materials: []experiment.Material{{Kind: "water", Thickness: 0.00017, Beam: 7e-5}}},
	}
	drift := [3][]float64{}
	scale := make([]float64, images)
	for i := range images {
		t := float64(i) / (images - 1)
		drift[0] = append(drift[0], 12+0.03*math.Sin(4*t))
		drift[1] = append(drift[1], -35-0.04*t*t)
		drift[2] = append(drift[2], 57+0.02*math.Cos(7*t))
		scale[i] = 1 - 0.35*t
	}
	for k, axis := range []string{"x", "y", "z"} {
		c.Scan.Varying = append(c.Scan.Varying, experiment.Varying{Parameter: "misset." + axis, Values: drift[k]})
	}
	c.Scan.Varying = append(c.Scan.Varying, experiment.Varying{Parameter: "scale", Values: scale})
	return c
}

func makeSweep(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := mtz.WriteFile(filepath.Join(folder, "truth.mtz"), amplitudes()); err != nil {
		return err
	}
	return truth().Write(filepath.Join(folder, "truth.json"))
}

// amplitudes are those of P 43 21 2 by Wilson's statistics, with a B factor of 18 Å².
func amplitudes() *structure.MillerArray {
	cell := structure.Cell{A: 78, B: 78, C: 37, Alpha: 90, Beta: 90, Gamma: 90}
	group, err := symmetry.Lookup("P 43 21 2", cell.Parameters())
	if err != nil {
		log.Fatal(err)
	}
	const dmin = 1.5
	random := rand.New(rand.NewPCG(5, 0))
	m := &structure.MillerArray{Cell: cell, Group: group, Quantity: structure.Amplitudes}
	for h := 0; h <= int(cell.A/dmin); h++ {
		for k := 0; k <= h; k++ {
			for l := 0; l <= int(cell.C/dmin); l++ {
				hkl := [3]int{h, k, l}
				d := cell.Spacing(h, k, l)
				if hkl == [3]int{} || d < dmin || group.Absent(hkl) {
					continue
				}
				intensity := random.ExpFloat64()
				if group.Centric(hkl) {
					intensity = math.Pow(random.NormFloat64(), 2)
				}
				r, _, _ := group.Representative(hkl)
				m.Indices = append(m.Indices, [3]int32{int32(r[0]), int32(r[1]), int32(r[2])})
				m.Values = append(m.Values, 160*math.Sqrt(intensity*float64(group.Epsilon(hkl)))*math.Exp(-18/(4*d*d)))
			}
		}
	}
	return m
}
