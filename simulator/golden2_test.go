package simulator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/simulator"
)

// golden2 is a folder of small images with derivatives, made by an independent program; see TestGolden2.
type golden2 struct {
	folder   string
	Defaults json.RawMessage
	Cases    []golden2Case
}

type golden2Case struct {
	Name        string
	Parameters  json.RawMessage
	Image       string
	Max         float64
	Derivatives []struct {
		By    []string // paths into the parameters; several mean a common shift
		Order int
		File  string
		Max   float64
	}
}

// golden2Parameters are those of the independent program, with its units: mm, radians for rotations, degrees for the cell, the
// spread and phi, m for shifts of panels.
type golden2Parameters struct {
	Cell       [6]float64
	U          [3][3]float64
	Rot        [3]float64
	N          [6]float64
	Shape      crystal.Shape
	Fudge      float64
	UnitPeak   bool `json:"unit_peak"`
	Domains    [][]float64
	Eta        [3]float64
	EtaFrame   string `json:"eta_frame"`
	EtaModel   string `json:"eta_model"`
	Spindle    [3]float64
	Phi        []float64
	S0         [3]float64
	Spectrum   [][2]float64
	Lam        [2]float64
	Fluence    float64
	Kahn       float64
	PolNormal  [3]float64 `json:"pol_normal"`
	Scale      float64
	DMin       float64
	Panels     []golden2Panel
	Oversample int
	F          struct {
		Default float64
		Formula string
		Complex bool
		Table   map[string]json.RawMessage
	}
	Atoms       [][5]float64
	FpFdp       [][2]float64
	HklScale    map[string]json.RawMessage `json:"hkl_scale"`
	Diffuse     *golden2Diffuse
	Corrections string
	ThickNorm   string  `json:"thick_norm"`
	SourcesNorm float64 `json:"sources_norm"`

	freeSources bool // weights and wavelengths are parameters
}

// golden2Works are the cases of the project's own folder that have to pass.
var golden2Works = []string{"ncells_def", "ncells_unit_peak", "ncells_sinc", "gauss_star", "cell_triclinic",
	"mosaic_isotropic", "mosaic_aniso_axis", "mosaic_aniso_vector", "spectrum_affine", "thick_sensor", "panel_group", "hkl_scale",
	"diffuse", "diffuse_only_mmm", "diffuse_lab_axes", "anomalous"}

// errNotThere is wrapped by the errors of cases whose physics the model does not have.
var errNotThere = errors.New("not there")

func notThere(what string) error { return fmt.Errorf("%w: %s", errNotThere, what) }

// TestGolden2 compares images and their first and second derivatives, compiled and on the tape, with those of an independent
// program (numpy, complex steps). The cases are those of the folder that the variable GOBRAGG_GOLDEN2 names; without it,
// of ../../shared/golden2, where the cases of golden2Works have to pass. With -v it ends with a line that counts the
// cases that pass, with all their derivatives.
func TestGolden2(t *testing.T) {
	folder, chosen := os.LookupEnv("GOBRAGG_GOLDEN2")
	if !chosen {
		folder = "../../shared/golden2"
	}
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if errors.Is(err, os.ErrNotExist) && !chosen {
		t.Skipf("SKIPPED, nothing was compared: %v (set GOBRAGG_GOLDEN2 to the folder of cases.json)", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	set := golden2{folder: folder}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range set.Cases {
		err := set.check(t, c)
		works := slices.Contains(golden2Works, c.Name)
		switch {
		case err == nil:
			passed++
			t.Logf("%s: passes", c.Name)
			if !works && !chosen {
				t.Errorf("%s passes and is not in golden2Works", c.Name)
			}
		case works || !errors.Is(err, errNotThere):
			t.Errorf("%s: %v", c.Name, err)
		default:
			t.Logf("%s: %v", c.Name, err)
		}
	}
	t.Logf("golden2: %d of %d cases", passed, len(set.Cases))
}

// check compares a case on both executors.
func (s *golden2) check(t *testing.T, c golden2Case) error {
	var p golden2Parameters
	for _, text := range []json.RawMessage{s.Defaults, c.Parameters} {
		if err := json.Unmarshal(text, &p); err != nil {
			return err
		}
	}
	for _, d := range c.Derivatives {
		for _, path := range d.By {
			p.freeSources = p.freeSources || strings.HasPrefix(path, "spectrum.")
		}
	}
	config, err := p.experiment()
	if err != nil {
		return err
	}
	e, err := config.Build(G.NewGraph())
	if err != nil {
		return err
	}
	for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
		sim, err := e.Simulator().On(executor)
		if err != nil {
			return err
		}
		if err := s.compare(t, c, &p, e, sim); err != nil {
			return fmt.Errorf("on %v: %w", executor, err)
		}
	}
	return nil
}

// compare holds the image and the derivatives against those of the files, relative to their largest value: 1e-9 for
// images, which are float64; 3e-7 for derivatives, which are float32, and 1e-6 for second ones, made by differences.
func (s *golden2) compare(t *testing.T, c golden2Case, p *golden2Parameters, e *experiment.Experiment, sim *simulator.Simulator) error {
	ctx := t.Context()
	images, err := sim.Images(ctx)
	if err != nil {
		return err
	}
	want, err := s.read(c.Image)
	if err != nil {
		return err
	}
	var all []float64
	for _, image := range images {
		all = append(all, image.Float64s()...)
	}
	if off := largestDifference(all, want) / c.Max; !(off <= 1e-9) {
		return fmt.Errorf("the image is off by %.2g of its maximum", off)
	}
	for _, d := range c.Derivatives {
		name := strings.Join(d.By, " + ")
		var along []golden2Node // whose values a common shift changes
		for _, path := range p.together(d.By) {
			parts, err := p.nodes(e, path)
			if err != nil {
				return err
			}
			along = append(along, parts...)
		}
		sum, err := derivativeAlong(ctx, sim, along, d.Order)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		want, err := s.read(d.File)
		if err != nil {
			return err
		}
		off, tolerance := largestDifference(sum, want)/d.Max, 3e-7
		if d.Order == 2 {
			tolerance = 1e-6
		}
		if !(off <= tolerance) {
			return fmt.Errorf("the derivative of order %d by %s is off by %.2g of its maximum", d.Order, name, off)
		}
	}
	return nil
}

// derivativeAlong returns the derivative of every pixel as all the parameters move, each by its own share.
func derivativeAlong(ctx context.Context, sim *simulator.Simulator, along []golden2Node, order int) ([]float64, error) {
	var list []*G.Node
	for _, q := range along {
		images, err := q.derivative(sim)
		if err != nil {
			return nil, err
		}
		list = append(list, images...)
	}
	sum := make([]float64, sim.Detector().Pixels())
	add := func(n *G.Node, factor float64) error {
		v, err := sim.Value(ctx, n)
		if err != nil {
			return err
		}
		for i, x := range v.Data().([]float64) {
			sum[i] += factor * x
		}
		return nil
	}
	for i, q := range along {
		if order == 1 {
			if err := add(list[i], q.unit); err != nil {
				return nil, err
			}
			continue
		}
		if q.bend != 0 {
			if err := add(list[i], q.bend); err != nil {
				return nil, err
			}
		}
		for _, r := range along {
			second, err := r.derivativeOf(sim, list[i])
			if errors.Is(err, simulator.ErrDetached) {
				continue // of an image that is linear in it
			}
			if err != nil {
				return nil, fmt.Errorf("second order: %w", err)
			}
			if err := add(second[0], q.unit*r.unit); err != nil {
				return nil, err
			}
		}
	}
	return sum, nil
}

// derivativeOf returns the derivative of every pixel of an image by the parameter: the derivative by a pixel's weight of the
// weighted sum's derivative.
func (q golden2Node) derivativeOf(sim *simulator.Simulator, image *G.Node) (G.Nodes, error) {
	weight := golden2Leaf(sim.Graph(), "golden2.weight", image.Shape()[0])
	sum, err := weightedSum(weight, image)
	if err != nil {
		return nil, err
	}
	gradient, err := sim.GradientNodes(sum, q.n)
	if err != nil {
		return nil, err
	}
	slope := gradient[0]
	if q.share != nil {
		share := golden2Leaf(sim.Graph(), q.name, len(q.share))
		copy(share.Value().Data().([]float64), q.share)
		if slope, err = weightedSum(share, slope); err != nil {
			return nil, err
		}
	}
	return sim.GradientNodes(slope, weight)
}

// golden2Leaf returns an input vector of zeros, made once a graph.
func golden2Leaf(g *G.ExprGraph, name string, size int) *G.Node {
	if list := g.ByName(name); len(list) > 0 {
		return list[0]
	}
	return G.NewVector(g, tensor.Float64, G.WithName(name), G.WithShape(size), G.WithValue(tensor.New(tensor.WithBacking(make([]float64, size)))))
}

func weightedSum(weight, x *G.Node) (*G.Node, error) {
	weighted, err := G.HadamardProd(weight, x)
	if err != nil {
		return nil, err
	}
	return G.Sum(weighted)
}

func largestDifference(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	off := 0.0
	for i, v := range got {
		if d := math.Abs(v - want[i]); !(d <= off) { // NaN too
			off = d
		}
	}
	return off
}

// read returns the numbers of a file: little-endian, of the size that its name says, compressed.
func (s *golden2) read(name string) ([]float64, error) {
	packed, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var out []float64
	if strings.HasSuffix(name, ".f64.gz") {
		for ; len(data) >= 8; data = data[8:] {
			out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(data)))
		}
		return out, nil
	}
	for ; len(data) >= 4; data = data[4:] {
		out = append(out, float64(math.Float32frombits(binary.LittleEndian.Uint32(data))))
	}
	return out, nil
}

// experiment returns the configuration that a case describes.
func (p *golden2Parameters) experiment() (*experiment.Config, error) {
	if p.Corrections != "sample" {
		return nil, notThere("corrections other than the exact ones")
	}
	c := &experiment.Config{Crystals: []experiment.Crystal{{}}}
	x := &c.Crystals[0]
	x.Cell = experiment.Cell{A: p.Cell[0], B: p.Cell[1], C: p.Cell[2], Alpha: p.Cell[3], Beta: p.Cell[4], Gamma: p.Cell[5]}
	x.Orientation = &p.U
	x.RotXYZ = &experiment.RotXYZ{X: p.Rot[0] / geom.Degree, Y: p.Rot[1] / geom.Degree, Z: p.Rot[2] / geom.Degree}
	x.Cells = experiment.Cells{A: p.N[0], B: p.N[1], C: p.N[2], AB: p.N[3], BC: p.N[4], AC: p.N[5]}
	x.Shape, x.Fudge, x.UnitPeak, x.DMin = p.Shape, p.Fudge, p.UnitPeak, p.DMin
	if err := p.rotation(x); err != nil {
		return nil, err
	}
	if err := p.mosaic(x); err != nil {
		return nil, err
	}
	if err := p.diffuse(x); err != nil {
		return nil, err
	}
	var err error
	if x.Structure.Table, x.Structure.Default, err = p.amplitudes(); err != nil {
		return nil, err
	}
	x.Anomalous = p.anomalous()
	x.Structure.Lookup = crystal.Nearest
	if err := p.scales(x); err != nil {
		return nil, err
	}

	c.Beam.Direction, c.Beam.Kahn = p.S0, p.Kahn
	c.Beam.PolarizationAxis = geom.Cross(p.S0, p.PolNormal)
	total := 0.0
	for _, line := range p.Spectrum { // weights are of a mean of 1 here
		total += line[1]
		c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: line[0], Weight: line[1]})
	}
	c.Beam.Calibration = &experiment.Calibration{Offset: p.Lam[0], Scale: p.Lam[1]}
	c.Beam.FreeSources, c.Beam.FreeSum = p.freeSources, p.freeSources
	c.Beam.Fluence = p.Fluence * p.photons()
	return c, p.detector(&c.Detector)
}

func (p *golden2Parameters) rotation(x *experiment.Crystal) error {
	x.Spindle, x.Phi = p.Spindle, p.Phi[0]
	n := len(p.Phi)
	if n == 1 {
		return nil
	}
	step := p.Phi[1] - p.Phi[0]
	for i, phi := range p.Phi {
		if math.Abs(phi-p.Phi[0]-float64(i)*step) > 1e-12 {
			return notThere("phi steps of different widths")
		}
	}
	x.Osc, x.PhiSteps, x.PhiPoints = step*float64(n), n, crystal.Start
	return nil
}

func (p *golden2Parameters) mosaic(x *experiment.Crystal) error {
	if len(p.Domains) == 0 {
		return nil
	}
	m := &x.Mosaic
	m.Spreads, m.Fixed = &p.Eta, true // Umos R(phi)
	switch p.EtaFrame {
	case "lab":
		m.Frame = crystal.LaboratoryFrame
	case "cell":
		m.Frame = crystal.CellFrame
	default:
		return notThere("the frame " + p.EtaFrame)
	}
	for _, d := range p.Domains {
		switch {
		case p.EtaModel == "vector" && len(d) == 3:
			m.Deviates = append(m.Deviates, [3]float64(d))
		case p.EtaModel == "axis" && len(d) == 4:
			m.Axes = append(m.Axes, [4]float64(d))
		default:
			return notThere(fmt.Sprintf("domains of the model %s with %d numbers", p.EtaModel, len(d)))
		}
	}
	return nil
}

// golden2Node is a parameter on which what a path names depends.
type golden2Node struct {
	n          *G.Node
	unit, bend float64   // the first and the second derivative of its value by that of the path
	share      []float64 // of a vector: how much each element changes
	name       string    // of a vector: that of the leaf of share
}

// element is a node of an element of a vector.
func element(n *G.Node, i int, unit float64) golden2Node {
	q := golden2Node{n: n, unit: unit, share: make([]float64, n.Shape()[0]), name: fmt.Sprintf("golden2.%s.%d", n.Name(), i)}
	q.share[i] = 1
	return q
}

// derivative returns the derivative of every pixel.
func (q golden2Node) derivative(sim *simulator.Simulator) (G.Nodes, error) {
	if q.share == nil {
		return sim.DerivativeNodes(q.n)
	}
	return q.derivativeOf(sim, sim.Intensity())
}

// nodes returns the parameters that a path moves.
func (p *golden2Parameters) nodes(e *experiment.Experiment, path string) ([]golden2Node, error) {
	x := e.Crystals[0]
	name, rest, _ := strings.Cut(path, ".")
	one := func(n *G.Node, unit float64) ([]golden2Node, error) { return []golden2Node{{n: n, unit: unit}}, nil }
	switch name {
	case "kahn":
		return one(e.Beam.Kahn, 1)
	case "fluence":
		return one(e.Beam.Fluence, p.photons())
	case "scale":
		return one(e.Beam.Fluence, p.Fluence*p.photons()/p.Scale)
	case "sources_norm":
		s := p.SourcesNorm
		return []golden2Node{{n: e.Beam.Fluence, unit: -p.Fluence * p.photons() / s, bend: 2 * p.Fluence * p.photons() / (s * s)}}, nil
	case "spectrum":
		return p.spectrumNode(e, rest)
	case "F":
		return p.amplitudeNodes(x, rest)
	case "phi":
		return p.phiNodes(x, rest)
	case "fudge":
		return one(x.Fudge, 1)
	case "panels":
		return p.panelNodes(e, rest)
	case "hkl_scale":
		return p.scaleNode(x, rest)
	case "diffuse":
		return p.diffuseNodes(e, rest)
	}
	if name == "atoms" || name == "fpfdp" {
		n, err := p.anomalousNode(x, name, rest)
		if err != nil {
			return nil, err
		}
		return one(n, 1)
	}
	i, err := strconv.Atoi(rest)
	if err != nil {
		return nil, notThere("derivatives by " + path)
	}
	switch name {
	case "cell":
		return one(x.Cell.List()[i], 1)
	case "rot":
		return one(x.RotXYZ[i], 1/geom.Degree)
	case "N":
		return one(append(x.N[:], x.Shear[:]...)[i], 1)
	case "eta":
		return one(x.Spreads[i], 1)
	case "lam":
		return one([]*G.Node{e.Beam.Offset, e.Beam.Scale}[i], 1)
	}
	return nil, notThere("derivatives by " + path)
}
