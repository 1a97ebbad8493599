//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"gorgonia.org/cu"
)

// Count is how many GPUs there are. The error where there is none, or no driver, wraps ErrNoDevice and says which.
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

// Open is the GPU with a number from 0 on, as the driver counts them (the environment variable CUDA_VISIBLE_DEVICES chooses
// among them). Its errors are Count's, and that there is no GPU of this number. A GPU is opened once: there is nothing to
// close but its streams.
func Open(index int) (Device, error) {
	count, err := Count()
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= count {
		return nil, fmt.Errorf("cuda: there is no GPU of number %d: there are %d, from number 0 on", index, count)
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

// device is a GPU and what the process does on it, in its primary context. The driver counts who retains the context:
// the device does from its first use on, and each stream. After an error that spoils the context, the device lets go of
// it, so that it is made anew once the streams are closed.
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

// use is the context, made where there is none.
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

// retain is use for one who releases the context when done.
func (d *device) retain() (cu.CUContext, error) {
	if _, err := d.use(); err != nil {
		return cu.CUContext{}, err
	}
	context, err := d.handle.RetainPrimaryCtx()
	return context, failed(d.name+": its context", err)
}

func (d *device) release() error { return failed(d.name+": its context", d.handle.ReleasePrimaryCtx()) }

// forget lets go of a context where an error has spoiled it.
func (d *device) forget(context cu.CUContext, err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.retained && d.context == context {
		d.retained = false
		_ = d.release() // err is the one to tell
	}
}

// inContext calls f on a thread where the context is the present one.
func inContext(context cu.CUContext, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(context); err != nil {
		return failed("a device's context", err)
	}
	return f()
}
