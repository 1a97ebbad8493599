// Command nanobragg simulates the X-ray diffraction of a nanocrystal. It takes the options of the nanoBragg program,
// with their names, units, defaults and precedence, and gives its results; -exact corrects the physics. -help lists all.
//
// Beyond those, -deriv writes images of how the photons of each pixel change with parameters of the experiment, and
// -program shows what the image would be computed by, and in how much memory, without doing so.
//
// Exit status: 0 where all went well, 1 where the run failed or was interrupted, 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"gorgonia.org/tensor"
)

const (
	statusFailed = 1
	statusUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := simulate(ctx, args, stdout, stderr)
	var usage usageError
	status, message := statusFailed, fmt.Sprint(err)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		message = "interrupted: nothing was written"
	case errors.As(err, &usage):
		status = statusUsage
	}
	if _, err := fmt.Fprintf(stderr, "nanobragg: %s\n", message); err != nil {
		return statusFailed
	}
	return status
}

// simulate goes the whole way from arguments to files.
func simulate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return usagef("a crystal and its structure factors are needed, for instance: nanobragg -cell 78 78 38 90 90 90 -default_F 100 -N 10 -pngfile spots.png; -help lists all options")
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.help {
		return writeHelp(stdout)
	}
	s, err := resolve(o)
	if err != nil {
		return err
	}
	if err := s.output.check(); err != nil {
		return err
	}
	if err := tell(stderr, s.notices); err != nil {
		return err
	}
	meter := newMeter(s.progress, stderr)
	m, err := build(s, meter.option()...)
	if err != nil {
		return err
	}
	advice, err := m.compilation()
	if err != nil {
		return err
	}
	if err := tell(stderr, slices.Concat(m.advice, m.sim.Notices(), advice)); err != nil {
		return err
	}
	out := &printer{w: stdout}
	m.describe(out)
	if s.listing {
		return m.list(out)
	}

	began := time.Now()
	image, derivatives, err := m.compute(ctx)
	meter.finish()
	if err != nil {
		return err
	}
	took := time.Since(began)
	if s.printout {
		if err := m.printout(ctx, out, image); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	result := image.measure(s.show.region, s.detector.Mask)
	m.describeResult(out, result)
	if err := m.write(out, image, result); err != nil {
		return err
	}
	if err := m.writeDerivatives(out, derivatives); err != nil {
		return err
	}
	out.printf("simulated in %s\n", took.Round(time.Millisecond))
	return out.err
}

// tell prints what the user should know.
func tell(w io.Writer, notices []string) error {
	out := &printer{w: w}
	for _, n := range notices {
		out.printf("nanobragg: %s\n", n)
	}
	return out.err
}

// compute makes all images. Derivatives come first: that there are none by some parameter is told before the long run.
func (m *model) compute(ctx context.Context) (*frame, []derivative, error) {
	derivatives, err := m.derivatives(ctx)
	if err != nil {
		return nil, nil, err
	}
	image, err := m.image(ctx)
	return image, derivatives, err
}

// image simulates.
func (m *model) image(ctx context.Context) (*frame, error) {
	t, err := m.sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	return newFrame(t)
}

// newFrame takes over an image (slow, fast), and rounds it to float32.
func newFrame(t *tensor.Dense) (*frame, error) {
	values, ok := t.Data().([]float64)
	if !ok {
		return nil, fmt.Errorf("the image holds %s", t.Dtype())
	}
	shape := t.Shape()
	if len(shape) != 2 || shape.TotalSize() != len(values) {
		return nil, fmt.Errorf("the image has shape %v and %d pixels", shape, len(values))
	}
	p := &frame{fast: shape[1], slow: shape[0], pixels: values}
	for i, v := range values {
		rounded := float64(float32(v))
		if !(math.Abs(rounded) <= math.MaxFloat32) {
			return nil, fmt.Errorf("pixel %d %d of the image, %g, does not fit a float32", i%p.fast, i/p.fast, v)
		}
		values[i] = rounded
	}
	return p, nil
}
