package beam_test

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
)

// A beam of 12.4 keV with a bandwidth of 0.5 %, sampled at 3 wavelengths, polarized along z.
func Example() {
	s, err := beam.New(G.NewGraph(), beam.Config{
		Energy: 12400, Dispersion: beam.Spread{Range: 0.5, Steps: 3},
		Kahn: 0.99, Flux: 1e12, Exposure: 0.1, Size: 0.05,
	})
	if err != nil {
		log.Fatal(err)
	}
	sources, err := s.At()
	if err != nil {
		log.Fatal(err)
	}
	for _, source := range sources {
		fmt.Printf("%.5f Å along %.0f, weight %g\n", source.Wavelength, source.Incident, source.Weight)
	}
	fmt.Printf("%s %.2g photons/m²\n", s.Fluence.Name(), s.Fluence.Value().Data())
	// Output:
	// 0.99737 Å along [1 0 0], weight 1
	// 0.99987 Å along [1 0 0], weight 1
	// 1.00237 Å along [1 0 0], weight 1
	// beam.fluence 4e+19 photons/m²
}

// A measured spectrum is a list of sources upstream. Weights are normalised to a mean of 1.
func ExampleConfig_sources() {
	up := [3]float64{-1, 0, 0} // the X-rays travel along +x
	s, err := beam.New(G.NewGraph(), beam.Config{Sources: []beam.Source{
		{Position: up, Weight: 3, Wavelength: 0.99},
		{Position: up, Weight: 1, Wavelength: 1.01},
	}})
	if err != nil {
		log.Fatal(err)
	}
	sources, err := s.At()
	if err != nil {
		log.Fatal(err)
	}
	for _, source := range sources {
		fmt.Println(source.Wavelength, "Å, weight", source.Weight)
	}
	// Output:
	// 0.99 Å, weight 1.5
	// 1.01 Å, weight 0.5
}
