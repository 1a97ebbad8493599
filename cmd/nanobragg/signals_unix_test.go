//go:build unix && !solaris && !aix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// start starts the command as a process of its own.
func start(t *testing.T, args string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, strings.Fields(args)...)
	c.Env = append(os.Environ(), asCommand+"=1")
	errs := &bytes.Buffer{}
	c.Stderr = errs
	if err := c.Start(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("an emulator runs this test, and cannot start another program")
	} else if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(deadline, func() { _ = c.Process.Kill() })
	t.Cleanup(func() { timer.Stop(); _ = c.Process.Kill() })
	return c, errs
}

func pipe(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	return path
}

// TestNamedPipes: each output is opened once, when it is written, so that a reader gets all of it, and its end.
func TestNamedPipes(t *testing.T) {
	float, integer, path := pipe(t, "f"), pipe(t, "i"), filepath.Join(t.TempDir(), "f")
	command(t, strings.Fields(small+"-floatfile "+path)...)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, errs := start(t, small+"-floatfile "+float+" -intfile "+integer)
	got, err := os.ReadFile(float)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want the %d of the file; %v", len(got), len(want), err)
	}
	if got, err = os.ReadFile(integer); err != nil || len(got) != 1024+2*16*16 {
		t.Errorf("%d bytes of an SMV image, %v", len(got), err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v: %s", err, errs)
	}
}

// TestSignals ends runs that compute for minutes, or wait for the reader of a pipe.
func TestSignals(t *testing.T) {
	long := strings.ReplaceAll(small, "-noprogress", "-progress") + "-detpixels 3000 -pixel 0.1 -osc 1 -phisteps 300 -floatfile "
	for _, test := range []struct {
		name    string
		args    string
		signals []os.Signal
		status  int
		says    string
	}{
		{"interrupt", long + filepath.Join(t.TempDir(), "f"), []os.Signal{os.Interrupt}, 130, "interrupted: nothing was written\n"},
		{"terminate", long + filepath.Join(t.TempDir(), "f"), []os.Signal{syscall.SIGTERM}, 143, "interrupted: nothing was written\n"},
		{"interrupt twice", long + filepath.Join(t.TempDir(), "f"), []os.Signal{os.Interrupt, os.Interrupt}, 130, "interrupted: nothing was written\n"},
		{"terminate at a pipe", small + "-progress -floatfile " + pipe(t, "f"), []os.Signal{syscall.SIGTERM}, 143, "interrupted: nothing was written"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, errs := start(t, test.args)
			time.Sleep(time.Second) // by now it computes, or waits for a reader; before that the outcome is the same
			for _, s := range test.signals {
				if err := c.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			err := c.Wait()
			if c.ProcessState.ExitCode() != test.status || !strings.Contains(errs.String(), test.says) {
				t.Errorf("status %d, %v: %s", c.ProcessState.ExitCode(), err, errs)
			}
			if path := test.args[strings.LastIndex(test.args, " ")+1:]; !strings.Contains(test.name, "pipe") {
				if left := names(t, filepath.Dir(path)); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
}

// TestStackSignals interrupts a sweep whose images are in one file: nothing is left of it.
func TestStackSignals(t *testing.T) {
	folder := t.TempDir()
	args := strings.ReplaceAll(small, "-detpixels 16", "-detpixels 256") + "-phi 2 -osc 0.5 -images 400 -phisteps 4 -quiet -nxsfile " + filepath.Join(folder, "s.nxs") +
		" -cbffile " + filepath.Join(folder, "c####.cbf")
	c, errs := start(t, args)
	for begun := time.Now(); len(names(t, folder)) < 6; time.Sleep(time.Millisecond) {
		if time.Since(begun) > deadline/2 {
			t.Fatalf("no images: %s", errs)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	if c.ProcessState.ExitCode() != 130 || !strings.Contains(errs.String(), "of 400 images were made, and nothing is left of "+filepath.Join(folder, "s.nxs")+", for all of them: -resume makes them anew") {
		t.Errorf("status %d, %v: %s", c.ProcessState.ExitCode(), err, errs)
	}
	for _, name := range names(t, folder) {
		if !strings.HasSuffix(name, ".cbf") {
			t.Errorf("left behind: %s", name)
		}
	}
}

// TestSweepSignals interrupts a sweep in the middle: the images that are there are whole, and -resume makes the others as
// they would have been.
func TestSweepSignals(t *testing.T) {
	folder, whole := t.TempDir(), t.TempDir()
	args := strings.ReplaceAll(small, "-detpixels 16", "-detpixels 256") + "-phi 2 -osc 0.5 -images 40 -phisteps 4 -quiet "
	outputs := func(folder string) string {
		return "-floatfile " + filepath.Join(folder, "f_###.bin") + " -noisefile " + filepath.Join(folder, "n_%02d.img")
	}
	c, errs := start(t, args+outputs(folder))
	for begun := time.Now(); len(names(t, folder)) < 6; time.Sleep(time.Millisecond) {
		if time.Since(begun) > deadline/2 {
			t.Fatalf("no images: %s", errs)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	var images int
	_, rest, _ := strings.Cut(errs.String(), "interrupted: ")
	if _, scan := fmt.Sscanf(rest, "%d of 40 images are written; -resume makes the others", &images); scan != nil || c.ProcessState.ExitCode() != 130 {
		t.Fatalf("status %d, %v: %s", c.ProcessState.ExitCode(), err, errs)
	}
	left := names(t, folder)
	if images < 2 || images >= 40 || len(left) < 2*images || len(left) > 2*images+1 {
		t.Errorf("%d images in %d files", images, len(left))
	}
	for _, name := range left {
		path := filepath.Join(folder, name)
		if strings.HasPrefix(name, "n_") {
			if img, err := smv.ReadFile(path); err != nil || len(img.Notices) > 0 {
				t.Errorf("%s: %v", name, err)
			}
		} else if _, err := raw.ReadFile(path, 256, 256); err != nil {
			t.Error(err)
		}
	}
	stdout, _ := command(t, strings.Fields(strings.ReplaceAll(args, "-quiet", "")+outputs(folder)+" -resume")...)
	if !strings.Contains(stdout, fmt.Sprintf("\n%d of 40 images are there\n", images)) {
		t.Errorf("%d images, and -resume prints %s", images, stdout)
	}
	command(t, strings.Fields(args+outputs(whole))...)
	if !maps.Equal(contents(t, folder), contents(t, whole)) {
		t.Error("not the files of a sweep that was not interrupted")
	}
}
