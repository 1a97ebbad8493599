package nanobragg

import (
	"math"
	"testing"
)

// The numbers were printed by mosaic_rotation_umat of nanoBragg.c called from a
// small C program (gcc 12.2, x86-64, glibc 2.36): its v1, v2, v3 with %.17g and
// its powf with %.9g. Axes may differ by the rounding of sine and cosine.
func TestDomainsMatchReference(t *testing.T) {
	const axisTolerance = 4e-16
	for _, c := range []struct {
		seed int64
		want []Domain
	}{
		{DefaultMosaicSeed, []Domain{
			{[3]float64{0.30115246093484399, -0.030357107647384973, -0.95309267193078995}, 0}, // drawn 0.98914814
			{[3]float64{0.057802040678516971, 0.2578183164442992, 0.96446287631988525}, 0.947631836},
			{[3]float64{-0.80483630517480698, 0.43033620253671989, -0.40871661901473999}, 0.799076974},
			{[3]float64{0.54405636406835234, 0.83095430286213701, 0.11626529693603516}, 0.998370886},
			{[3]float64{0.25085901470074851, 0.94926172202131309, 0.18966269493103027}, 0.989123464},
		}},
		{-17, []Domain{
			{[3]float64{0.53925651605026159, -0.20143556471277976, 0.81769561767578125}, 0}, // drawn 0.999490917
			{[3]float64{0.89746806851157812, -0.40468227967846021, 0.17545175552368164}, 0.957306325},
			{[3]float64{0.08939500883308045, 0.78415027326428344, 0.61409842967987061}, 0.941507757},
		}},
	} {
		got := Domains(c.seed, len(c.want))
		for i, want := range c.want {
			if float32(got[i].Magnitude) != float32(want.Magnitude) {
				t.Errorf("seed %d, domain %d: magnitude %.9g, want %.9g", c.seed, i, got[i].Magnitude, want.Magnitude)
			}
			for j := range want.Axis {
				if math.Abs(got[i].Axis[j]-want.Axis[j]) > axisTolerance {
					t.Errorf("seed %d, domain %d: axis %v, want %v", c.seed, i, got[i].Axis, want.Axis)
					break
				}
			}
		}
	}
}

// Domains whose magnitude shows each rounding to float32, printed as above: without that of 1 -
// r3^2 (5 and 10) or of the exponent 1/3 (19 and 28) the last digit differs.
func TestMagnitudeRoundsLikeReference(t *testing.T) {
	got := Domains(DefaultMosaicSeed, 29)
	for i, want := range map[int]float32{5: 0.642140448, 10: 0.99469012, 19: 0.732591212, 28: 0.319859892} {
		if float32(got[i].Magnitude) != want {
			t.Errorf("domain %d: magnitude %.9g, want %.9g", i, got[i].Magnitude, want)
		}
	}
}

func TestDomainsProperties(t *testing.T) {
	for _, n := range []int{-1, 0} {
		if got := Domains(-1, n); len(got) != 0 {
			t.Errorf("%d domains asked for, got %d", n, len(got))
		}
	}
	many := Domains(-99, 20000)
	var mean [3]float64
	for i, d := range many {
		if length := math.Hypot(math.Hypot(d.Axis[0], d.Axis[1]), d.Axis[2]); math.Abs(length-1) > 1e-15 {
			t.Fatalf("domain %d: axis of length %v", i, length)
		}
		if !(d.Magnitude >= 0 && d.Magnitude <= 1) {
			t.Fatalf("domain %d: magnitude %v is outside [0, 1]", i, d.Magnitude)
		}
		if float64(float32(d.Magnitude)) != d.Magnitude {
			t.Fatalf("domain %d: magnitude %v is no float32", i, d.Magnitude)
		}
		for j, v := range d.Axis {
			mean[j] += v / float64(len(many))
		}
	}
	// A component of an isotropic unit vector has variance 1/3.
	for j, v := range mean {
		if math.Abs(v) > 5*math.Sqrt(1.0/3/float64(len(many))) {
			t.Errorf("mean of axis component %d is %v: not isotropic", j, v)
		}
	}
	for i, d := range Domains(-99, 7) {
		if d != many[i] {
			t.Errorf("domain %d of 7 is not domain %d of %d", i, i, len(many))
		}
	}
}
