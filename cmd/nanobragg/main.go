// Command nanobragg simulates the X-ray diffraction of a nanocrystal. It takes the options of the nanoBragg program,
// with their names, units, defaults and precedence, and gives its results; -exact corrects the physics. -help lists all.
//
// Beyond those, -deriv writes images of the derivatives of each pixel's photons by parameters of the experiment, and
// -program prints the program that would compute the image, and the memory that it needs, without running it.
//
// Exit status: 0 where all went well, 1 where the run failed, 2 for wrong usage, 130 and 143 where it was interrupted from
// the terminal or terminated.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/gobragg/gobragg"
	_ "github.com/gobragg/gobragg/cmd/nanobragg/internal/help" // prints -help before anything else
	"github.com/gobragg/gobragg/internal/cli"
)

func main() { os.Exit(supervise(os.Args[1:], os.Stdout, os.Stderr)) }

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer
	files          journal
}

// run returns the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	err := p.simulate(ctx, args)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return p.interrupted(context.Cause(ctx))
	case cli.IsUsage(err):
		return p.fail(cli.StatusUsage, err)
	}
	return p.fail(cli.StatusFailed, err)
}

func (p *program) fail(status int, err error) int {
	if _, err := fmt.Fprintf(p.stderr, "nanobragg: %s\n", inOptions(err)); err != nil {
		return cli.StatusFailed
	}
	return status
}

// simulate does all that a run does, from the arguments to the files.
func (p *program) simulate(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return cli.Usagef("a crystal and its structure factors are needed, for instance: nanobragg -cell 78 78 38 90 90 90 -default_F 100 -N 10 -pngfile spots.png; -help lists all options")
	}
	o, err := parse(args)
	switch {
	case err != nil:
		return err
	case o.help:
		return writeHelp(p.stdout)
	case o.version:
		_, err := fmt.Fprintln(p.stdout, "nanobragg", gobragg.Version())
		return err
	}
	s, err := resolve(o)
	if err != nil {
		return err
	}
	if err := s.output.check(); err != nil {
		return err
	}
	if err := p.say(s.strict, s.notices, s.slips); err != nil {
		return err
	}
	meter := newMeter(s.progress, s.quiet, p.stderr)
	if s.sweep() {
		meter = meter.InParts()
	}
	m, err := build(s, reporting(meter)...)
	if err != nil {
		return err
	}
	advice, err := m.compilation()
	if err != nil {
		return err
	}
	if err := p.say(s.strict, slices.Concat(m.advice, m.sim.Notices(), advice), m.slips); err != nil {
		return err
	}
	asked, log := p.printers(s)
	m.describe(log)
	if s.listing {
		return m.list(asked)
	}
	save := func(path string, write func(io.Writer) error) error {
		return errors.Join(asked.Err, log.Err, p.save(ctx, path, write))
	}
	if s.experimentAlone() {
		return errors.Join(m.writeExperiment(log, save, 0), log.Err)
	}

	if text, err := m.manyAutomaticSteps(ctx); err != nil {
		return err
	} else if text != "" {
		if err := p.say(s.strict, nil, []string{text}); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := p.images(ctx, m, meter, asked, log, save); err != nil {
		return err
	}
	log.Printf("simulated in %s\n", time.Since(began).Round(time.Millisecond))
	return log.Err
}

// images makes and writes the image of a run, or those of a sweep.
func (p *program) images(ctx context.Context, m *model, meter cli.Meter, asked, log *cli.Printer, save saver) error {
	if m.sweep() {
		return p.sweep(ctx, m, meter, asked, log, save)
	}
	var err error
	if m.stacks, err = m.openStacks(); err != nil {
		return err
	}
	if err := p.image(ctx, m, meter, asked, log, save); err != nil {
		return errors.Join(err, m.stacks.discard())
	}
	return p.closeStacks(m.stacks, log)
}

// image makes and writes one image.
func (p *program) image(ctx context.Context, m *model, meter cli.Meter, asked, log *cli.Printer, save saver) error {
	image, derivatives, err := m.compute(ctx, meter)
	if m.sweep() {
		meter.Clear()
	} else {
		meter.Finish()
	}
	if err != nil {
		return err
	}
	m.describeImage(log)
	if m.setup.printout {
		if err := m.printout(ctx, asked, image); err != nil {
			return err
		}
	}
	result := image.measure(m.show.region, m.mask())
	m.describeResult(log, result)
	if result.max == 0 {
		if err := m.late("the image is black: no pixel that is simulated has a photon"); err != nil {
			return err
		}
	}
	if err := m.write(log, save, image, result); err != nil {
		return err
	}
	if err := warn(p.stderr, m.after); err != nil {
		return err
	}
	return m.writeDerivatives(log, save, derivatives)
}

// printers returns one for what the user asks to be printed and one for the summary, which -quiet leaves out. They print
// to standard error if an output goes to standard output.
func (p *program) printers(s *setup) (asked, log *cli.Printer) {
	asked = &cli.Printer{W: p.stdout}
	if s.output.takesStdout() && !s.listing {
		asked = &cli.Printer{W: p.stderr}
	}
	if s.quiet {
		return asked, &cli.Printer{W: io.Discard}
	}
	return asked, asked
}

// compute makes an image and its derivatives. Derivatives come first, so that a parameter without one is an error before the long run.
func (m *model) compute(ctx context.Context, meter cli.Meter) (*frame, []derivative, error) {
	derivatives, err := m.derivatives(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(derivatives) > 0 {
		meter.Next()
	}
	image, err := m.image(ctx)
	meter.Next()
	return image, derivatives, err
}

// image simulates.
func (m *model) image(ctx context.Context) (*frame, error) {
	return m.frame, m.frame.image(ctx, m.sim)
}
