package noise_test

import (
	"fmt"
	"log"

	"github.com/gobragg/gobragg/noise"
)

// From expected photons to the counts of a 16-bit detector with an offset of 40.
func Example() {
	expected := []float64{0, 0.5, 120, 7e4} // such as the image of a simulator
	photons, err := noise.Poisson(expected, 1)
	if err != nil {
		log.Fatal(err)
	}
	counts, overloads, err := noise.Digitise(photons, 40)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(photons)
	fmt.Println(counts, overloads, "overloaded")
	// Output:
	// [0 0 135 69993]
	// [40 40 175 65535] 1 overloaded
}
