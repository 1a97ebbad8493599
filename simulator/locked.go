package simulator

import (
	"errors"

	"github.com/gobragg/gobragg/internal/node"
)

// Locked runs build while no other goroutine makes gorgonia nodes. gorgonia's functions, gorgonia.Sum for instance, are not
// safe for concurrent use, even on different graphs: a program that builds expressions in one goroutine while another
// builds expressions or simulators does so under Locked. The methods of this module take the lock by themselves.
//
//	err := simulator.Locked(func() (err error) {
//		loss, err = gorgonia.Sum(sim.Intensity())
//		return err
//	})
//
// build may call anything of this module, Locked included. It must not wait for other goroutines that make nodes.
func Locked(build func() error) error {
	if build == nil {
		return errors.New("simulator: Locked needs a function")
	}
	return node.Locked(build)
}
