package detector

import (
	"errors"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/geom"
)

// modules are four panels, of which no two are parallel, in two pairs.
func modules() []Panel {
	return []Panel{
		{Fast: 6, Slow: 4, Origin: [3]float64{1, 2, 0.3}, Tilt: [3]float64{1, 2, 3}},
		{Fast: 6, Slow: 4, Origin: [3]float64{5, 2, 0.1}, Tilt: [3]float64{-2, 1, 1}},
		{Fast: 6, Slow: 4, Origin: [3]float64{1, 6, -0.2}, Tilt: [3]float64{0, -3, 2}, FastAxis: [3]float64{0.8, 0.6, 0}, SlowAxis: [3]float64{-0.6, 0.8, 0}},
		{Fast: 4, Slow: 6, Origin: [3]float64{5, 6, 0}, FastAxis: [3]float64{0, 1, 0}, SlowAxis: [3]float64{1, 0, 0}},
	}
}

func planesOf(t *testing.T, c Config) []Plane {
	t.Helper()
	planes, err := newDetector(t, c).Planes()
	if err != nil {
		t.Fatal(err)
	}
	return planes
}

// moved compares the position and the axes of a plane.
func moved(t *testing.T, what string, got *Plane, corner, fast, slow, normal [3]float64) {
	t.Helper()
	for i := range 3 {
		for _, v := range []struct {
			name      string
			got, want float64
		}{{"corner", got.Corner[i], corner[i]}, {"fast axis", got.Fast[i], fast[i]}, {"slow axis", got.Slow[i], slow[i]}, {"normal", got.Normal[i], normal[i]}} {
			if !near(v.got, v.want, 1e-12*math.Max(1, math.Abs(v.want))) {
				t.Errorf("%s, panel %s: its %s has the component %d %.15g, want %.15g", what, got.Name, v.name, i, v.got, v.want)
			}
		}
	}
}

// TestGroups compares panels of groups with matrices applied in the laboratory to where they are without them, in right-handed
// and left-handed frames.
func TestGroups(t *testing.T) {
	for _, convention := range []Convention{MOSFLM, ADXV, XDS} {
		for _, own := range []bool{false, true} {
			c := Config{Convention: convention, Fast: 20, Slow: 20, Pixel: 0.5, Distance: 40, Panels: modules()}
			if !own { // about axes of their own, before tilts
				for k := range c.Panels {
					c.Panels[k].Tilt = [3]float64{}
				}
			}
			rest := planesOf(t, c)
			g := Group{Panels: []int{2, 3}, Pivot: &[3]float64{0.5, -1, 2}, OwnAxes: own, Rot: [3]float64{4, -7, 12}, Shift: [3]float64{0.2, -0.4, 0.7}}
			if own {
				for k := range c.Panels { // the axes before any rotation
					c.Panels[k].Tilt = [3]float64{}
				}
				rest = planesOf(t, c)
			}
			c.Groups = []Group{g}
			got := planesOf(t, c)
			whole, err := newDetector(t, c).At()
			if err != nil {
				t.Fatal(err)
			}
			pivot := combine(1.0, whole.Corner, g.Pivot[0], whole.Fast, g.Pivot[1], whole.Slow, g.Pivot[2], whole.Normal)
			for k := range got {
				if k < 2 {
					moved(t, convention.String(), &got[k], rest[k].Corner, rest[k].Fast, rest[k].Slow, rest[k].Normal)
					continue
				}
				axes := rest[2]
				if own {
					axes = rest[k]
				}
				turn := about(geom.Cross(axes.Fast, axes.Slow), 4).times(about(axes.Fast, -7)).times(about(axes.Slow, 12))
				corner := combine(1.0, pivot, 1.0, turn.apply(combine(1.0, rest[k].Corner, -1.0, pivot)), 1.0, g.Shift)
				moved(t, convention.String(), &got[k], corner, turn.apply(rest[k].Fast), turn.apply(rest[k].Slow), turn.apply(rest[k].Normal))
			}
		}
	}
}

// TestGroupsAreRigid turns and shifts groups and the whole detector: distances between the corners of all pixels of a group, and
// the angles between normals of its panels, stay what they were. Groups of panels about axes of their own are not rigid.
func TestGroupsAreRigid(t *testing.T) {
	inner := Group{Name: "pair", Panels: []int{2, 3}, Rot: [3]float64{4, -7, 12}, Shift: [3]float64{0.2, -0.4, 0.7}}
	outer := Group{Name: "all", Panels: []int{3, 1, 2}, Pivot: &[3]float64{3, 3, 0}, FastAxis: [3]float64{0, 0, 2}, SlowAxis: [3]float64{0, 1, 0}, Rot: [3]float64{3, 5, -8}, Shift: [3]float64{-1, 0.5, 0.3}}
	own := outer
	own.OwnAxes, own.FastAxis, own.SlowAxis = true, [3]float64{}, [3]float64{}
	for _, c := range []struct {
		name   string
		groups []Group
		sets   [][]int // of panels that are rigid
		rigid  bool
	}{
		{"one", []Group{outer}, [][]int{{1, 2, 3}}, true},
		{"nested", []Group{inner, outer}, [][]int{{2, 3}}, true},
		{"inner at rest", []Group{{Panels: inner.Panels}, outer}, [][]int{{1, 2, 3}}, true},
		{"about their own axes", []Group{own}, [][]int{{1, 2, 3}}, false},
	} {
		for _, convention := range []Convention{MOSFLM, ADXV, DIALS} {
			cfg := posed(Config{Convention: convention, Fast: 20, Slow: 20, Distance: 60, Panels: modules()})
			rest := planesOf(t, Config{Convention: convention, Fast: 20, Slow: 20, Pixel: 0.5, Distance: 60, Panels: modules()})
			cfg.Groups = c.groups
			got := planesOf(t, cfg)
			largest := 0.0
			for _, set := range c.sets {
				type corner struct{ before, after [3]float64 }
				var corners []corner
				for _, k := range set {
					for f := range rest[k].FastPixels + 1 {
						for s := range rest[k].SlowPixels + 1 {
							corners = append(corners, corner{rest[k].At(float64(f), float64(s)), got[k].At(float64(f), float64(s))})
						}
					}
				}
				for i, a := range corners {
					for _, b := range corners[:i] {
						before, after := geom.Norm(combine(1.0, a.before, -1.0, b.before)), geom.Norm(combine(1.0, a.after, -1.0, b.after))
						largest = max(largest, math.Abs(before-after))
					}
				}
				for _, k := range set {
					largest = max(largest, math.Abs(geom.Dot(rest[k].Normal, rest[set[0]].Normal)-geom.Dot(got[k].Normal, got[set[0]].Normal)))
				}
			}
			if c.rigid && !(largest < 1e-12) {
				t.Errorf("%s, %v: a distance changes by %g mm", c.name, convention, largest)
			}
			if !c.rigid && !(largest > 0.1) {
				t.Errorf("%s, %v: distances change by %g mm only", c.name, convention, largest)
			}
		}
	}
}

func TestGroupErrors(t *testing.T) {
	two := []Panel{{Fast: 1, Slow: 1}, {Fast: 1, Slow: 1, Origin: [3]float64{1, 0, 0}}}
	three := append(two[:2:2], Panel{Fast: 1, Slow: 1, Origin: [3]float64{2, 0, 0}})
	for _, c := range []struct {
		field, want string
		panels      []Panel
		groups      []Group
	}{
		{"groups.0.panels", `detector: group "0": the detector has no panels`, nil, []Group{{Panels: []int{0}}}},
		{"groups.0.panels", `detector: group "a": it has no panels`, two, []Group{{Name: "a"}}},
		{"groups.0.panels", `detector: group "0": there is no panel 2: the detector has 2, counted from 0`, two, []Group{{Panels: []int{2}}}},
		{"groups.0.panels", `detector: group "0": panel 1 is listed twice`, two, []Group{{Panels: []int{1, 1}}}},
		{"groups.1.name", `detector: two groups are named "1"`, two, []Group{{Name: "1", Panels: []int{0}}, {Panels: []int{1}}}},
		{"groups.1.panels", `detector: group "1": it holds 1 of the 2 panels of group "0", which comes before it: give all of them, or none`, three, []Group{{Panels: []int{0, 1}}, {Panels: []int{1, 2}}}},
		{"groups.1.panels", `detector: group "1": it holds 1 of the 3 panels of group "0", which comes before it: give all of them, or none`, three, []Group{{Panels: []int{0, 1, 2}}, {Panels: []int{1}}}},
		{"groups.0.rot", `detector: group "0": rotation [0 NaN 0]° is not finite`, two, []Group{{Panels: []int{0}, Rot: [3]float64{0, math.NaN(), 0}}}},
		{"groups.0.pivot", `detector: group "0": pivot [+Inf 0 0] mm is not finite`, two, []Group{{Panels: []int{0}, Pivot: &[3]float64{math.Inf(1), 0, 0}}}},
		{"groups.0.fast_axis", `detector: group "0": fast and slow axes are not perpendicular: the cosine of their angle is 1`, two, []Group{{Panels: []int{0}, FastAxis: [3]float64{0, 1, 0}}}},
		{"groups.0.own_axes", `detector: group "0": its panels turn about axes of their own, but it has axes too`, two, []Group{{Panels: []int{0}, OwnAxes: true, SlowAxis: [3]float64{0, 1, 0}}}},
	} {
		_, err := New(G.NewGraph(), Config{Distance: 50, Panels: c.panels, Groups: c.groups})
		var refused *gobragg.ConfigError
		if !errors.As(err, &refused) || refused.Field != c.field || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s (%s)", err, c.want, c.field)
		}
	}
}

// TestGroupNodes checks names, units and that a completed configuration makes the same detector from explicit pivots and axes.
func TestGroupNodes(t *testing.T) {
	d := newDetector(t, Config{Distance: 50, Panels: modules(), Groups: []Group{{Panels: []int{2}}, {Name: "half", Panels: []int{2, 3}, OwnAxes: true}}})
	if name := d.Groups[0].Rot[0].Name(); name != "detector.groups[0].rot.o" {
		t.Errorf("the first group's first angle is %s", name)
	}
	if name := d.Groups[1].Shift[2].Name(); name != "detector.groups[half].shift.z" {
		t.Errorf("the second group's last shift is %s", name)
	}
	for _, n := range append(d.Groups[0].Rot[:], d.Groups[1].Shift[:]...) {
		unit, ok := d.Unit(n)
		if want := map[byte]string{'r': "°", 's': "mm"}[n.Name()[strings.Index(n.Name(), "].")+2]]; !ok || unit != want {
			t.Errorf("%s is in %q", n.Name(), unit)
		}
	}
	c := d.Config()
	if g := c.Groups[0]; g.Name != "0" || *g.Pivot != c.Panels[2].Origin || g.FastAxis != c.Panels[2].FastAxis {
		t.Errorf("the first group is completed to %+v", g)
	}
	if g := c.Groups[1]; *g.Pivot != c.Panels[2].Origin || g.FastAxis != [3]float64{} {
		t.Errorf("the second group is completed to %+v", g)
	}
	d.Groups[0].Rot[1] = nil
	if err := d.Check(); err == nil || !strings.Contains(err.Error(), "is nil") {
		t.Errorf("without a node: %v", err)
	}
}
