package pages

import (
	"syscall"
	"unsafe"
)

// adviseLarge asks for large pages. It is advice: a kernel without them refuses, and the array is as it
// was.
func adviseLarge(x []byte) {
	page := syscall.Getpagesize()
	x = x[-int(uintptr(unsafe.Pointer(&x[0])))&(page-1):]
	_ = syscall.Madvise(x[:len(x)&^(page-1)], syscall.MADV_HUGEPAGE)
}
