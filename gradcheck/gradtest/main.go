package gradtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/gobragg/gobragg/internal/guard"
)

// Main runs the tests of a package with the compile guard on: NANOBRAGG_DISABLE_COMPILE=1 in the
// environment of the test binary, so that all simulators that its tests build run on the uncompiled
// tape, every inner value can be read, and strict checks ([gradcheck.Options].RequireGuard) are
// done. It is the last call in a TestMain, since it exits with the status of the tests:
//
//	func TestMain(m *testing.M) { gradtest.Main(m) }
//
// Main says on stderr, in one line, that it has turned compilation off. A value that the variable
// has already is respected: "1" is the same without the line, and "0" keeps compilation on, which
// Main says too. Any other value except nothing is an error, with exit status 2, and no test runs.
// The option simulator.On wins over the guard. Simulators that were built before, as the values of
// package variables, keep what they were built for.
func Main(m *testing.M) {
	note, err := disableCompilation()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if note != "" {
		fmt.Fprintln(os.Stderr, note)
	}
	os.Exit(m.Run())
}

// disableCompilation sets the guard unless it has a value, and returns what there is to say.
func disableCompilation() (string, error) {
	if _, err := guard.On(); err != nil {
		return "", fmt.Errorf("gradtest: %w", err)
	}
	switch os.Getenv(guard.Variable) {
	case "1":
		return "", nil
	case "0":
		return "gradtest: " + guard.Variable + "=0 keeps compilation on: simulators run compiled programs", nil
	}
	if err := os.Setenv(guard.Variable, "1"); err != nil {
		return "", fmt.Errorf("gradtest: the compile guard: %w", err)
	}
	return "gradtest: compilation is off (" + guard.Variable + "=1): simulators run on the uncompiled tape", nil
}
