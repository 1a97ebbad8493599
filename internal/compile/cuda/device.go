package cuda

import "fmt"

// Device is a GPU, or what stands in for one in tests. Its methods may be called from several goroutines.
type Device interface {
	// String names the device: "CUDA device 0 (NVIDIA H100 80GB HBM3)".
	String() string
	// FreeMemory is how many bytes can be allocated now.
	FreeMemory() (int64, error)
	// Load makes the kernels of a text ready to run on a stream of their own. A text that does not compile is an error with
	// the compiler's log. What was compiled before is found in memory or on disk.
	Load(text Text) (Stream, error)
}

// Stream is an instance of some kernels, with constants of its own, and a queue of work that is done in order. Its methods
// are called by one goroutine at a time. The first error is the stream's for good, but for one that wraps ErrMemory.
type Stream interface {
	// Alloc takes memory of the device. The error where there is not enough wraps ErrMemory.
	Alloc(bytes int64) (Address, error)
	// Release gives memory back.
	Release(Address) error
	// SetConstant copies numbers into a __constant__ array of doubles, from element at on.
	SetConstant(name string, at int, data []float64) error
	// Upload copies numbers to the device. They must not change until Wait.
	Upload(to Address, data []float64) error
	// UploadBytes is Upload for bytes.
	UploadBytes(to Address, data []byte) error
	// Download copies numbers from the device; they are there after Wait.
	Download(data []float64, from Address) error
	// Zero clears memory.
	Zero(at Address, bytes int64) error
	// Launch runs a kernel. Its one parameter is a struct of members of 8 bytes, the arguments: Addresses and whole numbers.
	Launch(kernel string, blocks, threads int, arguments []uint64) error
	// Wait is over when all that was asked for is done.
	Wait() error
	// Close gives all back, memory too.
	Close() error
}

// Address is a place in a device's memory, in bytes: it may be added to.
type Address uint64

// Text is a translation unit of CUDA C. It includes nothing.
//
// A kernel named k is `extern "C" __global__ void k(const k_arguments a)`, where k_arguments is a struct of members of 8
// bytes: pointers and long long. Threads are one-dimensional, a block's number a multiple of 32. Kernels exchange values
// within a warp, by __shfl_xor_sync with all 32 lanes, and through atomicAdd on unsigned long long; they use no shared
// memory and no other synchronisation.
type Text struct {
	Source  string
	Kernels []string
	// Constants are the __constant__ arrays of doubles that SetConstant may name.
	Constants []string
}

// Errors of a device. Those that a device returns wrap one of them, or say what is wrong by themselves.
var (
	ErrMemory = fmt.Errorf("out of device memory")
	ErrLost   = fmt.Errorf("the device is lost")
)

// CompileError is a text that the device's compiler does not take.
type CompileError struct {
	Device string
	Log    string
}

func (e *CompileError) Error() string {
	return fmt.Sprintf("cuda: the kernel does not compile for %s:\n%s", e.Device, e.Log)
}
