package simulator

import (
	"errors"
	"fmt"
	"os"

	"github.com/gobragg/gobragg/internal/expr"
)

// Guard is the environment variable that keeps every simulator of a process from compiling: "1" makes them run on the
// uncompiled tape, "" and "0" do not. An option, Compiled or Uncompiled, wins over it.
const Guard = "NANOBRAGG_DISABLE_COMPILE"

// ErrDonated says that a value was asked for that a compiled program does not keep: it gives the memory of an inner
// value to the next one (donates it) as soon as it has been used for the last time.
var ErrDonated = errors.New("the value is donated")

// Compiled makes a simulator compile its graphs, whatever the environment says.
func Compiled() Option { return choose(true) }

// Uncompiled makes a simulator run its graphs on the tape, node by node, whatever the environment says.
func Uncompiled() Option { return choose(false) }

func choose(compiled bool) Option {
	return func(s *settings) error {
		s.compiled, s.chosen = compiled, true
		return nil
	}
}

// Guarded tells whether the environment keeps simulators from compiling, where no option says otherwise (see Guard). Any
// value that Guard does not know is an error.
func Guarded() (bool, error) {
	switch v := os.Getenv(Guard); v {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	default:
		return false, fmt.Errorf("simulator: %s is %q; want \"1\" (do not compile), \"0\" or nothing (compile)", Guard, v)
	}
}

// donated refuses inner nodes of the model in a compiled simulator.
func (s *Simulator) donated(what string, nodes ...*expr.Node) error {
	if !s.settings.compiled {
		return nil
	}
	for _, n := range nodes {
		if s.inner[n] {
			return fmt.Errorf("simulator: %s %s, a node inside the compiled model: %w to later values; set %s=1 in the environment, or build the simulator with simulator.Uncompiled()", what, n.Name(), ErrDonated, Guard)
		}
	}
	return nil
}
