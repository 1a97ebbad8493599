package crystal_test

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/structure"
)

// A hexagonal crystal of 20 × 20 × 10 cells, with simulated amplitudes to 3.1 Å, rotates by 1°
// during the exposure.
func Example() {
	cell := crystal.Cell{A: 78, C: 37, Gamma: 120} // B is A, the other angles are 90°
	table, err := structure.Wilson(cell, 3.1, 20, 1)
	if err != nil {
		log.Fatal(err)
	}
	x, err := crystal.New(G.NewGraph(), crystal.Config{
		Cell: cell, Misset: [3]float64{10, 20, 30}, N: [3]float64{20, 20, 10}, Structure: table,
		Osc: 1, PhiSteps: 5, Mosaic: crystal.Mosaic{Spread: 0.1},
	})
	if err != nil {
		log.Fatal(err)
	}
	x.Cell.B = x.Cell.A // tied: one parameter

	at, err := x.At()
	if err != nil {
		log.Fatal(err)
	}
	phis, domains := x.Orientations()
	fmt.Printf("%.0f Å³, a* = %.6f Å⁻¹\n", at.Volume, at.ReciprocalCell.A)
	fmt.Printf("%.1f × %.1f × %.1f nm\n", at.Size[0]/10, at.Size[1]/10, at.Size[2]/10)
	fmt.Println(phis, "phi steps of", domains, "mosaic domains")
	// Output:
	// 194949 Å³, a* = 0.014804 Å⁻¹
	// 156.0 × 156.0 × 37.0 nm
	// 5 phi steps of 10 mosaic domains
}

// Rotate a misset crystal by another half degree about the laboratory's z.
func ExampleRotateMisset() {
	start := crystal.RotateMisset([3]float64{0, 0, 30}, [3]float64{0, 0, 1}, 0.5)
	fmt.Printf("%.2f° about z\n", start[2])
	// Output: 30.50° about z
}
