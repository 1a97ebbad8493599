package gobragg_test

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// A form can mark the field that was rejected.
func ExampleConfigError() {
	g := G.NewGraph()
	_, crystalErr := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 78, Gamma: 181}})
	_, detectorErr := detector.New(g, detector.Config{Panels: []detector.Panel{{Fast: 512, Slow: 0}}})
	for _, err := range []error{crystalErr, detectorErr} {
		var refused *gobragg.ConfigError
		if errors.As(err, &refused) {
			fmt.Printf("%s %s\n\t%v\n", refused.Package, refused.Field, err)
		}
	}
	// Output:
	// crystal cell.gamma
	// 	crystal: cell angle gamma 181° is outside (0°, 180°)
	// detector panels.0.fast
	// 	detector: panel "0": 512 × 0 pixels: sizes must be positive
}
