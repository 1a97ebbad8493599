package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// asCommand makes the test program the command.
const asCommand = "GOBRAGG_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// invoke runs the command and returns its exit status.
func invoke(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s := &session{stdout: &out, stderr: &errs}
	status = s.run(t.Context(), args)
	return status, out.String(), errs.String()
}

// written returns the path of a file with some text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bright is an experiment with spots, small enough that all of its pixels are checked.
const bright = `{
	"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80, "alpha": 85, "beta": 95, "gamma": 105 }, "misset": { "x": 5, "y": 10, "z": 15 },
		"cells": { "a": 3, "b": 3, "c": 3 }, "structure": { "default": 100 } } ],
	"beam": { "kahn": 0.5 },
	"detector": { "fast": 6, "slow": 5, "pixel": 13, "distance": 100 }
}`

// TestUsage: what is not understood is an error of usage, with what was probably meant.
func TestUsage(t *testing.T) {
	path := written(t, "e.json", bright)
	for _, c := range []struct {
		args   []string
		status int
		want   string // in stderr, or in stdout where the status is 0
	}{
		{nil, 2, "a subcommand is needed: compare, convert, gradcheck, inspect, predict, refine, simulate, view; gobragg help describes them"},
		{[]string{"gradchek", path}, 2, "unknown subcommand gradchek; did you mean gradcheck?"},
		{[]string{"xyzzy"}, 2, "unknown subcommand xyzzy; there are compare, convert, gradcheck, inspect, predict, refine, simulate, view"},
		{[]string{"help", "gradchek"}, 2, "did you mean gradcheck?"},
		{[]string{"help", "a", "b"}, 2, "help is about one subcommand; got a b"},
		{[]string{"gradcheck"}, 2, "usage: gobragg gradcheck [flags] EXPERIMENT.json; got nothing"},
		{[]string{"gradcheck", path, path}, 2, "usage: gobragg gradcheck"},
		{[]string{"gradcheck", "-secnd", path}, 2, "unknown flag --secnd; did you mean --second?"},
		{[]string{"gradcheck", "-xyzzy", path}, 2, "unknown flag --xyzzy; gobragg help gradcheck lists them"},
		{[]string{"gradcheck", path, "-pixels"}, 2, "flag needs an argument: --pixels"},
		{[]string{"gradcheck", path, "-pixels", "some"}, 2, `invalid argument "some" for "--pixels" flag`},
		{[]string{"gradcheck", path, "-pixels", "-1"}, 2, "--pixels -1 is negative"},
		{[]string{"gradcheck", path, "-rtol", "0"}, 2, "--rtol 0 is outside (0, 1)"},
		{[]string{"gradcheck", path, "-loss", "max"}, 2, "--loss max is none of fit, weighted, squares"},
		{[]string{"gradcheck", path, "-loss", "fit"}, 2, "--loss fit needs images"},
		{[]string{"gradcheck", path, "-by", "cell,distence"}, 2, `no parameter "distence"; did you mean distance?`},
		{[]string{"gradcheck", path, "-by", "qqqqqqq"}, 2, `no parameter "qqqqqqq"; it has cell.a, cell.b`},
		{[]string{"gradcheck", path, "-idle", "rotz,"}, 2, `no parameter ""`},
		{[]string{"gradcheck", path + ".no"}, 1, "e.json.no"},
		{[]string{"gradcheck", written(t, "bad.json", `{ "crystal": [] }`)}, 1, "bad.json"},
		{[]string{"gradcheck", path, "--json=" + filepath.Join(t.TempDir(), "no", "folder.json"), "-by", "fluence"}, 1, "folder.json"},
		{[]string{"help"}, 0, "gradcheck   Compare the derivatives"},
		{[]string{"-help"}, 0, "gobragg [command]"},
		{[]string{"help", "gradcheck"}, 0, "--second "},
		{[]string{"gradcheck", "-help"}, 0, "gobragg gradcheck [flags] EXPERIMENT.json"},
		{[]string{"-version"}, 0, "gobragg "},
		{[]string{"version"}, 0, "gobragg "},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			status, stdout, stderr := invoke(t, c.args...)
			text := stderr
			if c.status == 0 {
				text = stdout
			}
			if status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("status %d, want %d, with %q:\n%s%s", status, c.status, c.want, stdout, stderr)
			}
			if c.status != 0 && (strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "gobragg: ")) {
				t.Errorf("not one line: %s", stderr)
			}
		})
	}
}

// TestInterrupted: a check that would take minutes ends by SIGINT with status 130.
func TestInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt")
	}
	path := written(t, "e.json", `{ "crystals": [ { "cell": { "a": 60 }, "cells": { "a": 5, "b": 5, "c": 5 }, "structure": { "default": 100 } } ] }`)
	c := exec.CommandContext(t.Context(), os.Args[0], "gradcheck", "-pixels", "1000000", "-second", path)
	c.Env = append(os.Environ(), asCommand+"=1")
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Second, func() { _ = c.Process.Signal(os.Interrupt) })
	_ = c.Wait() // an exit status
	if status := c.ProcessState.ExitCode(); status != 130 || errs.String() != "gobragg: interrupted\n" {
		t.Errorf("status %d: %s", status, &errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &session{stdout: &errs, stderr: &errs}
	if status := s.run(ctx, []string{"gradcheck", path}); status != 1 {
		t.Errorf("status %d of a run that is cancelled without a signal", status)
	}
}
