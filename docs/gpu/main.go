// Command gpu measures images and gradients on a CUDA device and prints the tables of docs/cuda.md:
//
//	CGO_CPPFLAGS=… go run -tags nbcuda ./docs/gpu [-device 0] [-reference "path/to/nanoBraggCUDA -precision double" …]
//
// from the module's root, on a machine that does nothing else (README, "On a GPU", has the flags to build with). Commands
// given by -reference, one for each precision, are timed as whole processes on the same crystal.
// What they take to start, and to write their files, is not in the column "a step more", which is the slope between the two
// longest runs of a size: it compares like with like.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// numbers is a flag of whole numbers.
type numbers []int

func (n *numbers) String() string { return strings.Trim(fmt.Sprint(*n), "[]") }

func (n *numbers) Set(s string) error {
	*n = nil
	for _, f := range strings.Split(s, ",") {
		v, err := strconv.Atoi(f)
		if err != nil || v < 1 {
			return fmt.Errorf("%q is not a number of 1 or more", f)
		}
		*n = append(*n, v)
	}
	return nil
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	log.SetFlags(0)
	log.SetPrefix("gpu: ")
	sides, steps := numbers{1024, 2048, 4096, 8192}, numbers{1, 10, 50, 200}
	var references list
	device := flag.Int("device", 0, "number of the CUDA device")
	repeat := flag.Int("n", 5, "times of each measurement; the least counts")
	flag.Var(&sides, "sides", "pixels along a side of the detector")
	flag.Var(&steps, "steps", "phi steps")
	flag.Var(&references, "reference", "a command to compare with, the reference program's CUDA version with its options; may be given again")
	flag.Parse()
	if flag.NArg() > 0 || *repeat < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *device, *repeat, sides, steps, references); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer, device, repeat int, sides, steps numbers, references list) error {
	fmt.Fprintln(out, "| pixels | steps | precision | image | a second | sum and gradient | ratio | image, a step more | sum and gradient, a step more |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for _, side := range sides {
		for _, precision := range []struct {
			name string
			on   simulator.Executor
		}{{"float64", simulator.GPU(device)}, {"mixed", simulator.GPU(device).Mixed()}} {
			var before measured
			at := 0
			for _, n := range steps {
				m, err := measure(side, n, repeat, []simulator.Option{simulator.On(precision.on)})
				if err != nil {
					return err
				}
				more := " | "
				if at > 0 {
					more = fmt.Sprintf("%.3g s | %.3g s", (m.image-before.image)/float64(n-at), (m.gradient-before.gradient)/float64(n-at))
				}
				before, at = m, n
				fmt.Fprintf(out, "| %d² | %d | %s | %.3g s | %.3g pixel·steps | %.3g s | %.2f | %s |\n",
					side, n, precision.name, m.image, float64(side)*float64(side)*float64(n)/m.image, m.gradient, m.gradient/m.image, more)
			}
		}
	}
	if len(references) == 0 {
		return nil
	}
	fmt.Fprintln(out, "\n| program | pixels | steps | process | a step more |\n|---|---|---|---|---|")
	for _, program := range references {
		for _, side := range sides {
			before, at := 0.0, 0
			for _, n := range steps {
				took, err := process(program, side, n, repeat)
				if err != nil {
					return err
				}
				more := ""
				if at > 0 {
					more = fmt.Sprintf("%.3g s", (took-before)/float64(n-at))
				}
				before, at = took, n
				fmt.Fprintf(out, "| %s | %d² | %d | %.3g s | %s |\n", program, side, n, took, more)
			}
		}
	}
	return nil
}

// measured are the seconds of an image, and of Σ I² and its gradient by the cell, which leaves no image.
type measured struct{ image, gradient float64 }

// measure times a cubic crystal of 5 × 5 × 5 cells, turned a degree in a number of steps.
func measure(side, steps, repeat int, options []simulator.Option) (m measured, err error) {
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 100, B: 100, C: 100, Alpha: 90, Beta: 90, Gamma: 90}, N: [3]float64{5, 5, 5}, DefaultF: 100,
		Osc: 1, PhiSteps: steps})
	if err != nil {
		return m, err
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1})
	if err != nil {
		return m, err
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side, Pixel: 102.4 / float64(side), Distance: 100})
	if err != nil {
		return m, err
	}
	sim, err := simulator.New(x, src, det, append(options, simulator.MemoryLimit(32<<30))...)
	if err != nil {
		return m, err
	}
	square, err := G.Square(sim.Intensity())
	if err != nil {
		return m, err
	}
	loss, err := G.Sum(square)
	if err != nil {
		return m, err
	}
	cell := []*G.Node{x.Cell.A, x.Cell.B, x.Cell.C, x.Cell.Alpha, x.Cell.Beta, x.Cell.Gamma}
	ctx := context.Background()
	for _, job := range []struct {
		seconds *float64
		compute func() error
	}{
		{&m.image, func() error { _, err := sim.Values(ctx, sim.Intensity()); return err }},
		{&m.gradient, func() error { _, err := sim.Gradient(ctx, loss, cell...); return err }},
	} {
		best := math.Inf(1)
		for range repeat + 1 { // the first compiles
			began := time.Now()
			if err := job.compute(); err != nil {
				return m, err
			}
			best = min(best, time.Since(began).Seconds())
		}
		*job.seconds = best
	}
	return m, nil
}

// process times the reference program on the same crystal.
func process(command string, side, steps, repeat int) (float64, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return 0, fmt.Errorf("-reference names no program")
	}
	folder, err := os.MkdirTemp("", "gpu")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	path, err := exec.LookPath(words[0])
	if err == nil {
		path, err = filepath.Abs(path) // it is run in another folder
	}
	if err != nil {
		return 0, err
	}
	best := math.Inf(1)
	for range repeat + 1 {
		cmd := exec.Command(path, append(words[1:], strings.Fields(fmt.Sprintf("-cell 100 100 100 90 90 90 -N 5 -default_F 100 -lambda 1 -distance 100 -detpixels %d -pixel %g -oversample 1 -osc 1 -phisteps %d -floatfile float.bin",
			side, 102.4/float64(side), steps))...)...)
		cmd.Dir = folder
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s: %w\n%s", command, err, out)
		}
		best = min(best, time.Since(began).Seconds())
	}
	return best, nil
}
