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

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/simulator"
)

// TestProgram: the listing of the program, or that there is none, and no image.
func TestProgram(t *testing.T) {
	folder := t.TempDir()
	args := strings.Fields(small + "-program -floatfile " + filepath.Join(folder, "f"))
	t.Setenv(simulator.Guard, "")
	stdout, stderr := command(t, args...)
	if !strings.Contains(stdout, "computed by a compiled program in ") || !strings.Contains(stdout, "sinratio") || !strings.Contains(stderr, "no image is made") {
		t.Errorf("prints %s%s", stdout, stderr)
	}
	t.Setenv(simulator.Guard, "1")
	stdout, _ = command(t, args...)
	if !strings.Contains(stdout, "computed on the uncompiled tape in ") || strings.Contains(stdout, "sinratio") {
		t.Errorf("uncompiled, prints %s", stdout)
	}
	if left := names(t, folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestKernels: the same bits from all that this machine can run, and an error for the others.
func TestKernels(t *testing.T) {
	t.Setenv(simulator.Guard, "")
	path := filepath.Join(t.TempDir(), "f")
	args := strings.Fields(byBeam + "-floatfile " + path + " -kernels")
	var first []byte
	for name, kernels := range map[string]kernel.Backend{"auto": kernel.Auto, "avx512": kernel.AVX512, "avx2": kernel.AVX2, "go": kernel.PureGo} {
		var out, errs bytes.Buffer
		status := run(context.Background(), append(args, name), &out, &errs)
		if !kernels.Available() {
			if status != statusFailed || !strings.Contains(errs.String(), "this machine cannot run "+name+" kernels") {
				t.Errorf("%s: status %d: %s", name, status, errs.String())
			}
			continue
		}
		image, err := os.ReadFile(path)
		if status != 0 || err != nil {
			t.Fatalf("%s: status %d: %s %v", name, status, errs.String(), err)
		}
		if first == nil {
			first = image
		}
		if !bytes.Equal(first, image) {
			t.Errorf("%s: another image", name)
		}
	}
	t.Setenv(simulator.Guard, "1")
	if _, stderr := command(t, append(args, "go")...); !strings.Contains(stderr, "-kernels has no effect") {
		t.Errorf("uncompiled: %s", stderr)
	}
}

// TestKernelsMissing runs TestKernels again as on processors without AVX-512, and without AVX2 too, so that it fails on
// every machine where it fails on some.
func TestKernelsMissing(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("golang.org/x/sys/cpu can switch these off on amd64 only; other processors never have them")
	}
	if os.Getenv(withoutKernels) != "" {
		t.Skip("this is that run")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []string{"cpu.avx512f=off", "cpu.avx512f=off,cpu.avx2=off"} {
		again := exec.Command(program, "-test.run=^TestKernels$", "-test.v")
		again.Env = append(os.Environ(), withoutKernels+"=1", "GODEBUG="+off)
		if output, err := again.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: TestKernels") {
			t.Errorf("GODEBUG=%s: %v\n%s", off, err, output)
		}
	}
}

// withoutKernels is set in the environment of the runs that TestKernelsMissing starts.
const withoutKernels = "NANOBRAGG_TEST_WITHOUT_KERNELS"

// TestGuard: what the environment says wrongly reaches the user.
func TestGuard(t *testing.T) {
	t.Setenv(simulator.Guard, "yes")
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(summaryAlone), &out, &errs); status != statusFailed || !strings.Contains(errs.String(), simulator.Guard+` is "yes"; want "1"`) {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
