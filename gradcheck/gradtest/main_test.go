package gradtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/simulator"
)

// child is the environment variable of a process that TestMainGuard starts: "pass" or "fail".
const child = "GRADTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		gradtest.Main(m)
	}
	os.Exit(m.Run())
}

// TestMainGuard runs TestGuarded in processes whose TestMain calls Main.
func TestMainGuard(t *testing.T) {
	if os.Getenv(child) != "" {
		t.Skip("this is a process of the test")
	}
	const off = "gradtest: compilation is off (NANOBRAGG_DISABLE_COMPILE=1): simulators run on the uncompiled tape\n"
	for _, c := range []struct {
		guard          []string // in the environment
		tests          string
		status         int
		stdout, stderr string // stdout is a part
	}{
		{nil, "pass", 0, "runs on simulator.Tape(); strict: <nil>\n", off},
		{nil, "fail", 1, "--- FAIL: TestGuarded", off},
		{[]string{""}, "pass", 0, "runs on simulator.Tape(); strict: <nil>\n", off},
		{[]string{"1"}, "pass", 0, "runs on simulator.Tape(); strict: <nil>\n", ""},
		{[]string{"0"}, "pass", 0, "runs on simulator.CPU(); strict: compilation is on\n",
			"gradtest: NANOBRAGG_DISABLE_COMPILE=0 keeps compilation on: simulators run compiled programs\n"},
		{[]string{"yes"}, "pass", 2, "",
			"gradtest: NANOBRAGG_DISABLE_COMPILE is \"yes\"; want \"1\" (do not compile), \"0\" or nothing (compile)\n"},
	} {
		t.Run(fmt.Sprintf("%q %s", c.guard, c.tests), func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGuarded$", "-test.v")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			for _, v := range os.Environ() {
				if !strings.HasPrefix(v, simulator.Guard+"=") {
					cmd.Env = append(cmd.Env, v)
				}
			}
			cmd.Env = append(cmd.Env, child+"="+c.tests)
			for _, v := range c.guard {
				cmd.Env = append(cmd.Env, simulator.Guard+"="+v)
			}
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if status := cmd.ProcessState.ExitCode(); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if got := stdout.String(); !strings.Contains(got, c.stdout) || c.status == 2 && got != "" {
				t.Errorf("stdout is\n%s\nwithout %q", got, c.stdout)
			}
			if got := stderr.String(); got != c.stderr {
				t.Errorf("stderr is %q, want %q", got, c.stderr)
			}
		})
	}
}

// TestGuarded says what a simulator runs on in the process of a test, and whether strict checks are done in it.
func TestGuarded(t *testing.T) {
	switch os.Getenv(child) {
	case "":
		t.Skip("TestMainGuard starts it in a process of its own")
	case "fail":
		t.Error("as was asked for")
	}
	g := G.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 100, B: 100, C: 100, Alpha: 90, Beta: 90, Gamma: 90}, DefaultF: 100})
	if err != nil {
		t.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{})
	if err != nil {
		t.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: 4, Slow: 4})
	if err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(xtal, src, det)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gradcheck.CheckModel(t.Context(), sim, G.Must(G.Sum(sim.Intensity())), G.Nodes{xtal.Cell.A}, gradcheck.Options{RequireGuard: true})
	if errors.Is(err, gradcheck.ErrGuard) {
		err = gradcheck.ErrGuard
	}
	fmt.Printf("runs on %v; strict: %v\n", sim.Executor(), err)
}
