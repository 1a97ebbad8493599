package gradcheck_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

// A wrong derivative is found and named: that of gorgonia's own log2, which lacks a factor.
func ExampleCheck() {
	g := G.NewGraph()
	x := G.NewVector(g, G.Float64, G.WithName("x"), G.WithShape(3),
		G.WithValue(tensor.New(tensor.WithBacking([]float64{0.7, 1.4, 2.2}))))
	loss := G.Must(G.Sum(G.Must(G.Log2(x))))
	gradient, err := G.Grad(loss, x)
	if err != nil {
		log.Fatal(err)
	}
	report, err := gradcheck.Check(context.Background(), loss, G.Nodes{x}, gradcheck.Options{Gradient: gradient})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range report.Elements {
		fmt.Printf("%s: %v, %.4f instead of %.4f\n", e.Name(), e.Verdict, e.Analytic, e.Numeric)
	}
	before, _, _ := strings.Cut(report.Located.String(), ":")
	fmt.Printf("%s: %s\n", before, report.Located.Op)
	// Output:
	// x[0]: FAIL, 0.9902 instead of 2.0610
	// x[1]: FAIL, 0.4951 instead of 1.0305
	// x[2]: FAIL, 0.3151 instead of 0.6558
	// first wrong operation: log2
}
