package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
)

// missing returns the numbers of the images of a sweep that lack a file, and that of the last one that does not, 0 if there
// is none. A file that another command line wrote, as far as its size and header show that, is an error.
func (m *model) missing() (numbers []int, last int, err error) {
	scan := m.experiment.Scan
	stacks, complete := m.output.stackFiles(), true // with all images or none
	for _, f := range stacks {
		there, err := m.fits(f)
		if err != nil {
			return nil, 0, notOurs(f, "", err)
		}
		complete = complete && there
	}
	for number := scan.FirstImage(); number <= scan.LastImage(); number++ {
		own, err := m.named(number)
		if err != nil {
			return nil, 0, err
		}
		files := own.output.imageFiles()
		there := len(files)+len(stacks) > 0
		for _, f := range files {
			is, err := own.fits(f)
			if err != nil {
				return nil, 0, notOurs(f, fmt.Sprintf("for image %d ", number), err)
			}
			there = there && is
		}
		if there && (len(files) > 0 || complete) {
			last = number
		}
		if !there || !complete {
			numbers = append(numbers, number)
		}
	}
	return numbers, last, nil
}

// notOurs is the error for a file that another command line wrote.
func notOurs(f file, which string, err error) error {
	return fmt.Errorf("-resume: %s %s was not written %sby this command line: %w; remove it, or leave -resume out to make all images", f.option, f.path, which, err)
}

// fits reports whether a file of an image is there. One that shows by its size or header that it is of another image is an
// error. Only regular files are looked at.
func (m *model) fits(f file) (bool, error) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, nil
	}
	place := m.place
	pixels := int64(place.FastPixels) * int64(place.SlowPixels)
	hasSize := func(want int64) error {
		if info.Size() != want {
			return fmt.Errorf("it has %d bytes, not %d", info.Size(), want)
		}
		return nil
	}
	switch {
	case f.option == "-intfile" || f.option == "-noisefile":
		img, err := smv.ReadHeaderFile(f.path)
		if err != nil {
			return false, err
		}
		gain := 1.0
		if f.option == "-intfile" {
			gain = m.output.scale // 0 if each image has its own
		}
		if err := m.fitsHeader(&img.Header, gain); err != nil {
			return false, err
		}
		text, _ := img.Header.Get("HEADER_BYTES")
		header, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return false, fmt.Errorf("HEADER_BYTES is %q", text)
		}
		return true, hasSize(header + 2*pixels)
	case f.option == "-nxsfile" || f.option == "-npyfile":
		return true, m.fitsStack(f)
	case f.option == "-cbffile":
		return true, m.fitsCBF(f.path)
	case f.option == "-pgmfile":
		img, err := pgm.ReadFile(f.path)
		if err == nil && (img.Fast != place.FastPixels || img.Slow != place.SlowPixels) {
			err = fmt.Errorf("it has %d × %d pixels, not %d × %d", img.Fast, img.Slow, place.FastPixels, place.SlowPixels)
		}
		return true, err
	case f.option == "-pngfile" || f.option == "-derivpng":
		return true, isPNG(f.path)
	}
	return true, hasSize(4 * pixels)
}

// fitsHeader returns an error for the first entry of a header that is not that of the image. A gain of 0 is any.
func (m *model) fitsHeader(h *smv.Header, gain float64) error {
	own, err := m.header(gain)
	if err != nil {
		return err
	}
	for _, key := range own.Keys() {
		if key == "HEADER_BYTES" || key == smv.Gain && gain == 0 {
			continue
		}
		want, _ := own.Get(key)
		if got, there := h.Get(key); !there || got != want {
			return fmt.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	return nil
}

func isPNG(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = png.DecodeConfig(file)
	return err
}

// compare makes an image again, and returns an error unless its files are the same: those that were made with another seed
// or crystal, for instance, have nothing in their headers that tells.
func (p *program) compare(ctx context.Context, m *model, meter cli.Meter, number int) error {
	own, err := m.at(number)
	if err != nil {
		return err
	}
	same := func(path string, write func(io.Writer) error) error {
		before, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var now bytes.Buffer
		if err := write(&now); err != nil {
			return err
		}
		if !bytes.Equal(before, now.Bytes()) {
			return anotherProgram(path)
		}
		return nil
	}
	if own.stacks, err = m.openComparisons(number); err != nil {
		return err
	}
	silent := &cli.Printer{W: io.Discard}
	own.setup.printout = false
	return errors.Join(p.image(ctx, own, meter, silent, silent, same), own.stacks.discard())
}

// anotherProgram is the error for a file whose image is not that of this command line.
func anotherProgram(path string) error {
	return fmt.Errorf("-resume: %s is another than this command line makes: other options, or another program, made it; give those, or leave -resume out to make all images anew", path)
}
