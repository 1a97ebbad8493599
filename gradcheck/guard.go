package gradcheck

import (
	"errors"
	"fmt"
	"os"

	"github.com/gobragg/gobragg/internal/guard"
)

// ErrGuard says that a check that requires the compile guard runs in a process without it.
var ErrGuard = errors.New("compilation is on")

// guarded reads the environment: what the report says of it, or why a strict check cannot be done.
func guarded(required bool) (string, error) {
	on, err := guard.On()
	if err != nil {
		return "", fmt.Errorf("gradcheck: %w", err)
	}
	if required && !on {
		return "", fmt.Errorf("gradcheck: %w in this process: compiled programs donate inner values, so derivatives are to be tested on the tape; set %s=1 in the environment", ErrGuard, guard.Variable)
	}
	if v := os.Getenv(guard.Variable); v != "" {
		return guard.Variable + "=" + v, nil
	}
	return guard.Variable + " is not set", nil
}
