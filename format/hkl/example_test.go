package hkl_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format/hkl"
)

// Read a text table, change an amplitude and write the table again.
func Example() {
	const file = `# h k l F
1 0 0 52.5
-1 0 0 52.5
0 0 2 31
`
	table, err := hkl.Read(strings.NewReader(file), "example.hkl", hkl.ByFile)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table.Count(), "reflections in", &table.Box)
	if i, ok := table.Index(0, 0, 2); ok {
		table.F[i] = 30
	}
	if err := hkl.Write(os.Stdout, table.Table); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 3 reflections in h -1..1, k 0..0, l 0..2
	// -1 0 0 52.5
	// 0 0 2 30
	// 1 0 0 52.5
}
