package gradcheck

import (
	"errors"
	"fmt"
	"os"

	"github.com/gobragg/gobragg/simulator"
)

// ErrGuard says that a check that requires the compile guard runs in a process without it.
var ErrGuard = errors.New("compilation is on")

// guard reads the environment: what the report says of it, or why a strict check cannot be done.
func guard(required bool) (string, error) {
	on, err := simulator.Guarded()
	if err != nil {
		return "", fmt.Errorf("gradcheck: %w", err)
	}
	if required && !on {
		return "", fmt.Errorf("gradcheck: %w in this process: compiled programs donate inner values, so derivatives are to be tested on the tape; set %s=1 in the environment", ErrGuard, simulator.Guard)
	}
	if v := os.Getenv(simulator.Guard); v != "" {
		return simulator.Guard + "=" + v, nil
	}
	return simulator.Guard + " is not set", nil
}
