package shim

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// Options say what GPU is stood in for. The zero value is a good one.
type Options struct {
	// Memory is how many bytes all streams together may take; 0 is 2⁴⁰. One allocation has at most
	// 2³² in any case, since there must be memory of the machine behind it.
	Memory int64
	// Name is what the device calls itself; "" is "stand-in GPU" and the compiler.
	Name string
	// LoseAfter ends the device at its n-th Launch, which is not done, as if it had fallen off the
	// bus; 0 does not.
	LoseAfter int
	// Flags are more flags for the compiler.
	Flags []string
}

// Device is a stand-in for a GPU. It needs no closing: its streams do.
type Device struct {
	options Options
	tools   *tools
	server  string

	lock     sync.Mutex
	memory   []allocation
	used     int64
	launches int
	lost     error // wraps cuda.ErrLost
}

var (
	_ cuda.Device = (*Device)(nil)
	_ cuda.Stream = (*stream)(nil)
)

const (
	defaultMemory     = 1 << 40
	largestAllocation = 1 << 32
)

// New makes a device. The error wraps ErrNoCompiler where there is no compiler for it.
func New(o Options) (*Device, error) {
	if o.Memory < 0 || o.LoseAfter < 0 {
		return nil, fmt.Errorf("cuda: a stand-in GPU's memory, %d bytes, and the launches that it does, %d, cannot be negative", o.Memory, o.LoseAfter)
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	o.Flags = slices.Clone(o.Flags)
	t, err := findTools()
	if err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = fmt.Sprintf("stand-in GPU (%s)", t.name)
	}
	server, err := t.buildServer()
	if err != nil {
		return nil, err
	}
	return &Device{options: o, tools: t, server: server}, nil
}

func (d *Device) String() string { return d.options.Name }

// FreeMemory is what Options.Memory leaves.
func (d *Device) FreeMemory() (int64, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.options.Memory - d.used, d.lost
}

// Load starts a process for a text. A text that does not compile gives a *cuda.CompileError.
func (d *Device) Load(text cuda.Text) (cuda.Stream, error) {
	if err := d.state(); err != nil {
		return nil, err
	}
	folder, err := d.tools.buildText(text, d.options.Flags)
	var refused *compilation
	if errors.As(err, &refused) {
		return nil, &cuda.CompileError{Device: d.String(), Log: refused.log}
	}
	if err != nil {
		return nil, err
	}
	return d.start(text, objectOf(folder))
}

// state is nil, or why nothing more can be done.
func (d *Device) state() error {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.lost
}

// lose makes the device lost, for all streams.
func (d *Device) lose(why string) error {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.lost == nil {
		d.lost = fmt.Errorf("cuda: %s: %w: %s", d.options.Name, cuda.ErrLost, why)
	}
	return d.lost
}

// allocation is memory of a stream, which kernels of the device's others may use too.
type allocation struct {
	stream *stream
	at     cuda.Address
	bytes  int64
}

const (
	// firstAddress is one at which processes have nothing.
	firstAddress = 1 << 44
	// largestPage is the largest of a machine's pages, at the start of which memory lies, behind
	// its guard.
	largestPage = 1 << 16
	guard       = 256
)

// nextPage is one that no allocation of any device has been given.
var nextPage atomic.Uint64

// take finds a place for memory, and counts it as used.
func (d *Device) take(s *stream, bytes int64) (cuda.Address, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if free := d.options.Memory - d.used; bytes > free || bytes > largestAllocation {
		return 0, fmt.Errorf("cuda: %s: %w: %d bytes wanted, %d free, %d at most at once", d.options.Name, cuda.ErrMemory, bytes, free, int64(largestAllocation))
	}
	pages := uint64(bytes+2*guard)/largestPage + 2
	at := cuda.Address(firstAddress + (nextPage.Add(pages)-pages)*largestPage + guard)
	d.used += bytes
	d.memory = append(d.memory, allocation{s, at, bytes})
	return at, nil
}

func (d *Device) giveBack(at cuda.Address) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.memory = slices.DeleteFunc(d.memory, func(m allocation) bool {
		if m.at != at {
			return false
		}
		d.used -= m.bytes
		removeMemory(at)
		return true
	})
}

// others finds the allocation of another stream that an address points into.
func (d *Device) others(s *stream, at cuda.Address) (allocation, bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	for _, m := range d.memory {
		if at >= m.at && at-m.at <= cuda.Address(m.bytes) {
			return m, m.stream != s
		}
	}
	return allocation{}, false
}

// launch counts a launch, and says whether it is the one at which the device is lost.
func (d *Device) launch() bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.launches++
	return d.launches == d.options.LoseAfter
}
