package gradcheck_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/simulator"
)

// theTen are the tests of the original harness.
var theTen = []string{"TestCellA", "TestCellB", "TestCellC", "TestCellAlpha", "TestCellBeta", "TestCellGamma", "TestCellJoint",
	"TestCellSecondOrder", "TestGradientFlow", "TestStability"}

// TestGuardReproduction is the original project's experiment, both ways: the ten tests in strict mode, in a process without
// the compile guard (every one fails with the guard's error) and in one with it (every one passes).
func TestGuardReproduction(t *testing.T) {
	if strict() {
		t.Skip("this is a process of the experiment")
	}
	passing := theTen
	if !longtest.All(t, "most of the ten with the compile guard, which .ci/strict runs too") {
		passing = []string{"TestCellA", "TestGradientFlow"}
	}
	for _, c := range []struct {
		guard        string
		names        []string
		pass, failed int
	}{{"", theTen, 0, 10}, {"1", passing, len(passing), 0}} {
		out, err := strictRun(t, c.guard, c.names)
		if (err != nil) != (c.failed > 0) {
			t.Errorf("guard %q: the process ends with %v:\n%s", c.guard, err, out)
		}
		passed, failed := 0, 0
		for _, name := range c.names {
			passed += strings.Count(out, "--- PASS: "+name+" ")
			failed += strings.Count(out, "--- FAIL: "+name+" ")
		}
		if passed != c.pass || failed != c.failed {
			t.Errorf("guard %q: %d of %d pass and %d fail, want %d and %d:\n%s", c.guard, passed, len(c.names), failed, c.pass, c.failed, out)
		}
		// Each says why, in both ways that the guard speaks: a strict check refuses to run, and the simulator as it is built
		// refuses an inner gradient.
		for _, text := range []string{"set NANOBRAGG_DISABLE_COMPILE=1 in the environment", simulator.ErrDonated.Error(), gradcheck.ErrGuard.Error()} {
			if n := strings.Count(out, text); n < c.failed {
				t.Errorf("guard %q: %q is said %d times, want %d:\n%s", c.guard, text, n, c.failed, out)
			}
		}
	}
}

// strictRun runs some of the ten in a process of their own.
func strictRun(t *testing.T, guard string, names []string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^("+strings.Join(names, "|")+")$", "-test.v", "-test.count=1")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, simulator.Guard+"=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, strictly+"=1", simulator.Guard+"="+guard)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestGuard: what the environment and the simulator's own option do to a check, strict or not.
func TestGuard(t *testing.T) {
	compiled, tape := []simulator.Option{simulator.On(simulator.CPU())}, []simulator.Option{simulator.On(simulator.Tape())}
	for _, c := range []struct {
		guard   string
		strict  bool
		options []simulator.Option
		want    error  // nil: the check is done
		text    string // in the error, or in the report
	}{
		{"", false, nil, nil, "NANOBRAGG_DISABLE_COMPILE is not set"},
		{"0", false, compiled, nil, "NANOBRAGG_DISABLE_COMPILE=0"},
		{"1", false, nil, nil, "NANOBRAGG_DISABLE_COMPILE=1"},
		{"1", false, compiled, nil, "the uncompiled tape"},
		{"", true, nil, gradcheck.ErrGuard, "set NANOBRAGG_DISABLE_COMPILE=1"},
		{"", true, tape, gradcheck.ErrGuard, "set NANOBRAGG_DISABLE_COMPILE=1"},
		{"1", true, nil, nil, "the uncompiled tape"},
		{"1", true, compiled, simulator.ErrDonated, "simulator.On(simulator.Tape())"},
		{"0", true, nil, gradcheck.ErrGuard, "set NANOBRAGG_DISABLE_COMPILE=1"},
	} {
		t.Run(fmt.Sprintf("%q strict %v", c.guard, c.strict), func(t *testing.T) {
			t.Setenv(simulator.Guard, c.guard)
			m := cube(crystal.Cell{A: 100}).build(t, c.options...)
			r, err := gradcheck.CheckModel(t.Context(), m.Simulator, m.bumps(t), G.Nodes{m.crystal.Cell.A, m.Parts().H}, gradcheck.Options{RequireGuard: c.strict, Elements: 3})
			if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			text := ""
			if err != nil {
				text = err.Error()
			} else {
				text = r.String()
				if !r.OK() {
					t.Error(r.Err())
				}
			}
			if !strings.Contains(text, c.text) {
				t.Errorf("%q does not say %q", text, c.text)
			}
		})
	}
	t.Setenv(simulator.Guard, "yes")
	b := G.NewGraph()
	x := number(b, "x", 2)
	if _, err := gradcheck.Check(t.Context(), G.Must(G.Square(x)), G.Nodes{x}, gradcheck.Options{}); err == nil || !strings.Contains(err.Error(), `"yes"`) {
		t.Errorf("a guard of another value: %v", err)
	}
}
