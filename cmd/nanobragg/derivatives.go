package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/simulator"
)

// derivativeFiles are the outputs of -deriv.
type derivativeFiles struct {
	names    []string // of parameters
	prefix   string
	pictures bool
	scale    picture.Scale // of the pictures
}

// path of a parameter's image.
func (d *derivativeFiles) path(name, extension string) string {
	return d.prefix + "_" + name + "." + extension
}

func (d *derivativeFiles) files() []file {
	var list []file
	for _, name := range d.names {
		list = append(list, file{"-derivfile", d.path(name, "bin")})
		if d.pictures {
			list = append(list, file{"-derivpng", d.path(name, "png")})
		}
	}
	return list
}

// derivative is how the photons of each pixel change with a parameter, per unit of it.
type derivative struct {
	*parameter
	*frame
}

// derivatives computes all images of -deriv in one sweep. A parameter that the image does not depend on is an error,
// found before anything is computed.
func (m *model) derivatives(ctx context.Context) ([]derivative, error) {
	names := m.output.derivatives.names
	if len(names) == 0 {
		return nil, nil
	}
	list, nodes := make([]derivative, len(names)), make([]*node, len(names))
	for i, name := range names {
		p := parameterNamed(name)
		list[i].parameter = p
		if nodes[i] = p.node(m); nodes[i] == nil {
			return nil, p.detached(false)
		}
	}
	images, err := m.sim.Derivatives(ctx, nodes...)
	if err != nil {
		var detached *simulator.DetachedError
		if errors.As(err, &detached) {
			for i, n := range nodes {
				if n == detached.By {
					return nil, list[i].detached(detached.Stepwise)
				}
			}
		}
		return nil, fmt.Errorf("-deriv: %w", err)
	}
	for i := range list {
		if list[i].frame, err = singlePanel(images[i]); err != nil {
			return nil, fmt.Errorf("-deriv %s: %w", names[i], err)
		}
	}
	return list, nil
}

// detached is the error of a run whose image has no derivative by a parameter; it says what would give it one.
func (p *parameter) detached(stepwise bool) error {
	switch {
	case stepwise:
		return fmt.Errorf("-deriv %s: %w: the image changes with it only in steps, from one reflection or spot to the next", p.name, simulator.ErrDetached)
	case p.needs != "":
		return fmt.Errorf("-deriv %s: %w: the image does not depend on it; that needs %s", p.name, simulator.ErrDetached, p.needs)
	}
	return fmt.Errorf("-deriv %s: %w: the image does not depend on it", p.name, simulator.ErrDetached)
}

// singlePanel is the frame of the command's detector, which has one panel.
func singlePanel(images []*tensor.Dense) (*frame, error) {
	if len(images) != 1 {
		return nil, fmt.Errorf("the detector has %d panels", len(images))
	}
	return newFrame(images[0])
}

// describe prints where a derivative is largest.
func (d *derivative) describe(out *cli.Printer) {
	largest, at := 0.0, 0
	for i, v := range d.pixels {
		if a := math.Abs(float64(v)); a > largest {
			largest, at = a, i
		}
	}
	out.Printf("derivative by %s: largest |dI| = %.6g %s at pixel %d %d\n", d.name, largest, d.perUnit(), at%d.fast, at/d.fast)
}

// writeDerivatives describes and writes all images of -deriv.
func (m *model) writeDerivatives(out *cli.Printer, save saver, list []derivative) error {
	w := &m.output.derivatives
	for i := range list {
		d := &list[i]
		d.describe(out)
		path := w.path(d.name, "bin")
		out.Printf("writing %s as %d 4-byte floats\n", path, len(d.pixels))
		if err := save(path, func(w io.Writer) error { return raw.Write(w, d.pixels) }); err != nil {
			return err
		}
		if !w.pictures {
			continue
		}
		path = w.path(d.name, "png")
		options := picture.Options{Scale: w.scale, ColourMap: picture.BlueRed}
		if err := m.writePicture(out, save, path, d.frame, "derivative by "+d.name, d.perUnit(), options); err != nil {
			return err
		}
	}
	return nil
}
