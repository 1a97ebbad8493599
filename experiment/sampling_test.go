package experiment_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// TestSamplingNotices: a notice for normal domains that are too few at the corner of the detector, or at dmin.
func TestSamplingNotices(t *testing.T) {
	const few = "crystals[0].mosaic.domains: 10 are few: at 2.31 Å the spread moves spots by κ = 1.15 of their widths, and a smooth image takes about 10 κ² = 14"
	for _, test := range []struct {
		name   string
		change func(c *experiment.Config)
		want   string
	}{
		{"ten domains", func(c *experiment.Config) {}, few},
		{"by name, with the reference's physics", func(c *experiment.Config) {
			c.Physics.Reference, c.Crystals[0].Mosaic.Kind = true, crystal.NormalDomains
		}, few},
		{"enough", func(c *experiment.Config) { c.Crystals[0].Mosaic.Domains = 14 }, ""},
		{"one", func(c *experiment.Config) { c.Crystals[0].Mosaic.Domains = 1 }, ""},
		{"no spread", func(c *experiment.Config) { c.Crystals[0].Mosaic = experiment.Mosaic{Domains: 3} }, ""},
		{"low resolution", func(c *experiment.Config) { c.Crystals[0].DMin = 3 }, ""},
		{"hopeless", func(c *experiment.Config) { c.Crystals[0].Mosaic.Spread = 1 }, "κ = 11.5 of their widths, and a smooth image takes about 10 κ² = 1330, more than is practical"},
		{"reference domains", func(c *experiment.Config) { c.Crystals[0].Mosaic.Kind = crystal.ReferenceDomains }, ""},
		{"reference physics", func(c *experiment.Config) { c.Physics.Reference = true }, ""},
	} {
		c := experiment.Config{
			Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 78, B: 78, C: 37}, Cells: experiment.Cells{A: 10, B: 10, C: 10},
				Structure: experiment.Structure{Default: 10}, Mosaic: experiment.Mosaic{Spread: 0.1, Domains: 10}}},
			Detector: experiment.Detector{Fast: 64, Slow: 64, Pixel: 1, Distance: 100},
		}
		test.change(&c)
		e, err := c.Nodes(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(e.SamplingNotices(), "\n"); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestScanBackwards: the images of a scan backwards are those forwards at the middles of the same slices, with both places
// of the phi steps.
func TestScanBackwards(t *testing.T) {
	for _, points := range []crystal.PhiPoints{crystal.AutomaticPoints, crystal.Middle, crystal.Start} {
		at := func(scan *experiment.Scan, image int) []float64 {
			c := experiment.Config{
				Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 78}, PhiSteps: 4, PhiPoints: points}},
				Scan:     scan,
			}
			e, err := c.Nodes(G.NewGraph())
			if err != nil {
				t.Fatal(err)
			}
			if err := e.SelectImage(image); err != nil {
				t.Fatal(err)
			}
			x := e.Crystals[0]
			own := x.Config()
			start := x.Phi.Value().Data().(float64)
			phis := make([]float64, own.PhiSteps)
			for i := range phis {
				phis[i] = start + own.PhiStep*float64(i)
				if points != crystal.Start {
					phis[i] += own.PhiStep / 2
				}
			}
			return phis
		}
		// Image 2 of 1° from 10° on is 9 to 8°.
		got := at(&experiment.Scan{Images: 3, Phi: 10, Width: -1}, 2)
		want := []float64{8.25, 8.5, 8.75, 9}
		if points != crystal.Start {
			want = []float64{8.125, 8.375, 8.625, 8.875}
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%v: steps at %v, want %v", points, got, want)
				break
			}
		}
	}
}
