package detector_test

import (
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// The pixels of a detector become others, panel by panel; what the axis has too many repeats the last one.
func TestReselect(t *testing.T) {
	panel := func(mask ...bool) detector.Panel { return detector.Panel{Fast: 3, Slow: 2, Mask: mask} }
	d, err := detector.New(G.NewGraph(), detector.Config{Pixel: 1, Panels: []detector.Panel{
		panel(true, true, false, false, true, false), panel(false, true, false, false, false, true)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reselect([][]int32{{2}, {0, 4, 5}}); err != nil {
		t.Fatal(err)
	}
	want := []detector.Place{{Panel: 0, Fast: 2, Slow: 0}, {Panel: 1, Fast: 0, Slow: 0}, {Panel: 1, Fast: 1, Slow: 1}, {Panel: 1, Fast: 2, Slow: 1}, {Panel: 1, Fast: 2, Slow: 1}}
	if got := d.Places(); !slices.Equal(got, want) {
		t.Errorf("the pixels are %v, want %v", got, want)
	}
	if d.Selected() != 4 || d.Pixels() != 5 {
		t.Errorf("%d pixels on an axis of %d", d.Selected(), d.Pixels())
	}
	for k, n := range d.PixelLeaves() {
		for i, v := range n.Value().Data().([]float64) {
			if p := want[i]; v != float64([]int{p.Fast, p.Slow, p.Panel}[k]) {
				t.Errorf("leaf %d has %g for %v", k, v, p)
			}
		}
	}
	image := func(first float64) *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{first, first + 1, first + 2, first + 3, first + 4, first + 5}))
	}
	values, err := d.Select(image(10), image(20))
	if err != nil || !slices.Equal(values, []float64{12, 20, 24, 25, 0}) {
		t.Errorf("selected %v, %v", values, err)
	}
	back, err := d.Images([]float64{1, 2, 3, 4, 9})
	if err != nil || !slices.Equal(back[0].Float64s(), []float64{0, 0, 1, 0, 0, 0}) || !slices.Equal(back[1].Float64s(), []float64{2, 0, 0, 0, 3, 4}) {
		t.Errorf("images %v, %v", back, err)
	}
	for want, positions := range map[string][][]int32{
		"6 pixels for an axis of 5":      {{0, 1, 2}, {0, 1, 2}},
		"0 pixels":                       {{}, {}},
		"on 1 panels, of 2":              {{0}},
		"no pixel at position 6":         {{6}, {}},
		"no pixel at position 1 after 1": {{1, 1}, {}},
	} {
		if err := d.Reselect(positions); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
