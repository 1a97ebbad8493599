//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda_test

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// TestSignals: a program can be interrupted although a library has put back the handlers of signals without the flag that Go's
// need, for want of which the runtime ends the program: seen on an H100 when SIGTERM came, and done by the fake driver.
func TestSignals(t *testing.T) {
	if onFake(t) {
		return
	}
	if _, err := cuda.Count(); err != nil {
		t.Fatal(err)
	}
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGTERM)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, code := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(syscall.Gettid()), uintptr(syscall.SIGTERM)); code != 0 { // to this thread, which runs Go
		t.Fatal(code)
	}
	select {
	case <-got:
	case <-time.After(10 * time.Second):
		t.Error("SIGTERM does not arrive")
	}
}
