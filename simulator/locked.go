package simulator

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Locked runs build while nothing else makes nodes. gorgonia's functions (G.Sum, G.Let of a new input …) are
// not for several goroutines at once, even on different graphs: a program that makes expressions in one while another makes
// expressions, or simulators, does so under Locked. The methods of this module's packages take the lock themselves.
//
//	err := simulator.Locked(sim.Graph(), func() (err error) {
//		loss, err = G.Sum(sim.Intensity())
//		return err
//	})
//
// build may call Intensity of simulators that are there already, and Parts; it may call nothing else that makes nodes.
func Locked(g *G.ExprGraph, build func() error) error {
	if g == nil || build == nil {
		return fmt.Errorf("simulator: Locked needs a graph and a function")
	}
	return node.Locked(g, build)
}
