package simulator

import (
	"fmt"
	"io"
	"runtime"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// Option changes how a simulator is built or run.
type Option func(*settings) error

type settings struct {
	deviations nanobragg.Deviations
	perSample  Corrections
	background *background.Background // may be nil
	workers    int
	memory     int64
	batch      int // pixels in a batch; 0 leaves the choice to the executor
	progress   func(done, total int)
	dump       io.Writer   // of listings; may be nil
	passes     io.Writer   // of every pass; may be nil
	on         machine     // the zero value: none is chosen yet
	closed     *closedForm // nil: the sampled model
}

// Corrections are the factors that the reference program computes once a pixel by default.
type Corrections struct {
	SolidAngle   bool
	Polarization bool
	Capture      bool // by the sensor
}

const (
	// DefaultMemoryLimit bounds the values of a run, the images among them.
	DefaultMemoryLimit = 4 << 30
)

func defaults() settings {
	return settings{workers: runtime.GOMAXPROCS(0), memory: DefaultMemoryLimit}
}

// Reference reproduces the deviations of the reference program from the exact physics (the table of internal/nanobragg).
// They are, by their numbers in physics.md:
//
//  1. the c* of triclinic cells takes the direct cell's volume factor;
//  2. solid angle, polarization and capture are taken once a pixel, at its first sub-pixel, layer and source, except for
//     those named by [PerSample];
//  3. sensor layers are thickness/(layers − 1) apart, at least 2, and all are captured like the last;
//  4. the background is multiplied by r_e² · fluence twice and divided by the number of steps;
//  5. a point pixel's solid angle is 1/R² with R in metres;
//  7. source weights are not used;
//  8. mosaic rotations are float32;
//  9. phi steps are at the starts of their slices, unless [crystal.Config] says otherwise by PhiPoints;
//  10. mosaic domains are the reference program's, unless it says otherwise by Mosaic.Kind.
//
// The sixth, the cap of random missets, concerns the choice of a misset on the command line.
func Reference() Option {
	return func(s *settings) error {
		s.deviations = nanobragg.Reference()
		return nil
	}
}

// PerSample computes corrections at every sample of a pixel, as the exact physics always does. Without [Reference] it is an
// error of [New].
func PerSample(c Corrections) Option {
	return func(s *settings) error {
		s.perSample = c
		return nil
	}
}

// Workers sets how many goroutines compute. The default is GOMAXPROCS.
func Workers(n int) Option {
	return func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("simulator: %d workers; want 1 or more", n)
		}
		s.workers = n
		return nil
	}
}

// MemoryLimit bounds the bytes that the values of a run may take, images among them. A tight limit makes batches of pixels
// smaller and workers fewer; a run that does not fit is an error that names the bytes. The default is
// [DefaultMemoryLimit].
func MemoryLimit(bytes int64) Option {
	return func(s *settings) error {
		if bytes < 1 {
			return fmt.Errorf("simulator: memory limit of %d bytes", bytes)
		}
		s.memory = bytes
		return nil
	}
}

// OnProgress has a function called as pixels are done, one call at a time. total may be several times the number of pixels,
// since a loss that is not a sum over pixels takes several sweeps.
func OnProgress(f func(done, total int)) Option {
	return func(s *settings) error {
		s.progress = f
		return nil
	}
}

// DumpPrograms writes the listing of each program as it is compiled (see [Simulator.Program]), for debugging.
func DumpPrograms(w io.Writer) Option {
	return func(s *settings) error {
		s.dump = w
		return nil
	}
}

// DumpPasses writes the sweeps of each program after each pass of the compiler, for its developers.
func DumpPasses(w io.Writer) Option {
	return func(s *settings) error {
		s.passes = w
		return nil
	}
}
