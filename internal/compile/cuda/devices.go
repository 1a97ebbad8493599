package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/gobragg/gobragg/internal/expr"
)

// Devices are those that a simulator computes on, with the arrays that stay there.
type Devices struct {
	list  []Device
	stays func(*expr.Node) bool
	mu    sync.Mutex
	busy  []int // workers on each device
	kept  []*residents
	idle  *workspaces
}

// Use makes a set of devices. Of the leaves that stays names, copies are kept on the devices as long as their values are
// the same slices: those that nobody writes into.
func Use(stays func(*expr.Node) bool, list ...Device) (*Devices, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("cuda: no device to compute on")
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

// Names are those of the devices.
func (d *Devices) Names() []string {
	var out []string
	for _, device := range d.list {
		out = append(out, device.String())
	}
	return out
}

// take finds the device with the fewest workers.
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

// failed forgets what is on a device that an error has lost: it may be found again, with nothing on it.
func (d *Devices) failed(at int, err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	d.idle.close(func(l *workspace) bool { return l.device == at })
	d.kept[at].close()
}

// resident is where a leaf's values stay on a device; false where they do not.
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
	stream Stream // that they were copied by
	arrays map[*expr.Node]resident
}

type resident struct {
	at   Address
	data []float64 // what was copied: held, so that no other slice can have its address
}

// residentShare is how much of a device's free memory an array may take for good.
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
	r.arrays[n] = resident{at: at, data: data} // 0: stays nowhere
	return at, at != 0, nil
}

// copy puts an array onto the device; 0 where it would take too large a share of what is free.
func (r *residents) copy(data []float64) (at Address, err error) {
	if r.stream == nil {
		// No kernel: the stream is there to copy.
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
	if errors.Is(err, ErrMemory) { // of the host, that copies go through
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
		_ = r.stream.Close() // nobody is left to hear of an error, or it comes after one
		r.stream = nil
	}
	clear(r.arrays)
}
