//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// TestPTX compiles by the real NVRTC, where it is installed: no GPU is needed.
func TestPTX(t *testing.T) {
	for _, architecture := range []string{"compute_70", "compute_75", "compute_80", "compute_86", "compute_90"} {
		ptx, err := cuda.PTX(saxpy, architecture)
		if err != nil && strings.Contains(err.Error(), "is not installed") {
			t.Skipf("!!! NOT RUN: %v", err)
		}
		if err != nil && strings.Contains(err.Error(), "does not know the architecture") && architecture == "compute_70" {
			t.Log(err) // from CUDA 13 on
			continue
		}
		check(t, err)
		target := ".target sm_" + strings.TrimPrefix(architecture, "compute_")
		for _, part := range []string{target, ".entry saxpy", "factors", "mul.rn.f64", "add.rn.f64"} {
			if !strings.Contains(ptx, part) {
				t.Errorf("%s: the PTX has no %q:\n%s", architecture, part, ptx)
			}
		}
		if strings.Contains(ptx, "fma.rn.f64") {
			t.Errorf("%s: a product and a sum became one operation:\n%s", architecture, ptx)
		}
	}
	var failure *cuda.CompileError
	if _, err := cuda.PTX(cuda.Text{Source: "nonsense\n"}, "compute_80"); !errors.As(err, &failure) {
		t.Fatalf("error %v, want a CompileError", err)
	}
	if !strings.Contains(failure.Log, "text.cu(1)") {
		t.Errorf("the log does not say where: %q", failure.Log)
	}
	_, err := cuda.PTX(saxpy, "compute_9999")
	wrapped(t, err, nil, "compute_9999")
}

func TestNoCompiler(t *testing.T) {
	if _, err := cuda.PTX(saxpy, "compute_80"); err == nil {
		t.Skip("NVRTC is installed")
	}
	_, err := cuda.PTX(saxpy, "compute_80")
	wrapped(t, err, nil, "NVRTC", "libnvrtc.so.12")
}

// TestOlderCompiler: NVRTC does not know a device as new as that.
func TestOlderCompiler(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if onFake(t, "FAKE_CUDA_CAPABILITY=103", "FAKE_CUDA_NEWEST=89", "FAKE_CUDA_LOG="+log) {
		return
	}
	check(t, runSaxpy(load(t, open(t, 0), saxpy), 100, 2, 3))
	if lines := logged(t, "compile"); len(lines) != 1 || lines[0] != "compile 89" {
		t.Errorf("compiled %q, want once, for 89", lines)
	}
	t.Setenv("FAKE_CUDA_NEWEST", "20")
	other := saxpy
	other.Source += "// another text\n"
	_, err := open(t, 0).Load(other)
	wrapped(t, err, nil, "knows no architecture", "10.3")
}

// TestCache: a text is compiled once, in a process and by several, and again where its file is
// damaged.
func TestCache(t *testing.T) {
	if os.Getenv(childVariable) == t.Name() {
		d := open(t, 0)
		for range 2 {
			check(t, runSaxpy(load(t, d, saxpy), 100, 2, 3))
		}
		return
	}
	log, cache := filepath.Join(t.TempDir(), "log"), t.TempDir()
	run := func(cache string, compilations int) {
		t.Helper()
		check(t, os.WriteFile(log, nil, 0o600))
		onFake(t, "FAKE_CUDA_LOG="+log, "XDG_CACHE_HOME="+cache)
		t.Setenv("FAKE_CUDA_LOG", log)
		if lines := logged(t, "compile"); len(lines) != compilations {
			t.Errorf("compiled %q, want %d compilations", lines, compilations)
		}
	}
	run(cache, 1)
	run(cache, 0)
	files, err := filepath.Glob(filepath.Join(cache, "gobragg", "cuda", "*.ptx"))
	check(t, err)
	if len(files) != 1 {
		t.Fatalf("the cache has %v, want one file", files)
	}
	whole, err := os.ReadFile(files[0])
	check(t, err)
	for _, damage := range [][]byte{nil, whole[:len(whole)/2], append([]byte("//"), whole...), []byte("\n")} {
		check(t, os.WriteFile(files[0], damage, 0o600))
		run(cache, 1)
	}
	run(cache, 0)
	// A file where the folder should be: nothing can be kept.
	run(files[0], 1)
	run(files[0], 1)
}
