package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/numbered"
)

// simulation is a run of the subcommand.
type simulation struct {
	*experiment.Experiment
	config  *experiment.Config
	flags   *simulateFlags
	numbers []int   // of the images that are made
	sweep   bool    // the experiment has several
	by      G.Nodes // of the derivatives

	layout   layout
	ramp     []float64 // background in each pixel of the frame; nil if there is none
	photons  []*output // of the images
	slopes   []*output // of the derivatives, those by a parameter after those by the one before
	products []*output // by-products of the pixels, in the order of byProducts
	pictures []string  // names for the images, then for the derivatives by each parameter; nil if none are drawn

	overloaded *output // the first one of counts
	over       int     // its pixels that are overloads
}

// output is where frames of a kind go.
type output struct {
	path   string
	word   string // for the format
	counts bool
	writer *files.Writer
	values []float64
	frame  format.Frame
}

// prepare opens the outputs for some images.
func (f *simulateFlags) prepare(e *experiment.Experiment, c *experiment.Config, numbers []int) (*simulation, error) {
	r := &simulation{Experiment: e, config: c, flags: f, numbers: numbers, sweep: c.Scan.LastImage() > c.Scan.FirstImage()}
	if f.derivative != "" {
		var err error
		if r.by, err = choose(e.Parameters(), f.derivative); err != nil {
			return nil, err
		}
		var arrays G.Nodes
		if r.by, arrays = split(r.by); len(arrays) > 0 && len(r.by) == 0 {
			return nil, cli.Usagef("simulate: %s is an array: there are images of derivatives by single numbers only", arrays[0].Name())
		}
	}
	g, _, err := e.Geometry()
	if err != nil {
		return nil, err
	}
	if err := r.lay(g); err != nil {
		return nil, err
	}
	open := func(path string, counts bool) (*output, error) {
		o := &output{path: path, word: files.ImageFormat(path), counts: counts}
		own := *g
		own.Panels = append([]format.Panel(nil), g.Panels...)
		for i := range own.Panels {
			if p := &own.Panels[i]; !counts {
				p.Gain, p.Pedestal, p.Trusted = 1, 0, nil // of photons
			}
		}
		kind := format.Float32
		if counts {
			kind = format.Int32
		}
		var err error
		o.writer, err = files.Create(files.Target{Path: path, Geometry: &own, Fast: r.layout.fast, Slow: r.layout.slow, Type: kind, Numbers: r.numbers})
		return o, err
	}
	for _, path := range f.out {
		o, err := open(path, f.noisy && files.ImageFormat(path) != "raw")
		if err != nil {
			return nil, err
		}
		if o.counts && r.overloaded == nil {
			r.overloaded = o
		}
		r.photons = append(r.photons, o)
	}
	for _, n := range r.by {
		for _, path := range f.out {
			if !files.HoldsFloats(files.ImageFormat(path)) {
				continue
			}
			o, err := open(derivativePath(path, n.Name()), false)
			if err != nil {
				return nil, err
			}
			r.slopes = append(r.slopes, o)
		}
	}
	if f.products != "" {
		for _, name := range byProducts {
			o, err := open(derivativePath(f.products, name), false)
			if err != nil {
				return nil, err
			}
			r.products = append(r.products, o)
		}
	}
	return r, r.checkPaths()
}

// imaged reports whether the images themselves are written.
func (r *simulation) imaged() bool { return len(r.photons) > 0 || len(r.pictures) > 0 }

// derivativePath returns the name of the files of a derivative: with the parameter before a number at the end, or before the
// ending.
func derivativePath(path, name string) string {
	ending := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ending)
	if n, err := numbered.Parse(path); err == nil {
		number := strings.TrimSuffix(filepath.Base(n.Template()), ending)
		place := strings.TrimRight(number, "#")
		if tail := len(number) - len(place); tail > 0 {
			cut := len(stem) - tail
			if !strings.HasSuffix(stem, strings.Repeat("#", tail)) { // %04d
				cut = strings.LastIndexByte(stem, '%')
			}
			return strings.TrimRight(stem[:cut], "_") + "_" + name + "_" + stem[cut:] + ending
		}
	}
	return stem + "_" + name + ending
}

// checkPaths returns an error for files that are written twice, and for pictures that cannot be.
func (r *simulation) checkPaths() error {
	if p := r.flags.picture; p != "" {
		r.pictures = append(r.pictures, p)
		for _, n := range r.by {
			r.pictures = append(r.pictures, derivativePath(p, n.Name()))
		}
		for _, number := range r.numbers[max(0, len(r.numbers)-1):] { // the longest name
			if _, err := r.picturePaths(p, number); err != nil {
				return err
			}
		}
	}
	seen := map[string]bool{}
	for _, path := range r.paths() {
		key, err := cli.Identity(path)
		if err != nil {
			return err
		}
		if key != "" && seen[key] {
			return cli.Usagef("simulate: %s is written twice", path)
		}
		seen[key] = true
		if err := atomicfile.Check(path); err != nil {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	return nil
}

// all returns all outputs.
func (r *simulation) all() []*output {
	return slices.Concat(r.photons, r.slopes, r.products)
}

// paths returns those of all files.
func (r *simulation) paths() (list []string) {
	for _, o := range r.all() {
		list = append(list, o.writer.Paths()...)
	}
	for _, number := range r.numbers {
		list = append(list, r.drawn(number)...)
	}
	return list
}

// drawn returns the paths of the pictures of an image.
func (r *simulation) drawn(number int) (list []string) {
	for _, p := range r.pictures {
		paths, err := r.picturePaths(p, number)
		if err != nil {
			return list // which checkPaths has found
		}
		list = append(list, paths...)
	}
	return list
}

// pathsOf returns those of the files of an image.
func (r *simulation) pathsOf(number int) (list []string) {
	for _, o := range r.all() {
		list = append(list, o.writer.PathOf(number))
	}
	return append(list, r.drawn(number)...)
}

// image makes and writes an image, and its derivatives.
func (r *simulation) image(ctx context.Context, meter cli.Meter, number int) error {
	if err := r.SelectImage(number); err != nil {
		return err
	}
	if s := r.config.Scan; s != nil && len(s.Varying) > 0 {
		r.ramp = r.background()
	}
	if len(r.by) > 0 { // first, since a parameter without one is an error
		list, err := r.Derivatives(ctx, r.by...)
		if err != nil {
			return err
		}
		meter.Next()
		for i := range list {
			if err := r.derivative(ctx, number, i, list[i]); err != nil {
				return err
			}
		}
	}
	if len(r.products) > 0 {
		if err := r.explain(ctx); err != nil {
			return err
		}
		meter.Next()
	}
	if !r.imaged() {
		return nil
	}
	panels, err := r.Images(ctx)
	if err != nil {
		return err
	}
	meter.Next()
	photons := r.layout.join(panels)
	r.expect(photons)
	var counts []float64
	if r.flags.noisy {
		if counts, err = r.draw(photons, number); err != nil {
			return err
		}
	}
	for _, o := range r.photons {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.values = photons
		if o.counts {
			o.values = counts
		}
		if err := r.write(o); err != nil {
			return err
		}
	}
	if len(r.pictures) > 0 {
		meter.Clear()
		return r.paint(r.pictures[0], number, photons, nil)
	}
	return nil
}

// derivative writes that by parameter i.
func (r *simulation) derivative(ctx context.Context, number, i int, panels []*tensor.Dense) error {
	values := r.layout.join(panels)
	if scale := r.scale(); scale != 1 {
		for k := range values {
			values[k] *= scale
		}
	}
	each := len(r.slopes) / len(r.by)
	for _, o := range r.slopes[i*each : (i+1)*each] {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.values = values
		if err := r.write(o); err != nil {
			return err
		}
	}
	if len(r.pictures) > 0 {
		return r.paint(r.pictures[i+1], number, values, r.by[i])
	}
	return nil
}

// close completes the files.
func (r *simulation) close() error {
	for _, o := range r.all() {
		if err := o.writer.Close(); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what is not complete.
func (r *simulation) discard() (err error) {
	for _, o := range r.all() {
		err = errors.Join(err, o.writer.Discard())
	}
	return err
}

// notices returns what the files do not hold, and what else is known after the run.
func (r *simulation) notices() (list []string) {
	for _, o := range append(slices.Clip(r.photons), r.products[:min(1, len(r.products))]...) { // derivatives are written as these are
		for _, n := range o.writer.Notices() {
			list = append(list, o.path+" "+n)
		}
	}
	if r.over > 0 {
		list = append(list, fmt.Sprintf("%d pixels of %s are overloads", r.over, r.overloaded.path))
	}
	return list
}
