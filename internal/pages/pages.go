// Package pages allocates large arrays. The first write to each page of new memory costs the kernel a
// fault, of up to several microseconds on a virtual machine: for an array that is written once, such as
// an image, more than computing what is written. Where the system has larger pages on demand they are
// asked for, which makes hundreds of times fewer faults.
package pages

import "unsafe"

// smallest is the size in bytes below which nothing is asked for.
const smallest = 4 << 20

// Make returns n zeros.
func Make[T float64 | float32 | uint16](n int) []T {
	x := make([]T, n)
	if n > 0 {
		if size := n * int(unsafe.Sizeof(x[0])); size >= smallest {
			adviseLarge(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), size))
		}
	}
	return x
}
