package simulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// golden3Case is a small image of few reflections, in closed form and by an adaptive quadrature, made by an independent
// program; see TestGolden3.
type golden3Case struct {
	name, folder string
	Inputs       golden3Inputs
	HKL          [][3]int
	F            []float64
	Phi          [][]float64 `json:"phi_ref_radians"` // by reflection and line
	Pixel        string
	Max          float64
	Errors       struct {
		Converged float64 `json:"truth_converged"`
		Closed    float64 `json:"level3"`
	}
	Derivatives map[string]struct {
		Max        float64 `json:"max_abs_truth"`
		Difference float64 `json:"max_diff"` // of closed form and truth, of that
	}
}

type golden3Inputs struct {
	Cell                        [6]float64
	N                           [6]float64
	Shape                       crystal.Shape
	Eta                         [3]float64
	Lines                       [][3]float64 // wavelength, weight, relative standard deviation of the energy
	Osc, Phi0                   float64
	Rot                         [3]float64
	Kahn, Fluence, Strain       float64
	Beam, Polarization, Spindle [3]float64
	Div                         [2]float64
	U                           [3][3]float64
	Detector                    struct {
		Origin, Fast, Slow [3]float64
		Pixel              float64
		NF                 int `json:"nf"`
		NS                 int `json:"ns"`
	}
}

// TestGolden3 compares images and derivatives in closed form, compiled and on the tape, with those of an independent program
// (numpy, complex steps): with its own closed form to rounding errors, and with its quadrature within the difference that
// that closed form has. The cases are those of the folder that the variable GOBRAGG_GOLDEN3 names; without it, of
// ../../shared/golden3. With -v it ends with a line that counts the cases that pass, with all their derivatives.
func TestGolden3(t *testing.T) {
	folder, chosen := os.LookupEnv("GOBRAGG_GOLDEN3")
	if !chosen {
		folder = "../../shared/golden3"
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if chosen {
			t.Fatalf("no cases in %s", folder)
		}
		t.Skipf("SKIPPED, nothing was compared: no cases in %s (set GOBRAGG_GOLDEN3 to their folder)", folder)
	}
	passed := 0
	for _, file := range files {
		c := golden3Case{name: strings.TrimSuffix(filepath.Base(file), ".json"), folder: folder}
		c.Inputs.Shape = crystal.Gauss
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		ok := t.Run(c.name, func(t *testing.T) {
			for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
				if err := c.check(t, executor); err != nil {
					t.Errorf("on %v: %v", executor, err)
				}
			}
		})
		if ok {
			passed++
		}
	}
	t.Logf("golden3: %d of %d cases", passed, len(files))
}

// check compares the image and the derivatives of a case.
func (c *golden3Case) check(t *testing.T, executor simulator.Executor) error {
	e, err := c.config().Nodes(G.NewGraph())
	if err != nil {
		return err
	}
	lines, err := c.freeLines(e)
	if err != nil {
		return err
	}
	nodes := simulator.PixelCentre
	if c.Pixel == "integrated" {
		nodes = simulator.TwoNodes
	}
	if err := e.Simulate(simulator.On(executor), simulator.ClosedForm(c.spots(), simulator.ClosedFormOptions{Pixels: nodes, Tolerance: math.Inf(1)})); err != nil {
		return err
	}
	sim, ctx := e.Simulator(), t.Context()
	images, err := sim.Images(ctx)
	if err != nil {
		return err
	}
	set := golden2{folder: c.folder}
	compare := func(got []float64, file string, largest, tolerance float64) error {
		want, err := set.read(file)
		if err != nil {
			return err
		}
		if off := largestDifference(got, want) / largest; !(off <= tolerance) {
			return fmt.Errorf("%s: off by %.2g of the maximum, want %.2g", file, off, tolerance)
		}
		return nil
	}
	var problems []error
	// The quadrature has its own error, and the files' derivatives the rounding of float32.
	problems = append(problems,
		compare(images[0].Float64s(), c.name+".closed.f64.gz", c.Max, 1e-9),
		compare(images[0].Float64s(), c.name+".truth.f64.gz", c.Max, 1.001*c.Errors.Closed+c.Errors.Converged+1e-9))
	var paths []string
	for path := range c.Derivatives {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	by, units := make(G.Nodes, len(paths)), make([]float64, len(paths))
	for k, path := range paths {
		if by[k], units[k], err = c.node(e, lines, path); err != nil {
			return err
		}
	}
	derivatives, err := sim.Derivatives(ctx, by...)
	if err != nil {
		return err
	}
	for k, path := range paths {
		d := c.Derivatives[path]
		got := derivatives[k][0].Float64s()
		for i := range got {
			got[i] *= units[k]
		}
		problems = append(problems,
			compare(got, c.name+".d."+path+".closed.f32.gz", d.Max, 3e-7),
			compare(got, c.name+".d."+path+".truth.f32.gz", d.Max, 1.01*d.Difference+3e-7))
	}
	return errors.Join(problems...)
}

// config is the experiment that a case describes.
func (c *golden3Case) config() *experiment.Config {
	in := &c.Inputs
	out := &experiment.Config{Crystals: []experiment.Crystal{{}}}
	x := &out.Crystals[0]
	x.Cell = experiment.Cell{A: in.Cell[0], B: in.Cell[1], C: in.Cell[2], Alpha: in.Cell[3], Beta: in.Cell[4], Gamma: in.Cell[5]}
	x.Orientation = &in.U
	x.RotXYZ = &experiment.RotXYZ{X: in.Rot[0] / geom.Degree, Y: in.Rot[1] / geom.Degree, Z: in.Rot[2] / geom.Degree}
	x.Cells = experiment.Cells{A: in.N[0], B: in.N[1], C: in.N[2], AB: in.N[3], BC: in.N[4], AC: in.N[5]}
	x.Shape, x.Strain = in.Shape, in.Strain
	x.Mosaic = experiment.Mosaic{Spreads: &in.Eta, Frame: crystal.PerturbedFrame}
	x.Phi, x.Osc, x.Spindle = in.Phi0, in.Osc, in.Spindle
	var list []structure.Reflection
	for i, h := range c.HKL {
		list = append(list, structure.Reflection{H: h[0], K: h[1], L: h[2], F: c.F[i]})
	}
	x.Structure.Table, _ = structure.New(list)
	x.Structure.Lookup = crystal.Nearest

	total := 0.0
	for _, line := range in.Lines { // weights are of a mean of 1 here
		total += line[1]
		out.Beam.Spectrum = append(out.Beam.Spectrum, experiment.Line{Wavelength: line[0], Weight: line[1], Width: line[2]})
	}
	out.Beam.FreeSources, out.Beam.FreeSum = true, true
	out.Beam.Direction, out.Beam.PolarizationAxis, out.Beam.Kahn = in.Beam, in.Polarization, in.Kahn
	out.Beam.GaussianDivergence = [2]float64{1e3 * in.Div[1], 1e3 * in.Div[0]} // e1 is perpendicular to the polarization
	out.Beam.Fluence = in.Fluence * total

	d := &out.Detector
	d.Convention, d.Origin, d.Pixel = detector.Custom, &in.Detector.Origin, in.Detector.Pixel
	d.Fast, d.Slow = in.Detector.NF, in.Detector.NS
	d.Axes = experiment.Axes{Fast: in.Detector.Fast, Slow: in.Detector.Slow, Normal: geom.Cross(in.Detector.Fast, in.Detector.Slow), Beam: in.Beam}
	if geom.Dot(d.Axes.Normal, in.Detector.Origin) < 0 {
		d.Axes.Normal = geom.Scale(-1, d.Axes.Normal)
	}
	return out
}

// spots are all reflections at all pixels.
func (c *golden3Case) spots() []simulator.Spot {
	var all []int
	for i := range c.Inputs.Detector.NF * c.Inputs.Detector.NS {
		all = append(all, i)
	}
	var list []simulator.Spot
	for i, h := range c.HKL {
		spot := simulator.Spot{Source: simulator.AllSources, H: h[0], K: h[1], L: h[2], Pixels: all}
		if c.Inputs.Osc > 0 {
			for _, phi := range c.Phi[i] {
				spot.Phi = append(spot.Phi, phi/geom.Degree)
			}
		}
		list = append(list, spot)
	}
	return list
}

// freeLines adds a scalar, 0, to each number of the lines, by the path that names it.
func (c *golden3Case) freeLines(e *experiment.Experiment) (map[string]*G.Node, error) {
	out := map[string]*G.Node{}
	for k, vector := range []**G.Node{&e.Beam.Wavelengths, &e.Beam.Weights, &e.Beam.LineWidths} {
		if *vector == nil {
			continue
		}
		for i := range c.Inputs.Lines {
			name := fmt.Sprintf("lines.%d.%d", i, k)
			shift := G.NewScalar(e.Beam.Kahn.Graph(), G.Float64, G.WithName(name), G.WithValue(0.0))
			var err error
			moved := shift
			if n := len(c.Inputs.Lines); n > 1 {
				unit := make([]float64, n)
				unit[i] = 1
				column := G.NewVector(e.Beam.Kahn.Graph(), G.Float64, G.WithName(name+".unit"), G.WithShape(n), G.WithValue(tensor.New(tensor.WithBacking(unit))))
				if moved, err = G.Mul(column, shift); err != nil {
					return nil, err
				}
			} else if *vector, err = G.Sum(*vector); err != nil {
				return nil, err
			}
			if *vector, err = G.Add(*vector, moved); err != nil {
				return nil, err
			}
			out[name] = shift
		}
	}
	return out, nil
}

// node returns the parameter that a path moves, and the derivative of its value by that of the path.
func (c *golden3Case) node(e *experiment.Experiment, lines map[string]*G.Node, path string) (*G.Node, float64, error) {
	x := e.Crystals[0]
	parts := strings.Split(path, ".")
	i, _ := strconv.Atoi(parts[len(parts)-1])
	switch parts[0] {
	case "cell":
		return x.Cell.List()[i], 1, nil
	case "rot":
		return x.RotXYZ[i], 1 / geom.Degree, nil
	case "N":
		return append(x.N[:], x.Shear[:]...)[i], 1, nil
	case "eta":
		return x.Spreads[i], 1, nil
	case "phi0":
		return x.Phi, 1, nil
	case "osc":
		return x.Osc, 1, nil
	case "strain":
		return x.Strain, 1, nil
	case "div":
		return e.Beam.Gaussian[1-i], 1e3, nil
	case "kahn":
		return e.Beam.Kahn, 1, nil
	case "detector":
		if parts[1] == "origin" {
			return e.Detector.Origin[i], 1, nil
		}
	case "lines":
		total := 0.0
		for _, line := range c.Inputs.Lines {
			total += line[1]
		}
		unit := 1.0
		if i == 1 {
			unit = float64(len(c.Inputs.Lines)) / total
		}
		return lines[path], unit, nil
	}
	return nil, 0, fmt.Errorf("no parameter %s", path)
}
