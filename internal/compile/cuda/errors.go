package cuda

import "errors"

// Errors of Open and Count.
var (
	// ErrNotBuilt says that the program has no CUDA in it.
	ErrNotBuilt = errors.New(`cuda: this program was built without CUDA: build it with -tags nbcuda (README, "On a GPU")`)
	// ErrNoDevice says that the machine has no GPU, or no driver that works.
	ErrNoDevice = errors.New("cuda: there is no GPU")
)
