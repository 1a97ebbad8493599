package simulator_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// goldenSet is an entry of testdata/golden/gradients.json: derivatives of an independent program, by complex steps.
type goldenSet struct {
	Setup struct {
		Params     map[string]float64
		Wrt        []string
		Hessian    bool
		Pixels     int
		Pixel      float64
		N          [3]float64
		F, Scale   float64
		Domains    int
		PhiSteps   int
		Oversample int
		Layers     int
		Reference  bool
	}
	ImageSum float64 `json:"image_sum"`
	ImageMax float64 `json:"image_max"`
	Loss     map[string]float64
	Gradient map[string]map[string]float64
	Hessian  map[string]struct {
		Order  []string
		Matrix [][]float64
	} `json:"hessian_cell"`
}

func goldenSets(t *testing.T) map[string]goldenSet {
	t.Helper()
	text, err := os.ReadFile("../testdata/golden/gradients.json")
	if err != nil {
		t.Fatal(err)
	}
	var sets map[string]goldenSet
	if err := json.Unmarshal(text, &sets); err != nil {
		t.Fatal(err)
	}
	if len(sets) != 9 {
		t.Fatalf("%d sets, want 9", len(sets))
	}
	return sets
}

// built is a simulator with its nodes by the names of gradients.json.
type built struct {
	sim    *simulator.Simulator
	node   map[string]*G.Node
	losses map[string]*G.Node
}

func (s goldenSet) build(t *testing.T, panels []detector.Panel, options ...simulator.Option) built {
	t.Helper()
	p := s.Setup.Params
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{
		Cell:   crystal.Cell{A: p["a"], B: p["b"], C: p["c"], Alpha: p["alpha"], Beta: p["beta"], Gamma: p["gamma"]},
		Misset: [3]float64{p["misset_x"], p["misset_y"], p["misset_z"]},
		N:      s.Setup.N, DefaultF: s.Setup.F,
		// The program samples as the reference program does.
		Mosaic: crystal.Mosaic{Spread: p["mosaic"], Domains: s.Setup.Domains, Kind: crystal.ReferenceDomains},
		Phi:    p["phi"], Osc: p["osc"], PhiSteps: s.Setup.PhiSteps, PhiPoints: crystal.Start,
	})
	if err != nil {
		t.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: p["lambda"], Kahn: p["kahn"], Fluence: p["fluence"]})
	if err != nil {
		t.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{
		Fast: s.Setup.Pixels, Slow: s.Setup.Pixels, Pixel: s.Setup.Pixel, Distance: p["distance"],
		BeamCentre: &[2]float64{p["beam_x"], p["beam_y"]},
		RotX:       p["rotx"], RotY: p["roty"], RotZ: p["rotz"], TwoTheta: p["twotheta"],
		Oversample: s.Setup.Oversample, Panels: panels,
		Sensor: detector.Sensor{Thickness: p["thick"], Attenuation: p["abs"], Layers: s.Setup.Layers},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Setup.Reference {
		options = append(options, simulator.Reference())
	}
	sim, err := simulator.New(x, src, det, options...)
	if err != nil {
		t.Fatal(err)
	}
	b := built{sim: sim, node: map[string]*G.Node{
		"a": x.Cell.A, "b": x.Cell.B, "c": x.Cell.C, "alpha": x.Cell.Alpha, "beta": x.Cell.Beta, "gamma": x.Cell.Gamma,
		"misset_x": x.Misset[0], "misset_y": x.Misset[1], "misset_z": x.Misset[2],
		"mosaic": x.MosaicSpread, "phi": x.Phi, "osc": x.Osc,
		"distance": det.Distance, "beam_x": det.BeamX, "beam_y": det.BeamY,
		"rotx": det.RotX, "roty": det.RotY, "rotz": det.RotZ, "twotheta": det.TwoTheta,
		"abs": det.Attenuation, "thick": det.Thickness,
		"lambda": src.Wavelength, "kahn": src.Kahn, "fluence": src.Fluence,
	}}
	// The losses are made of gorgonia's own operations, as a user would.
	weights := s.weights(t, sim, det, panels)
	b.losses = map[string]*G.Node{
		"sum":             G.Must(G.Sum(sim.Intensity())),
		"weighted_square": G.Must(G.Sum(G.Must(G.HadamardProd(weights, G.Must(G.Square(sim.Intensity())))))),
	}
	return b
}

// weights is w[s,f] = (1 + cos(0.3 f) sin(0.2 s))/scale, cut up as the detector is.
func (s goldenSet) weights(t *testing.T, sim *simulator.Simulator, det *detector.Detector, panels []detector.Panel) *G.Node {
	t.Helper()
	if panels == nil {
		panels = []detector.Panel{{Fast: s.Setup.Pixels, Slow: s.Setup.Pixels}}
	}
	var images []*tensor.Dense
	for _, p := range panels {
		f0, s0 := int(math.Round(p.Origin[0]/s.Setup.Pixel)), int(math.Round(p.Origin[1]/s.Setup.Pixel))
		data := make([]float64, 0, p.Fast*p.Slow)
		for slow := range p.Slow {
			for fast := range p.Fast {
				data = append(data, (1+math.Cos(0.3*float64(f0+fast))*math.Sin(0.2*float64(s0+slow)))/s.Setup.Scale)
			}
		}
		images = append(images, tensor.New(tensor.WithShape(p.Slow, p.Fast), tensor.WithBacking(data)))
	}
	w, err := sim.Data("weights", images...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The tolerances are the issue's: 1e-8 for first derivatives and 1e-6 for second, relative to the larger of the value
// and the largest of its set (the reference's complex steps are good to 1e-11 and 1e-9).
const (
	lossTolerance     = 1e-10
	gradientTolerance = 1e-8
	hessianTolerance  = 1e-6
)

func TestGoldenGradients(t *testing.T) {
	for name, set := range goldenSets(t) {
		t.Run(name, func(t *testing.T) {
			b := set.build(t, nil)
			set.check(t, b)
		})
	}
}

func (s goldenSet) check(t *testing.T, b built) {
	t.Helper()
	ctx := context.Background()
	nodes := make([]*G.Node, len(s.Setup.Wrt))
	for i, name := range s.Setup.Wrt {
		if nodes[i] = b.node[name]; nodes[i] == nil {
			t.Fatalf("no node for %q", name)
		}
	}
	for loss, want := range s.Gradient {
		got, err := b.sim.Gradient(ctx, b.losses[loss], nodes...)
		if err != nil {
			t.Fatalf("%s: %v", loss, err)
		}
		t.Logf("bits: %s: %x %x", loss, got.Loss, got.Scalars()) // to compare two builds
		if off := math.Abs(got.Loss - s.Loss[loss]); !(off <= lossTolerance*math.Abs(s.Loss[loss])) {
			t.Errorf("%s: loss %.15g, want %.15g", loss, got.Loss, s.Loss[loss])
		}
		for i, name := range s.Setup.Wrt {
			// The scale is the parameter's own derivative where it is the larger part: units differ wildly.
			scale := math.Abs(want[name])
			if !(math.Abs(got.By[i][0]-want[name]) <= gradientTolerance*scale) && !within(got.By[i][0], want[name], gradientTolerance, want) {
				t.Errorf("%s: derivative by %s is %.15g, want %.15g", loss, name, got.By[i][0], want[name])
			}
		}
	}
	for loss, want := range s.Hessian {
		by := make([]*G.Node, len(want.Order))
		for i, name := range want.Order {
			by[i] = b.node[name]
		}
		h, err := b.sim.Hessian(ctx, b.losses[loss], by...)
		if err != nil {
			t.Fatalf("%s: %v", loss, err)
		}
		t.Logf("bits: %s: %x", loss, h.RawSymmetric().Data)
		largest := 0.0
		for _, row := range want.Matrix {
			for _, v := range row {
				largest = max(largest, math.Abs(v))
			}
		}
		for i := range by {
			for j := range by {
				if off := math.Abs(h.At(i, j) - want.Matrix[i][j]); !(off <= hessianTolerance*math.Abs(want.Matrix[i][j]) || off <= 1e-9*largest) {
					t.Errorf("%s: second derivative by %s and %s is %.12g, want %.12g", loss, want.Order[i], want.Order[j], h.At(i, j), want.Matrix[i][j])
				}
			}
		}
	}
}

// within holds a small derivative against the largest of its set, but for those of quite another unit.
func within(got, want, tolerance float64, set map[string]float64) bool {
	largest := 0.0
	for name, v := range set {
		if name != "lambda" && name != "fluence" {
			largest = max(largest, math.Abs(v))
		}
	}
	return math.Abs(got-want) <= tolerance*largest
}
