package simulator_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
	"github.com/gobragg/gobragg/simulator"
)

// TestCUDAOption: GPUs are chosen by their numbers.
func TestCUDAOption(t *testing.T) {
	d := cudatest.GPU(t)
	if d == nil {
		t.Skip("!!! NOT RUN: there is no GPU to choose !!!")
	}
	identical(t, "image", few().image(t, simulator.On(simulator.GPU(0))), few().image(t, simulator.OnDevices(d)))
	for _, c := range []struct {
		option simulator.Option
		want   string
	}{
		{simulator.On(simulator.GPU(-1)), "-1"},
		{simulator.On(simulator.GPU(0, 999)), "999"},
	} {
		if _, err := small().try(c.option); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestCUDALastWins: of several executors the last counts, and a GPU is not named twice.
func TestCUDALastWins(t *testing.T) {
	d := cudatest.Device(t)
	on := simulator.OnDevices(d)
	for _, c := range []struct {
		options  []simulator.Option
		want     string // "": no error
		compiled bool
		devices  int
	}{
		{[]simulator.Option{simulator.On(simulator.GPU(0, 1, 0))}, "simulator: GPU 0 is named twice", false, 0},
		{[]simulator.Option{simulator.On(simulator.GPU(3, 3).Mixed())}, "simulator: GPU 3 is named twice", false, 0},
		{[]simulator.Option{simulator.On(simulator.GPUs{})}, "simulator: GPUs without a number", false, 0},
		{[]simulator.Option{simulator.On(nil)}, "simulator: On(nil)", false, 0},
		{[]simulator.Option{on}, "", true, 1},
		{[]simulator.Option{on, simulator.Mixed()}, "", true, 1},
		{[]simulator.Option{on, simulator.On(simulator.Tape())}, "", false, 0},
		{[]simulator.Option{on, simulator.On(simulator.CPU())}, "", true, 0},
		{[]simulator.Option{on, simulator.On(simulator.CPU("go"))}, "", true, 0},
		{[]simulator.Option{simulator.On(simulator.CPU("go")), on}, "", true, 1},
		{[]simulator.Option{simulator.On(simulator.Tape()), on}, "", true, 1},
	} {
		m, err := small().try(c.options...)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("error %v", err)
			continue
		}
		if r, err := m.Report(); err != nil || r.Compiled != c.compiled || len(r.Devices) != c.devices {
			t.Errorf("report %+v, error %v; want compiled %t on %d devices", r, err, c.compiled, c.devices)
		}
	}
}

// TestExecutors: executors are written as in a program.
func TestExecutors(t *testing.T) {
	for want, e := range map[string]simulator.Executor{
		"simulator.Tape()":            simulator.Tape(),
		"simulator.CPU()":             simulator.CPU(),
		`simulator.CPU("avx2")`:       simulator.CPU("avx2"),
		"simulator.GPU(0)":            simulator.GPU(0),
		"simulator.GPU(2, 0).Mixed()": simulator.GPU(2, 0).Mixed(),
	} {
		if got := e.String(); got != want || e.Compiled() != (e != simulator.Executor(simulator.Tape())) {
			t.Errorf("%s, compiled %t; want %s", got, e.Compiled(), want)
		}
	}
	if got := small().build(t, simulator.On(simulator.Tape())).Executor(); got != simulator.Tape() {
		t.Errorf("the executor is %s", got)
	}
}

// TestCUDAReport: a simulator names its devices, lists its kernels, and has no inner values; its view on the tape has.
func TestCUDAReport(t *testing.T) {
	d := cudatest.Device(t)
	var dump bytes.Buffer
	m := few().build(t, simulator.OnDevices(d), simulator.DumpPrograms(&dump))
	image := m.image(t)
	r, err := m.Report()
	if err != nil {
		t.Fatal(err)
	}
	if !r.Compiled || len(r.Devices) != 1 || r.Devices[0] != d.String() || r.Why != "" || r.Bytes < 8*int64(m.detector.Pixels()) {
		t.Errorf("report %+v", r)
	}
	if text := r.String(); !strings.Contains(text, "by a compiled program on "+d.String()) {
		t.Errorf("report %q", text)
	}
	program, err := m.Program()
	if err != nil || !strings.Contains(program, `extern "C" __global__ void`) || !strings.Contains(dump.String(), program) {
		t.Errorf("program %.200q, dump of %d bytes, error %v", program, dump.Len(), err)
	}

	ctx := context.Background()
	_, value := m.Value(ctx, m.Parts().H)
	_, gradient := m.Gradient(ctx, m.sum(t), m.Parts().SolidAngle)
	for _, err := range []error{value, gradient} {
		if !errors.Is(err, simulator.ErrDonated) || !strings.Contains(err.Error(), "simulator.On(simulator.Tape())") {
			t.Errorf("error %v", err)
		}
	}

	tape := m
	tape.Simulator = m.on(t, simulator.Tape())
	same(t, "image on the tape", tape.image(t), image, 1e-12)
	if h := tape.value(t, tape.Parts().H); !finite(h) || furthestFrom0(h) == 0 {
		t.Errorf("Miller indices on the tape: %v", h)
	}
	if r, err = tape.Report(); err != nil || r.Compiled || r.Devices != nil {
		t.Errorf("report %+v of the view on the tape, error %v", r, err)
	}
	again := m
	again.Simulator = tape.on(t, m.Executor())
	identical(t, "image of the view on the program", again.image(t), image)
	if again.Simulator, err = m.Derived(m.Detector(), m.crystal); err != nil {
		t.Fatal(err)
	}
	identical(t, "image of what is derived", again.image(t), image)
	for what, s := range map[string]*simulator.Simulator{"view": tape.on(t, m.Executor()), "derived": again.Simulator} {
		if r, err = s.Report(); err != nil || len(r.Devices) != 1 {
			t.Errorf("report %+v of %s, error %v", r, what, err)
		}
	}
}

// TestCUDAFallsBack: a loss that is not compiled runs on the tape, and the report does not name a device.
func TestCUDAFallsBack(t *testing.T) {
	m, loss := twoOrders(t, simulator.OnDevices(cudatest.Device(t)))
	r, err := m.Report(loss)
	if err != nil || r.Compiled || r.Devices != nil || !strings.Contains(r.Why, "sums over") {
		t.Errorf("report %+v, error %v", r, err)
	}
	tape, other := twoOrders(t, simulator.On(simulator.Tape()))
	identical(t, "loss", m.value(t, loss), tape.value(t, other))
}

// TestCUDAOutOfMemory: what does not fit a device is an error that says so. Nothing else is harmed by it.
func TestCUDAOutOfMemory(t *testing.T) {
	s := awkward()
	want := s.image(t, simulator.On(simulator.CPU()))
	for _, bytes := range []int64{100, 5_000, 40_000, 150_000} {
		tiny := cudatest.StandIn(t, shim.Options{Memory: bytes, Name: "tiny GPU"})
		m := s.build(t, simulator.OnDevices(tiny))
		loss := m.bumps(t)
		for range 2 { // the second time too
			_, err := m.Gradient(context.Background(), loss, m.crystal.Cell.A, m.crystal.Structure)
			if !errors.Is(err, cuda.ErrMemory) || !strings.Contains(err.Error(), "tiny GPU") || !strings.Contains(err.Error(), "out of device memory") {
				t.Fatalf("in %d bytes: error %v", bytes, err)
			}
		}
		onCPU := m
		var err error
		if onCPU.Simulator, err = simulator.New(m.crystal, m.beam, m.detector, simulator.On(simulator.CPU())); err != nil {
			t.Fatal(err)
		}
		identical(t, "image on the processor afterwards", onCPU.image(t), want)
	}
	// What fits runs, before and after an error.
	little := cudatest.StandIn(t, shim.Options{Memory: 400_000}) // enough for a table, not for sums into it
	one := small().build(t, simulator.OnDevices(little))
	first := one.image(t)
	m := s.build(t, simulator.OnDevices(little))
	before := free(t, little)
	if _, err := m.Gradient(context.Background(), m.bumps(t), m.crystal.Structure); !errors.Is(err, cuda.ErrMemory) {
		t.Errorf("error %v", err)
	}
	// What was taken for the run is given back, but for the pixels' coordinates.
	if kept, most := before-free(t, little), int64(2*8*m.detector.Pixels()); kept > most {
		t.Errorf("%d bytes are taken after an error, at most %d", kept, most)
	}
	identical(t, "image of the first simulator afterwards", one.image(t), first)
	identical(t, "image of a third", small().image(t, simulator.OnDevices(little)), first)
}

func free(t *testing.T, d cuda.Device) int64 {
	t.Helper()
	bytes, err := d.FreeMemory()
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestCUDALost: a device that is lost half-way is an error that names it, then and later. A simulator on another works.
func TestCUDALost(t *testing.T) {
	s := awkward()
	want := s.image(t)
	healthy := cudatest.StandIn(t, shim.Options{Name: "healthy GPU"})
	for _, after := range []int{1, 2, 5} {
		for _, list := range [][]cuda.Device{{nil}, {healthy, nil}} {
			list[len(list)-1] = cudatest.StandIn(t, shim.Options{LoseAfter: after, Name: "failing GPU"})
			m := s.build(t, simulator.OnDevices(list...), simulator.Launches(16, 0))
			failed, most := 0, 3
			if len(list) > 1 {
				most = 200 // the healthy one may be so quick that little is left for the other
			}
			for range most {
				img, err := m.Image(context.Background())
				if err == nil {
					same(t, "image", img.Float64s(), want, 1e-12)
					continue
				}
				if !errors.Is(err, cuda.ErrLost) || !strings.Contains(err.Error(), "failing GPU") || !strings.HasPrefix(err.Error(), "plan: sweep ") {
					t.Errorf("%d devices, the last lost at launch %d: error %v", len(list), after, err)
				}
				if failed++; failed == 3 {
					break
				}
			}
			if failed != 3 {
				t.Errorf("%d devices, the last lost at launch %d: %d errors, want 3", len(list), after, failed)
			}
			other := m
			var err error
			if other.Simulator, err = simulator.New(m.crystal, m.beam, m.detector, simulator.OnDevices(healthy)); err != nil {
				t.Fatal(err)
			}
			same(t, "image on another device", other.image(t), want, 1e-12)
		}
	}
}

// TestCUDACancel: a run that is cancelled half-way ends soon, with the context's error; the next is right.
func TestCUDACancel(t *testing.T) {
	d := cudatest.Device(t)
	var stop func()
	calls, done, total := 0, 0, 0
	m := wide(t, simulator.OnDevices(d), simulator.Launches(2048, 0), simulator.OnProgress(func(d, n int) {
		calls, done, total = calls+1, d, n
		stop()
	}))
	const workers = 2 // on a device
	for what, run := range map[string]func(context.Context) error{
		"image": func(ctx context.Context) error { _, err := m.Image(ctx); return err },
		"gradient": func(ctx context.Context) error {
			_, err := m.Gradient(ctx, m.sum(t), m.crystal.Cell.A)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		stop, calls = cancel, 0
		if err := run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", what, err)
		}
		cancel()
		if calls > 1+workers || done >= total {
			t.Errorf("%s went on to %d batches and %d of %d pixels", what, calls, done, total)
		}
	}
	stop, calls = func() {}, 0
	same(t, "image afterwards", m.image(t), wide(t).image(t), 1e-12)
	if batches := (m.detector.Pixels() + 2047) / 2048; calls != batches || done != total {
		t.Errorf("progress of %d batches to %d of %d, want %d batches", calls, done, total, batches)
	}
}
