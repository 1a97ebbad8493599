package prediction_test

import (
	"fmt"

	"github.com/gobragg/gobragg/prediction"
)

// A cubic crystal of 50 Å turns by 1° about x, with the beam along −z.
func ExamplePredict() {
	axes := [3][3]float64{{50, 0, 0}, {0, 50, 0}, {0, 0, 50}} // columns a, b, c
	block := [3][3]float64{{100, 0, 0}, {0, 100, 0}, {0, 0, 100}}
	list, err := prediction.Predict(&prediction.Setup{
		Crystal: prediction.Crystal{
			Axes:    axes,
			Point:   prediction.Gauss(axes, block, 1),
			Mosaic:  prediction.Spread([3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, [3]float64{0.02, 0.02, 0.02}),
			Spindle: [3]float64{1, 0, 0}, Phi: 5, Osc: 1,
			DMin: 5,
		},
		Beam: prediction.Beam{Direction: [3]float64{0, 0, -1}, Lines: []prediction.Line{{Wavelength: 1, Weight: 1}}},
		Panels: []prediction.Panel{{FastPixels: 1000, SlowPixels: 1000, Pixel: [2]float64{0.2, 0.2},
			Corner: [3]float64{-100, 100, -200}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range list.Reflections[:3] {
		fmt.Printf("%v at %.3f°: fast %.2f, slow %.2f, sigma %.2f × %.2f pixels, %.0f %%\n", r.HKL, r.Phi, r.Fast, r.Slow, r.Sigma[0], r.Sigma[1], 100*r.Partiality)
	}
	// Output:
	// [-8 -3 1] at 5.000°: fast 337.61, slow 562.43, sigma 0.10 × 0.08 pixels, 14 %
	// [-7 -4 1] at 5.000°: fast 358.16, slow 582.51, sigma 0.10 × 0.08 pixels, 1 %
	// [-5 -5 1] at 5.570°: fast 398.97, slow 602.51, sigma 0.09 × 0.08 pixels, 100 %
}
