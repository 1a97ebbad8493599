package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// written runs the command with -experiment and reads what it wrote.
func written(t *testing.T, args string) *experiment.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "e.json")
	command(t, append(strings.Fields(args), "-experiment", path)...)
	c, err := experiment.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestExperimentImage: which image a refinement is to be against, and how its values become photons.
func TestExperimentImage(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	measured := writeSMV(t, in("measured"), 16, 16, map[string]string{"PIXEL_SIZE": "4"})
	smv := experiment.Counts{Pedestal: 40, Overload: 65535}
	for _, test := range []struct {
		args   string
		image  experiment.Image
		counts experiment.Counts
	}{
		{"", experiment.Image{}, experiment.Counts{}},
		{"-npyfile " + in("f.npy") + " -nxsfile " + in("n.nxs") + " -cbffile " + in("c.cbf"), experiment.Image{File: in("c.cbf")}, experiment.Counts{}},
		{"-npyfile " + in("f.npy") + " -nxsfile " + in("n.nxs"), experiment.Image{File: in("n.nxs")}, experiment.Counts{}},
		{"-npyfile " + in("f.npy"), experiment.Image{File: in("f.npy")}, experiment.Counts{}},
		{"-floatfile " + in("f") + " -noisefile " + in("n") + " -intfile " + in("i"), experiment.Image{File: in("n"), Format: "smv"}, smv},
		{"-floatfile " + in("f") + " -intfile " + in("i"), experiment.Image{File: in("f"), Format: "raw"}, experiment.Counts{}},
		{"-intfile " + in("i") + " -scale 2 -adc 7", experiment.Image{File: in("i"), Format: "smv"}, experiment.Counts{Pedestal: 7, Gain: 2, Overload: 65535}},
		{"-img " + measured + " -noisefile " + in("n"), experiment.Image{File: measured, Format: "smv"}, smv},
	} {
		c := written(t, small+test.args)
		if test.image.File == "" {
			if c.Images != nil || !reflect.DeepEqual(c.Counts, test.counts) {
				t.Errorf("%s: images %+v, counts %+v", test.args, c.Images, c.Counts)
			}
			continue
		}
		if len(c.Images) != 1 || !reflect.DeepEqual(c.Counts, test.counts) || c.Images[0].Format != test.image.Format {
			t.Fatalf("%s: images %+v, counts %+v", test.args, c.Images, c.Counts)
		}
		if got := filepath.Join(c.Folder, c.Images[0].File); got != test.image.File && c.Images[0].File != test.image.File {
			t.Errorf("%s: image %s, want %s", test.args, got, test.image.File)
		}
	}
}

// TestExperimentAlone: without another output no image is simulated, here one that would take hours.
func TestExperimentAlone(t *testing.T) {
	c := written(t, small+"-detpixels 2000 -pixel 0.05 -osc 1 -phisteps 1000 -quiet")
	if c.Detector.Fast != 2000 || c.Crystals[0].PhiSteps != 1000 || !c.Physics.Reference {
		t.Errorf("experiment %+v", c)
	}
	stdout, _ := command(t, strings.Fields(small+"-experiment -")...)
	if c, err := experiment.Parse([]byte(stdout)); err != nil || c.Detector.Oversample != 1 {
		t.Errorf("%v in %s", err, stdout)
	}
}

// TestExperimentMask: a mask is named in the file, whatever its own name ends in.
func TestExperimentMask(t *testing.T) {
	mask := writeSMV(t, filepath.Join(t.TempDir(), "mask"), 16, 16, map[string]string{"PIXEL_SIZE": "4"})
	c := written(t, small+"-mask "+mask)
	d, err := c.DetectorConfig()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Mask) != 256 || d.Mask[0] || !d.Mask[1] {
		t.Errorf("mask %v", d.Mask)
	}
}

// TestExperimentRefined goes from a command line to refined parameters: the start is 0.05° off about each axis, and ends
// where the noisy image was simulated. Of three parameters one in 1700 runs is beyond 4σ; the seed is fixed.
func TestExperimentRefined(t *testing.T) {
	folder := t.TempDir()
	noise := filepath.Join(folder, "noise.img")
	c := written(t, "-cell 40 45 50 85 95 105 -default_F 100 -N 8 -misset 5 10 15 -detpixels 64 -pixel 1.6 -fluence 1e25 -oversample 1 -noprogress -noisefile "+noise)
	m := &c.Crystals[0].Misset
	m.X, m.Y, m.Z = m.X+0.05, m.Y-0.05, m.Z+0.05
	c.Refine.Parameters = []string{"misset.x", "misset.y", "misset.z"}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.ReadImages()
	if err != nil {
		t.Fatal(err)
	}
	if len(data.Notices) > 0 {
		t.Errorf("notices %q", data.Notices)
	}
	f, err := refine.NewFit(e, data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	refined, err := f.Config(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range refined.Result.Parameters {
		if want := []float64{5, 10, 15}[i]; !(math.Abs(p.Value-want) <= 4*p.Sigma) || !(p.Sigma < 0.02) {
			t.Errorf("%s is %g ± %g, want %g", p.Name, p.Value, p.Sigma, want)
		}
	}
	if _, err := os.Stat(noise); err != nil {
		t.Error(err)
	}
}
