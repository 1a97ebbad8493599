package beam

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format"
)

// TestGaussianSpectrum: energies around the centre, weights of a mean of 1 that are half as large half a width away, and
// defaults.
func TestGaussianSpectrum(t *testing.T) {
	s, err := New(G.NewGraph(), Config{GaussianSpectrum: &GaussianSpectrum{Energy: 9500, FWHM: 4, Channels: 5, Step: 2}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.At()
	if err != nil {
		t.Fatal(err)
	}
	sum, total := 0.0, 0.0
	shape := []float64{1.0 / 16, 0.5, 1, 0.5, 1.0 / 16}
	for _, v := range shape {
		total += v
	}
	for k, n := range list {
		sum += n.Weight
		if want := format.HC / (9496 + 2*float64(k)); math.Abs(n.Wavelength-want) > 1e-15*want {
			t.Errorf("channel %d has %v Å, want %v", k, n.Wavelength, want)
		}
		if want := 5 * shape[k] / total; math.Abs(n.Weight-want) > 1e-14 {
			t.Errorf("channel %d has weight %v, want %v", k, n.Weight, want)
		}
	}
	if len(list) != 5 || math.Abs(sum-5) > 1e-13 {
		t.Errorf("%d channels of weight %g", len(list), sum)
	}
	s, err = New(G.NewGraph(), Config{Wavelength: 2, GaussianSpectrum: &GaussianSpectrum{}})
	if err != nil {
		t.Fatal(err)
	}
	if g := *s.Config().GaussianSpectrum; g != (GaussianSpectrum{format.HC / 2, 10, 20, 1}) || s.Len() != 20 || !s.Weighted() {
		t.Errorf("%+v, %d sources", g, s.Len())
	}
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{GaussianSpectrum: &GaussianSpectrum{FWHM: -1}}, "beam: width of the spectrum -1 eV is not positive"},
		{Config{GaussianSpectrum: &GaussianSpectrum{}, Dispersion: Spread{Range: 1}}, "both a Gaussian spectrum and a dispersion"},
		{Config{GaussianSpectrum: &GaussianSpectrum{}, Sources: []Source{{Position: [3]float64{-1, 0, 0}}}}, "both a Gaussian spectrum and a list"},
		{Config{GaussianSpectrum: &GaussianSpectrum{Energy: 10, Step: 5}}, "reach down to 0"},
	} {
		if _, err := New(G.NewGraph(), c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.cfg, err, c.want)
		}
	}
}

// TestDownsample: the filter against the transfer function |H|⁴ of a Butterworth low pass run twice, whose square is
// 1/(1 + (tan(π f/2)/tan(π fc/2))^2n); bins, baseline and stride by hand.
func TestDownsample(t *testing.T) {
	const n, cutoff = 4000, 0.07
	energies := make([]float64, n)
	for i := range energies {
		energies[i] = 9000 + 0.1*float64(i)
	}
	for _, order := range []int{1, 2, 3, 4} {
		for _, f := range []float64{0.01, 0.05, 0.07, 0.1} {
			weights := make([]float64, n)
			for i := range weights {
				weights[i] = 10 + math.Cos(math.Pi*f*float64(i))
			}
			_, got, err := Downsampling{Order: order, Cutoff: cutoff}.Downsample(energies, weights)
			if err != nil {
				t.Fatal(err)
			}
			gain := 1 / (1 + math.Pow(math.Tan(math.Pi*f/2)/math.Tan(math.Pi*cutoff/2), 2*float64(order)))
			for i := 1000; i < 3000; i++ {
				if want := 10 + gain*math.Cos(math.Pi*f*float64(i)); math.Abs(got[i]-want) > 1e-9 {
					t.Fatalf("order %d, frequency %g: %v at %d, want %v", order, f, got[i], i, want)
				}
			}
		}
	}
	e, w, err := Downsampling{Baseline: 4, Bin: 1, Stride: 2}.Downsample([]float64{104, 103.5, 103, 102, 101.6, 101.2, 101, 100}, []float64{1, 3, 10, 6, 12, 4, 3, 1})
	if err != nil {
		t.Fatal(err)
	}
	// The baseline is (1 + 3 + 3 + 1)/4 = 2; left are 101 to 101.6: 1, 2, 10; 102: 4; 103 and 103.5: 8, 1.
	want := [][2]float64{{(101 + 2*101.2 + 10*101.6) / 13, 13}, {(8*103 + 103.5) / 9, 9}}
	if len(e) != 2 || len(w) != 2 {
		t.Fatal(e, w)
	}
	for i := range e {
		if math.Abs(e[i]-want[i][0]) > 1e-12*e[i] || math.Abs(w[i]-want[i][1]) > 1e-12 {
			t.Errorf("bin %d: %v eV, %v, want %v", i, e[i], w[i], want[i])
		}
	}
	for _, c := range []struct {
		d    Downsampling
		e, w []float64
		want string
	}{
		{Downsampling{}, []float64{1}, nil, "1 energies and 0 weights"},
		{Downsampling{}, []float64{1, 1}, []float64{1, 1}, "neither ascend nor descend"},
		{Downsampling{}, []float64{1, 2}, []float64{0, 0}, "no weight"},
		{Downsampling{Baseline: 3}, []float64{1, 2}, []float64{0, 0}, "a baseline of 3 points"},
		{Downsampling{Cutoff: 1}, []float64{1, 2}, []float64{0, 0}, "a cutoff of 1"},
		{Downsampling{Bin: -1}, []float64{1, 2}, []float64{0, 0}, "bins of -1 eV"},
	} {
		if _, _, err := c.d.Downsample(c.e, c.w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.d, err, c.want)
		}
	}
}
