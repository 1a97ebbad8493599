package cuda

import (
	"errors"
	"sync"

	"github.com/gobragg/gobragg/internal/compile"
)

// lane is a stream with the memory that a sweep needs on a device. It belongs to one worker at a time, and waits for the
// next among the idle lanes.
type lane struct {
	source        *compile.CUDASource // with device and sweep: what it is for
	device, sweep int
	stream        Stream
	buffers       map[string]buffer
	far           []float64 // numbers in global memory, as of the last run
	idle          *lanes
}

type buffer struct {
	at    Address
	bytes int64
}

// buffer is memory by the name of what is in it, as large as asked for at least. fresh tells that its contents are gone.
func (l *lane) buffer(name string, bytes int64) (at Address, fresh bool, err error) {
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

// giveUp closes a lane after an error, which is the one that counts, or when nobody is left to hear of one.
func (l *lane) giveUp() { _ = l.stream.Close() }

// lanes are those that no worker has.
type lanes struct {
	mu   sync.Mutex
	list []*lane
}

func (s *lanes) take(source *compile.CUDASource, device, sweep int) *lane {
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

func (s *lanes) put(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, l)
}

// close closes some lanes and tells how many.
func (s *lanes) close(which func(*lane) bool) int {
	s.mu.Lock()
	var chosen, rest []*lane
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

// makingRoom does what takes memory of a device. Where there is too little, what idle lanes hold there is given back, and
// it is tried once more.
func (s *lanes) makingRoom(device int, f func() error) error {
	err := f()
	if errors.Is(err, ErrMemory) && s.close(func(l *lane) bool { return l.device == device }) > 0 {
		err = f()
	}
	return err
}
