package main

import (
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/noise"
)

// write writes all outputs of an image.
func (m *model) write(out *cli.Printer, save saver, img *frame, r result) error {
	w := &m.output
	if w.float != "" {
		out.Printf("writing %s as %d 4-byte floats\n", w.float, len(img.pixels))
		if err := save(w.float, func(w io.Writer) error { return raw.Write(w, img.pixels) }); err != nil {
			return err
		}
	}
	scale, err := m.writeInteger(out, save, img, r)
	if err != nil {
		return err
	}
	if w.pgm != "" {
		if err := m.writePGM(out, save, img, r, scale); err != nil {
			return err
		}
	}
	if err := m.writePhotons(out, save, img); err != nil {
		return err
	}
	if w.png != "" {
		title := fmt.Sprintf("%.6g Å, %.6g mm", m.show.wavelength, m.place.AlongBeam().Distance)
		if err := m.writePicture(out, save, w.png, img, title, "photons per pixel", w.drawing.options); err != nil {
			return err
		}
	}
	if m.sweep() {
		return nil
	}
	return m.writeOnce(out, save, scale)
}

// writeOnce writes the outputs that are of a whole sweep; scale is that of the image of -intfile, 0 if each has its own.
func (m *model) writeOnce(out *cli.Printer, save saver, scale float64) error {
	w := &m.output
	if w.dump != "" {
		out.Printf("writing dump file for next time: %s\n", w.dump)
		err := save(w.dump, func(to io.Writer) error {
			return hkl.WriteDump(to, m.xtal.Config().Structure, m.xtal.Config().DefaultF)
		})
		if err != nil {
			return err
		}
	}
	if w.experiment != "" {
		return m.writeExperiment(out, save, scale)
	}
	return nil
}

// writeInteger writes the image without noise and returns its scale, which is also that of a PGM picture without contrast.
func (m *model) writeInteger(out *cli.Printer, save saver, img *frame, r result) (scale float64, err error) {
	w := &m.output
	if scale = w.scale; scale <= 0 {
		scale = 1
		if r.max > 0 {
			scale = noise.Brightest / r.max
		}
	}
	if w.integer == "" {
		return scale, nil
	}
	if math.IsInf(scale, 0) {
		return 0, fmt.Errorf("-intfile: the brightest pixel, %g photons, is too dark for an automatic scale", r.max)
	}
	counts, _, err := noise.Scaled(img.inside(m.show.region), scale, w.adc)
	if err != nil {
		return 0, err
	}
	overloads := 0
	for _, n := range counts {
		if n == maxCount {
			overloads++
		}
	}
	if err := m.saturated(w.integer, overloads, len(counts), 0); err != nil {
		return 0, err
	}
	out.Printf("intfile_scale = %.6g\n", scale)
	return scale, m.writeSMV(out, save, w.integer, img, counts, scale)
}

// writeSMV writes counts, of which a photon adds gain.
func (m *model) writeSMV(out *cli.Printer, save saver, path string, img *frame, counts []uint16, gain float64) error {
	out.Printf("writing %s as 2-byte integers\n", path)
	header, err := m.header(gain)
	if err != nil {
		return err
	}
	image := &smv.Image{Header: header, Fast: img.fast, Slow: img.slow, Pixels: img.spread(m.show.region, counts)}
	return save(path, func(w io.Writer) error { return smv.Write(w, image) })
}

// saturated is a slip if more pixels are overloads than may be: some are in the nature of an image of counts, whose number
// the summary has.
func (m *model) saturated(path string, overloads, pixels, may int) error {
	if overloads <= may {
		return nil
	}
	return m.late(fmt.Sprintf("%d of %d pixels of %s are %d (overloads)", overloads, pixels, path, maxCount))
}

func (m *model) writePGM(out *cli.Printer, save saver, img *frame, r result, scale float64) error {
	w := &m.output
	if w.pgmScale > 0 {
		scale = w.pgmScale
	} else if r.rmsd > 0 {
		scale = noise.GreyLevels / (noise.GreyDeviations * r.rmsd)
	}
	picture, _, err := noise.PGM(img.inside(m.show.region), scale)
	if err != nil {
		return err
	}
	grey := make([]uint16, len(picture))
	for i, level := range picture {
		grey[i] = uint16(level)
	}
	out.Printf("pgm_scale = %.6g\n", scale)
	out.Printf("writing %s as 1-byte integers\n", w.pgm)
	image := &pgm.Image{Fast: img.fast, Slow: img.slow, Max: 255, Comment: pgm.ScaleComment(scale), Pixels: img.spread(m.show.region, grey)}
	return save(w.pgm, func(w io.Writer) error { return pgm.Write(w, image) })
}

// writePhotons writes the files of photons with noise, which all have the same, and adds the image to the files of all images.
func (m *model) writePhotons(out *cli.Printer, save saver, img *frame) error {
	w := &m.output
	photons := sync.OnceValues(func() ([]float64, error) {
		return noise.Poisson(img.inside(m.show.region), w.seed)
	})
	if w.noise != "" {
		list, err := photons()
		if err != nil {
			return err
		}
		if err := m.writeNoise(out, save, img, list); err != nil {
			return err
		}
	}
	counts := sync.OnceValues(func() (*format.Frame, error) {
		list, err := photons()
		if err != nil {
			return nil, err
		}
		f, overloads := m.countFrame(img, list)
		path := w.cbf
		if path == "" {
			path = w.nxs
		}
		if overloads > 0 {
			if err := m.late(fmt.Sprintf("%d of %d pixels of %s are %d (overloads)", overloads, len(list), path, maxPhotons)); err != nil {
				return nil, err
			}
		}
		return f, nil
	})
	if w.cbf != "" {
		f, err := counts()
		if err != nil {
			return err
		}
		out.Printf("writing %s as 4-byte integers\n", w.cbf)
		if err := save(w.cbf, func(to io.Writer) error { return m.writeCBF(to, f) }); err != nil {
			return err
		}
	}
	return m.stacks.add(out, img, counts)
}

func (m *model) writeNoise(out *cli.Printer, save saver, img *frame, photons []float64) error {
	w := &m.output
	counts, overloads, err := noise.Digitise(photons, w.adc)
	if err != nil {
		return err
	}
	if err := m.saturated(w.noise, overloads, len(counts), len(counts)/2); err != nil {
		return err
	}
	total := 0.0
	for _, n := range photons {
		total += n
	}
	out.Printf("%.0f photons on noise image (%d overloads)\n", total, overloads)
	return m.writeSMV(out, save, w.noise, img, counts, 1)
}
