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

// plant has the fake driver fail.
func plant(t *testing.T, failure string) { t.Setenv("FAKE_CUDA_FAIL", failure) }

func TestMemory(t *testing.T) {
	if onFake(t, "FAKE_CUDA_MEMORY=1000000") {
		return
	}
	d := open(t, 0)
	s := load(t, d, saxpy)
	at := alloc(t, s, 900_000)
	_, err := s.Alloc(200_000)
	wrapped(t, err, cuda.ErrMemory, "200000 bytes", d.String())
	if errors.Is(err, cuda.ErrLost) {
		t.Errorf("error %v says that the device is lost", err)
	}
	check(t, s.Release(at))
	check(t, runSaxpy(s, 1000, 2, 3)) // the stream goes on
	alloc(t, s, 500_000)
	check(t, s.Close())
	if free, err := d.FreeMemory(); err != nil || free != 1_000_000 {
		t.Errorf("%d bytes are free, %v; want all", free, err)
	}

	plant(t, "cuMemHostAlloc:1:2")
	s = load(t, d, saxpy)
	wrapped(t, runSaxpy(s, 1000, 2, 3), cuda.ErrMemory, "page-locked")
	check(t, runSaxpy(s, 1000, 2, 3))
}

// TestLessStaging: where there is less page-locked memory than is asked for, copies do with what
// there is.
func TestLessStaging(t *testing.T) {
	if onFake(t) {
		return
	}
	plant(t, "cuMemHostAlloc:2:2,cuMemHostAlloc:3:2,cuMemHostAlloc:4:2")
	check(t, runSaxpy(load(t, open(t, 0), saxpy), 1<<20, 2, 3))
}

func TestLost(t *testing.T) {
	if onFake(t) {
		return
	}
	d := open(t, 0)
	for _, test := range []struct{ failure, says string }{
		{"cuLaunchKernel:1:719", "CUDA_ERROR_LAUNCH_FAILED"},
		{"kernel:1:700", "CUDA_ERROR_ILLEGAL_ADDRESS"},
		{"cuMemcpyDtoHAsync:1:214", "CUDA_ERROR_ECC_UNCORRECTABLE"},
		{"cuStreamSynchronize:1:46", "CUDA_ERROR_DEVICE_UNAVAILABLE"},
		{"cuMemAlloc:2:717", "717"}, // that the fake driver has no name for
	} {
		t.Run(test.failure, func(t *testing.T) {
			s := load(t, d, saxpy)
			plant(t, test.failure)
			err := runSaxpy(s, 100, 2, 3)
			wrapped(t, err, cuda.ErrLost, test.says, d.String())
			if err := s.Wait(); !errors.Is(err, cuda.ErrLost) {
				t.Errorf("the next error is %v, want the first for good", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("closing: %v; the error was told before", err)
			}
			plant(t, "")
			// The context is made anew.
			check(t, runSaxpy(load(t, d, saxpy), 100, 2, 3))
		})
	}
}

func TestLaunchTooLarge(t *testing.T) {
	if onFake(t) {
		return
	}
	s := load(t, open(t, 0), saxpy)
	plant(t, "cuLaunchKernel:1:701")
	err := runSaxpy(s, 100, 2, 3)
	wrapped(t, err, nil, "registers", "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES")
	if errors.Is(err, cuda.ErrLost) || errors.Is(err, cuda.ErrMemory) {
		t.Errorf("error %v is of the wrong kind", err)
	}
}

// TestLoadFailures: whatever fails while kernels are loaded, nothing is left.
func TestLoadFailures(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if onFake(t, "FAKE_CUDA_LOG="+log) {
		return
	}
	d := open(t, 0)
	check(t, load(t, d, saxpy).Close())
	for _, test := range []struct {
		failure string
		target  error
		says    string
	}{
		{"cuModuleLoadData:1:2", cuda.ErrMemory, "the module"},
		{"cuModuleLoadData:1:222", nil, "newer than the driver"},
		{"cuModuleLoadData:1:700", cuda.ErrLost, "the module"},
		{"cuModuleGetFunction:1:500", nil, "saxpy"},
		{"cuModuleGetGlobal:1:500", nil, "factors"},
		{"cuStreamCreate:1:2", cuda.ErrMemory, "a stream"},
		{"cuDevicePrimaryCtxRetain:1:2", cuda.ErrMemory, "context"},
		{"cuCtxSetCurrent:1:201", nil, "context"},
	} {
		t.Run(test.failure, func(t *testing.T) {
			plant(t, test.failure)
			_, err := d.Load(saxpy)
			wrapped(t, err, test.target, test.says)
			plant(t, "")
			check(t, load(t, d, saxpy).Close())
			if last := lastRelease(t); !strings.HasSuffix(last, "streams=0 modules=0 memory=0 host=0") {
				t.Errorf("the driver still holds: %s", last)
			}
		})
	}
}

// TestCloseFrees: with memory, staging and work under way.
func TestCloseFrees(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if onFake(t, "FAKE_CUDA_LOG="+log) {
		return
	}
	s := load(t, open(t, 0), saxpy)
	at := alloc(t, s, 8000)
	check(t, s.Upload(at, make([]float64, 1000)))
	check(t, s.Close())
	check(t, s.Close())
	if last := lastRelease(t); !strings.HasSuffix(last, "streams=0 modules=0 memory=0 host=0") {
		t.Errorf("the driver still holds: %s", last)
	}
}

// logged is the lines of the fake driver's log that begin with a word.
func logged(t *testing.T, word string) []string {
	t.Helper()
	data, err := os.ReadFile(os.Getenv("FAKE_CUDA_LOG"))
	check(t, err)
	var lines []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, word+" ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func lastRelease(t *testing.T) string {
	t.Helper()
	lines := logged(t, "release")
	if len(lines) == 0 {
		t.Fatal("no context was released")
	}
	return lines[len(lines)-1]
}
