//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"reflect"
)

// Codes of the driver (cuda.h, CUresult) that need an error of their own.
const (
	codeMemory         = 2
	codeDeinitialized  = 4
	codeUnavailable    = 46
	codeECC            = 214
	codeNVLink         = 220
	codeUnsupportedPTX = 222
	codeIllegalAddress = 700
	codeResources      = 701
	codeTimeout        = 702
	codeDestroyed      = 709
	codeAssert         = 710
	codeStack          = 714 // to codeLaunchFailed: errors of a kernel
	codeLaunchFailed   = 719
	codeNotReady       = 802 // to codeMPSLast: the system or the MPS service
	codeMPSLast        = 809
	codeExternal       = 911
	codeUnknown        = 999
)

// lost reports whether an error makes its context unusable.
func lost(code int) bool {
	switch code {
	case codeDeinitialized, codeUnavailable, codeECC, codeNVLink, codeIllegalAddress, codeTimeout, codeDestroyed,
		codeAssert, codeExternal, codeUnknown:
		return true
	}
	return code >= codeStack && code <= codeLaunchFailed || code >= codeNotReady && code <= codeMPSLast
}

// driverError returns an error of the driver, given its code and what was being done.
func driverError(what string, code int) error {
	switch {
	case code == codeMemory:
		return fmt.Errorf("cuda: %s: %w: %s", what, ErrMemory, errorName(code))
	case lost(code):
		return fmt.Errorf("cuda: %s: %w: %s", what, ErrLost, errorName(code))
	case code == codeUnsupportedPTX:
		return fmt.Errorf("cuda: %s: NVRTC is newer than the driver: %s", what, errorName(code))
	case code == codeResources:
		return fmt.Errorf("cuda: %s: too many threads or registers a block: %s", what, errorName(code))
	default:
		return fmt.Errorf("cuda: %s: %s", what, errorName(code))
	}
}

// failed converts an error of the binding into a driverError; nil stays nil. The type of these
// errors is not exported, and the binding does not name all of the driver's codes.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	if code := reflect.ValueOf(err); code.CanInt() {
		return driverError(what, int(code.Int()))
	}
	return fmt.Errorf("cuda: %s: %w", what, err)
}
