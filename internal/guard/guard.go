// Package guard reads the environment variable that keeps simulators from compiling.
package guard

import (
	"fmt"
	"os"
)

// Variable of the environment: "1" makes the simulators of a process run on the uncompiled tape, "" and "0" do not.
const Variable = "NANOBRAGG_DISABLE_COMPILE"

// On reports whether the environment keeps simulators from compiling. Any value that is not "1", "0" or "" is an error.
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
