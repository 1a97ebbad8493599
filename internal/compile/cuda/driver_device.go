//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"gorgonia.org/cu"
)

// Count returns the number of GPUs. If there is no GPU or no driver, the error wraps ErrNoDevice
// and says which is missing.
func Count() (int, error) {
	if err := loadDriver(); err != nil {
		return 0, err
	}
	count, err := cu.NumDevices()
	switch {
	case err != nil:
		return 0, failed("counting the GPUs", err)
	case count == 0:
		return 0, fmt.Errorf("%w: the driver finds none", ErrNoDevice)
	}
	return count, nil
}

var (
	openLock sync.Mutex
	opened   = map[int]*device{}
)

// Open opens GPU index, from 0 on in the driver's order (the environment variable
// CUDA_VISIBLE_DEVICES selects GPUs). It fails as Count does, or if there is no such GPU. Opening a
// GPU again returns the same Device, which needs no closing; its streams do.
func Open(index int) (Device, error) {
	count, err := Count()
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= count {
		return nil, fmt.Errorf("cuda: there is no GPU %d: there are %d, numbered from 0", index, count)
	}
	openLock.Lock()
	defer openLock.Unlock()
	if d := opened[index]; d != nil {
		return d, nil
	}
	d, err := newDevice(index)
	if err != nil {
		return nil, err
	}
	opened[index] = d
	return d, nil
}

// device is a GPU with its primary context. The driver counts references to the context: the device
// holds one from its first use on, and so does each stream. After an error that spoils the context,
// the device releases its reference, so that the driver makes a new context once the streams are
// closed.
type device struct {
	handle     cu.Device
	name       string
	capability int // 10·major + minor

	lock     sync.Mutex
	context  cu.CUContext
	retained bool
}

func newDevice(index int) (*device, error) {
	what := fmt.Sprintf("device %d", index)
	handle, err := cu.GetDevice(index)
	if err != nil {
		return nil, failed(what, err)
	}
	name, err := handle.Name()
	if err != nil {
		return nil, failed(what, err)
	}
	major, err := handle.Attribute(cu.ComputeCapabilityMajor)
	if err != nil {
		return nil, failed(what, err)
	}
	minor, err := handle.Attribute(cu.ComputeCapabilityMinor)
	if err != nil {
		return nil, failed(what, err)
	}
	return &device{
		handle:     handle,
		name:       fmt.Sprintf("CUDA device %d (%s)", index, name),
		capability: 10*major + minor,
	}, nil
}

func (d *device) String() string { return d.name }

func (d *device) FreeMemory() (int64, error) {
	context, err := d.use()
	if err != nil {
		return 0, err
	}
	var free int64
	err = inContext(context, func() (err error) {
		free, _, err = cu.MemInfo()
		return failed(d.name+": free memory", err)
	})
	if err != nil {
		d.forget(context, err)
		return 0, err
	}
	return free, nil
}

// use returns the context, and makes it if necessary.
func (d *device) use() (cu.CUContext, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if !d.retained {
		context, err := d.handle.RetainPrimaryCtx()
		if err != nil {
			return context, failed(d.name+": its context", err)
		}
		d.context, d.retained = context, true
	}
	return d.context, nil
}

// retain is use for a caller that releases the context later.
func (d *device) retain() (cu.CUContext, error) {
	if _, err := d.use(); err != nil {
		return cu.CUContext{}, err
	}
	context, err := d.handle.RetainPrimaryCtx()
	return context, failed(d.name+": its context", err)
}

func (d *device) release() error { return failed(d.name+": its context", d.handle.ReleasePrimaryCtx()) }

// forget releases the context if an error has spoiled it.
func (d *device) forget(context cu.CUContext, err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.retained && d.context == context {
		d.retained = false
		_ = d.release() // the caller reports err
	}
}

// inContext calls f on a thread whose current context is the given one.
func inContext(context cu.CUContext, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(context); err != nil {
		return failed("a device's context", err)
	}
	return f()
}
