package main

import (
	"context"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	graphs "github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
)

// lastStep holds the inner values of some pixels at their last step: the last source, phi step, mosaic domain and sample
// point.
type lastStep struct {
	position, scattering [3][]float64 // m, Å⁻¹
	h, h0                [3][]float64
	structure, lattice   []float64
	polar, omega         []float64
	capture              []float64 // nil without a sensor
	photons              []float64 // of the whole pixel, not rounded as images are
	cell                 [3][3][]float64
}

// tabulated returns the structure factors with a table in the place of their file: a pipe is read only once.
func (m *model) tabulated() experiment.Structure {
	s := m.crystal().Structure
	return experiment.Structure{Table: m.xtal.Config().Structure, Default: s.Default, Lookup: s.Lookup}
}

// printout prints the factors of each pixel, or of the one asked for.
func (m *model) printout(ctx context.Context, out *cli.Printer, img *frame) error {
	// A second simulator: a compiled one keeps no inner values, and one with a region of a single pixel computes no others.
	s := *m.setup
	s.experiment.Detector.Oversample = m.oversample
	own := *m.crystal()
	own.Structure = m.tabulated()
	if own.Cell == (experiment.Cell{}) && own.MatrixFile == "" { // that of the file of structure factors
		own.Cell = experiment.Cell(m.xtal.Config().Cell)
	}
	s.experiment.Crystals = []experiment.Crystal{own}
	region := m.show.region
	if p := m.printoutPixel; p.given {
		region = detector.Region{FastMin: p.value[0], FastMax: p.value[0], SlowMin: p.value[1], SlowMax: p.value[1]}
		s.experiment.Detector.Region = (*experiment.Region)(&region)
	}
	shown, err := build(&s, simulator.On(simulator.Tape()))
	if err != nil {
		return err
	}
	if err := shown.nodes.SelectImage(m.nodes.Selected()); err != nil {
		return err
	}
	values, err := shown.lastStep(ctx)
	if err != nil {
		return err
	}
	k := 0
	img.each(region, func(f, s, i int) {
		if mask := m.mask(); mask == nil || mask[i] {
			m.printPixel(out, f, s, float64(img.pixels[i]), values, k)
			k++
		}
	})
	return out.Err
}

// lastStep computes the values of all pixels of the simulator.
func (m *model) lastStep(ctx context.Context) (*lastStep, error) {
	lattice, err := m.xtal.LatticeWith(m.deviations())
	if err != nil {
		return nil, err
	}
	pick := newPicker(m)
	parts, b := m.sim.Parts(), pick.b
	v := &lastStep{}
	var nodes []*expr.Node
	var into []*[]float64
	want := func(n *expr.Node, to *[]float64) { nodes, into = append(nodes, n), append(into, to) }
	for i := range 3 {
		want(b.In(parts.Position[i]), &v.position[i])
		want(b.In(parts.Scattering[i]), &v.scattering[i])
		want(b.InVec([3]*G.Node{parts.H, parts.K, parts.L})[i], &v.h[i])
		want(b.InVec([3]*G.Node{parts.H0, parts.K0, parts.L0})[i], &v.h0[i])
		for j, axis := range []expr.Vec{lattice.A, lattice.B, lattice.C} {
			want(axis[i], &v.cell[j][i])
		}
	}
	want(b.In(parts.StructureFactor), &v.structure)
	want(b.In(parts.LatticeFactor), &v.lattice)
	want(b.In(parts.Polarization), &v.polar)
	want(b.In(parts.SolidAngle), &v.omega)
	want(m.sim.Expressions().Intensity(), &v.photons)
	if parts.Capture != nil {
		want(b.In(parts.Capture), &v.capture)
	}
	for i, n := range nodes {
		if *into[i], err = pick.values(ctx, n); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// picker takes the last entry along the axes of orientation, source and sample.
type picker struct {
	*model
	b    *graphs.Builder
	last map[[2]int]*expr.Node // by axis and extent: 1 at the end, 0 before
}

func newPicker(m *model) *picker {
	return &picker{model: m, b: graphs.On(m.sim.Graph()), last: map[[2]int]*expr.Node{}}
}

// values of the last step, one a pixel or one for all.
func (p *picker) values(ctx context.Context, n *expr.Node) ([]float64, error) {
	dims, err := expr.DimsOf(n.Shape())
	if err != nil {
		return nil, err
	}
	for _, axis := range []int{expr.Orientation, expr.Source, expr.Point} {
		if size := dims[axis]; size > 1 {
			n = p.b.SumAxes(p.b.Mul(n, p.end(axis, size)), axis)
		}
	}
	if p.b.Err() != nil {
		return nil, p.b.Err()
	}
	v, err := p.sim.Expressions().Values(ctx, n)
	if err != nil {
		return nil, err
	}
	a, err := graphs.ArrayOf(v[0])
	return a.Data, err
}

func (p *picker) end(axis, size int) *expr.Node {
	key := [2]int{axis, size}
	if p.last[key] == nil {
		data := make([]float64, size)
		data[size-1] = 1
		shape := []int{1, 1, 1, 1}
		shape[axis] = size
		p.last[key] = p.b.Builder.Leaf(fmt.Sprintf("printout.last.%d.%d", axis, size), data, shape...)
	}
	return p.last[key]
}

// printPixel prints as the reference program does. k is the pixel's place among the values.
func (m *model) printPixel(out *cli.Printer, f, s int, photons float64, v *lastStep, k int) {
	at := func(list []float64) float64 { return list[k%len(list)] } // what all pixels share is one number
	vec := func(list [3][]float64) [3]float64 { return [3]float64{at(list[0]), at(list[1]), at(list[2])} }
	x, q, h, h0 := vec(v.position), vec(v.scattering), vec(v.h), vec(v.h0)
	capture := 1.0
	if v.capture != nil {
		capture = at(v.capture)
	}
	twoTheta := math.Atan2(math.Hypot(x[1], x[2]), x[0])
	perStep := m.perStep(at(v.photons), at(v.polar), at(v.omega), capture)
	out.Printf("%4d %4d : stol = %.6g or %.6g\n", f, s, 0.5e10*math.Sqrt(geom.Dot(q, q)), math.Sin(twoTheta/2)/m.show.wavelength)
	out.Printf("at %.6g %.6g %.6g\n", x[0], x[1], x[2])
	out.Printf("hkl= %f %f %f  hkl0= %.0f %.0f %.0f\n", h[0], h[1], h[2], h0[0], h0[1], h0[2])
	out.Printf(" F_cell=%.6g  F_latt=%.6g   I = %.6g\n", at(v.structure), at(v.lattice), perStep*float64(m.steps()))
	out.Printf("I/steps %15.10g\npolar   %15.10g\nomega   %15.10g\ncapfrac %15.10g\npixel   %15.10g\n",
		perStep, at(v.polar), at(v.omega), capture, photons)
	out.Printf("real-space cell vectors (Angstrom):\n")
	m.describeVectors(out, [3]string{"a", "b", "c"}, [3][3]float64{vec(v.cell[0]), vec(v.cell[1]), vec(v.cell[2])})
}

// perStep is the mean intensity of a pixel's steps before the factors that are taken once a pixel.
func (m *model) perStep(photons, polar, omega, capture float64) float64 {
	factor := beam.ThomsonCrossSection * m.src.Config().Fluence
	for _, f := range []struct {
		once  bool
		value float64
	}{{!m.perSample("polarization"), polar}, {!m.perSample("solid_angle"), omega}, {!m.perSample("capture"), capture}} {
		if f.once {
			factor *= f.value
		}
	}
	if factor == 0 {
		return 0
	}
	return photons / factor
}
