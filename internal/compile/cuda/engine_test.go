package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
)

// counted is a device that computes nothing: it counts streams and memory, and fails where it is
// told to.
type counted struct {
	loads, open, memory int
	fail                func(what string) error
}

func (d *counted) String() string             { return "counted" }
func (d *counted) FreeMemory() (int64, error) { return 1 << 30, nil }

func (d *counted) failing(what string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(what)
}

func (d *counted) Load(Text) (Stream, error) {
	if err := d.failing("load"); err != nil {
		return nil, err
	}
	d.loads++
	d.open++
	return &countedStream{device: d}, nil
}

type countedStream struct {
	device *counted
	memory int
}

func (s *countedStream) Alloc(bytes int64) (Address, error) {
	if err := s.device.failing("alloc"); err != nil {
		return 0, err
	}
	s.memory++
	s.device.memory++
	return Address(s.memory << 10), nil
}

func (s *countedStream) Release(Address) error {
	s.memory--
	s.device.memory--
	return nil
}

func (s *countedStream) Close() error {
	s.device.memory -= s.memory
	s.device.open--
	return nil
}

func (s *countedStream) SetConstant(string, int, []float64) error    { return nil }
func (s *countedStream) Upload(Address, []float64) error             { return s.device.failing("upload") }
func (s *countedStream) UploadBytes(Address, []byte) error           { return s.device.failing("upload") }
func (s *countedStream) Download([]float64, Address) error           { return nil }
func (s *countedStream) Zero(Address, int64) error                   { return nil }
func (s *countedStream) Launch(k string, _, _ int, _ []uint64) error { return s.device.failing(k) }
func (s *countedStream) Wait() error                                 { return nil }

// TestIdleWorkspaces: however many programs have run, few streams are left open on each device: the
// latest.
func TestIdleWorkspaces(t *testing.T) {
	devices := []*counted{{}, {}}
	idle := newWorkspaces([]Device{devices[0], devices[1]})
	defer idle.forget()
	var last *Source
	for k := range 200 {
		for at, d := range devices {
			stream, err := d.Load(Text{})
			if err != nil {
				t.Fatal(err)
			}
			l := &workspace{source: &Source{}, device: at, stream: stream, idle: idle, buffers: map[string]buffer{}}
			if _, _, err := l.buffer("in0", 1000); err != nil {
				t.Fatal(err)
			}
			idle.put(l)
			if at == 0 {
				last = l.source
			}
		}
		if k+1 < idleWorkspaces && devices[0].open != k+1 {
			t.Fatalf("%d streams are left of %d", devices[0].open, k+1)
		}
	}
	for _, d := range devices {
		if d.open != idleWorkspaces || d.memory != idleWorkspaces {
			t.Errorf("%d streams are open with %d arrays, want %d", d.open, d.memory, idleWorkspaces)
		}
	}
	if idle.take(last, 0, 0) == nil {
		t.Error("the latest is gone")
	}
}

// TestResidents: an array that there is no memory for does not stay, and is no error; it leaves
// nothing on the device.
func TestResidents(t *testing.T) {
	n := expr.New().Leaf("pixels", make([]float64, 3), 3)
	for _, where := range []string{"load", "alloc", "upload"} {
		t.Run(where, func(t *testing.T) {
			d := &counted{}
			d.fail = func(what string) error {
				if what == where {
					return fmt.Errorf("test: %w", ErrMemory)
				}
				return nil
			}
			r := &residents{device: d, arrays: map[*expr.Node]resident{}}
			data := []float64{1, 2, 3}
			for range 2 {
				if at, there, err := r.find(n, data); at != 0 || there || err != nil {
					t.Errorf("array at %d, there %v, error %v", at, there, err)
				}
			}
			if d.memory != 0 {
				t.Errorf("%d arrays are left", d.memory)
			}
			d.fail = nil
			other := []float64{4, 5, 6}
			if _, there, err := r.find(n, other); !there || err != nil {
				t.Errorf("another array: there %v, error %v", there, err)
			}
			r.close()
			if d.open != 0 || d.memory != 0 {
				t.Errorf("%d streams and %d arrays are left", d.open, d.memory)
			}
		})
	}
	d := &counted{fail: func(what string) error { return errors.New(what + " is broken") }}
	r := &residents{device: d, arrays: map[*expr.Node]resident{}}
	if _, _, err := r.find(n, []float64{1}); err == nil || !strings.Contains(err.Error(), "load is broken") {
		t.Errorf("error %v", err)
	}
}

// TestRoomOfOthers: what another simulator's idle programs hold on a device makes room, on that
// device alone.
func TestRoomOfOthers(t *testing.T) {
	full := func(d *counted) {
		d.fail = func(what string) error {
			if what == "alloc" && d.memory >= 2 {
				return fmt.Errorf("test: %w", ErrMemory)
			}
			return nil
		}
	}
	stays := func(*expr.Node) bool { return false }
	use := func(list ...Device) *Devices {
		d, err := Use(stays, list...)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	open := func(d *Devices, at int) *workspace {
		stream, err := d.list[at].Load(Text{})
		if err != nil {
			t.Fatal(err)
		}
		return &workspace{source: &Source{}, device: at, stream: stream, idle: d.idle, buffers: map[string]buffer{}}
	}
	shared, other := &counted{}, &counted{}
	full(shared)
	first, second := use(other, shared), use(shared)
	for at := range 2 {
		l := open(first, at)
		for k := range 2 {
			if _, _, err := l.buffer(fmt.Sprint("in", k), 1000); err != nil {
				t.Fatal(err)
			}
		}
		first.idle.put(l)
	}
	l := open(second, 0)
	for k := range 2 {
		if _, _, err := l.buffer(fmt.Sprint("in", k), 1000); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := l.buffer("in2", 1000); !errors.Is(err, ErrMemory) {
		t.Errorf("error %v where nobody holds more", err)
	}
	if shared.open != 1 || other.open != 1 || other.memory != 2 {
		t.Errorf("%d streams are open on the device, %d on the other with %d arrays", shared.open, other.open, other.memory)
	}
	runtime.KeepAlive(first)
	runtime.KeepAlive(second)
}
