package detector

import (
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node/nodetest"
)

func TestImages(t *testing.T) {
	mask := make([]bool, 12)
	for _, i := range []int{1, 5, 6, 11} {
		mask[i] = true
	}
	for _, c := range []struct {
		name   string
		cfg    Config
		pixels int
		images [][]float64 // of values 1, 2, 3 …
	}{
		{"whole", Config{Fast: 3, Slow: 2}, 6, [][]float64{{1, 2, 3, 4, 5, 6}}},
		{"region", Config{Fast: 4, Slow: 3, Region: &Region{1, 2, 1, 2}}, 4, [][]float64{{0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0}}},
		{"mask", Config{Fast: 4, Slow: 3, Mask: mask}, 4, [][]float64{{0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 4}}},
		{"region and mask", Config{Fast: 4, Slow: 3, Mask: mask, Region: &Region{0, 2, 1, 2}}, 2, [][]float64{{0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0}}},
		{"panels", Config{Panels: []Panel{
			{Fast: 2, Slow: 1},
			{Fast: 2, Slow: 2, Region: &Region{1, 1, 0, 1}},
			{Fast: 4, Slow: 3, Mask: mask},
		}}, 8, [][]float64{{1, 2}, {0, 3, 0, 4}, {0, 5, 0, 0, 0, 6, 7, 0, 0, 0, 0, 8}}},
	} {
		d := newDetector(t, c.cfg)
		if d.Pixels() != c.pixels {
			t.Errorf("%s: %d pixels, want %d", c.name, d.Pixels(), c.pixels)
			continue
		}
		values := make([]float64, c.pixels)
		for i := range values {
			values[i] = float64(i + 1)
		}
		images, err := d.Images(values)
		if err != nil {
			t.Fatal(err)
		}
		if len(images) != len(c.images) {
			t.Fatalf("%s: %d images", c.name, len(images))
		}
		for k, size := range d.Sizes() {
			if got := images[k].Shape(); got[0] != size[1] || got[1] != size[0] {
				t.Errorf("%s: image %d has shape %v, its panel %d × %d pixels", c.name, k, got, size[0], size[1])
			}
		}
		for k, image := range images {
			if got := image.Float64s(); !slices.Equal(got, c.images[k]) {
				t.Errorf("%s: image %d is %v, want %v", c.name, k, got, c.images[k])
			}
		}
		back, err := d.Select(images...)
		if err != nil || !slices.Equal(back, values) {
			t.Errorf("%s: selected %v (%v), want %v", c.name, back, err, values)
		}
	}
}

// TestSelectViews reads images that are not stored row by row.
func TestSelectViews(t *testing.T) {
	d := newDetector(t, Config{Fast: 3, Slow: 2})
	want := []float64{1, 2, 3, 4, 5, 6}

	columns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6})) // it reorders them
	if slices.Equal(columns.Float64s(), want) {
		t.Fatal("the image is not stored by columns")
	}
	turned := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float64{1, 4, 2, 5, 3, 6}))
	if err := turned.T(); err != nil {
		t.Fatal(err)
	}
	large := tensor.New(tensor.WithShape(3, 4), tensor.WithBacking([]float64{0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6}))
	view, err := large.Slice(G.S(1, 3), G.S(1, 4))
	if err != nil {
		t.Fatal(err)
	}
	for name, image := range map[string]*tensor.Dense{"columns": columns, "transposed": turned, "slice": view.(*tensor.Dense)} {
		if got, err := d.Select(image); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, want)
		}
	}
}

func TestImageErrors(t *testing.T) {
	d := newDetector(t, Config{Fast: 3, Slow: 2})
	image := func(of any, shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(of))
	}
	_, tooFew := d.Images(make([]float64, 5))
	_, none := d.Select()
	_, isNil := d.Select(nil)
	_, swapped := d.Select(image(make([]float64, 6), 3, 2))
	_, flat := d.Select(image(make([]float64, 6), 6))
	_, single := d.Select(image(make([]float32, 6), 2, 3))
	for _, c := range []struct {
		err  error
		want string
	}{
		{tooFew, "detector: 5 values for 6 pixels"},
		{none, "detector: 0 images for 1 panels"},
		{isNil, "detector: image 0 is nil"},
		{swapped, "detector: image 0 has shape (3, 2), want (slow, fast) = (2, 3)"},
		{flat, "detector: image 0 has shape (6), want (slow, fast) = (2, 3)"},
		{single, "detector: image 0 holds float32, want float64"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
}

// Leaves that are handed out are arrays, with which gorgonia's own operations and machines compute.
func TestPixelLeavesInGorgonia(t *testing.T) {
	d := newDetector(t, Config{Fast: 3, Slow: 2})
	sum := G.Must(G.Sum(G.Must(G.Square(d.PixelLeaves()[0]))))
	m := G.NewTapeMachine(sum.Graph())
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := sum.Value().Data(); got != 10. {
		t.Errorf("gorgonia sums squares to %v", got)
	}
}

// TestPixelLeaves checks the indices of the pixels, panel by panel, row by row.
func TestPixelLeaves(t *testing.T) {
	mask := []bool{true, true, false, false, true, true}
	d := newDetector(t, Config{Panels: []Panel{
		{Fast: 2, Slow: 2},
		{Fast: 3, Slow: 2, Mask: mask},
		{Fast: 3, Slow: 2, Mask: mask, Region: &Region{1, 2, 0, 1}},
		{Fast: 4, Slow: 3, Region: &Region{2, 3, 1, 1}},
	}})
	got := valuesOf(t, nodetest.Read(t, d.PixelLeaves()...)...)
	for i, want := range [][]float64{
		{0, 1, 0, 1, 0, 1, 1, 2, 1, 1, 2, 2, 3}, // fast
		{0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1}, // slow
		{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3}, // panel
	} {
		if !slices.Equal(got[i], want) {
			t.Errorf("leaf %d is %v, want %v", i, got[i], want)
		}
	}
}
