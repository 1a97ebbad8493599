package cuda

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// workspace is a stream with the memory that a sweep needs on a device. It belongs to one worker at
// a time; between workers it is among the idle workspaces.
type workspace struct {
	source        *Source // source, device and sweep identify its use
	device, sweep int
	stream        Stream
	buffers       map[string]buffer
	far           []float64 // numbers in global memory, as of the last run
	idle          *workspaces
}

type buffer struct {
	at    Address
	bytes int64
}

// buffer returns the buffer of a name, of at least the given size. fresh reports whether its memory
// is new, with undefined contents.
func (l *workspace) buffer(name string, bytes int64) (at Address, fresh bool, err error) {
	bytes = max(bytes, 8)
	b, ok := l.buffers[name]
	if ok && b.bytes >= bytes {
		return b.at, false, nil
	}
	if ok {
		delete(l.buffers, name)
		if err := l.stream.Release(b.at); err != nil {
			return 0, false, err
		}
	}
	err = l.idle.makingRoom(l.device, func() (err error) {
		at, err = l.stream.Alloc(bytes)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	l.buffers[name] = buffer{at, bytes}
	return at, true, nil
}

// giveUp closes a workspace that is no longer used. It ignores the error of closing: an earlier
// error matters more, or the caller cannot report one.
func (l *workspace) giveUp() { _ = l.stream.Close() }

// idleWorkspaces is the most idle workspaces on a device. Each holds device memory and page-locked
// host memory.
const idleWorkspaces = 16

// workspaces are the idle workspaces of a set of devices.
type workspaces struct {
	devices []Device
	mu      sync.Mutex
	list    []*workspace
}

// allWorkspaces has the idle workspaces of every set of devices in the process.
var (
	allWorkspacesLock sync.Mutex
	allWorkspaces     = map[*workspaces]bool{}
)

func newWorkspaces(devices []Device) *workspaces {
	s := &workspaces{devices: devices}
	allWorkspacesLock.Lock()
	defer allWorkspacesLock.Unlock()
	allWorkspaces[s] = true
	return s
}

// forget removes the workspaces of a set of devices that is no longer used from allWorkspaces.
func (s *workspaces) forget() {
	allWorkspacesLock.Lock()
	defer allWorkspacesLock.Unlock()
	delete(allWorkspaces, s)
}

func (s *workspaces) take(source *Source, device, sweep int) *workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range s.list {
		if l.source == source && l.device == device && l.sweep == sweep {
			s.list = append(s.list[:i:i], s.list[i+1:]...)
			return l
		}
	}
	return nil
}

// put adds an idle workspace. If its device then has too many, put closes the one that has been
// idle longest.
func (s *workspaces) put(l *workspace) {
	s.mu.Lock()
	s.list = append(s.list, l)
	waiting, oldest := 0, -1
	for i, other := range s.list {
		if other.device != l.device {
			continue
		}
		if waiting++; oldest < 0 {
			oldest = i
		}
	}
	var surplus *workspace
	if waiting > idleWorkspaces {
		surplus = s.list[oldest]
		s.list = slices.Delete(s.list, oldest, oldest+1)
	}
	s.mu.Unlock()
	if surplus != nil {
		surplus.giveUp()
	}
}

// close closes the idle workspaces that which selects, and returns their number.
func (s *workspaces) close(which func(*workspace) bool) int {
	s.mu.Lock()
	var chosen, rest []*workspace
	for _, l := range s.list {
		if which(l) {
			chosen = append(chosen, l)
		} else {
			rest = append(rest, l)
		}
	}
	s.list = rest
	s.mu.Unlock()
	for _, l := range chosen {
		l.giveUp()
	}
	return len(chosen)
}

// makingRoom calls f, which allocates memory on a device. If there is too little, it closes all
// idle workspaces on the device, including those of other sets of devices, and calls f again.
func (s *workspaces) makingRoom(device int, f func() error) error {
	err := f()
	if errors.Is(err, ErrMemory) && closeIdle(s.devices[device]) > 0 {
		err = f()
	}
	return err
}

// closeIdle closes all idle workspaces on a device and returns their number.
func closeIdle(on Device) (n int) {
	allWorkspacesLock.Lock()
	sets := slices.Collect(maps.Keys(allWorkspaces))
	allWorkspacesLock.Unlock()
	for _, s := range sets {
		n += s.close(func(l *workspace) bool { return s.devices[l.device] == on })
	}
	return n
}
