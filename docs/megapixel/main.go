//go:build unix

// Command megapixel measures gobragg refine as a process: a still of 1024 × 1024 pixels with some 300 spots, from the files that a
// user has to the verdict and the report, on one thread. It prints the tables of docs/performance.md, as a process and by parts: go run ./docs/megapixel, from the
// module's root.
//
// The image is simulated with 300 mosaic domains, a flat background and photon noise, and the search starts as far from the truth as
// DIALS leaves it. Twelve parameters are free.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("megapixel: ")
	keep := flag.String("dir", "", "folder for the files, which stay; made again if it has none. A temporary folder if left out")
	rounds := flag.Int("n", 3, "rounds")
	phases := flag.Bool("phases", false, "refine once in this process, and print the time of each phase")
	profile := flag.String("cpuprofile", "", "file for a profile of the processor's time, with -phases")
	sampled := flag.Bool("sampled", false, "with -phases, the sampled model")
	flag.Parse()
	if err := run(*keep, *rounds, *phases, *sampled, *profile); err != nil {
		log.Fatal(err)
	}
}

func run(folder string, rounds int, phases, sampled bool, profile string) (err error) {
	if folder == "" {
		if folder, err = os.MkdirTemp("", "megapixel"); err != nil {
			return err
		}
		defer func() {
			if failed := os.RemoveAll(folder); err == nil {
				err = failed
			}
		}()
	}
	if _, err := os.Stat(filepath.Join(folder, "start.json")); err != nil {
		if err := write(context.Background(), folder); err != nil {
			return err
		}
	}
	if phases {
		return printPhases(folder, sampled, profile)
	}
	if err := printRuns(folder, rounds); err != nil {
		return err
	}
	fmt.Println()
	return printParts(folder, rounds)
}

// side of the image, in pixels.
const side = 1024

// printRuns runs the command in each way, and prints the least time of each.
func printRuns(folder string, rounds int) error {
	program := filepath.Join(folder, "gobragg")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/gobragg").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	fmt.Println("| one thread | wall, s | processor, s | peak memory, MB | exit status |\n|---|---|---|---|---|")
	for _, way := range []struct {
		name  string
		args  []string
		twice bool
	}{
		{"`gobragg version`, for comparison", []string{"version"}, false},
		{"closed form, from an experiment in JSON", refineArgs(folder, false), true},
		{"closed form, from .expt, .mtz and .cbf: size and mosaic spread from the image", append([]string{"refine", "--threads", "1", "--out", filepath.Join(folder, "dials")},
			filepath.Join(folder, "start.expt"), filepath.Join(folder, "still.mtz")), true},
		{"sampled, 100 domains", refineArgs(folder, true), true},
	} {
		wall, cpu, memory, status := math.Inf(1), math.Inf(1), math.Inf(1), 0
		for range rounds {
			c := exec.Command(program, way.args...)
			c.Env = append(os.Environ(), "GOMAXPROCS=1")
			r, err := timed(c)
			if err != nil {
				return err
			}
			wall, cpu, memory, status = min(wall, r.wall), min(cpu, r.cpu), min(memory, r.memory), r.status
		}
		fmt.Printf("| %s | %.2f | %.2f | %.0f | %d |\n", way.name, wall, cpu, memory, status)
	}
	const bytes = 4
	fmt.Printf("\nThe image is %.1f MB of 32-bit integers in memory, %.1f MB of 64-bit numbers.\n", bytes*side*side/1e6, 2*bytes*side*side/1e6)
	return nil
}

// refineArgs are the command line that starts from the experiment in JSON.
func refineArgs(folder string, sampled bool) []string {
	args := []string{"refine", "--threads", "1", "--out", filepath.Join(folder, "refined"), filepath.Join(folder, "start.json")}
	if sampled {
		args = append(args, "--model", "sampled")
	}
	return args
}

// measured is what a process has used.
type measured struct {
	wall, cpu, memory float64 // s, s, MB
	status            int
}

// truth is what is simulated.
func truth() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 29.3, B: 37.7, C: 43.9}, Misset: experiment.Misset{X: 24, Y: -37, Z: 61},
			Shape: crystal.Gauss, Cells: experiment.Cells{A: 20, B: 16, C: 13}, SpotScale: 2e10,
			Mosaic:    experiment.Mosaic{Spread: 0.06, Domains: 300, Seed: 7},
			Structure: experiment.Structure{File: "still.mtz"},
		}},
		Beam:       experiment.Beam{Wavelength: 0.9795, Kahn: 0.98, Fluence: 3e17},
		Detector:   experiment.Detector{Fast: side, Slow: side, Pixel: 0.11, Distance: 120.4, BeamCentre: &[2]float64{56.413, 55.147}, Oversample: 3},
		Background: experiment.Background{Flat: 3},
	}
}

// write writes the files: amplitudes, an image, and two descriptions of the start.
func write(ctx context.Context, folder string) error {
	known, err := amplitudes()
	if err != nil {
		return err
	}
	if err := mtz.WriteFile(filepath.Join(folder, "still.mtz"), known); err != nil {
		return err
	}
	c := truth()
	c.Folder = folder
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return err
	}
	expected, err := e.Image(ctx)
	if err != nil {
		return err
	}
	list := expected.Float64s()
	for i := range list {
		list[i] += c.Background.Flat
	}
	counts, err := noise.Poisson(list, 1)
	if err != nil {
		return err
	}
	f := &format.Frame{}
	f.Reset(side, side, format.Int32)
	for i, v := range counts {
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
	}
	geometry, _, err := e.Geometry()
	if err != nil {
		return err
	}
	if err := cbf.WriteFile(filepath.Join(folder, "still.cbf"), f, geometry, cbf.Header{Exposure: 0.1}); err != nil {
		return err
	}
	return writeStart(folder, c)
}

// writeStart writes a start that is off as DIALS leaves stills: in JSON, with the size and the spread of the blocks, and as a list of
// experiments, which has neither.
func writeStart(folder string, truth *experiment.Config) error {
	start := *truth
	start.Crystals = slices.Clone(start.Crystals)
	x := &start.Crystals[0]
	x.Cell = experiment.Cell{A: 29.34, B: 37.66, C: 43.95}
	x.Misset = experiment.Misset{X: 24.03, Y: -37.02, Z: 61.04}
	x.Cells, x.SpotScale = experiment.Cells{A: 18, B: 18, C: 15}, 0
	x.Mosaic = experiment.Mosaic{Spread: 0.1, Domains: 100}
	start.Detector.Oversample, start.Background = 1, experiment.Background{}
	start.Images = []experiment.Image{{File: "still.cbf"}}
	start.Folder = folder
	e, err := start.Nodes(G.NewGraph())
	if err != nil {
		return err
	}
	g, crystals, err := e.Geometry()
	if err != nil {
		return err
	}
	crystals[0].SpaceGroup = "Hall:  P 2ac 2ab"
	g.Rotation = nil
	list := []dials.Experiment{{Geometry: g, Crystal: &crystals[0], Images: &dials.Imageset{Files: []string{"still.cbf"}}}}
	if err := dials.WriteExperimentsFile(filepath.Join(folder, "start.expt"), list); err != nil {
		return err
	}
	return start.Write(filepath.Join(folder, "start.json"))
}

// amplitudes draws those of a protein in P 21 21 21 to 2 Å: intensities of A. J. C. Wilson's distributions, which decrease with a B
// factor of 20 Å².
func amplitudes() (*structure.MillerArray, error) {
	const bFactor, forward, dmin = 20, 500, 1.6
	a, b, c := 29.3, 37.7, 43.9
	group, err := symmetry.Lookup("P 21 21 21", [6]float64{a, b, c, 90, 90, 90})
	if err != nil {
		return nil, err
	}
	m := &structure.MillerArray{Cell: structure.Cell{A: a, B: b, C: c}.Complete(), Group: group, Labels: []string{"F", "SIGF"}}
	random := rand.New(rand.NewPCG(1, 0))
	for h := range int(a/dmin) + 1 {
		for k := range int(b/dmin) + 1 {
			for l := range int(c/dmin) + 1 {
				at := [3]int{h, k, l}
				s := math.Hypot(math.Hypot(float64(h)/a, float64(k)/b), float64(l)/c) / 2
				if s == 0 || s > 0.5/dmin || group.Absent(at) {
					continue
				}
				intensity := random.ExpFloat64()
				if group.Centric(at) {
					g := random.NormFloat64()
					intensity = g * g
				}
				f := forward * math.Exp(-bFactor*s*s) * math.Sqrt(float64(group.Epsilon(at))*intensity)
				m.Indices, m.Values, m.Sigmas = append(m.Indices, [3]int32{int32(h), int32(k), int32(l)}), append(m.Values, f), append(m.Sigmas, 2+0.02*f)
			}
		}
	}
	m.Rows = len(m.Indices)
	return m, nil
}

// peak returns the most memory of a process in MB.
func peak(u *syscall.Rusage) float64 { return float64(u.Maxrss) * rssUnit / 1e6 }
