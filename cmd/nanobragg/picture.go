package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/internal/cli"
)

// drawing says what PNG pictures look like.
type drawing struct {
	options picture.Options // of -pngfile
	plain   bool            // the pixels alone
	inMM    bool
	rings   resolutionRings
}

// resolutionRings are those of -pngrings.
type resolutionRings struct {
	given, round bool
	d            []float64 // Å
}

// write writes a picture of an image.
func (m *model) writePicture(out *cli.Printer, save saver, path string, img *frame, title, label string, o picture.Options) error {
	d := &m.output.drawing
	if d.plain {
		out.Printf("writing %s as a 16-bit picture\n", path)
		return save(path, func(w io.Writer) error { return picture.Encode(w, wide(img.pixels), img.fast, img.slow, o) })
	}
	f, err := m.figure(img)
	if err != nil {
		return err
	}
	f.Title, f.Label, f.Options = title, label, o
	out.Printf("writing %s as a picture with axes\n", path)
	return save(path, func(w io.Writer) error { return figure.Encode(w, 1, *f) })
}

// figure is the simulated region of an image, with the place of the detector.
func (m *model) figure(img *frame) (*figure.Figure, error) {
	planes, err := m.det.Planes()
	if err != nil {
		return nil, err
	}
	if len(planes) != 1 {
		return nil, fmt.Errorf("the detector has %d panels", len(planes))
	}
	wavelength, err := m.src.MeanWavelength()
	if err != nil {
		return nil, err
	}
	region := m.show.region
	f := &figure.Figure{
		Data: wide(img.inside(region)), Fast: region.FastMax - region.FastMin + 1, Slow: region.SlowMax - region.SlowMin + 1,
		First: [2]int{region.FastMin, region.SlowMin}, Geometry: &planes[0], Wavelength: wavelength,
	}
	if mask := m.mask(); mask != nil {
		f.Missing = make([]bool, 0, len(f.Data))
		img.each(region, func(_, _, i int) { f.Missing = append(f.Missing, !mask[i]) })
	}
	d := &m.output.drawing
	if d.inMM {
		f.Pixel = planes[0].Pixel
	}
	if f.Rings = d.rings.d; d.rings.round {
		f.Rings = f.RoundRings()
	}
	return f, nil
}

// setPictureLimits reads the values of -pnglimits.
func setPictureLimits(o *options, in input) error {
	var l [2]picture.Limit
	for i, s := range in.values {
		var err error
		if l[i], err = picture.ParseLimit(s); err != nil {
			return err
		}
	}
	o.pngLimits = some(l)
	return nil
}

// setRings reads the value of -pngrings.
func setRings(o *options, in input) error {
	o.pngRings = resolutionRings{given: true, round: in.values[0] == "auto"}
	if o.pngRings.round {
		return nil
	}
	for _, s := range strings.Split(in.values[0], ",") {
		d, err := parseReal(s)
		if err != nil {
			return err
		}
		if !(d > 0) || math.IsInf(d, 0) {
			return fmt.Errorf("a resolution of %s Å is not above 0", s)
		}
		o.pngRings.d = append(o.pngRings.d, d)
	}
	return nil
}

func setPictureAxes(o *options, in input) error {
	switch in.values[0] {
	case "pixels", "mm":
		o.pngAxes = some(in.values[0])
		return nil
	}
	return errors.New("the axes are in pixels or mm")
}
