// Package guard reads the environment variable that disables the compilation of simulators.
package guard

import (
	"fmt"
	"os"
)

// Variable is the name of the environment variable. "1" makes all simulators of a process run on the
// uncompiled tape; "" and "0" have no effect.
const Variable = "NANOBRAGG_DISABLE_COMPILE"

// On reports whether compilation is disabled. A value other than "1", "0" and "" is an error.
func On() (bool, error) {
	switch v := os.Getenv(Variable); v {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	default:
		return false, fmt.Errorf("%s is %q; want \"1\" (do not compile), \"0\" or nothing (compile)", Variable, v)
	}
}
