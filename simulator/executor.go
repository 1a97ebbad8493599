package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/guard"
	"github.com/gobragg/gobragg/internal/node"
)

// Executor is what a simulator computes on: [Tape], [CPU] or [GPU]. It is an argument of [On] and [Simulator.On].
type Executor interface {
	// String is the executor as it is written in a program, for example simulator.CPU("avx2").
	String() string
	// Compiled reports whether graphs are compiled. Values inside of a compiled model cannot be read: see [ErrDonated].
	Compiled() bool
	// find looks for the executor on this machine.
	find() (machine, error)
}

// machine is an executor as this machine has it.
type machine struct {
	executor Executor
	kernels  kernel.Backend // of the processor
	devices  []cuda.Device  // nil: the processor
	cuda     cuda.Options   // of the devices
}

// On chooses what a simulator computes on. Without it, that is CPU(), or Tape() where the environment says so: see [Guard].
// An executor that this machine does not have is an error.
func On(e Executor) Option {
	return func(s *settings) (err error) {
		if e == nil {
			return fmt.Errorf("simulator: On(nil); want Tape(), CPU() or GPU()")
		}
		s.on, err = e.find()
		return err
	}
}

// Tape is the uncompiled tape: each node is computed by itself, and every inner value can be read. It is slow and plain, the
// reference that everything faster is compared with.
func Tape() Executor { return onTape{} }

type onTape struct{}

func (onTape) String() string           { return "simulator.Tape()" }
func (onTape) Compiled() bool           { return false }
func (t onTape) find() (machine, error) { return machine{executor: t}, nil }

// CPU is the processor, by compiled programs of SIMD kernels: "avx512" or "avx2" (amd64), "neon" (arm64) or "go", or the best of
// them that the machine has, which is "auto" and the default. All give the same bits.
func CPU(kernels ...string) Executor { return onCPU(strings.Join(kernels, ", ")) }

type onCPU string

// available reports whether the machine can run kernels. A test replaces it.
var available = kernel.Backend.Available

var kernelNames = map[onCPU]kernel.Backend{"": kernel.Auto, "auto": kernel.Auto, "avx512": kernel.AVX512, "avx2": kernel.AVX2, "neon": kernel.NEON, "go": kernel.PureGo}

func (c onCPU) String() string {
	if c == "" {
		return "simulator.CPU()"
	}
	return fmt.Sprintf("simulator.CPU(%q)", string(c))
}

func (onCPU) Compiled() bool { return true }

func (c onCPU) find() (machine, error) {
	b, ok := kernelNames[c]
	if !ok {
		return machine{}, fmt.Errorf("simulator: kernels %q; want auto, avx512, avx2, neon or go", string(c))
	}
	if !available(b) {
		return machine{}, fmt.Errorf("simulator: this machine cannot run %s kernels", string(c))
	}
	return machine{executor: c, kernels: b}, nil
}

// GPUs are one NVIDIA GPU or several that share the pixels: see [GPU].
type GPUs struct {
	numbers []int
	mixed   bool
}

// GPU is an NVIDIA GPU, or several that share the pixels, by their numbers. Programs are the same as on the processor,
// compiled to CUDA C, in float64 (see [GPUs.Mixed]): an image has the same bits except for the order in which the iterations
// of a pixel are summed where few pixels share many threads; sums over pixels, gradients among them, agree to some 1e-13 of
// their terms and have the same bits in every run and for any number of GPUs.
//
// The program must be built for it (README, "On a GPU"). Where it was not, where there is no such GPU or no driver, [New]
// returns an error that says so.
func GPU(number int, more ...int) GPUs { return GPUs{numbers: append([]int{number}, more...)} }

// Mixed has the polynomials of lattice sums and exponentials evaluated in float32; phases, positions and sums stay
// float64. Intensities are within about 1e-6 of the largest (docs/cuda.md has what was measured).
func (g GPUs) Mixed() GPUs {
	g.mixed = true
	return g
}

func (g GPUs) String() string {
	var list []string
	for _, n := range g.numbers {
		list = append(list, strconv.Itoa(n))
	}
	s := "simulator.GPU(" + strings.Join(list, ", ") + ")"
	if g.mixed {
		s += ".Mixed()"
	}
	return s
}

// Compiled is true.
func (GPUs) Compiled() bool { return true }

func (g GPUs) find() (machine, error) {
	m := machine{executor: g, cuda: cuda.Options{Mixed: g.mixed}}
	for i, n := range g.numbers {
		if slices.Contains(g.numbers[:i], n) {
			return machine{}, fmt.Errorf("simulator: GPU %d is named twice", n)
		}
	}
	for _, n := range g.numbers {
		d, err := cuda.Open(n)
		if err != nil {
			return machine{}, fmt.Errorf("simulator: %w", err)
		}
		m.devices = append(m.devices, d)
	}
	if len(m.devices) == 0 {
		return machine{}, fmt.Errorf("simulator: GPUs without a number; want simulator.GPU(0)")
	}
	return m, nil
}

// Guard is the environment variable that keeps the simulators of a process from compiling: "1" makes them run on the
// uncompiled tape, "" and "0" do not. [On] wins over it.
const Guard = guard.Variable

// Guarded reports whether the environment keeps simulators without the option [On] from compiling: see [Guard]. Any other
// value of the variable is an error.
func Guarded() (bool, error) {
	on, err := guard.On()
	if err != nil {
		return false, fmt.Errorf("simulator: %w", err)
	}
	return on, nil
}

// chooseExecutor finds the default executor, unless an option has chosen one.
func (s *settings) chooseExecutor() error {
	if s.on.executor != nil {
		return nil
	}
	guarded, err := Guarded()
	if err != nil {
		return err
	}
	e := CPU()
	if guarded {
		e = Tape()
	}
	s.on, err = e.find()
	return err
}

// Executor is what the simulator computes on.
func (s *Simulator) Executor() Executor { return s.settings.on.executor }

// compiled reports whether the simulator compiles its graphs.
func (s *Simulator) compiled() bool { return s.settings.on.executor.Compiled() }

// useDevices makes the simulator's set of GPUs. The coordinates of the detector's pixels stay on them as long as they are
// the detector's own, which never change, and not values that Set has put in their place.
func (s *Simulator) useDevices() error {
	if len(s.settings.on.devices) == 0 {
		return nil
	}
	own := map[*G.Node]G.Value{}
	for _, n := range s.detector.PixelLeaves() {
		own[n] = n.Value()
	}
	var err error
	s.devices, err = cuda.Use(func(leaf *expr.Node) bool {
		n := node.Of(leaf)
		return own[n] != nil && own[n] == n.Value()
	}, s.settings.on.devices...)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}

// ErrDonated means that a compiled program does not keep a value: it gives the memory of an inner value to another one
// (donates it) after its last use.
var ErrDonated = errors.New("the value is donated")

// donated returns an error for inner nodes of the model if the simulator is compiled.
func (s *Simulator) donated(what string, nodes ...*expr.Node) error {
	if !s.compiled() {
		return nil
	}
	for _, n := range nodes {
		if s.inner[n] {
			return fmt.Errorf("simulator: %s %s, a node inside the compiled model: %w to later values; set %s=1 in the environment, or build the simulator with simulator.On(simulator.Tape())", what, n.Name(), ErrDonated, Guard)
		}
	}
	return nil
}
