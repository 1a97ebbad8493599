package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/cputime"
	"github.com/gobragg/gobragg/simulator"
)

// measured is a case that is being measured.
type measured struct {
	Case
	inLoop bool // images of a process that has compiled the program, instead of processes
}

// cubic is a crystal of 5 × 5 × 5 cells of 100 Å on a detector of 102.4 mm.
const cubic = "-cell 100 100 100 90 90 90 -N 5 -default_F 100 -lambda 1 -distance 100 -oversample 1"

// pilatus is the one of the golden images, whole.
const pilatus = "-mat A.mat -hkl scaled.hkl -Na 36 -Nb 47 -Nc 29 -osc 0.1 -phi 0 -phisteps 10 -lambda 0.976800 -distance 231.274660 -pixel 0.172 " +
	"-detpixels_x 2463 -detpixels_y 2527 -Xbeam 217.742295 -Ybeam 213.907080 -odet_vector -0.000088 0.004914 -0.999988 -sdet_vector -0.005998 -0.999970 -0.004913 " +
	"-fdet_vector 0.999982 -0.005998 -0.000118 -beam_vector 0.00051387949 0.0 -0.99999986 -spindle_axis -1 0 0 -exposure 1 -flux 1e18 -beamsize 1.0 -nointerpolate -oversample 1"

// cases are those of the table; data has the files of the last process.
func cases(data string) []measured {
	process := func(name, options string, threads int) measured {
		return measured{Case: Case{Name: name, Options: options, Threads: threads}}
	}
	list := []measured{
		process("1024², one step", cubic+" -detpixels 1024", 1),
		process("2048², one step", cubic+" -detpixels 2048 -pixel 0.05", 1),
		process("1024², 20 phi steps", cubic+" -detpixels 1024 -osc 1 -phisteps 20", 1),
		process("1024², 25 domains", cubic+" -detpixels 1024 -mosaic 0.5 -mosaic_dom 25", 2),
	}
	if folder, err := filepath.Abs(data); err == nil {
		options := strings.NewReplacer("A.mat", filepath.Join(folder, "A.mat"), "scaled.hkl", filepath.Join(folder, "scaled.hkl")).Replace(pilatus)
		if _, err := os.Stat(filepath.Join(folder, "scaled.hkl")); err == nil {
			list = append(list, process("PILATUS 6M, structure factors, 10 phi steps", options, 2))
		} else {
			fmt.Fprintf(os.Stderr, "bench: no PILATUS 6M case: %v\n", err)
		}
	}
	loop := process("in a loop, 1024², 10 domains", cubic+" -detpixels 1024 -mosaic 0.5 -mosaic_dom 10", 1)
	loop.inLoop = true
	return append(list, loop)
}

// run runs a program and returns its times.
func run(program string, args []string, folder string, threads int) (Times, error) {
	c := exec.Command(program, args...)
	c.Dir = folder
	c.Env = append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(threads))
	began := time.Now()
	out, err := c.CombinedOutput()
	t := Times{Seconds: time.Since(began).Seconds()}
	if err != nil {
		return t, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	t.CPUSeconds, t.PeakMB = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds(), peak(c.ProcessState)
	return t, nil
}

// outputs are written by both programs.
const outputs = " -floatfile float.bin -intfile int.img -nonoise -nopgm -noprogress"

// reference runs the reference program, or returns zeros without one.
func (c *measured) reference(program, folder string) (Times, error) {
	if program == "" {
		return Times{}, nil
	}
	path, err := filepath.Abs(program)
	if err != nil {
		return Times{}, err
	}
	return run(path, strings.Fields(c.Options+outputs), folder, c.Threads)
}

// processes measures whole processes.
func (c *measured) processes(reference, program, folder string, kernels []string, rounds int) error {
	path, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	return c.rounds(reference, folder, kernels, rounds, func(k string) (Times, error) {
		return run(path, strings.Fields(fmt.Sprintf("%s%s -threads %d -kernels %s", c.Options, outputs, c.Threads, k)), folder, c.Threads)
	})
}

// loop measures images in this process: the crystal with ten domains.
func (c *measured) loop(reference, folder string, kernels []string, rounds int) error {
	sims := map[string]*simulator.Simulator{}
	for _, k := range kernels {
		sim, err := tenDomains(k)
		if err != nil {
			return err
		}
		if _, err := sim.Image(context.Background()); err != nil { // compiles the program
			return err
		}
		sims[k] = sim
	}
	return c.rounds(reference, folder, kernels, rounds, func(k string) (Times, error) {
		began, cpu := time.Now(), cputime.Seconds()
		_, err := sims[k].Image(context.Background())
		return Times{Seconds: time.Since(began).Seconds(), CPUSeconds: cputime.Seconds() - cpu}, err
	})
}

// tenDomains makes the simulator of the case in a loop.
func tenDomains(kernels string) (*simulator.Simulator, error) {
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100, Mosaic: crystal.Mosaic{Spread: 0.5, Domains: 10}})
	if err != nil {
		return nil, err
	}
	src, err := beam.New(g, beam.Config{})
	if err != nil {
		return nil, err
	}
	det, err := detector.New(g, detector.Config{Fast: 1024, Slow: 1024, Pixel: 0.1})
	if err != nil {
		return nil, err
	}
	return simulator.New(x, src, det, simulator.Workers(1), simulator.On(simulator.CPU(kernels)), simulator.Reference())
}

// rounds runs the reference program and this one in turn, and takes medians.
func (c *measured) rounds(reference, folder string, kernels []string, n int, once func(kernels string) (Times, error)) error {
	var theirs []Times
	ours := make([][]Times, len(kernels))
	for range n {
		t, err := c.reference(reference, folder)
		if err != nil {
			return err
		}
		theirs = append(theirs, t)
		for i, k := range kernels {
			t, err := once(k)
			if err != nil {
				return err
			}
			ours[i] = append(ours[i], t)
		}
	}
	if reference != "" {
		t := medians(theirs)
		c.Reference = &t
	}
	for i, k := range kernels {
		own := Kernels{Name: k, Times: medians(ours[i])}
		if reference != "" {
			own.Ratio = median(n, func(r int) float64 { return theirs[r].Seconds / ours[i][r].Seconds })
			own.CPURatio = median(n, func(r int) float64 { return theirs[r].CPUSeconds / ours[i][r].CPUSeconds })
		}
		c.Kernels = append(c.Kernels, own)
	}
	return nil
}

// medians are those of each of some times.
func medians(list []Times) Times {
	return Times{
		Seconds:    median(len(list), func(i int) float64 { return list[i].Seconds }),
		CPUSeconds: median(len(list), func(i int) float64 { return list[i].CPUSeconds }),
		PeakMB:     median(len(list), func(i int) float64 { return list[i].PeakMB }),
	}
}

func median(n int, of func(i int) float64) float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = of(i)
	}
	slices.Sort(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
