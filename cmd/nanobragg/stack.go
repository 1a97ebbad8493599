package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/numbered"
)

// stackFiles are the files that hold all images of a run, one after the other.
func (w *output) stackFiles() []file {
	return withNames([]file{{"-nxsfile", w.nxs}, {"-npyfile", w.npy}})
}

// checkStacks returns an error for the name of a file that cannot hold the images of a run.
func (w *output) checkStacks() error {
	for _, f := range w.stackFiles() {
		if f.path == standardOutput {
			return cli.Usagef("%s %s: the file is not written from its beginning to its end: it cannot go to standard output", f.option, f.path)
		}
		if _, err := numbered.Parse(f.path); err == nil && w.images > 0 {
			return cli.Usagef("%s %s: the file holds all images: its name needs no place for their numbers", f.option, f.path)
		}
	}
	return nil
}

// frameWriter takes images one after another. The file is there once it is closed.
type frameWriter interface {
	Write(f *format.Frame) error
	Close() error
	Discard() error
}

// stack is a file that holds all images of a run.
type stack struct {
	file
	writer frameWriter
}

// stacks are those of a run.
type stacks []stack

// openStacks begins the files that are not there yet.
func (m *model) openStacks() (list stacks, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, list.discard())
		}
	}()
	for _, f := range m.output.stackFiles() {
		if m.resume {
			if there, err := m.fits(f); there || err != nil {
				if err != nil {
					return list, notOurs(f, "", err)
				}
				continue
			}
		}
		s := stack{file: f}
		switch f.option {
		case "-npyfile":
			w, err := npy.Create(f.path, m.place.FastPixels, m.place.SlowPixels, format.Float32)
			if err != nil {
				return list, err
			}
			s.writer = w
		default:
			g, err := m.geometry()
			if err != nil {
				return list, err
			}
			forwards(g)
			w, err := nxmx.Create(f.path, g, m.place.FastPixels, m.place.SlowPixels, format.Uint32)
			if err != nil {
				return list, err
			}
			s.writer = w
		}
		list = append(list, s)
	}
	return list, nil
}

// discard gives up the files that are not complete.
func (s stacks) discard() error {
	var err error
	for _, one := range s {
		err = errors.Join(err, one.writer.Discard())
	}
	return err
}

// close completes the files.
func (p *program) closeStacks(list stacks, out *cli.Printer) error {
	for _, s := range list {
		p.files.begin(s.path)
		if err := s.writer.Close(); err != nil {
			return err
		}
		p.files.end()
		out.Printf("%s is complete\n", s.path)
	}
	return out.Err
}

// add writes an image to the files: photons counted to the one, photons expected to the other.
func (s stacks) add(out *cli.Printer, img *frame, counts func() (*format.Frame, error)) error {
	for _, one := range s {
		f := img.floatFrame
		kind := "4-byte floats"
		if one.option == "-nxsfile" {
			kind = "4-byte integers"
			counted, err := counts()
			if err != nil {
				return err
			}
			f = func() *format.Frame { return counted }
		}
		out.Printf("writing an image to %s as %s\n", one.path, kind)
		if err := one.writer.Write(f()); err != nil {
			return err
		}
	}
	return nil
}

// comparing is a file that is there, with which an image is compared.
type comparing struct {
	images format.Images
	path   string
	index  int
}

// openComparisons opens the files of a sweep to compare the image with a number.
func (m *model) openComparisons(number int) (list stacks, err error) {
	for _, f := range m.output.stackFiles() {
		if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		images, err := openStack(f)
		if err != nil {
			return list, errors.Join(err, list.discard())
		}
		list = append(list, stack{f, &comparing{images, f.path, number - m.experiment.Scan.FirstImage()}})
	}
	return list, nil
}

// openStack opens a file that holds all images of a run.
func openStack(f file) (format.Images, error) {
	if f.option == "-npyfile" {
		return npy.Open(f.path)
	}
	return nxmx.Open(f.path, nxmx.Options{})
}

func (c *comparing) Write(f *format.Frame) error {
	var there format.Frame
	if err := c.images.Read(c.index, &there); err != nil {
		return err
	}
	if there.Type != f.Type || !bytes.Equal(there.Data, f.Data) {
		return anotherProgram(c.path)
	}
	return nil
}

func (c *comparing) Close() error   { return c.images.Close() }
func (c *comparing) Discard() error { return c.images.Close() }

// fitsStack returns an error for a file that shows by its size or its geometry that it is of another run.
func (m *model) fitsStack(f file) error {
	images, err := openStack(f)
	if err != nil {
		return err
	}
	err = m.fitsImages(images, max(1, m.output.images))
	if g := images.Geometry(); err == nil && g != nil {
		own, failed := m.geometry()
		if failed != nil {
			return errors.Join(failed, images.Close())
		}
		forwards(own)
		err = sameGeometry(g, own)
	}
	return errors.Join(err, images.Close())
}

// fitsCBF returns an error for a file that shows by its size or its geometry that it is of another image.
func (m *model) fitsCBF(path string) error {
	images, err := cbf.Open(path)
	if err != nil {
		return err
	}
	err = m.fitsImages(images, 1)
	if g := images.Geometry(); err == nil && g != nil {
		own, failed := m.cbfGeometry()
		if failed != nil {
			return errors.Join(failed, images.Close())
		}
		err = sameGeometry(g, own)
	}
	return errors.Join(err, images.Close())
}

// fitsImages compares sizes.
func (m *model) fitsImages(images format.Images, want int) error {
	fast, slow, _ := images.Size()
	if fast != m.place.FastPixels || slow != m.place.SlowPixels || images.Frames() != want {
		return fmt.Errorf("it has %d images of %d × %d pixels, not %d of %d × %d", images.Frames(), fast, slow, want, m.place.FastPixels, m.place.SlowPixels)
	}
	return nil
}

// sameGeometry returns an error for the first number of a file's geometry that is not that of the run.
func sameGeometry(g, own *format.Geometry) error {
	compare := func(what string, got, want, within float64) error {
		if math.Abs(got-want) > within {
			return fmt.Errorf("its %s is %.9g, not %.9g", what, got, want)
		}
		return nil
	}
	err := compare("wavelength", g.Wavelength, own.Wavelength, 1e-6)
	if len(g.Panels) == 1 && err == nil {
		for k, axis := range []string{"x", "y", "z"} {
			err = errors.Join(err, compare("detector's corner along "+axis, g.Panels[0].Origin[k], own.Panels[0].Origin[k], 1e-4))
		}
		err = errors.Join(err, compare("pixel", g.Panels[0].Pixel[0], own.Panels[0].Pixel[0], 1e-7))
	}
	if r := g.Rotation; r != nil && err == nil {
		err = errors.Join(compare("first angle", r.Phi, own.Rotation.Phi, 1e-4), compare("width of an image", r.Width, own.Rotation.Width, 1e-5))
	}
	return err
}
