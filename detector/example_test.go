package detector_test

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
)

// A detector in the XDS convention, placed by ORGX and ORGY, which count pixels from ½.
func Example() {
	const pixel, orgX, orgY = 0.172, 1265.5, 1237.5
	d, err := detector.New(G.NewGraph(), detector.Config{
		Fast: 2463, Slow: 2527, Pixel: pixel,
		Convention: detector.XDS, Distance: 231.27,
		CloseCentre: &[2]float64{(orgX - 0.5) * pixel, (orgY - 0.5) * pixel},
		Region:      &detector.Region{FastMin: 1000, FastMax: 1127, SlowMin: 1100, SlowMax: 1227},
	})
	if err != nil {
		log.Fatal(err)
	}
	g, err := d.At()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d pixels; close distance %.2f mm; the beam is at %.2f, %.2f mm\n", d.Pixels(), g.CloseDistance, g.BeamFast, g.BeamSlow)
	for _, p := range d.Parameters()[:4] {
		fmt.Println(p.Name(), p.Value())
	}
	// Output:
	// 16384 pixels; close distance 231.27 mm; the beam is at 217.58, 212.76 mm
	// detector.distance 231.27
	// detector.close_fast 217.58
	// detector.close_slow 212.764
	// detector.rotx 0
}
