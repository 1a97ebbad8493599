package simulator_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/simulator"
)

// TestByProducts holds them against plain loops over the parts on the tape, of crystals with sources that differ in
// wavelength.
func TestByProducts(t *testing.T) {
	configs := lattices()
	configs[0].DMin = 3 // pixels without intensity
	for _, n := range []int{1, 2} {
		all, _ := several(t, configs[:n])
		got, err := all.ByProducts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := plainByProducts(t, all, configs[:n])
		for name, pair := range map[string][2][]float64{
			"wavelength": {got.Wavelength[0].Float64s(), want[0]}, "crystal": {got.Crystal[0].Float64s(), want[1]}, "share": {got.Share[0].Float64s(), want[5]},
			"h0": {got.Reflection[0][0].Float64s(), want[2]}, "k0": {got.Reflection[1][0].Float64s(), want[3]}, "l0": {got.Reflection[2][0].Float64s(), want[4]},
			"h": {got.HKL[0][0].Float64s(), want[6]}, "k": {got.HKL[1][0].Float64s(), want[7]}, "l": {got.HKL[2][0].Float64s(), want[8]},
		} {
			without := 0
			for i, v := range pair[0] {
				if math.IsNaN(pair[1][i]) {
					without++
				}
				if math.IsNaN(v) != math.IsNaN(pair[1][i]) || math.Abs(v-pair[1][i]) > 1e-11*(1+math.Abs(v)) {
					t.Fatalf("%d crystals: %s of pixel %d is %v, want %v", n, name, i, v, pair[1][i])
				}
			}
			if n == 1 && (without == 0 || without == len(pair[0])) {
				t.Errorf("%s: %d of %d pixels have none", name, without, len(pair[0]))
			}
		}
	}
}

// plainByProducts is a loop over the steps of every pixel.
func plainByProducts(t *testing.T, all *simulator.Simulator, configs []crystal.Config) (out [9][]float64) {
	t.Helper()
	tape, err := all.On(simulator.Tape())
	if err != nil {
		t.Fatal(err)
	}
	sources, err := all.Beam().At()
	if err != nil {
		t.Fatal(err)
	}
	pixels := all.Detector().Pixels()
	for i := range out {
		out[i] = make([]float64, pixels)
	}
	type array struct {
		d    expr.Dims
		data []float64
	}
	var parts [][]array
	for _, p := range all.AllParts() {
		var list []array
		for _, n := range []*G.Node{p.H, p.K, p.L, p.H0, p.K0, p.L0, p.StructureFactor, p.LatticeFactor, p.Polarization, p.SolidAngle, p.Capture, p.Scattering[0], p.Scattering[1], p.Scattering[2]} {
			v, err := tape.Value(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			d, err := expr.DimsOf(n.Shape())
			if err != nil {
				t.Fatal(err)
			}
			if x, ok := v.Data().(float64); ok {
				list = append(list, array{d, []float64{x}})
			} else {
				list = append(list, array{d, v.Data().([]float64)})
			}
		}
		parts = append(parts, list)
	}
	for pixel := range pixels {
		each := map[[4]float64]float64{}
		total, wavelength := 0.0, 0.0
		sums := make([][4]float64, len(parts))
		for c, list := range parts {
			full := list[0].d
			steps := float64(full[0] * full[1])
			for o := range full[0] {
				for s := range full[1] {
					for p := range full[2] {
						at := func(k int) float64 {
							d := list[k].d
							return list[k].data[(((o%d[0])*d[1]+s%d[1])*d[2]+p%d[2])*d[3]+pixel%d[3]]
						}
						if q := math.Sqrt(at(11)*at(11) + at(12)*at(12) + at(13)*at(13)); configs[c].DMin > 0 && q > 1/configs[c].DMin {
							continue
						}
						f := at(6) * at(7)
						scale := configs[c].SpotScale
						if scale == 0 {
							scale = 1
						}
						w := scale / steps * f * f * at(8) * at(9) * at(10) * sources[s].Weight
						total += w
						wavelength += w * sources[s].Wavelength
						sums[c][3] += w
						for k := range 3 {
							sums[c][k] += w * at(k)
						}
						each[[4]float64{float64(c), at(3), at(4), at(5)}] += w
					}
				}
			}
		}
		if total == 0 {
			for i := range out {
				out[i][pixel] = math.NaN()
			}
			continue
		}
		var best [4]float64
		most := -1.0
		for r, w := range each {
			if w > most {
				best, most = r, w
			}
		}
		m := sums[int(best[0])]
		for i, v := range []float64{wavelength / total, best[0], best[1], best[2], best[3], most / total, m[0] / m[3], m[1] / m[3], m[2] / m[3]} {
			out[i][pixel] = v
		}
	}
	return out
}
