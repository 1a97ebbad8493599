package structure_test

import (
	"fmt"
	"log"

	"github.com/gobragg/gobragg/structure"
)

// A table of three reflections. A crystal uses its default amplitude for reflections that are absent.
func Example() {
	table, err := structure.New([]structure.Reflection{{H: 1, F: 50}, {H: -1, F: 50}, {K: 2, F: 31.5}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(&table.Box)
	if i, ok := table.Index(0, 2, 0); ok {
		fmt.Println(table.F[i])
	}
	_, ok := table.Index(1, 1, 1)
	fmt.Println(ok)
	// Output:
	// h -1..1, k 0..2, l 0..0
	// 31.5
	// false
}

// Amplitudes of a hypothetical protein to 2.9 Å.
func ExampleWilson() {
	cell := structure.Cell{A: 78, C: 37, Gamma: 120}
	table, err := structure.Wilson(cell, 2.9, 20, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table.Count(), "reflections in", &table.Box)
	fmt.Printf("(0, 0, 12) has d = %.3f Å\n", cell.Complete().Spacing(0, 0, 12))
	// Output:
	// 33468 reflections in h -26..26, k -26..26, l -12..12
	// (0, 0, 12) has d = 3.083 Å
}
