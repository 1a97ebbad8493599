//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

// The binding, gorgonia.org/cu, links with -lcuda and -lnvrtc. The folder link has empty archives
// of these names, and loader.c defines the functions. So neither library is needed to link, and
// CUDA's headers are all that is needed to build.

// #cgo LDFLAGS: -Wl,--as-needed -L${SRCDIR}/link -ldl -lpthread
// #include <stdlib.h>
// #include "loader.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"gorgonia.org/cu"
)

// loadDriver loads the driver.
func loadDriver() error {
	var why *C.char
	switch code := int(C.gobragg_cuda_init(&why)); code {
	case -1:
		return fmt.Errorf("%w: the driver is not installed: %s", ErrNoDevice, C.GoString(why))
	case 0:
		return nil
	default:
		return fmt.Errorf("%w: the driver does not start: %s", ErrNoDevice, errorName(code))
	}
}

// errorName returns the driver's name for an error, such as "CUDA_ERROR_NO_DEVICE (100)".
func errorName(code int) string {
	if name := C.gobragg_cuda_error_name(C.int(code)); name != nil {
		return fmt.Sprintf("%s (%d)", C.GoString(name), code)
	}
	return fmt.Sprintf("CUDA error %d", code)
}

// loadCompiler loads NVRTC once in a process. It prefers the driver's version, since a driver
// rejects the output of a newer NVRTC.
var loadCompiler = sync.OnceValue(func() error {
	names := []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"}
	if major := cu.Version() / 1000; major > 0 && major < 13 {
		names = append(names[1:], names[0])
	}
	folders := []string{""}
	for _, variable := range []string{"CUDA_HOME", "CUDA_PATH"} {
		if folder := os.Getenv(variable); folder != "" {
			folders = append(folders, filepath.Join(folder, "lib64"))
		}
	}
	folders = append(folders, "/usr/local/cuda/lib64", "/opt/cuda/lib64")
	var whyNot []string
	for _, folder := range folders {
		for _, name := range names {
			path := C.CString(filepath.Join(folder, name))
			why := C.gobragg_cuda_open_compiler(path)
			C.free(unsafe.Pointer(path))
			if why == nil {
				return nil
			}
			whyNot = append(whyNot, C.GoString(why))
			C.free(unsafe.Pointer(why))
		}
	}
	return errors.New("cuda: NVRTC, CUDA's compiler, is not installed:\n" + strings.Join(whyNot, "\n"))
})

// mendSignals lets signals reach the program after NVRTC has compiled.
func mendSignals() { C.gobragg_cuda_mend_signals() }

// allocateHost allocates page-locked host memory, which the device can access directly.
func allocateHost(bytes int) (unsafe.Pointer, error) {
	var memory unsafe.Pointer
	if code := int(C.gobragg_cuda_host_alloc(&memory, C.size_t(bytes))); code != 0 {
		return nil, driverError("page-locked memory", code)
	}
	return memory, nil
}
