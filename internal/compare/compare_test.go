package compare

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const (
	fast = 60
	slow = 40
)

// spots is an image with Gaussian spots of σ = 1.2 pixels at random places, on a background of 1 and 2. All spots are at least
// 6 pixels from each other and from the edge.
func spots() []float64 {
	random := rand.New(rand.NewPCG(1, 2))
	image := make([]float64, fast*slow)
	for i := range image {
		image[i] = 1 + float64((i%fast+i/fast)%2)
	}
	for f := 6; f < fast-8; f += 9 {
		for s := 6; s < slow-8; s += 9 {
			atF, atS := float64(f)+2*random.Float64(), float64(s)+2*random.Float64()
			height := 100 * (1 + 9*random.Float64())
			for i := range image {
				df, ds := float64(i%fast)-atF, float64(i/fast)-atS
				image[i] += height * math.Exp(-(df*df+ds*ds)/(2*1.2*1.2))
			}
		}
	}
	return image
}

// of returns an image whose pixel i is f of it.
func of(image []float64, f func(v float64, i int) float64) []float64 {
	out := make([]float64, len(image))
	for i, v := range image {
		out[i] = f(v, i)
	}
	return out
}

// shifted moves an image along the fast and the slow axis, cyclically.
func shifted(image []float64, df, ds int) []float64 {
	return of(image, func(_ float64, i int) float64 {
		return image[(i/fast-ds+slow)%slow*fast+(i%fast-df+fast)%fast]
	})
}

var options = Options{Tolerance: 1e-5, Floor: 1e-7, Peaks: 20, Worst: 5}

func compared(t *testing.T, a, b []float64, o Options) *Report {
	t.Helper()
	r, err := Images(a, b, fast, slow, o)
	if err != nil {
		t.Fatal(err)
	}
	// No result is NaN or infinite in JSON, and all comes back.
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Errorf("JSON does not come back as it was, %v:\n%s\n%s", err, text, again)
	}
	return r
}

func near(t *testing.T, what string, got Number, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %g", what, got, want, tolerance)
	}
}

func TestIdentical(t *testing.T) {
	a := spots()
	r := compared(t, a, a, options)
	if !r.Equal || r.Beyond != 0 || r.Compared != len(a) || len(r.Worst) != 0 || r.Explanation != nil || r.Lost != 0 || len(r.Peaks) != 18 {
		t.Errorf("%+v", r)
	}
	near(t, "correlation", r.Correlation, 1, 1e-15)
	near(t, "ratio", r.SumRatio, 1, 0)
	near(t, "RMSE", r.RMSE, 0, 0)
	near(t, "shift", r.Shift, 0, 0)
	near(t, "scale", r.Fit.Both.Scale, 1, 1e-15)
	near(t, "offset", r.Fit.Both.Offset, 0, 1e-12)
}

// TestStats: numbers that were computed by hand.
func TestStats(t *testing.T) {
	a, b := []float64{0, 1, 2, 5}, []float64{1, 1, 2, 0}
	r, err := Images(a, b, 2, 2, options)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sum", r.A.Sum, 8, 0)
	near(t, "mean", r.B.Mean, 1, 0)
	near(t, "RMS", r.A.RMS, math.Sqrt(7.5), 1e-15)
	near(t, "ratio", r.SumRatio, .5, 0)
	near(t, "RMSE", r.RMSE, math.Sqrt(26./4), 1e-15)
	near(t, "relative RMSE", r.RelativeRMSE, math.Sqrt(26./4)/5, 1e-15)
	// Σ(a−2)(b−1) = 0 + 0 + 0 − 3, Σ(a−2)² = 14, Σ(b−1)² = 2.
	near(t, "correlation", r.Correlation, -3/math.Sqrt(28), 1e-15)
	near(t, "scale", r.Fit.Both.Scale, -3./14, 1e-15)
	near(t, "offset", r.Fit.Both.Offset, 1+6./14, 1e-15)
	near(t, "scale alone", r.Fit.Scale.Scale, 5./30, 1e-15)
	near(t, "rest of the offset alone", r.Fit.Offset.Rest, math.Sqrt(26./4-1), 1e-15)
	near(t, "least of B", r.B.Min, 0, 0)
	if *r.A.MaxAt != (Position{1, 1}) || *r.B.MaxAt != (Position{0, 1}) || r.Beyond != 2 {
		t.Errorf("brightest at %v and %v, %d beyond", *r.A.MaxAt, *r.B.MaxAt, r.Beyond)
	}
	if w := r.Worst; len(w) != 2 || w[0] != (Pixel{Position{1, 1}, 5, 0, -5}) || w[1] != (Pixel{Position{0, 0}, 0, 1, 1}) {
		t.Errorf("worst: %v", w)
	}
}

// TestTolerance: both parts of it, at their edges.
func TestTolerance(t *testing.T) {
	a := make([]float64, fast*slow)
	a[0], a[1], a[2] = 1000, -10, 0
	for _, c := range []struct {
		pixel  int
		by     float64
		beyond int
	}{
		{0, 1e-5*1000 + 1e-7*1000 - 1e-9, 0}, {0, 1e-5*1000 + 1e-7*1000 + 1e-9, 1},
		{1, -(1e-5*10 + 1e-7*1000 - 1e-9), 0}, {1, 1e-5*10 + 1e-7*1000 + 1e-9, 1},
		{2, 1e-7*1000 - 1e-9, 0}, {2, -(1e-7*1000 + 1e-9), 1},
	} {
		b := of(a, func(v float64, i int) float64 {
			if i == c.pixel {
				v += c.by
			}
			return v
		})
		r := compared(t, a, b, options)
		if r.Beyond != c.beyond || r.Equal != (c.beyond == 0) || len(r.Worst) != 1 || r.Worst[0].Position != (Position{c.pixel, 0}) {
			t.Errorf("pixel %d by %g: %d beyond, worst %v", c.pixel, c.by, r.Beyond, r.Worst)
		}
	}
}

func TestExplanations(t *testing.T) {
	a := spots()
	noise := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name          string
		f             func(v float64, i int) float64
		text          string // of the explanation; "" if there is none
		scale, offset float64
		tolerance     float64
	}{
		{"offset", func(v float64, _ int) float64 { return v + 40 }, "B = A + 40, an offset", 1, 40, 1e-12},
		{"offset below 0", func(v float64, _ int) float64 { return v - 40 }, "B = A − 40, an offset", 1, -40, 1e-12},
		{"scale", func(v float64, _ int) float64 { return 2.5 * v }, "B = 2.5·A, a scale", 2.5, 0, 1e-12},
		{"sign", func(v float64, _ int) float64 { return -v }, "B = -1·A, a scale", -1, 0, 1e-12},
		{"both", func(v float64, _ int) float64 { return 2*v + 40 }, "B = 2·A + 40, a scale and an offset", 2, 40, 1e-11},
		{"offset, counts", func(v float64, _ int) float64 { return math.Floor(v + 40) }, "B = A + ", 1, 39.7, .1},
		{"huge scale", func(v float64, _ int) float64 { return v * 1e200 }, "B = 1e+200·A, a scale", 1e200, 0, 1e188},
		{"small scale", func(v float64, _ int) float64 { return v * 1e-200 }, "B = 1e-200·A, a scale", 1e-200, 0, 1e-212},
		{"noise", func(v float64, _ int) float64 { return v + noise.NormFloat64() }, "", 0, 0, 0},
		{"square", func(v float64, _ int) float64 { return v * v / 500 }, "", 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := compared(t, a, of(a, c.f), options)
			switch {
			case r.Equal:
				t.Error("equal")
			case c.text == "":
				if r.Explanation != nil {
					t.Errorf("explained by %+v", r.Explanation)
				}
			case r.Explanation == nil || !strings.HasPrefix(r.Explanation.Text, c.text):
				t.Errorf("explanation %+v, want %s", r.Explanation, c.text)
			default:
				near(t, "scale", r.Explanation.Scale, c.scale, c.tolerance)
				near(t, "offset", r.Explanation.Offset, c.offset, c.tolerance)
			}
		})
	}
	// One pixel apart is not an offset.
	b := of(a, func(v float64, _ int) float64 { return v })
	b[77] += 40
	if r := compared(t, a, b, options); r.Equal || r.Beyond != 1 || r.Explanation != nil || *r.Worst[0].at() != (Position{17, 1}) {
		t.Errorf("one pixel: %+v", r)
	}
}

func (p *Pixel) at() *Position { return &p.Position }

// TestShifts: peaks that have moved by whole pixels, and by parts of one.
func TestShifts(t *testing.T) {
	a := spots()
	for _, c := range []struct{ fast, slow int }{{1, 0}, {0, -1}, {1, 1}, {3, -2}} {
		r := compared(t, a, shifted(a, c.fast, c.slow), options)
		want := math.Hypot(float64(c.fast), float64(c.slow))
		near(t, "shift", r.Shift, want, 1e-9)
		if r.Equal || r.Lost > 0 || len(r.Peaks) != 18 || r.Explanation != nil || r.Correlation > .9 {
			t.Errorf("%+v: %d of %d peaks lost, correlation %v", c, r.Lost, len(r.Peaks), r.Correlation)
		}
		for _, p := range r.Peaks {
			near(t, "along fast", Number(p.B.Fast-p.A.Fast), float64(c.fast), 1e-9)
			near(t, "along slow", Number(p.B.Slow-p.A.Slow), float64(c.slow), 1e-9)
		}
	}
	// The mean of two images one pixel apart is shifted by half of one, which 3 × 3 pixels show to a fifth of it.
	half := shifted(a, 1, 0)
	r := compared(t, a, of(a, func(v float64, i int) float64 { return (v + half[i]) / 2 }), options)
	for _, p := range r.Peaks {
		near(t, "half a pixel", Number(p.B.Fast-p.A.Fast), .5, .2)
	}
	// Spots that are not there are lost.
	r = compared(t, a, of(a, func(v float64, i int) float64 {
		if i%fast < fast/2 {
			return 1
		}
		return v
	}), options)
	if r.Lost < 3 || r.Lost > 15 {
		t.Errorf("%d of 18 peaks lost", r.Lost)
	}
}

// TestPeaks: one peak for a plateau, none in a flat image, as bright as it is.
func TestPeaks(t *testing.T) {
	a := make([]float64, fast*slow)
	for _, i := range []int{5*fast + 5, 5*fast + 6, 6*fast + 5, 6*fast + 6} {
		a[i] = 65535
	}
	a[20*fast+59] = 7
	r := compared(t, a, a, options)
	// Of the 3 × 3 around (5, 5), the plateau fills the last quarter.
	if len(r.Peaks) != 1 || r.Peaks[0].A.Fast != 5.5 || r.Peaks[0].A.Slow != 5.5 || r.Peaks[0].A.Value != 65535 {
		t.Errorf("%+v", r.Peaks) // 7 is less than the mean
	}
	for _, c := range []struct {
		name   string
		pixels map[int]float64 // by place along the fast axis
		want   []int           // places of the peaks, the brightest first
	}{
		{"a long plateau", map[int]float64{20: 9, 21: 9, 22: 9, 23: 9, 24: 9, 25: 9}, []int{20}},
		{"two in one", map[int]float64{20: 9, 22: 8}, []int{20}},
		{"two", map[int]float64{20: 8, 23: 9}, []int{23, 20}},
		{"at the edges", map[int]float64{0: 8, 59: 9}, []int{59, 0}},
	} {
		a := make([]float64, fast*slow)
		for f, v := range c.pixels {
			a[7*fast+f] = v
		}
		var got []int
		for _, peak := range compared(t, a, a, options).Peaks {
			got = append(got, peak.A.at.Fast)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: peaks at %v, want %v", c.name, got, c.want)
		}
	}
	// The brightest of A is the third of B.
	a, b := make([]float64, fast*slow), make([]float64, fast*slow)
	a[7*fast+20], b[7*fast+20], b[30*fast+20], b[20*fast+50] = 9, 9, 10, 11
	o := options
	o.Peaks = 1
	if r := compared(t, a, b, o); r.Lost != 0 || r.Shift != 0 {
		t.Errorf("another order: %+v", r.Peaks)
	}
}

// TestOrientation: B in every orientation, of a square and of another image.
func TestOrientation(t *testing.T) {
	whole := spots()
	for _, size := range []struct{ fast, slow, want int }{{fast, slow, 3}, {slow, slow, 7}} {
		a := make([]float64, size.fast*size.slow)
		for i := range a {
			a[i] = whole[i/size.fast*fast+i%size.fast]
		}
		found := 0
		for _, o := range orientations {
			if o.square && size.fast != size.slow {
				continue
			}
			b := make([]float64, len(a))
			for i, v := range a {
				f, s := o.from(i%size.fast, i/size.fast, size.fast, size.slow)
				b[s*size.fast+f] = v // so that o takes B to A
			}
			r, err := Images(a, b, size.fast, size.slow, options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Orientation == nil || r.Orientation.Text != o.text {
				t.Errorf("%s: %+v", o.text, r.Orientation)
				continue
			}
			near(t, o.text, r.Orientation.Correlation, 1, 1e-14)
			found++
		}
		if found != size.want {
			t.Errorf("%d orientations of %d × %d pixels, want %d", found, size.fast, size.slow, size.want)
		}
	}
	// Of a large image, a part of the pixels is looked at first.
	const side = 1536
	large, turned := make([]float64, side*side), make([]float64, side*side)
	for i := range large {
		f, s := i%side, i/side
		large[i] = whole[s/40*7919%slow*fast+f/40*104729%fast]
		turned[f*side+side-1-s] = large[i]
	}
	r, err := Images(large, turned, side, side, options)
	if err != nil {
		t.Fatal(err)
	}
	if want := "with axes exchanged, then mirrored along the slow axis"; r.Orientation == nil || r.Orientation.Text != want || r.Orientation.Correlation != 1 {
		t.Errorf("large: %+v, want %s", r.Orientation, want)
	}
	for name, b := range map[string][]float64{"the same": whole, "shifted": shifted(whole, 5, 3), "scaled": of(whole, func(v float64, _ int) float64 { return 2 * v })} {
		if r := compared(t, whole, b, options); r.Orientation != nil {
			t.Errorf("%s: %+v", name, r.Orientation)
		}
	}
}

// TestUndefined: images that are constant or 0.
func TestUndefined(t *testing.T) {
	a := spots()
	flat := func(v float64) []float64 { return of(a, func(float64, int) float64 { return v }) }
	for _, c := range []struct {
		name  string
		a, b  []float64
		equal bool
		why   string
	}{
		{"both 0", flat(0), flat(0), true, "both images are constant"},
		{"A 0", flat(0), a, false, "A is constant"},
		{"B 0", a, flat(0), false, "B is constant"},
		{"constant", flat(.1), flat(.1), true, "both images are constant"},
		{"two constants", flat(.1), flat(.3), false, "both images are constant"},
	} {
		r := compared(t, c.a, c.b, options)
		if r.Equal != c.equal || r.Undefined != c.why || r.Correlation.Defined() || !r.RMSE.Defined() {
			t.Errorf("%s: equal %v, correlation %v: %s", c.name, r.Equal, r.Correlation, r.Undefined)
		}
		if c.a[0] == 0 && (r.SumRatio.Defined() || r.RelativeRMSE.Defined()) {
			t.Errorf("%s: ratio %v, relative RMSE %v", c.name, r.SumRatio, r.RelativeRMSE)
		}
	}
}

// TestNotFinite: pixels that are not finite are counted and named, and change nothing else.
func TestNotFinite(t *testing.T) {
	a := spots()
	nan, inf := math.NaN(), math.Inf(1)
	put := func(list map[int]float64) []float64 {
		return of(a, func(v float64, i int) float64 {
			if w, ok := list[i]; ok {
				return w
			}
			return v
		})
	}
	b := put(map[int]float64{3: nan, 70: inf, 71: -inf, 200: nan})
	r := compared(t, a, b, options)
	if r.Equal || r.Beyond != 4 || r.NotFinite != 4 || r.B.NaN != 2 || r.B.PlusInf != 1 || r.B.MinusInf != 1 || r.A.NotFinite() != 0 || *r.B.NotFiniteAt != (Position{3, 0}) {
		t.Errorf("%+v", r)
	}
	near(t, "correlation", r.Correlation, 1, 1e-15)
	near(t, "RMSE", r.RMSE, 0, 0)
	near(t, "ratio", r.SumRatio, 1, 0)
	if r := compared(t, b, b, options); !r.Equal || r.NotFinite != 4 || r.A.NaN != 2 {
		t.Errorf("the same pixels: %+v", r)
	}
	if r := compared(t, b, put(map[int]float64{3: nan, 70: -inf, 71: -inf, 200: inf}), options); r.Equal || r.Beyond != 2 {
		t.Errorf("other infinities: %+v", r)
	}
	all := of(a, func(float64, int) float64 { return nan })
	if r := compared(t, a, all, options); r.Equal || r.Compared != 0 || r.Beyond != len(a) || r.Undefined != "no pixel is finite in both images" {
		t.Errorf("nothing finite: %+v", r)
	}
	mask := make([]bool, len(a))
	for i := range mask {
		mask[i] = finite(b[i])
	}
	o := options
	o.Mask = mask
	if r := compared(t, a, b, o); !r.Equal || r.Masked != 4 || r.NotFinite != 0 || r.Compared != len(a)-4 {
		t.Errorf("masked: %+v", r)
	}
}

// TestLarge: numbers at the ends of the range, whose squares are out of it.
func TestLarge(t *testing.T) {
	a := spots()
	r := compared(t, of(a, func(v float64, _ int) float64 { return v * 1e305 }), of(a, func(v float64, _ int) float64 { return -v * 1e305 }), options)
	near(t, "correlation", r.Correlation, -1, 1e-15)
	near(t, "ratio", r.SumRatio, -1, 1e-15)
	if r.Beyond != len(a) || r.A.Sum.Defined() || r.A.Sum.String() != "too large" || r.Explanation == nil || len(r.Worst) != 5 {
		t.Errorf("%+v", r)
	}
	r = compared(t, of(a, func(v float64, _ int) float64 { return v * 1e-300 }), of(a, func(v float64, _ int) float64 { return 2 * v * 1e-300 }), options)
	near(t, "correlation", r.Correlation, 1, 1e-15)
	near(t, "relative", r.RMSE/r.B.RMS, .5, 1e-14)
}

// TestCancellation: small pixels count beside large ones.
func TestCancellation(t *testing.T) {
	a := []float64{1e17, 1, -1e17, 1}
	r, err := Images(a, a, 2, 2, options)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sum", r.A.Sum, 2, 0)
	near(t, "mean", r.A.Mean, .5, 0)
}

func TestErrors(t *testing.T) {
	a := make([]float64, 6)
	for _, c := range []struct {
		a, b       []float64
		fast, slow int
		o          Options
		want       string
	}{
		{a, a, 4, 2, options, "compare: 6 values are not an image of 4 × 2 pixels"},
		{a, a, 0, 2, options, "compare: 6 values are not an image of 0 × 2 pixels"},
		{a, a[:4], 3, 2, options, "compare: the images have 6 and 4 pixels"},
		{a, a, 3, 2, Options{Mask: make([]bool, 4)}, "compare: the mask has 4 pixels, the images 6"},
		{a, a, 3, 2, Options{Mask: make([]bool, 6)}, "compare: the mask leaves none of 6 pixels"},
		{a, a, 3, 2, Options{Tolerance: math.NaN()}, "compare: the tolerances NaN and 0 are not both finite and at least 0"},
		{a, a, 3, 2, Options{Worst: -1}, "compare: 0 peaks and -1 pixels cannot be reported"},
	} {
		if _, err := Images(c.a, c.b, c.fast, c.slow, c.o); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
