package experiment_test

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// turning is a scan of two crystals, the second 5° ahead and with a rotation of its own.
func turning(width float64) *experiment.Config {
	x := experiment.Crystal{Cell: experiment.Cell{A: 40, B: 45, C: 50}, Cells: experiment.Cells{A: 5, B: 5, C: 5}, PhiSteps: 3, Structure: experiment.Structure{Default: 100}}
	y := x
	y.Name, y.Phi, y.Osc, y.PhiSteps, y.PhiPoints = "other", 5, 0.4, 2, crystal.Start
	return &experiment.Config{
		Crystals: []experiment.Crystal{x, y},
		Detector: experiment.Detector{Fast: 16, Slow: 12, Pixel: 4, Oversample: 1},
		Scan:     &experiment.Scan{First: 7, Images: 4, Phi: 2, Width: width},
	}
}

// TestScan: each image of a scan is that of an experiment of its own, to the bit. Backwards, steps in the middle of their
// slices begin a whole rotation before, and those at the start of them one step less.
func TestScan(t *testing.T) {
	for _, test := range []struct {
		width      float64
		reference  bool
		back, next float64 // of the two crystals
	}{
		{0.5, false, 0, 0},
		{0.5, true, 0, 0},
		{0, false, 0, 0},
		{-0.5, false, 0.5, 0.2},
		{-0.75, true, 0.5, 0.2},
	} {
		c := turning(test.width)
		c.Physics.Reference = test.reference
		e := build(t, c)
		if e.Selected() != 7 {
			t.Errorf("image %d is selected", e.Selected())
		}
		for _, image := range []int{7, 9, 10, 8, 7} {
			check(t, e.SelectImage(image))
			got, err := e.Image(context.Background())
			check(t, err)
			alone := *c
			alone.Scan = nil
			alone.Crystals = slices.Clone(c.Crystals)
			start := 2 + test.width*float64(image-7)
			a, b := &alone.Crystals[0], &alone.Crystals[1]
			a.Phi, a.Osc = start-test.back, max(test.width, -test.width)
			b.Phi = 5 + (start - test.next)
			if test.width == 0 {
				a.Osc = 1 // of its three steps
			}
			want, err := build(t, &alone).Image(context.Background())
			check(t, err)
			if !slices.Equal(got.Float64s(), want.Float64s()) {
				t.Errorf("%+v: image %d is another", test, image)
			}
		}
	}
}

// TestScanChanged: a phi that was changed is the crystal's own, in all images and in what is written.
func TestScanChanged(t *testing.T) {
	for _, width := range []float64{0.5, -0.5} {
		c := turning(width)
		e := build(t, c)
		check(t, e.SelectImage(9))
		same, err := e.Config()
		check(t, err)
		if !reflect.DeepEqual(same, c) {
			t.Errorf("nothing was changed, and the configuration is %+v", same)
		}
		at := func(x *crystal.Crystal) float64 { return x.Phi.Value().Data().(float64) }
		check(t, e.Simulator().Set(e.Crystals[0].Phi, at(e.Crystals[0])+0.125))
		check(t, e.SelectImage(8))
		now, err := e.Config()
		check(t, err)
		if now.Crystals[0].Phi != 0.125 || now.Crystals[1].Phi != 5 || now.Scan.Phi != 2 {
			t.Errorf("phi %g and %g, of the scan %g", now.Crystals[0].Phi, now.Crystals[1].Phi, now.Scan.Phi)
		}
		other := build(t, now)
		check(t, other.SelectImage(8))
		a, err := e.Image(context.Background())
		check(t, err)
		b, err := other.Image(context.Background())
		check(t, err)
		if !slices.Equal(a.Float64s(), b.Float64s()) {
			t.Error("the configuration gives another image")
		}
		// The headers of images have the scan's rotation.
		header, err := e.Header()
		check(t, err)
		start := 2 + width + 0.125
		if width < 0 { // headers say it forwards
			start += width
		}
		for key, want := range map[string]float64{"PHI": start, "OSC_START": start, "OSC_RANGE": 0.5} {
			if got, err := header.Float(key); err != nil || got != want {
				t.Errorf("%s is %g, want %g, %v", key, got, want, err)
			}
		}
		c.Scan.Width = 100 // the caller's
		if again, err := e.Config(); err != nil || again.Scan.Width != width {
			t.Errorf("width %g, %v", again.Scan.Width, err)
		}
	}
}

// TestScanImages: the files of the selected image are read.
func TestScanImages(t *testing.T) {
	c := turning(0.5)
	c.Folder = t.TempDir()
	c.Images = []experiment.Image{{File: "i_%03d.img"}}
	e := build(t, c)
	for image := 7; image <= 10; image++ {
		check(t, e.SelectImage(image))
		photons := make([]float64, 16*12)
		photons[3] = float64(image)
		_, err := e.WriteImage(filepath.Join(c.Folder, fmt.Sprintf("i_%03d.img", image)), photons)
		check(t, err)
	}
	for _, image := range []int{9, 7, 10} {
		check(t, e.SelectImage(image))
		data, err := e.ReadImages()
		check(t, err)
		if got := data.Photons[0].Float64s()[3]; got != float64(image) || len(data.Notices) > 0 {
			t.Errorf("image %d has %g photons; notices %q", image, got, data.Notices)
		}
	}
	c.Scan.Width = 0.6
	c.Images[0].File = "i_009.img"
	if _, err := c.Build(G.NewGraph()); err == nil {
		t.Error("four images in one file")
	}
	c.Images[0].File = "i_###.img"
	e = build(t, c)
	check(t, e.SelectImage(8))
	data, err := e.ReadImages()
	check(t, err)
	if text := strings.Join(data.Notices, "\n"); !strings.Contains(text, "i_008.img: its header has PHI=2.5, the experiment's would be 2.6 ° (scan.phi)") || !strings.Contains(text, "(scan.width)") {
		t.Errorf("notices %s", text)
	}
}

func TestScanErrors(t *testing.T) {
	const before = `{ "crystals": [ { "cell": { "a": 60 } } ], `
	for _, test := range []struct{ text, want string }{
		{`"scan": {} }`, "scan.images is missing"},
		{`"scan": { "images": 0 } }`, "scan.images 0 is below 1"},
		{`"scan": { "images": 3, "first": 0 } }`, "scan.first 0 is below 1"},
		{`"scan": { "images": 2000000 } }`, "scan.images 2e+06 is above 1e6"},
		{`"scan": { "images": 3, "width": 1e308 } }`, "scan.width 1e+308° is too wide for 3 images"},
		{`"scan": { "images": 3 }, "images": [ { "file": "a.img" } ] }`, "images[0].file a.img has no place for the number: a run of #, or %05d"},
		{`"scan": { "images": 3 }, "images": [ { "file": "a_#_#.img" } ] }`, "images[0].file a_#_#.img has 2 places"},
		{`"scan": { "images": 3, "first": 99 }, "images": [ { "file": "a_##.img" } ] }`, "images[0].file a_##.img has places for 2 digits; number 101 needs 3"},
	} {
		if _, err := experiment.Parse([]byte(before + test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.text, err, test.want)
		}
	}
	for text, want := range map[string]string{
		`"scan": { "images": 1 }, "images": [ { "file": "a.img" } ] }`: "",
		`"scan": { "images": 3, "width": 400 } }`:                      "scan.width 400° is outside the usual -180 to 180 °",
	} {
		c, err := experiment.Parse([]byte(before + text))
		check(t, err)
		if got := strings.Join(c.Notices(), "\n"); want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: notices %q", text, got)
		}
	}

	e := build(t, turning(0.5))
	for _, image := range []int{6, 11, -1} {
		if err := e.SelectImage(image); err == nil || !strings.Contains(err.Error(), "the scan has images 7 to 10") {
			t.Errorf("image %d: %v", image, err)
		}
	}
	one := turning(0)
	one.Scan = nil
	e = build(t, one)
	check(t, e.SelectImage(1))
	if err := e.SelectImage(2); err == nil || e.Selected() != 1 {
		t.Errorf("image 2 of one: %v", err)
	}
	e, err := turning(0.5).Nodes(G.NewGraph())
	check(t, err)
	five := G.NewConstant(5.0)
	e.Crystals[1].Phi, err = G.Add(e.Crystals[0].Phi, five)
	check(t, err)
	check(t, e.Simulate())
	if err := e.SelectImage(8); err == nil || !strings.Contains(err.Error(), "is computed from other nodes") || e.Selected() != 7 {
		t.Errorf("a computed phi: %v", err)
	}
	// A shared one is turned once.
	e, err = turning(0.5).Nodes(G.NewGraph())
	check(t, err)
	e.Crystals[1].Phi = e.Crystals[0].Phi
	check(t, e.Simulate())
	check(t, e.SelectImage(8))
	check(t, e.SelectImage(9))
	if phi := e.Crystals[1].Phi.Value().Data().(float64); phi != 3 {
		t.Errorf("phi %g", phi)
	}
}
