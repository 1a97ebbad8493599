//go:build unix

// Command jointmemory measures the memory of a refinement of many images together, in closed form: that of the images' models after an
// evaluation of all of them, and the most that the process had. It prints the table of docs/sweeps.md: go run ./docs/jointmemory, from the module's
// root.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"syscall"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cputime"
	"github.com/gobragg/gobragg/refine"
)

// side of the images, in pixels.
const side = 1024

func main() {
	log.SetFlags(0)
	log.SetPrefix("jointmemory: ")
	images := flag.Int("images", 0, "number of images, in this process; 0 means the table, of a process for each number")
	profile := flag.String("memprofile", "", "file for a profile of the memory in use, with -images")
	flag.Parse()
	var err error
	if *images > 0 {
		err = measure(*images, *profile)
	} else {
		err = table(10, 30, 60, 120)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// table runs a process for each number of images.
func table(numbers ...int) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Println("| images | memory of the models, MB | an image, MB | peak, MB | processor s an image |\n|---|---|---|---|---|")
	for _, n := range numbers {
		c := exec.Command(own, "-images", strconv.Itoa(n))
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Run(); err != nil {
			return err
		}
	}
	return nil
}

// sweep is that of a protein's crystal, half a degree an image.
func sweep(images int) *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 29.3, B: 37.7, C: 43.9}, Misset: experiment.Misset{X: 24, Y: -37, Z: 61},
			Shape: crystal.Gauss, Cells: experiment.Cells{A: 20, B: 16, C: 13},
			Mosaic: experiment.Mosaic{Spread: 0.06}, Structure: experiment.Structure{Default: 100},
		}},
		Beam:       experiment.Beam{Wavelength: 0.9795, Kahn: 0.98, Fluence: 3e24},
		Detector:   experiment.Detector{Fast: side, Slow: side, Pixel: 0.11, Distance: 120.4, BeamCentre: &[2]float64{56.413, 55.147}},
		Background: experiment.Background{Flat: 3},
		Scan:       &experiment.Scan{First: 1, Images: images, Width: 0.5},
		Physics:    experiment.Physics{ClosedForm: &experiment.ClosedForm{Widths: 4.5, Tolerance: 1}},
		Refine:     experiment.Refine{Parameters: []string{"cell.a", "cell.b", "cell.c", "misset.x", "misset.y", "misset.z", "mosaic.spread", "scale", "background.flat"}},
	}
}

// measure makes the refinement of a number of images, and evaluates all of them once.
func measure(images int, profile string) error {
	counts := make([]float64, side*side)
	for i := range counts {
		counts[i] = float64(3 + i%5)
	}
	data := &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(side, side), tensor.WithBacking(counts))}}
	before := held()
	begin := cputime.Seconds()
	f, err := refine.NewJointFit(sweep(images), &refine.JointOptions{Widths: 4.5, Data: func(int) (*experiment.Data, error) { return data, nil }})
	if err != nil {
		return err
	}
	if _, err := f.Run(context.Background(), &refine.Settings{MaxIterations: 1, WithoutUncertainty: true}); err != nil {
		return err
	}
	cpu := cputime.Seconds() - begin
	models := held() - before
	if profile != "" {
		out, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.Lookup("heap").WriteTo(out, 0); err != nil {
			return err
		}
		if err := out.Close(); err != nil {
			return err
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	unit := 1024.
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	fmt.Printf("| %d | %.0f | %.1f | %.0f | %.2f |\n", images, models/1e6, models/1e6/float64(images), float64(u.Maxrss)*unit/1e6, cpu/float64(images))
	runtime.KeepAlive(f)
	return nil
}

// held is the memory in use, in bytes.
func held() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // spare memory goes at the second
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
