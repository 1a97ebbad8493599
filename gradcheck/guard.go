package gradcheck

import (
	"errors"
	"fmt"
	"os"

	"github.com/gobragg/gobragg/internal/guard"
)

// ErrGuard is the error of a check that requires the compile guard in a process without it.
var ErrGuard = errors.New("compilation is on")

// guarded reads the environment. It returns what the report says of the guard, or an error where
// the guard is required and is not set.
func guarded(required bool) (string, error) {
	on, err := guard.On()
	if err != nil {
		return "", fmt.Errorf("gradcheck: %w", err)
	}
	if required && !on {
		return "", fmt.Errorf("gradcheck: %w in this process: compiled programs donate inner values, so derivatives have to be tested on the tape; set %s=1 in the environment", ErrGuard, guard.Variable)
	}
	if v := os.Getenv(guard.Variable); v != "" {
		return guard.Variable + "=" + v, nil
	}
	return guard.Variable + " is not set", nil
}
