package cuda

import (
	"errors"
	"fmt"
)

// Device is a GPU, or a stand-in for one in tests. Several goroutines may call its methods at once.
type Device interface {
	// String returns the device's name, such as "CUDA device 0 (NVIDIA H100 80GB HBM3)".
	String() string
	// FreeMemory returns how many bytes can be allocated now.
	FreeMemory() (int64, error)
	// Load compiles the kernels of a text and opens a stream for them. A compiled text is kept in
	// memory and on disk. If the text does not compile, the error is a *CompileError.
	Load(text Text) (Stream, error)
}

// Stream is an instance of the kernels of a text, with constants of its own and a queue of work
// that runs in order. Only one goroutine may use it at a time. After an error that does not wrap
// ErrMemory, every method returns that error.
type Stream interface {
	// Alloc allocates memory on the device. If there is not enough, the error wraps ErrMemory.
	Alloc(bytes int64) (Address, error)
	// Release frees memory.
	Release(Address) error
	// SetConstant copies numbers into a __constant__ array of doubles, from element at on.
	SetConstant(name string, at int, data []float64) error
	// Upload copies numbers to the device. The caller must not change them before Wait returns.
	Upload(to Address, data []float64) error
	// UploadBytes is Upload for bytes.
	UploadBytes(to Address, data []byte) error
	// Download copies numbers from the device. data is valid after Wait.
	Download(data []float64, from Address) error
	// Zero sets memory to zero.
	Zero(at Address, bytes int64) error
	// Launch runs a kernel. The kernel's one parameter is a struct of the arguments, Addresses and
	// integers of 8 bytes each.
	Launch(kernel string, blocks, threads int, arguments []uint64) error
	// Wait returns when all queued work is done.
	Wait() error
	// Close frees the stream and its memory.
	Close() error
}

// Address is an address in a device's memory, in bytes, on which arithmetic is allowed.
type Address uint64

// Text is a translation unit of CUDA C, without includes.
//
// A kernel named k is `extern "C" __global__ void k(const k_arguments a)`, where k_arguments is a
// struct with members of 8 bytes: pointers and long long. Blocks are one-dimensional, of a multiple
// of 32 threads. Kernels exchange values within a warp, by __shfl_xor_sync of all 32 threads, and
// through atomicAdd on unsigned long long. They use no shared memory and no other synchronisation.
type Text struct {
	Source  string
	Kernels []string
	// Constants are the __constant__ arrays of doubles that SetConstant may name.
	Constants []string
}

// Errors of Open and Count.
var (
	// ErrNotBuilt means that the program was built without CUDA.
	ErrNotBuilt = errors.New(`cuda: this program was built without CUDA: build it with -tags nbcuda (README, "On a GPU")`)
	// ErrNoDevice means that the machine has no GPU, or no driver that works.
	ErrNoDevice = errors.New("cuda: there is no GPU")
)

// Errors of a device, which its methods wrap. Other errors of a device wrap neither.
var (
	ErrMemory = errors.New("out of device memory")
	ErrLost   = errors.New("the device is lost")
)

// CompileError means that the device's compiler rejects a text.
type CompileError struct {
	Device string
	Log    string
}

func (e *CompileError) Error() string {
	return fmt.Sprintf("cuda: the kernel does not compile for %s:\n%s", e.Device, e.Log)
}
