package simulator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gobragg/gobragg/simulator"
)

func TestCancelBefore(t *testing.T) {
	m := awkward().build(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Image(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Image: error %v", err)
	}
	if _, err := m.Gradient(ctx, m.sum(t), m.crystal.Cell.A); !errors.Is(err, context.Canceled) {
		t.Errorf("Gradient: error %v", err)
	}
	// Nothing is broken by that.
	m.image(t)
}

// wide has more pixels than several batches take.
func wide(t *testing.T, options ...simulator.Option) model {
	s := small()
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 250, 200, 0.3
	return s.build(t, options...)
}

// TestCancelDuring cancels at the first sign of progress: no more than the batches at hand are finished.
func TestCancelDuring(t *testing.T) {
	const workers = 2
	var stop func() // cancels the present run
	calls, done, total := 0, 0, 0
	m := wide(t, simulator.Workers(workers), simulator.OnProgress(func(d, n int) {
		calls++
		done, total = d, n
		stop()
	}))
	for _, run := range []struct {
		name string
		of   func(context.Context) error
	}{
		{"Image", func(ctx context.Context) error { _, err := m.Image(ctx); return err }},
		{"Gradient", func(ctx context.Context) error {
			_, err := m.Gradient(ctx, m.sum(t), m.crystal.Cell.A, m.beam.Wavelength)
			return err
		}},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		stop, calls = cancel, 0
		if err := run.of(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", run.name, err)
		}
		cancel()
		if calls > 1+workers || done >= total {
			t.Errorf("%s went on to %d batches and %d of %d pixels", run.name, calls, done, total)
		}
	}
}

// TestCancelWithin cancels in the midst of batches that take minutes, on workers and processors that are busy otherwise too:
// compiled, 8·10⁹ steps, and node by node half a million a pixel.
func TestCancelWithin(t *testing.T) {
	const limit = time.Minute // it takes a second, and twelve on a machine that emulates another one meanwhile; the rest would take longer
	for name, oversample := range map[string]int{"compiled": 1024, "uncompiled": 500} {
		t.Run(name, func(t *testing.T) {
			s := small()
			s.detector.Oversample = oversample
			if name == "compiled" {
				s.crystal.Osc, s.crystal.PhiSteps = 1, 200
			}
			m := s.build(t, simulator.Workers(2), modes[name])
			ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := m.Image(ctx)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > limit {
				t.Errorf("after %v: %v", took, err)
			}
			cell := m.crystal.Cell.A
			ctx, cancel = context.WithTimeout(context.Background(), 500*time.Millisecond)
			defer cancel()
			began = time.Now()
			_, err = m.Gradient(ctx, m.sum(t), cell)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > limit {
				t.Errorf("gradient, after %v: %v", took, err)
			}
		})
	}
}

// TestProgress: what is done rises to the total, which is the pixels once a sweep.
func TestProgress(t *testing.T) {
	var seen [][2]int
	m := wide(t, simulator.Workers(3),
		simulator.OnProgress(func(done, total int) { seen = append(seen, [2]int{done, total}) }))
	check := func(what string, sweeps int) {
		t.Helper()
		pixels := m.detector.Pixels()
		if len(seen) < 2 {
			t.Fatalf("%s: progress %v", what, seen)
		}
		last, total := 0, seen[0][1]
		if total%pixels != 0 || total/pixels < sweeps {
			t.Errorf("%s: a total of %d for %d pixels, want at least %d sweeps", what, total, pixels, sweeps)
		}
		for _, p := range seen {
			if p[0] <= last || p[1] != total {
				t.Errorf("%s: %d of %d after %d of %d", what, p[0], p[1], last, total)
				break
			}
			last = p[0]
		}
		if last != total {
			t.Errorf("%s: progress ends at %d of %d", what, last, total)
		}
		seen = nil
	}
	m.image(t)
	check("image", 1)
	loss := m.correlation(m.data(t, "data", func(i int) float64 { return float64(i % 7) }))
	seen = nil
	m.value(t, loss)
	check("correlation", 2) // for the mean, then for what is about it
	m.gradient(t, loss, m.crystal.Cell.A)
	check("gradient of the correlation", 2)
}
