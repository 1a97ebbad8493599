// Package trials makes refinements of which it is known whether they can end well, from a seed each: good ones, and ones that are
// spoiled in a way. Images are simulated with 300 mosaic domains and noise; the models that are refined are the closed form, so that
// even a good one is not exact.
package trials

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/deviates"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/simulator"
)

// Trial is a refinement: where it starts, the data, and the truth.
type Trial struct {
	Name  string
	Start *experiment.Config
	Data  *experiment.Data
	// Truth has the true values of the parameters by name.
	Truth map[string]float64

	redraw   func(n uint64) (*experiment.Data, error)
	expected *experiment.Data
}

// Expected is what is expected in a good trial, instead of counts: what a refinement against it is off by are the errors of the model.
func (t *Trial) Expected() *experiment.Data { return t.expected }

// Redraw is the data of a good trial with other noise: draw 0 is Data.
func (t *Trial) Redraw(n uint64) (*experiment.Data, error) { return t.redraw(n) }

// Spoil is a way in which a trial is spoiled.
type Spoil string

// The ways.
const (
	Distance  Spoil = "wrong distance held"
	Size      Spoil = "wrong N"
	Swapped   Spoil = "swapped axes"
	Second    Spoil = "second lattice"
	Saturated Spoil = "saturated"
	Hot       Spoil = "hot pixels"
	Pedestal  Spoil = "pedestal"
	Curved    Spoil = "curved background under a flat model"
	Spectrum  Spoil = "wrong spectrum"
	NoSpots   Spoil = "no spots"
)

// Spoils are all ways.
var Spoils = []Spoil{Distance, Size, Swapped, Second, Saturated, Hot, Pedestal, Curved, Spectrum, NoSpots}

const (
	goodSide   = 96  // pixels: what is right is right with few spots
	spoilSide  = 128 // and what is wrong shows in many
	pixel      = 0.2 // mm
	domains    = 300
	oversample = 1    // the middles of pixels, in both models, so that the truth is the truth
	closedForm = 0.01 // how far that of a spot may be off, as package refine/job has it
)

// truth is an experiment as it is, and what is done to its image.
type truth struct {
	random *rand.Rand
	config experiment.Config
}

// between draws a number of a range.
func (t *truth) between(low, high float64) float64 { return low + (high-low)*t.random.Float64() }

// sign draws −1 or 1.
func (t *truth) sign() float64 { return float64(2*t.random.IntN(2) - 1) }

// draw makes a crystal in a beam before a detector.
func draw(seed uint64, side int) *truth {
	t := &truth{random: rand.New(rand.NewPCG(seed, 0x7e57))}
	b := t.between
	x := experiment.Crystal{
		Cell:      experiment.Cell{A: b(55, 90), B: b(55, 90), C: b(55, 90), Alpha: b(80, 100), Beta: b(85, 110), Gamma: b(80, 100)},
		Misset:    experiment.Misset{X: b(-60, 60), Y: b(-60, 60), Z: b(-60, 60)},
		Cells:     experiment.Cells{A: math.Round(b(4, 7)), B: math.Round(b(4, 7)), C: math.Round(b(4, 7))},
		Shape:     crystal.Gauss,
		Mosaic:    experiment.Mosaic{Spread: b(0.1, 0.35), Domains: domains, Seed: int64(seed + 1)},
		Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 3.5, B: b(10, 40), Seed: seed}},
	}
	t.config = experiment.Config{
		Crystals: []experiment.Crystal{x},
		Beam:     experiment.Beam{Wavelength: b(0.95, 1.1), Kahn: 0.95, Fluence: 1e24},
		Detector: experiment.Detector{Fast: side, Slow: side, Pixel: pixel, Distance: b(60, 80), Oversample: oversample},
		Scale:    1,
	}
	t.config.Background = experiment.Background{Flat: b(0.5, 2), Materials: []experiment.Material{{Kind: "water", Thickness: 1}}}
	return t
}

// image computes what is expected of some crystals, and the background.
func image(c *experiment.Config) ([]float64, error) {
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	m, err := e.Image(context.Background())
	if err != nil {
		return nil, err
	}
	return m.Float64s(), nil
}

// visible is the number of spots of which the least has a number of photons in its brightest pixel, where that is asked for.
const visible = 40

// dimmest is what the brightest pixel has of the last of as many spots as have to be visible.
func dimmest(image *tensor.Dense) float64 {
	v, fast := image.Float64s(), image.Shape()[1]
	var tops []float64
	for i := fast + 1; i+fast+1 < len(v); i++ {
		if x := i % fast; x > 0 && x+1 < fast && v[i] > max(v[i-1], v[i+1], v[i-fast], v[i+fast], v[i-fast-1], v[i-fast+1], v[i+fast-1], v[i+fast+1]) {
			tops = append(tops, v[i])
		}
	}
	if tops == nil {
		return slices.Max(v)
	}
	slices.Sort(tops)
	return max(tops[max(0, len(tops)-visible)], 1e-4*tops[len(tops)-1])
}

// expose scales the fluence so that the brightest of the image's spots is worth a number of photons, and as many as have to be visible have
// at least so many, and the water so that its ring is. It returns the image without the flat background.
func (t *truth) expose(least float64) ([]float64, error) {
	dark := t.config
	dark.Background = experiment.Background{}
	e, err := dark.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	x := &t.config.Crystals[0]
	x.Structure = experiment.Structure{Table: e.Crystals[0].Table()} // the same if the cell changes
	spots, err := e.Image(context.Background())
	if err != nil {
		return nil, err
	}
	brightest := slices.Max(spots.Float64s())
	if brightest == 0 {
		return nil, fmt.Errorf("trials: the image has no spots")
	}
	t.config.Beam.Fluence *= max(t.between(100, 1500)/brightest, least/dimmest(spots))
	wet := t.config
	wet.Crystals = []experiment.Crystal{*x}
	wet.Crystals[0].Structure, wet.Crystals[0].Mosaic = experiment.Structure{}, experiment.Mosaic{}
	wet.Detector.Oversample = 1
	water, err := image(&wet)
	if err != nil {
		return nil, err
	}
	thick := &t.config.Background.Materials[0].Thickness
	*thick = t.between(2, 8) / slices.Max(water)
	factor := t.config.Beam.Fluence / dark.Beam.Fluence
	out := make([]float64, len(water))
	for i, v := range spots.Float64s() {
		out[i] = factor*v + *thick*water[i]
	}
	return out, nil
}

// start is the configuration that a refinement starts from: the closed form, as far off as what an indexing program finds.
func (t *truth) start() *experiment.Config {
	c := t.config
	x := c.Crystals[0]
	x.Mosaic = experiment.Mosaic{Spread: x.Mosaic.Spread * t.between(0.8, 1.25)}
	c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelCentre), Tolerance: closedForm}
	for _, v := range []*float64{&x.Cell.A, &x.Cell.B, &x.Cell.C} {
		*v *= 1 + 0.0007*t.random.NormFloat64()
	}
	for _, v := range []*float64{&x.Cell.Alpha, &x.Cell.Beta, &x.Cell.Gamma, &x.Misset.X, &x.Misset.Y, &x.Misset.Z} {
		*v += 0.03 * t.random.NormFloat64()
	}
	c.Crystals = []experiment.Crystal{x}
	c.Scale = t.between(0.8, 1.25)
	wet := c.Background.Materials[0]
	wet.Thickness *= t.between(0.7, 1.4)
	c.Background.Materials = []experiment.Material{wet}
	c.Background.Flat *= t.between(0.7, 1.4)
	c.Refine.Parameters = []string{"cell.a", "cell.b", "cell.c", "cell.alpha", "cell.beta", "cell.gamma", "misset.x", "misset.y", "misset.z",
		"mosaic.spread", "scale", "background.flat", "background.water.thickness"}
	return &c
}

// known are the true values of the parameters.
func (t *truth) known() map[string]float64 {
	x := &t.config.Crystals[0]
	m := map[string]float64{"cell.a": x.Cell.A, "cell.b": x.Cell.B, "cell.c": x.Cell.C, "cell.alpha": x.Cell.Alpha, "cell.beta": x.Cell.Beta,
		"cell.gamma": x.Cell.Gamma, "misset.x": x.Misset.X, "misset.y": x.Misset.Y, "misset.z": x.Misset.Z, "mosaic.spread": x.Mosaic.Spread * ofDomains(), "scale": 1,
		"background.flat": t.config.Background.Flat, "background.water.thickness": t.config.Background.Materials[0].Thickness}
	return m
}

// ofDomains is the standard deviation of the domains' deviates about an axis, which is 1 for infinitely many.
func ofDomains() float64 {
	sum := 0.0
	for _, d := range deviates.Normal(domains, 0) {
		sum += d[0]*d[0] + d[1]*d[1] + d[2]*d[2]
	}
	return math.Sqrt(sum / 3 / domains)
}

// counts draws what is measured.
func counts(expected []float64, seed uint64) ([]float64, error) { return noise.Poisson(expected, seed) }

func (t *truth) data(counts []float64) *experiment.Data {
	d := &t.config.Detector
	return &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(d.Slow, d.Fast), tensor.WithBacking(counts))}}
}

// Good makes a refinement that ends well.
func Good(seed uint64) (*Trial, error) {
	t := draw(seed, goodSide)
	expected, err := t.expose(0)
	if err != nil {
		return nil, err
	}
	for i := range expected {
		expected[i] += t.config.Background.Flat
	}
	redraw := func(n uint64) (*experiment.Data, error) {
		const stride = 1 << 32 // no other trial's seed
		c, err := counts(expected, seed+n*stride)
		if err != nil {
			return nil, err
		}
		return t.data(c), nil
	}
	data, err := redraw(0)
	if err != nil {
		return nil, err
	}
	return &Trial{Name: fmt.Sprintf("good %d", seed), Start: t.start(), Data: data, Truth: t.known(), redraw: redraw, expected: t.data(expected)}, nil
}
