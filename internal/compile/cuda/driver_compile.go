//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"strings"

	"gorgonia.org/cu/nvrtc"
)

// baseOptions turn off contraction: the text uses fma where a product and a sum should be one
// operation.
var baseOptions = []string{"--std=c++17", "--fmad=false"}

// architectures are those that NVRTC may know, newest first. Code for an older one runs on newer
// ones.
var architectures = []int{121, 120, 110, 103, 101, 100, 90, 89, 87, 86, 80, 75, 72, 70, 62, 61, 60, 53, 52, 50}

// PTX compiles a text with NVRTC for an architecture such as "compute_80". It needs neither a GPU
// nor a driver. If the text does not compile, the error is a *CompileError with the compiler's log;
// other errors say that NVRTC is not installed, or that it does not know the architecture.
func PTX(text Text, architecture string) (string, error) {
	if err := loadCompiler(); err != nil {
		return "", err
	}
	ptx, err := runNVRTC(text, architecture, architecture)
	if err == nvrtc.InvalidOption {
		return "", fmt.Errorf("cuda: NVRTC does not know the architecture %s", architecture)
	}
	return ptx, err
}

// ptxFor compiles for the newest architecture that NVRTC knows, up to the device's.
func ptxFor(text Text, d *device) (string, error) {
	candidates := []int{d.capability}
	for _, architecture := range architectures {
		if architecture < d.capability {
			candidates = append(candidates, architecture)
		}
	}
	for _, candidate := range candidates {
		ptx, err := runNVRTC(text, d.name, fmt.Sprintf("compute_%d", candidate))
		if err != nvrtc.InvalidOption {
			return ptx, err
		}
	}
	return "", fmt.Errorf("cuda: NVRTC knows no architecture that %s has (%d.%d)", d.name, d.capability/10, d.capability%10)
}

// runNVRTC compiles a text. If NVRTC does not know the architecture, the error is
// nvrtc.InvalidOption.
func runNVRTC(text Text, device, architecture string) (ptx string, err error) {
	program, err := nvrtc.CreateProgram(text.Source, "text.cu")
	if err != nil {
		return "", fmt.Errorf("cuda: NVRTC: %w", err)
	}
	defer func() {
		if failure := program.Destroy(); failure != nil && err == nil {
			err = fmt.Errorf("cuda: NVRTC: %w", failure)
		}
	}()
	err = program.Compile(append([]string{"--gpu-architecture=" + architecture}, baseOptions...)...)
	mendSignals()
	switch err {
	case nil:
	case nvrtc.InvalidOption:
		return "", err
	case nvrtc.Compilation:
		log, failure := program.GetLog()
		if failure != nil {
			return "", fmt.Errorf("cuda: the log of NVRTC: %w", failure)
		}
		return "", &CompileError{Device: device, Log: strings.TrimSpace(strings.TrimRight(log, "\x00"))}
	default:
		return "", fmt.Errorf("cuda: NVRTC: %w", err)
	}
	ptx, err = program.GetPTX()
	if err != nil {
		return "", fmt.Errorf("cuda: NVRTC: %w", err)
	}
	return strings.TrimRight(ptx, "\x00"), nil
}
