package config

import (
	"errors"
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
)

// TestCheck has a row for each limit, at its ends and beyond, with and without a node.
func TestCheck(t *testing.T) {
	g := G.NewGraph()
	leaf := func(v float64) *G.Node { return G.NewScalar(g, G.Float64, G.WithValue(v), G.WithName(fmt.Sprint(v))) }
	sum := G.Must(G.Add(leaf(1), leaf(2)))
	for _, tt := range []struct {
		name  string
		limit Limit
		unit  string
		value float64
		node  *G.Node
		want  string // "" for no error
	}{
		{"finite", Finite, "mm", -1e300, nil, ""},
		{"NaN", Finite, "mm", math.NaN(), nil, "p: size NaN mm is not finite"},
		{"infinite", Positive, "mm", math.Inf(1), nil, "p: size +Inf mm is not finite"},
		{"positive", Positive, "mm", math.SmallestNonzeroFloat64, nil, ""},
		{"zero is not positive", Positive, "mm", 0, nil, "p: size 0 mm is not positive"},
		{"zero is not negative", NotNegative, "mm", 0, nil, ""},
		{"negative", NotNegative, "%", -0.5, nil, "p: size -0.5% is negative"},
		{"least", Within(1, 3), "", 1, nil, ""},
		{"most", Within(1, 3), "", 3, nil, ""},
		{"above most", Within(1, 1e6), "", 1000001, nil, "p: size 1000001 is outside [1, 1000000]"},
		{"below least", Within(-1, 1), "°", -1.25, nil, "p: size -1.25° is outside [-1, 1]"},
		{"before the end", Below(0, 200), "%", math.Nextafter(200, 0), nil, ""},
		{"the end", Below(0, 200), "%", 200, nil, "p: size 200% is outside [0, 200)"},
		{"a node in place of the value", Positive, "mm", -1, leaf(1), ""},
		{"a node's value", Positive, "mm", 1, leaf(-1), "p: size -1 mm is not positive"},
		{"an operation is not checked", Positive, "mm", -1, sum, ""},
		{"a node without a value", Positive, "mm", 1, G.NewScalar(g, G.Float64, G.WithName("empty")), "p: size: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good := Number("good", "good", "", Finite, 0, nil)
			err := Check("p", []Row{good, Number("a.b", "size", tt.unit, tt.limit, tt.value, tt.node)})
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *gobragg.ConfigError
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want a ConfigError", err)
			}
			if got := err.Error(); got != tt.want && (tt.name != "a node without a value" || got[:len(tt.want)] != tt.want) {
				t.Errorf("error %q, want %q", got, tt.want)
			}
			if e.Package != "p" || e.Field != "a.b" {
				t.Errorf("package %q, field %q", e.Package, e.Field)
			}
		})
	}
}

func TestVector(t *testing.T) {
	if err := Check("p", Vector("axis", "spindle axis", "", [3]float64{0, -1, 2})); err != nil {
		t.Error(err)
	}
	err := Check("p", Vector("axis", "spindle axis", "", [3]float64{0, 0, math.Inf(-1)}))
	var e *gobragg.ConfigError
	if !errors.As(err, &e) || e.Field != "axis" || e.Error() != "p: spindle axis -Inf is not finite" {
		t.Errorf("error %v", err)
	}
}

func TestQuantity(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		unit string
		want string
	}{
		{3, "mm", "3 mm"}, {181, "°", "181°"}, {250, "%", "250%"}, {1e6, "", "1000000"},
		{0.1, "Å", "0.1 Å"}, {1e15, "", "1e+15"}, {-2.5, "eV", "-2.5 eV"},
	} {
		if got := Quantity(tt.v, tt.unit); got != tt.want {
			t.Errorf("Quantity(%v, %q) = %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
}
