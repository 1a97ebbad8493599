package cuda

import (
	"errors"
	"runtime"
	"sync"

	"github.com/gobragg/gobragg/internal/expr"
)

// Devices is the set of devices that a simulator uses, with the arrays that stay on them.
type Devices struct {
	list  []Device
	stays func(*expr.Node) bool
	mu    sync.Mutex
	busy  []int // workers on each device
	kept  []*residents
	idle  *workspaces
}

// Use makes a set of devices. For a leaf that stays reports, the devices keep a copy as long as the
// leaf's value is the same slice, which must not be written to.
func Use(stays func(*expr.Node) bool, list ...Device) (*Devices, error) {
	if len(list) == 0 {
		return nil, errors.New("cuda: no device to compute on")
	}
	d := &Devices{list: list, stays: stays, busy: make([]int, len(list)), idle: newWorkspaces(list)}
	for _, device := range list {
		d.kept = append(d.kept, &residents{device: device, arrays: map[*expr.Node]resident{}})
	}
	idle := d.idle
	runtime.AddCleanup(d, func(kept []*residents) {
		for _, r := range kept {
			r.close()
		}
		idle.forget()
	}, d.kept)
	return d, nil
}

// Names returns the names of the devices.
func (d *Devices) Names() []string {
	var out []string
	for _, device := range d.list {
		out = append(out, device.String())
	}
	return out
}

// take returns the device with the fewest workers, and counts one more.
func (d *Devices) take() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	least := 0
	for i, n := range d.busy {
		if n < d.busy[least] {
			least = i
		}
	}
	d.busy[least]++
	return least
}

func (d *Devices) giveBack(at int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy[at]--
}

// failed forgets the arrays on a device that an error says is lost. The device may work again
// later, with empty memory.
func (d *Devices) failed(at int, err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	d.idle.close(func(l *workspace) bool { return l.device == at })
	d.kept[at].close()
}

// resident returns the address of a leaf's value on a device, or false if the value does not stay
// there.
func (d *Devices) resident(at int, n *expr.Node, data []float64) (Address, bool, error) {
	if !n.IsInput() || !d.stays(n) || len(data) == 0 {
		return 0, false, nil
	}
	return d.kept[at].find(n, data)
}

// residents are the arrays that stay on a device.
type residents struct {
	device Device
	mu     sync.Mutex
	stream Stream // owns their memory
	arrays map[*expr.Node]resident
}

type resident struct {
	at   Address
	data []float64 // the slice that was copied, kept so that no other slice can have its address
}

// residentShare: an array stays on a device only if it takes at most 1/residentShare of the free
// memory.
const residentShare = 4

func (r *residents) find(n *expr.Node, data []float64) (Address, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.arrays[n]
	if ok && &old.data[0] == &data[0] && len(old.data) == len(data) {
		return old.at, old.at != 0, nil
	}
	if ok && old.at != 0 {
		delete(r.arrays, n)
		if err := r.stream.Release(old.at); err != nil {
			return 0, false, err
		}
	}
	at, err := r.copy(data)
	if err != nil && !errors.Is(err, ErrMemory) {
		return 0, false, err
	}
	r.arrays[n] = resident{at: at, data: data} // at 0 if it does not stay
	return at, at != 0, nil
}

// copy copies an array to the device. It returns 0 if the array would take too large a share of the
// free memory.
func (r *residents) copy(data []float64) (at Address, err error) {
	if r.stream == nil {
		// No kernel: the stream only copies.
		if r.stream, err = r.device.Load(Text{Source: "// copies only\n"}); err != nil {
			r.stream = nil
			return 0, err
		}
	}
	bytes := 8 * int64(len(data))
	if free, err := r.device.FreeMemory(); err != nil || bytes > free/residentShare {
		return 0, err
	}
	if at, err = r.stream.Alloc(bytes); err != nil {
		return 0, err
	}
	if err = r.stream.Upload(at, data); err == nil {
		err = r.stream.Wait()
	}
	if errors.Is(err, ErrMemory) { // page-locked memory of the host
		if failure := r.stream.Release(at); failure != nil {
			return 0, failure
		}
	}
	if err != nil {
		return 0, err
	}
	return at, nil
}

func (r *residents) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream != nil {
		_ = r.stream.Close() // cleanup: the caller has returned, or reports an earlier error
		r.stream = nil
	}
	clear(r.arrays)
}
