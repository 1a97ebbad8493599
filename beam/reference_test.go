package beam

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
)

// TestReferenceSources holds the grid of sources against the list that the reference program prints
// ("created a total of … sources": x, y, z of a point 10 m up the beam, six digits; λ here in Å)
// when called as in the comments, with -cell 74 85 96 90 90 90 -N 5 -default_F 100 -distance 100
// -detpixels 8 besides.
func TestReferenceSources(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want [][4]float64
	}{
		// -lambda 1.1
		{Config{Wavelength: 1.1}, [][4]float64{
			{-10, 0, 0, 1.1},
		}},
		// -hdivrange 3 -hdivsteps 3 -vdivrange 2 -vdivstep 1 -dispersion 2 -dispsteps 2 -lambda 1.1
		{Config{Wavelength: 1.1, Horizontal: Spread{Range: 3, Steps: 3}, Vertical: Spread{Range: 2, Step: 1}, Dispersion: Spread{Range: 2, Steps: 2}}, [][4]float64{
			{-9.99999, 0, 0.015, 1.089},
			{-9.99999, 0, 0.015, 1.111},
			{-10, 0.01, 0, 1.089},
			{-10, 0.01, 0, 1.111},
			{-10, 0, 0, 1.089},
			{-10, 0, 0, 1.111},
			{-9.99999, 0, -0.015, 1.089},
			{-9.99999, 0, -0.015, 1.111},
		}},
		// -hdivrange 4 -hdivsteps 5 -vdivrange 2 -vdivsteps 4
		{Config{Horizontal: Spread{Range: 4, Steps: 5}, Vertical: Spread{Range: 2, Steps: 4}}, [][4]float64{
			{-9.99998, 0.00333333, 0.02, 1},
			{-9.99998, -0.00333333, 0.02, 1},
			{-9.99999, 0.00333333, 0.01, 1},
			{-9.99999, -0.00333333, 0.01, 1},
			{-10, 0.01, 0, 1},
			{-10, 0.00333333, 0, 1},
			{-10, -0.00333333, 0, 1},
			{-10, -0.01, 0, 1},
			{-9.99999, 0.00333333, -0.01, 1},
			{-9.99999, -0.00333333, -0.01, 1},
			{-9.99998, 0.00333333, -0.02, 1},
			{-9.99998, -0.00333333, -0.02, 1},
		}},
		// -hdivrange 4 -hdivsteps 3 -vdivrange 2 -vdivsteps 4 -square_div
		{Config{Square: true, Horizontal: Spread{Range: 4, Steps: 3}, Vertical: Spread{Range: 2, Steps: 4}}, [][4]float64{
			{-9.99998, 0.01, 0.02, 1},
			{-9.99998, 0.00333333, 0.02, 1},
			{-9.99998, -0.00333333, 0.02, 1},
			{-9.99998, -0.01, 0.02, 1},
			{-10, 0.01, 0, 1},
			{-10, 0.00333333, 0, 1},
			{-10, -0.00333333, 0, 1},
			{-10, -0.01, 0, 1},
			{-9.99998, 0.01, -0.02, 1},
			{-9.99998, 0.00333333, -0.02, 1},
			{-9.99998, -0.00333333, -0.02, 1},
			{-9.99998, -0.01, -0.02, 1},
		}},
		// -hdivrange 200 -hdivsteps 2 -vdivrange 100 -vdivsteps 2 -square_div
		{Config{Square: true, Horizontal: Spread{Range: 200, Steps: 2}, Vertical: Spread{Range: 100, Steps: 2}}, [][4]float64{
			{-9.93761, 0.499792, 0.997087, 1},
			{-9.93761, -0.499792, 0.997087, 1},
			{-9.93761, 0.499792, -0.997087, 1},
			{-9.93761, -0.499792, -0.997087, 1},
		}},
		// -vdivstep 1
		{Config{Vertical: Spread{Step: 1}}, [][4]float64{
			{-10, 0.005, 0, 1},
			{-10, -0.005, 0, 1},
		}},
		// -hdivrange 2
		{Config{Horizontal: Spread{Range: 2}}, [][4]float64{
			{-10, 0, 0.01, 1},
			{-10, 0, -0.01, 1},
		}},
		// -hdivrange 2 -hdivsteps 1
		{Config{Horizontal: Spread{Range: 2, Steps: 1}}, [][4]float64{
			{-10, 0, 0.01, 1},
			{-10, 0, -0.01, 1},
		}},
		// -hdivstep 2 -hdivsteps 7
		{Config{Horizontal: Spread{Step: 2, Steps: 7}}, [][4]float64{
			{-10, 0, 0.01, 1},
			{-10, 0, -0.01, 1},
		}},
		// -hdivrange 1 -hdivstep 2
		{Config{Horizontal: Spread{Range: 1, Step: 2}}, [][4]float64{
			{-10, 0, 0.005, 1},
		}},
		// -hdivrange 2 -hdivstep 1 -hdivsteps 4
		{Config{Horizontal: Spread{Range: 2, Step: 1, Steps: 4}}, [][4]float64{
			{-10, 0, 0.01, 1},
			{-10, 0, 0, 1},
			{-10, 0, -0.01, 1},
			{-9.99998, 0, -0.02, 1},
		}},
		// -hdivrange 2 -hdivstep 1 -hdivsteps 4 -vdivrange 1 -vdivsteps 3
		{Config{Horizontal: Spread{Range: 2, Step: 1, Steps: 4}, Vertical: Spread{Range: 1, Steps: 3}}, [][4]float64{
			{-10, 0, 0.01, 1},
			{-10, 0.005, 0, 1},
			{-10, 0, 0, 1},
			{-10, -0.005, 0, 1},
			{-10, 0, -0.01, 1},
		}},
		// -vdivrange 2 -vdivstep 1 -vdivsteps 4
		{Config{Vertical: Spread{Range: 2, Step: 1, Steps: 4}}, [][4]float64{
			{-10, 0.01, 0, 1},
			{-10, 0, 0, 1},
			{-10, -0.01, 0, 1},
			{-9.99998, -0.02, 0, 1},
		}},
		// -hdivrange 1 -hdivstep 0.3
		{Config{Horizontal: Spread{Range: 1, Step: 0.3}}, [][4]float64{
			{-10, 0, 0.005, 1},
			{-10, 0, 0.002, 1},
			{-10, 0, -0.001, 1},
			{-10, 0, -0.004, 1},
		}},
		// -dispersion 5
		{Config{Dispersion: Spread{Range: 5}}, [][4]float64{
			{-10, 0, 0, 0.975},
			{-10, 0, 0, 1.025},
		}},
		// -dispersion 10 -dispsteps 5 -lambda 0.9768
		{Config{Wavelength: 0.9768, Dispersion: Spread{Range: 10, Steps: 5}}, [][4]float64{
			{-10, 0, 0, 0.92796},
			{-10, 0, 0, 0.9523799999999999},
			{-10, 0, 0, 0.9768},
			{-10, 0, 0, 1.00122},
			{-10, 0, 0, 1.02564},
		}},
		// -dials -hdivrange 60 -hdivsteps 2 -vdivrange 40 -vdivsteps 3 -dispersion 4 -dispsteps 2
		// -energy 12345
		{Config{Energy: 12345, Direction: [3]float64{0, 0, 1}, Polarization: [3]float64{0, 1, 0}, Horizontal: Spread{Range: 60, Steps: 2}, Vertical: Spread{Range: 40, Steps: 3}, Dispersion: Spread{Range: 4, Steps: 2}}, [][4]float64{
			{0.199987, 0.299895, -9.9935, 0.9842409999999999},
			{0.199987, 0.299895, -9.9935, 1.02441},
			{0, 0.299955, -9.9955, 0.9842409999999999},
			{0, 0.299955, -9.9955, 1.02441},
			{-0.199987, 0.299895, -9.9935, 0.9842409999999999},
			{-0.199987, 0.299895, -9.9935, 1.02441},
			{0.199987, -0.299895, -9.9935, 0.9842409999999999},
			{0.199987, -0.299895, -9.9935, 1.02441},
			{0, -0.299955, -9.9955, 0.9842409999999999},
			{0, -0.299955, -9.9955, 1.02441},
			{-0.199987, -0.299895, -9.9935, 0.9842409999999999},
			{-0.199987, -0.299895, -9.9935, 1.02441},
		}},
	} {
		s := newBeam(t, tt.cfg)
		got := numbers(t, s)
		if len(got) != len(tt.want) || s.Len() != len(tt.want) {
			t.Errorf("%+v: %d sources, want %d", tt.cfg, len(got), len(tt.want))
			continue
		}
		for i, want := range tt.want {
			const printed = 0.51e-5 // half of the sixth digit
			for k := range 3 {
				near(t, "direction", -10*got[i].Incident[k], want[k], printed*math.Max(1e-3, math.Abs(want[k])))
			}
			near(t, "wavelength", got[i].Wavelength, want[3], printed*want[3])
			near(t, "weight", got[i].Weight, 1, 0)
			near(t, "length", geom.Norm(got[i].Incident), 1, 1e-15)
		}
		if s.Weighted() {
			t.Errorf("%+v: a grid is weighted", tt.cfg)
		}
	}
}
