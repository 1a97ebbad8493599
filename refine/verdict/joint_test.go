package verdict

import (
	"context"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// turning is a scan of a crystal in closed form, of few, broad spots, that loses scattering power.
func turning(images int) *experiment.Config {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40, B: 40, C: 30}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30}, Shape: crystal.Gauss,
			Cells: experiment.Cells{A: 12, B: 12, C: 12}, Mosaic: experiment.Mosaic{Spread: 0.3}, Structure: experiment.Structure{Default: 100}}},
		Beam:       experiment.Beam{Wavelength: 1, Fluence: 1e28},
		Detector:   experiment.Detector{Fast: 110, Slow: 100, Pixel: 0.4, Distance: 60},
		Physics:    experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
		Scan:       &experiment.Scan{Images: images, Width: 1},
		Background: experiment.Background{Flat: 5},
	}
	scale := experiment.Varying{Parameter: "scale"}
	for i := range images {
		scale.Values = append(scale.Values, 1-0.1*float64(i))
	}
	c.Scan.Varying = []experiment.Varying{scale}
	return c
}

// together refines the images of a scan, whose counts are spoiled, and judges them.
func together(t *testing.T, spoilStart func(c *experiment.Config), spoil func(image int, counts []float64)) (*refine.JointFit, *refine.JointResult, *Verdict) {
	t.Helper()
	const images = 2
	truth := turning(images)
	e, err := truth.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	start := turning(images)
	start.Scan.Varying, start.Scale = nil, 0.9
	start.Crystals[0].Cell.A, start.Crystals[0].Cell.B = 40.02, 40.02
	start.Refine.Parameters = []string{"cell.a", "cell.c", "misset.x", "misset.y", "misset.z", "scale", "background.flat"}
	if spoilStart != nil {
		spoilStart(start)
	}
	f, err := refine.NewJointFit(start, &refine.JointOptions{Tie: func(e *experiment.Experiment) error {
		_, err := refine.Constrain(e.Crystals[0], refine.Tetragonal)
		return err
	}, Data: func(image int) (*experiment.Data, error) {
		if err := e.SelectImage(image); err != nil {
			return nil, err
		}
		if _, _, err := e.Simulator().Renew(t.Context()); err != nil {
			return nil, err
		}
		m, err := e.Image(t.Context())
		if err != nil {
			return nil, err
		}
		scale, _ := e.Varying("scale")
		expected := slices.Clone(m.Float64s())
		for i := range expected {
			expected[i] = scale*expected[i] + truth.Background.Flat
		}
		counts, err := noise.Poisson(expected, uint64(image))
		if err != nil {
			return nil, err
		}
		if spoil != nil {
			spoil(image, counts)
		}
		return &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(m.Shape()...), tensor.WithBacking(counts))}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := OfJoint(context.Background(), f.Joint, r, func(i int) (*refine.Fit, error) { return f.Fit(r, i) })
	if err != nil {
		t.Fatal(err)
	}
	r.Verdict = v
	return f, r, v
}

// TestJoint: a good scan is a fit, with every image; one with a wrong distance that is held, with images of another background, or with
// hot pixels, is not, for that reason, and says in which images.
func TestJoint(t *testing.T) {
	for _, row := range []struct {
		name  string
		start func(c *experiment.Config)
		spoil func(image int, counts []float64)
		kind  Kind // "" for a fit
		texts []string
		bad   []bool // of the images; nil means all that are not a fit may be so
	}{
		{name: "good", bad: make([]bool, 2), texts: []string{"FIT: the model", "images    2 of 2 fit by themselves"}},
		{name: "distance", start: func(c *experiment.Config) { c.Detector.Distance = 60.6 }, kind: Geometry, texts: []string{"NOT A FIT", "the distance is held"}},
		{name: "one image", kind: Background, bad: []bool{false, true}, texts: []string{"because   background: image 2: ", "images    1 of 2 fit by themselves"},
			spoil: func(image int, counts []float64) {
				if image != 2 {
					return
				}
				more, err := noise.Poisson(slices.Repeat([]float64{3}, len(counts)), 9)
				if err != nil {
					panic(err)
				}
				for i := range counts {
					if i%110 > 50 {
						counts[i] += more[i]
					}
				}
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, r, v := together(t, row.start, row.spoil)
			text := r.String()
			t.Log(text)
			if v.Fit != (row.kind == "") || row.kind != "" && v.Reasons[0].Kind != row.kind {
				t.Errorf("%s\n%v", v, v.Statistics)
			}
			for _, want := range row.texts {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for i, bad := range row.bad {
				if v.Images[i].Verdict.Fit == bad {
					t.Errorf("%s: %v", v.Images[i].Name, v.Images[i].Verdict)
				}
			}
			c, err := f.Config(r)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range c.Result.Images {
				if v.Images[i].Verdict.Fit != (len(x.Reasons) == 0) {
					t.Errorf("the file has of image %d the reasons %v", x.Image, x.Reasons)
				}
			}
			if sandwich := v.Uncertainty != nil && v.Own != nil; sandwich == v.Fit {
				t.Errorf("a sandwich covariance: %t", sandwich)
			}
			if !v.Fit && (!c.Result.Sandwich || c.Result.Parameters[0].Sigma != v.Uncertainty.Sigma[0] || c.Scan.Varying[0].Sigma[1] == r.Own[0].Sigma[1]) {
				t.Errorf("the file has the uncertainties of a fit")
			}
		})
	}
}
