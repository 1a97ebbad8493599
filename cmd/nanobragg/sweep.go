package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/numbered"
)

// mostImages of a sweep are those that an experiment may have.
const mostImages = 1000000

// resolveSweep makes a scan of the rotation: its images are as wide as the rotation is, which the crystal then need not say.
func (r *resolver) resolveSweep() {
	c, show := r.s.crystal(), &r.s.show
	scan := &experiment.Scan{Images: r.images.value, Phi: c.Phi, Width: show.osc}
	c.Phi = 0
	if c.Osc == max(scan.Width, -scan.Width) {
		c.Osc = 0
	}
	r.s.experiment.Scan = scan
	if scan.Images > 1 && scan.Width == 0 {
		r.s.slips = append(r.s.slips, fmt.Sprintf("-images %d without -osc: all images have the same orientation, and differ in their noise only", scan.Images))
	}
}

// repeatsStep reports whether the reference program would repeat a step in one of the images.
func (r *resolver) repeatsStep() bool {
	c, scan := r.s.crystal(), r.s.experiment.Scan
	for number := scan.FirstImage(); number <= scan.LastImage(); number++ {
		if nanobragg.RepeatsStep(c.Phi+scan.Start(number), c.PhiStep, c.PhiSteps) {
			return true
		}
	}
	return false
}

// sweep reports whether -images is given. Without it, names of files are taken as they are.
func (s *setup) sweep() bool { return s.experiment.Scan != nil }

// sweep makes and writes the images of a sweep, one after the other.
func (p *program) sweep(ctx context.Context, m *model, meter cli.Meter, asked, log *cli.Printer, save saver) error {
	defer meter.Finish()
	scan := m.experiment.Scan
	var numbers []int
	last := 0 // image that is there
	if m.resume {
		var err error
		if numbers, last, err = m.missing(); err != nil {
			return err
		}
		log.Printf("%d of %d images are there\n", scan.Images-len(numbers), scan.Images)
	} else {
		for number := scan.FirstImage(); number <= scan.LastImage(); number++ {
			numbers = append(numbers, number)
		}
	}
	meter.Expect(m.runsEach() * (len(numbers) + min(last, 1)))
	if last > 0 {
		if err := p.compare(ctx, m, meter, last); err != nil {
			return err
		}
	}
	if len(numbers) > 0 {
		var err error
		if m.stacks, err = m.openStacks(); err != nil {
			return err
		}
		p.files.begun(m.stacks)
	}
	if err := p.sweepImages(ctx, m, meter, numbers, asked, log, save); err != nil {
		return errors.Join(err, m.stacks.discard())
	}
	return p.closeStacks(m.stacks, log)
}

// sweepImages makes the images with these numbers, and what a sweep has one of.
func (p *program) sweepImages(ctx context.Context, m *model, meter cli.Meter, numbers []int, asked, log *cli.Printer, save saver) error {
	scan := m.experiment.Scan
	if err := m.writeOnce(log, save, m.output.scale); err != nil {
		return err
	}
	p.files.sweep(scan.Images, scan.Images-len(numbers))
	for _, number := range numbers {
		own, err := m.at(number)
		if err != nil {
			return err
		}
		if err := p.image(ctx, own, meter, asked, log, save); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return fmt.Errorf("image %d: %w", number, err)
		}
		p.files.imageDone()
	}
	return nil
}

// runsEach is how many times the simulator runs for an image.
func (s *setup) runsEach() int {
	if len(s.output.derivatives.names) > 0 {
		return 2
	}
	return 1
}

// at turns the crystal to an image of a sweep, and returns the model with that image's rotation, files and seed.
func (m *model) at(number int) (*model, error) {
	if err := m.nodes.SelectImage(number); err != nil {
		return nil, err
	}
	return m.named(number)
}

// named returns the model with an image's rotation, files and seed, without turning the crystal.
func (m *model) named(number int) (*model, error) {
	s := *m.setup
	s.show.phi = s.experiment.Scan.Start(number)
	var err error
	if s.output, err = s.output.of(number); err != nil {
		return nil, err
	}
	own := *m
	own.setup, own.after = &s, nil
	return &own, nil
}

// describeImage prints which image of a sweep follows.
func (m *model) describeImage(out *cli.Printer) {
	if !m.sweep() {
		return
	}
	out.Printf("\nimage %d of %d: phi %.6g to %.6g degrees", m.nodes.Selected(), m.experiment.Scan.Images, m.show.phi, m.show.phi+m.show.osc)
	if m.output.noise != "" {
		out.Printf(", noise seed %d", int64(m.output.seed))
	}
	out.Printf("\n")
}

// of returns the outputs of an image of a sweep: its number is in their names, and the seed of its noise is that of the
// first image and the images before, so that it can be made alone.
func (w output) of(number int) (output, error) {
	for _, path := range []*string{&w.float, &w.integer, &w.pgm, &w.noise, &w.cbf, &w.png, &w.derivatives.prefix} {
		name, err := numbered.Parse(*path)
		switch {
		case *path == "":
		case err == nil:
			*path = name.Path(number)
		case w.images > 1:
			return output{}, err
		}
	}
	w.seed += uint64(number - 1)
	return w, nil
}

// checkNames returns an error if the images of a sweep would be written to one file.
func (w *output) checkNames() error {
	for _, f := range w.imageFiles() {
		if w.images < 2 {
			break
		}
		if f.path == standardOutput {
			return cli.Usagef("%s %s: %d images cannot go to standard output; give a name with a place for their numbers: image_####", f.option, f.path, w.images)
		}
		name, err := numbered.Parse(f.path)
		if err == nil {
			err = name.Room(w.images)
		}
		if err != nil {
			return cli.Usagef("%s %s %w (-images %d)", f.option, f.path, err, w.images)
		}
	}
	return nil
}

// allFiles are all that are written, those of a sweep with their numbers.
func (w *output) allFiles() ([]file, error) {
	if w.images == 0 {
		return w.files(), nil
	}
	var list []file
	for number := 1; number <= w.images; number++ {
		own, err := w.of(number)
		if err != nil {
			return nil, err
		}
		list = append(list, own.imageFiles()...)
	}
	return slices.Concat(list, w.stackFiles(), w.onceFiles()), nil
}
