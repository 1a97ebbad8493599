package crystal

import (
	"errors"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// fullTable holds every reflection up to an index.
func fullTable(n int) *structure.Table {
	t := &structure.Table{Box: structure.Box{HMin: -n, HMax: n, KMin: -n, KMax: n, LMin: -n, LMax: n}}
	t.F = make([]float64, t.Cells())
	for i := range t.F {
		t.F[i] = 1 + float64(i%7)
	}
	return t
}

func groupOf(t *testing.T, symbol string) *symmetry.Group {
	t.Helper()
	g, err := symmetry.Lookup(symbol, [6]float64{1, 1, 1, 90, 90, 90})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func scaledCrystal(t *testing.T, s Scales) *Crystal {
	t.Helper()
	x, err := New(G.NewGraph(), Config{Cell: Cell{A: 50, B: 60, C: 70}, N: [3]float64{5, 5, 5}, Structure: fullTable(4), Scales: &s})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestScaleMap: reflections have the same scale if and only if the group, and without Apart Friedel's law, makes them
// equivalent.
func TestScaleMap(t *testing.T) {
	for _, symbol := range []string{"P 1", "P -1", "P 1 21 1", "P 21 21 21", "C 1 2 1", "P 43 21 2", "P 61"} {
		g := groupOf(t, symbol)
		for _, apart := range []bool{false, true} {
			x := scaledCrystal(t, Scales{Group: g, Apart: apart})
			names := x.ScaleNames()
			equivalent := func(a, b [3]int) bool {
				for _, e := range g.Equivalents(a) {
					if e.H == b || !apart && e.H == [3]int{-b[0], -b[1], -b[2]} {
						return true
					}
				}
				return false
			}
			seen := map[int]bool{}
			for _, a := range [][3]int{{1, 2, 3}, {0, 2, 3}, {2, 0, 0}, {2, 1, 1}, {0, 0, 0}} {
				i, ok := x.ScaleElement(a, 0)
				if ok == g.Absent(a) {
					t.Errorf("%s: %v has a scale: %t", symbol, a, ok)
					continue
				}
				for r := range x.Table().Reflections() {
					b := [3]int{r.H, r.K, r.L}
					if j, there := x.ScaleElement(b, 0); ok && (there && i == j) != equivalent(a, b) {
						t.Errorf("%s, apart %t: %v has scale %d, %v has %d", symbol, apart, a, i, b, j)
					}
				}
			}
			for r := range x.Table().Reflections() {
				if i, ok := x.ScaleElement([3]int{r.H, r.K, r.L}, 0); ok {
					seen[i] = true
				}
			}
			slices.Sort(names)
			if len(seen) != len(names) || len(slices.Compact(names)) != len(seen) {
				t.Errorf("%s, apart %t: %d scales are used, %d have names of their own", symbol, apart, len(seen), len(slices.Compact(names)))
			}
		}
	}
}

// TestScaleReindex: a primitive cell of C 1 2 1, a' = (a − b)/2, b' = (a + b)/2: h = h' + k', k = k' − h'.
func TestScaleReindex(t *testing.T) {
	x := scaledCrystal(t, Scales{Group: groupOf(t, "C 1 2 1"), Reindex: [3][3]int{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}})
	of := func(h, k, l int) int {
		i, ok := x.ScaleElement([3]int{h, k, l}, 0)
		if !ok {
			t.Errorf("(%d, %d, %d) has no scale", h, k, l)
		}
		return i
	}
	// The twofold axis along b exchanges a' and b', and turns l.
	if of(1, 2, 3) != of(-2, -1, -3) || of(1, 2, 3) != of(2, 1, 3) || of(1, 2, 3) == of(1, 2, -3) {
		t.Error("the twofold axis is not there")
	}
	if name := x.ScaleNames()[of(1, 2, 3)]; name != "structure.scale[3,1,3]" {
		t.Errorf("(1, 2, 3) of the primitive cell is %s", name)
	}
}

// TestScaleChannels: each channel has its own scales, except those of centric reflections, if they are shared.
func TestScaleChannels(t *testing.T) {
	g := groupOf(t, "P 21 21 21")
	for _, share := range []bool{false, true} {
		x := scaledCrystal(t, Scales{Group: g, Channels: []float64{9000, 9100}, ShareCentric: share,
			Start: []Scale{{H: [3]int{1, 2, 3}, Channel: 1, Scale: 1.5}, {H: [3]int{0, 1, 2}, Channel: AllChannels, Scale: 0.5}}})
		values := x.Scale.Value().Data().([]float64)
		names := x.ScaleNames()
		at := func(h [3]int, c int) (float64, string) {
			i, ok := x.ScaleElement(h, c)
			if !ok {
				t.Fatalf("%v has no scale in channel %d", h, c)
			}
			return values[i], names[i]
		}
		for c, want := range []float64{1, 1.5, 1} {
			v, name := at([3]int{-1, 2, -3}, c)
			if wanted := []string{"structure.scale[1,2,3;0]", "structure.scale[1,2,3;1]", "structure.scale[1,2,3;2]"}[c]; v != want || name != wanted {
				t.Errorf("channel %d: %s is %g, want %s and %g", c, name, v, wanted, want)
			}
			v, name = at([3]int{0, -1, 2}, c)
			if strings.Contains(name, ";") == share || v != 0.5 {
				t.Errorf("share %t: %s is %g, want 0.5", share, name, v)
			}
		}
		if _, ok := x.ScaleElement([3]int{1, 2, 3}, 3); ok {
			t.Error("there is a channel 3")
		}
		again, err := New(G.NewGraph(), x.Config())
		if err != nil || !slices.Equal(again.ScaleNames(), names) {
			t.Errorf("made again from Config: %v", err)
		}
	}
}

func TestScalesRefused(t *testing.T) {
	g := groupOf(t, "P 21 21 21")
	start := func(s ...Scale) Scales { return Scales{Group: g, Start: s} }
	inf := 1 / func() float64 { return 0 }()
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Structure = nil }, "there is no table of structure factors"},
		{func(c *Config) { c.Lookup = Tricubic }, "the lookup is tricubic"},
		{func(c *Config) { c.Scales.Channels = []float64{2, 2} }, "2 eV after 2 eV; want ascending energies"},
		{func(c *Config) { c.Scales.Channels = []float64{0} }, "channel 0 ends at 0 eV; want above 0"},
		{func(c *Config) { c.Scales.Channels = make([]float64, MaxChannels) }, "at most 1024"},
		{func(c *Config) { c.Scales.ShareCentric = true }, "there is one channel"},
		{func(c *Config) { c.Scales.Reindex[0][0] = 1 }, "has the determinant 0"},
		{func(c *Config) { *c.Scales = start(Scale{[3]int{1, 2, 3}, 0, -1}) }, "the scale of (1, 2, 3) is -1; want 0 or more"},
		{func(c *Config) { *c.Scales = start(Scale{[3]int{1, 2, 3}, 0, inf}) }, "is +Inf"},
		{func(c *Config) { *c.Scales = start(Scale{[3]int{1, 2, 3}, 1, 1}) }, "scale 0 is of channel 1; there are 1"},
		{func(c *Config) { *c.Scales = start(Scale{[3]int{9, 2, 3}, 0, 1}) }, "(9, 2, 3), which has a scale, is not in the table"},
		{func(c *Config) { *c.Scales = start(Scale{[3]int{1, 0, 0}, 0, 2}) }, "is forbidden by P 21 21 21"},
		{func(c *Config) {
			*c.Scales = start(Scale{[3]int{0, 1, 2}, 1, 2})
			c.Scales.Channels, c.Scales.ShareCentric = []float64{1}, true
		}, "the centric reflection (0, 1, 2) has a scale for channel 1"},
	} {
		c := Config{Cell: Cell{A: 50}, N: [3]float64{5, 5, 5}, Structure: fullTable(4), Scales: &Scales{}}
		tt.change(&c)
		_, err := New(G.NewGraph(), c)
		var config *gobragg.ConfigError
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &config) || !strings.HasPrefix(config.Field, "structure.scales") {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	x := scaledCrystal(t, Scales{Group: g})
	x.Scale.Value().Data().([]float64)[5] = -2
	if err := x.Check(); err == nil || !strings.Contains(err.Error(), "is -2; want 0 or more") {
		t.Errorf("a scale of -2: %v", err)
	}
}
