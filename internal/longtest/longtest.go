// Package longtest says how much tests look at. What takes long, and proves what a smaller case proves
// already, is left to runs with GOBRAGG_LONG=1 in the environment, as in .ci/run.
package longtest

import (
	"os"
	"testing"
)

// All reports whether a test looks at everything. Where it does not, the test's log says what is left
// out.
func All(t testing.TB, leftOut string) bool {
	t.Helper()
	if os.Getenv("GOBRAGG_LONG") != "" {
		return true
	}
	t.Logf("!!! NOT RUN: %s; set GOBRAGG_LONG=1, as .ci/run does !!!", leftOut)
	return false
}

// Skip skips a test that takes long.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("GOBRAGG_LONG") == "" {
		t.Skipf("!!! NOT RUN: %s; set GOBRAGG_LONG=1, as .ci/run does !!!", why)
	}
}
