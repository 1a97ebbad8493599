package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobragg/gobragg/internal/cli"
)

// asCommand makes the test program the command.
const asCommand = "NANOBRAGG_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestStandardOutput: an image goes to standard output by each of its names, and everything else to standard error.
func TestStandardOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	summary, _ := command(t, strings.Fields(small+"-floatfile "+path)...)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"-", "/dev/stdout"} {
		stdout, stderr := command(t, strings.Fields(small+"-floatfile "+name)...)
		if stdout != string(want) {
			t.Errorf("%s: %d bytes, want the %d of the file", name, len(stdout), len(want))
		}
		first, _, _ := strings.Cut(summary, "\n")
		if !strings.Contains(stderr, first) || !strings.Contains(stderr, "writing - as 256 4-byte floats") {
			t.Errorf("%s: no summary in %s", name, stderr)
		}
		if stdout, stderr := command(t, strings.Fields(small+"-oversample 60 -quiet -floatfile "+name)...); len(stdout) != len(want) || stderr != "" {
			t.Errorf("%s, quiet: %d bytes and %q", name, len(stdout), stderr)
		}
	}
	var errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(small+"-floatfile -"), failing{}, &errs); status != cli.StatusFailed || !strings.Contains(errs.String(), "writing standard output: ") {
		t.Errorf("closed: status %d: %s", status, errs.String())
	}
}

// TestQuiet: nothing but what is asked for by name.
func TestQuiet(t *testing.T) {
	if stdout, stderr := command(t, strings.Fields(summaryAlone+"-oversample 60 -quiet")...); stdout+stderr != "" {
		t.Errorf("prints %s%s", stdout, stderr)
	}
	if stdout, _ := command(t, strings.Fields(small+"-quiet -printout_pixel 3 4")...); !strings.Contains(stdout, "I/steps") || strings.Contains(stdout, "Unit Cell") {
		t.Errorf("prints %s", stdout)
	}
	if _, stderr := command(t, strings.Fields(summaryAlone+"-quiet -coherent")...); !strings.Contains(stderr, "-coherent has no effect") {
		t.Errorf("no warning: %s", stderr)
	}
}

func TestVersion(t *testing.T) {
	if stdout, _ := command(t, "-version"); !strings.HasPrefix(stdout, "nanobragg ") || !strings.Contains(stdout, "go1.") {
		t.Errorf("prints %s", stdout)
	}
}

// TestInvert: bright where it was dark.
func TestInvert(t *testing.T) {
	folder := t.TempDir()
	picture := func(args string) []byte {
		t.Helper()
		path := filepath.Join(folder, "p.png")
		command(t, strings.Fields(small+args+" -pngfile "+path)...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if bytes.Equal(picture(""), picture("-pnginvert")) {
		t.Error("the same picture")
	}
}

// TestJournal: what an interrupted run says of its outputs.
func TestJournal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs}
	folder := t.TempDir()
	nothing := func(io.Writer) error { return nil }
	for _, step := range []struct {
		write func(io.Writer) error
		path  string
		want  string
	}{
		{nothing, "a", "only a was written"},
		{nothing, "b", "only a, b were written"},
		{func(io.Writer) error { return os.ErrClosed }, "-", "only a, b were written, and standard output was not finished"},
	} {
		path := step.path
		if path != standardOutput {
			path = filepath.Join(folder, path)
		}
		_ = p.save(ctx, path, step.write)
		if got := strings.ReplaceAll(p.files.String(), folder+string(filepath.Separator), ""); got != step.want {
			t.Errorf("%s; want %s", got, step.want)
		}
	}
	cancel()
	if err := p.save(ctx, filepath.Join(folder, "c"), nothing); err == nil || len(names(t, folder)) != 2 {
		t.Errorf("written after an interruption: %v, %v", names(t, folder), err)
	}
}

// deadline of what should take a second, on a machine that does much else.
const deadline = time.Minute
