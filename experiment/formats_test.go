package experiment_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/structure"
)

// Structure factors of an MTZ: the cell is the file's, the reflections are those of P 1, and what contradicts the file is said.
// small.mtz has the reflections (1, 2, 3), (2, 0, 0), … of P 43 21 2: eight equivalents and as many mates of each general one.
func TestStructureFormats(t *testing.T) {
	const mtz = "../format/mtz/testdata/"
	small := structure.Cell{A: 41, B: 41, C: 53, Alpha: 90, Beta: 90, Gamma: 90}
	for _, test := range []struct {
		name   string
		x      experiment.Crystal
		cell   structure.Cell
		count  int
		notice string // "": none
	}{
		{"cell of the file", experiment.Crystal{Structure: experiment.Structure{File: mtz + "small.mtz"}}, small, 32, ""},
		{"the same cell", experiment.Crystal{Cell: experiment.Cell{A: 41, C: 53}, Structure: experiment.Structure{File: mtz + "small.mtz"}}, small, 32, ""},
		{"another cell", experiment.Crystal{Cell: experiment.Cell{A: 42}, Structure: experiment.Structure{File: mtz + "small.mtz"}},
			structure.Cell{A: 42, B: 42, C: 42, Alpha: 90, Beta: 90, Gamma: 90}, 32,
			"small.mtz has the cell 41 41 53 Å 90° 90° 90°, which is not the crystal's, 42 42 42 Å 90° 90° 90°"},
		{"another matrix", experiment.Crystal{Matrix: &[3][3]float64{{0.025, 0, 0}, {0, 0.02, 0}, {0, 0, 0.01}}, Structure: experiment.Structure{File: mtz + "small.mtz"}},
			structure.Cell{A: 40, B: 50, C: 100, Alpha: 90, Beta: 90, Gamma: 90}, 32, "which is not the crystal's, 40 50 100 Å"},
		{"columns", experiment.Crystal{Structure: experiment.Structure{File: mtz + "small.mtz", Columns: []string{"F"}, Friedel: "add"}}, small, 32, ""},
		{"intensities", experiment.Crystal{Structure: experiment.Structure{File: mtz + "mates.mtz"}},
			structure.Cell{A: 41.1235, B: 41.1235, C: 53.5, Alpha: 90, Beta: 90, Gamma: 90}, 48, "mates.mtz holds intensities: their square roots are the amplitudes"},
		{"resolution", experiment.Crystal{Structure: experiment.Structure{File: mtz + "small.mtz", DMin: 12}}, small, 16, ""},
	} {
		c := &experiment.Config{Crystals: []experiment.Crystal{test.x}}
		e, err := c.Nodes(G.NewGraph())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := e.Crystals[0].Config()
		for i, v := range got.Cell.Parameters() {
			if want := test.cell.Parameters()[i]; math.Abs(v-want) > 1e-3 {
				t.Errorf("%s: the cell is %+v, not %+v", test.name, got.Cell, test.cell)
				break
			}
		}
		if n := got.Structure.Count(); n != test.count {
			t.Errorf("%s: %d reflections, not %d", test.name, n, test.count)
		}
		list := slices.DeleteFunc(e.FileNotices(), func(n string) bool { return strings.Contains(n, "space group forbids") })
		if text := strings.Join(list, "\n"); !strings.Contains(text, test.notice) || test.notice == "" && text != "" {
			t.Errorf("%s: notices %q, not %q", test.name, text, test.notice)
		}
		if now, err := e.Config(); err != nil || now.Crystals[0].Cell != test.x.Cell {
			t.Errorf("%s: nothing was changed, and the cell is %+v, %v", test.name, now.Crystals[0].Cell, err)
		}
	}
	// A rotation backwards needs no cell to be known before the file is read.
	c := &experiment.Config{Crystals: []experiment.Crystal{{Structure: experiment.Structure{File: mtz + "small.mtz"}}}, Scan: &experiment.Scan{Images: 3, Width: -1}}
	if _, err := c.Nodes(G.NewGraph()); err != nil {
		t.Error(err)
	}
}

func TestStructureFormatErrors(t *testing.T) {
	const mtz = "../format/mtz/testdata/small.mtz"
	folder := t.TempDir()
	hkl := filepath.Join(folder, "f.hkl")
	check(t, os.WriteFile(hkl, []byte("1 0 0 5\n"), 0o600))
	cut := filepath.Join(folder, "cut.mtz")
	text, err := os.ReadFile(mtz)
	check(t, err)
	check(t, os.WriteFile(cut, text[:100], 0o600))
	for want, s := range map[string]experiment.Structure{
		"crystals[0].cell is missing, and " + hkl + " does not give it":    {File: hkl},
		"crystals[0].cell is missing: give it":                             {File: hkl, Format: "hkl"},
		"structure.columns is for files whose columns have labels":         {File: hkl, Format: "hkl", Columns: []string{"F"}},
		"structure.columns is given, and " + hkl:                           {File: hkl, Columns: []string{"F"}},
		"structure.dmin is given, and " + hkl:                              {File: hkl, DMin: 3},
		"structure.columns is given without a file":                        {Columns: []string{"F"}},
		"structure.dmin is given without a file":                           {DMin: 2},
		"structure.values is for text: columns chooses":                    {File: mtz, Values: "F"},
		"structure.friedel leave is for files that tell Friedel mates":     {File: mtz, Friedel: "leave"},
		"crystals[0].structure.file mtz: " + mtz:                           {File: mtz, Columns: []string{"FOO"}},
		"crystals[0].structure.file mtz: " + cut + ": the header is said":  {File: cut},
		"structure.file structure: expansion to P1: no reflection":         {File: mtz, DMin: 150},
		"crystals[0].structure.file hkl: open " + folder + "/none.mtz: no": {File: filepath.Join(folder, "none.mtz")},
	} {
		x := experiment.Crystal{Structure: s}
		if s.Format != "" && len(s.Columns) > 0 || s.File == "" {
			x.Cell.A = 40
		}
		c := &experiment.Config{Crystals: []experiment.Crystal{x}}
		if _, err := c.Nodes(G.NewGraph()); err == nil || !strings.Contains(filepath.ToSlash(err.Error()), filepath.ToSlash(want)) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// frames are images of 6 × 4 pixels: pixel i of image n has n·100 + i, the first two are a gap and a bad one.
type frames int

func (n frames) Size() (fast, slow int, t format.Type) { return 6, 4, format.Int32 }
func (n frames) Frames() int                           { return int(n) }
func (n frames) Geometry() *format.Geometry            { return nil }
func (n frames) Close() error                          { return nil }
func (n frames) Read(k int, f *format.Frame) error {
	f.Reset(6, 4, format.Int32)
	for i := range 24 {
		v := int32(100*(k+1) + i)
		if i < 2 {
			v = int32(-1 - i)
		}
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
	}
	return nil
}

// sweepFiles writes three images in all formats.
func sweepFiles(t *testing.T) (folder string) {
	folder = t.TempDir()
	g := &format.Geometry{
		Wavelength: 1, ToSource: [3]float64{0, 0, 1},
		Panels: []format.Panel{{Origin: [3]float64{-15, 10, -60}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Pixel: [2]float64{5, 5}, Size: [2]int{6, 4},
			Trusted: &[2]float64{0, 322}}},
		Rotation: format.NewRotation([3]float64{1, 0, 0}, 0, 0.5, 1, 3),
	}
	all := frames(3)
	check(t, npy.WriteFile(filepath.Join(folder, "s.npy"), all))
	w, err := nxmx.Create(filepath.Join(folder, "s.nxs"), g, 6, 4, format.Int32)
	check(t, err)
	var f format.Frame
	for k := range 3 {
		check(t, all.Read(k, &f))
		check(t, w.Write(&f))
		check(t, cbf.WriteFile(filepath.Join(folder, []string{"s_1.cbf", "s_2.cbf", "s_3.cbf"}[k]), &f, g, cbf.Header{Image: k}))
	}
	check(t, w.Close())
	var mask format.Frame
	mask.Reset(6, 4, format.Bool)
	for i := range mask.Data {
		mask.Data[i] = byte(min(1, i/6)) // not the first row
	}
	one, err := npy.Create(filepath.Join(folder, "mask.npy"), 6, 4, format.Bool)
	check(t, err)
	check(t, one.Write(&mask))
	check(t, one.Close())
	return folder
}

// Images of other formats: frames of one file or numbered files, panels that are parts of an image, masks, and the pixels that
// do not count by what the file says.
func TestImageFormats(t *testing.T) {
	folder := sweepFiles(t)
	for _, test := range []struct {
		image experiment.Image
		scan  bool
		good  int // pixels that count in image 3
	}{
		{experiment.Image{File: "s.npy"}, true, 22},
		{experiment.Image{File: "s.nxs"}, true, 21},
		{experiment.Image{File: "s_#.cbf"}, true, 21},
		{experiment.Image{File: "s.npy", Frame: 3}, false, 22},
		{experiment.Image{File: "s.nxs", Frame: 3}, false, 21},
		{experiment.Image{File: "s_3.cbf"}, false, 21},
		{experiment.Image{File: "s.nxs", Frame: 3, MaskFile: "mask.npy"}, false, 17},
	} {
		c := lattice()
		c.Folder = folder
		c.Detector.Fast, c.Detector.Slow, c.Detector.BeamCentre = 6, 4, &[2]float64{7.5, 12.5}
		c.Images = []experiment.Image{test.image}
		if test.scan {
			c.Scan = &experiment.Scan{First: 1, Images: 3, Width: 0.5}
		} else {
			c.Crystals[0].Phi, c.Crystals[0].Osc = 1, 0.5
		}
		e := build(t, c)
		if test.scan {
			check(t, e.SelectImage(3))
		}
		data, err := e.ReadImages()
		check(t, err)
		photons, good := data.Photons[0].Float64s(), 0
		for i, counts := range data.Mask[0] {
			if counts {
				good++
			}
			if want := float64(300 + i); counts && photons[i] != want || !counts && photons[i] != 0 {
				t.Errorf("%+v: pixel %d has %g photons, counts: %v", test.image, i, photons[i], counts)
			}
		}
		if good != test.good {
			t.Errorf("%+v: %d pixels count, not %d", test.image, good, test.good)
		}
		// NXmx says how many pixels it marks.
		list := slices.DeleteFunc(data.Notices, func(n string) bool {
			return strings.HasPrefix(n, "s.nxs has 3 more outside the trusted range of 0 to 322") || n == "s.nxs has no pixel mask"
		})
		if len(list) > 0 {
			t.Errorf("%+v: notices %q", test.image, list)
		}
	}
}

// A mask of any format leaves out the same pixels.
func TestMaskFormats(t *testing.T) {
	const samples = "../../shared/formats/mask/"
	if _, err := os.Stat(samples); err != nil {
		t.Skip("NOT RUN: ", err)
	}
	folder := t.TempDir()
	check(t, os.WriteFile(filepath.Join(folder, "i.bin"), make([]byte, 4*40*30), 0o600))
	for name, want := range map[string]string{"mask_l8.png": "", "mask.pbm": "", "mask.npy": "", "pixels.mask": "images[0].mask_file"} {
		path, err := filepath.Abs(samples + name)
		check(t, err)
		c := lattice()
		c.Folder = folder
		c.Detector.Fast, c.Detector.Slow = 30, 40
		c.Images = []experiment.Image{{File: "i.bin", MaskFile: path}}
		data, err := build(t, c).ReadImages()
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		good := 0
		for _, counts := range data.Mask[0] {
			if counts {
				good++
			}
		}
		if good != 1103 { // all.json
			t.Errorf("%s: %d pixels count, not 1103", name, good)
		}
	}
}

// What a file says otherwise than the experiment is a notice for each number.
func TestImageGeometry(t *testing.T) {
	folder := sweepFiles(t)
	for want, change := range map[string]func(c *experiment.Config){
		"": func(c *experiment.Config) {},
		"it says a wavelength of 1 Å, the experiment 1.01 Å (beam.wavelength)":                            func(c *experiment.Config) { c.Beam.Wavelength = 1.01 },
		"it says a distance of 60 mm, the experiment 60.1 mm (detector.distance)":                         func(c *experiment.Config) { c.Detector.Distance = 60.1 },
		"it says a beam centre along the slow axis of 10 mm, the experiment 13 mm (detector.beam_centre)": func(c *experiment.Config) { c.Detector.BeamCentre[0] += 3 },
		"it says pixels of 5 mm, the experiment 5.01 mm (detector.pixel)":                                 func(c *experiment.Config) { c.Detector.Pixel = 5.01 },
		"it says a start of 1°, the experiment 0.9° (crystals[0].phi)":                                    func(c *experiment.Config) { c.Crystals[0].Phi = 0.9 },
		"it says a rotation of 0.5°, the experiment 0.6° (crystals[0].osc)":                               func(c *experiment.Config) { c.Crystals[0].Osc = 0.6 },
	} {
		for _, image := range []experiment.Image{{File: "s.nxs", Frame: 3}, {File: "s_3.cbf"}} {
			c := lattice()
			c.Folder = folder
			c.Detector.Fast, c.Detector.Slow, c.Detector.BeamCentre = 6, 4, &[2]float64{7.5, 12.5}
			c.Crystals[0].Phi, c.Crystals[0].Osc, c.Images = 1, 0.5, []experiment.Image{image}
			change(c)
			data, err := build(t, c).ReadImages()
			check(t, err)
			list := slices.DeleteFunc(data.Notices, func(n string) bool { return !strings.Contains(n, ": it says") })
			if text := strings.Join(list, "\n"); !strings.Contains(text, want) || want == "" && text != "" || len(list) > 1 && !strings.Contains(want, "pixels") {
				t.Errorf("%s: notices %q, not %q", image.File, text, want)
			}
		}
	}
}

// Two panels that are parts of one image.
func TestImageParts(t *testing.T) {
	c := lattice()
	c.Folder = sweepFiles(t)
	c.Detector.Panels = []experiment.Panel{{Fast: 2, Slow: 2}, {Fast: 3, Slow: 1, Origin: [3]float64{20, 0, 0}}}
	c.Images = []experiment.Image{{File: "s.nxs", Frame: 3, First: &[2]int{0, 0}, MaskFile: "mask.npy"}, {File: "s.nxs", Frame: 3, First: &[2]int{3, 3}}}
	data, err := build(t, c).ReadImages()
	check(t, err)
	if a, b := data.Photons[0].Float64s(), data.Photons[1].Float64s(); !slices.Equal(a, []float64{0, 0, 306, 307}) || !slices.Equal(b, []float64{321, 322, 0}) {
		t.Errorf("photons %g and %g", a, b)
	}
	c.Images[1].First = &[2]int{4, 3}
	if _, err := build(t, c).ReadImages(); err == nil || !strings.Contains(err.Error(), "images[1].file s.nxs has 6 × 4 pixels: a panel of 3 × 1 from (4, 3) on is not within them") {
		t.Errorf("error %v", err)
	}
}

func TestImageFormatErrors(t *testing.T) {
	folder := sweepFiles(t)
	for want, image := range map[string]experiment.Image{
		"images[0].frame " + folder + "/s.npy has 3 images: one of them has to be chosen":           {File: "s.npy"},
		"images[0].frame " + folder + "/s.nxs has 3 images: there is none with the number 4":        {File: "s.nxs", Frame: 4},
		"images[0].frame " + folder + "/s_1.cbf has one image: there is none with the number 2":     {File: "s_1.cbf", Frame: 2},
		"images[0].first is given for a file of a single image that does not say its size":          {File: "s.bin", First: &[2]int{0, 0}},
		"images[0].frame is given for a file of a single image":                                     {File: "s.bin", Frame: 2},
		"images[0].mask_file " + folder + "/s.npy has 3 images":                                     {File: "s_1.cbf", MaskFile: "s.npy"},
		"images[0].file " + folder + "/small.mtz holds no image":                                    {File: "small.mtz"},
		"images[0].file " + folder + "/run.sh is of no image format that is read, and neither .img": {File: "run.sh"},
	} {
		c := lattice()
		c.Folder = folder
		text, err := os.ReadFile("../format/mtz/testdata/small.mtz")
		check(t, err)
		check(t, os.WriteFile(filepath.Join(folder, "small.mtz"), text, 0o600))
		check(t, os.WriteFile(filepath.Join(folder, "run.sh"), []byte("#!/bin/sh\n"), 0o600))
		c.Detector.Fast, c.Detector.Slow = 6, 4
		c.Images = []experiment.Image{image}
		e, err := c.Build(G.NewGraph())
		if err == nil {
			_, err = e.ReadImages()
		}
		if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), filepath.ToSlash(want)) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
