package main

import (
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
)

// experimentAlone reports whether the experiment is all that a run is to write, so that no image is needed.
func (s *setup) experimentAlone() bool {
	return s.output.experiment != "" && len(s.output.files()) == 1 && !s.printout
}

// writeExperiment writes the experiment as JSON; scale is that of the image of -intfile.
func (m *model) writeExperiment(out *cli.Printer, save saver, scale float64) error {
	path := m.output.experiment
	c := m.complete(scale)
	if path != standardOutput {
		c = c.Moved(filepath.Dir(path))
	}
	text, err := c.JSON()
	if err != nil {
		return err
	}
	out.Printf("writing %s as the experiment\n", path)
	return save(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// complete returns the experiment with what the run has decided, without what are defaults anyway, and with an image to
// refine against if there is one: the measured image of -img, else an image that the run writes.
func (m *model) complete(scale float64) *experiment.Config {
	c := m.experiment
	c.Detector.Oversample = m.oversample
	if c.Beam.Flux == 0 {
		c.Beam.Exposure, c.Beam.Size = 0, 0
	}
	x := *m.crystal()
	if x.Fudge == 1 {
		x.Fudge = 0
	}
	if x.Mosaic.Domains == 1 {
		x.Mosaic = experiment.Mosaic{}
	}
	if x.PhiSteps == 1 && x.Osc == 0 && x.PhiStep == 0 {
		x.PhiSteps = 0
	}
	c.Crystals = []experiment.Crystal{x}
	if m.show.mask != "" {
		c.Detector.Mask, c.Detector.MaskFile = nil, m.show.mask
	}
	w := &m.output
	integer := w.integer
	if scale == 0 { // each image of a sweep has its own
		integer = ""
	}
	counts := experiment.Counts{Pedestal: w.adc, Overload: maxCount}
	for _, image := range []struct {
		file, format string
		counts       experiment.Counts
	}{
		{m.show.image, "smv", counts},
		{w.noise, "smv", counts},
		{w.cbf, "", experiment.Counts{}},
		{w.nxs, "", experiment.Counts{}},
		{w.float, "raw", experiment.Counts{}},
		{w.npy, "", experiment.Counts{}},
		{integer, "smv", experiment.Counts{Pedestal: w.adc, Gain: scale, Overload: maxCount}},
	} {
		if image.file != "" && image.file != standardOutput {
			c.Images, c.Counts = []experiment.Image{{File: image.file, Format: image.format}}, image.counts
			break
		}
	}
	return &c
}

// maxCount is what the pixels of an SMV image are cut off at.
const maxCount = 65535

// mask is false for pixels that are not simulated; nil means that all are.
func (m *model) mask() []bool { return m.experiment.Detector.Mask }

// inOptions rewords an error about the experiment for a user who gave options instead of JSON: without the place in the
// list of crystals, of which there is only one, and where another package refused a value, as that package says it.
func inOptions(err error) string {
	var e *experiment.Error
	switch {
	case !errors.As(err, &e):
		return err.Error()
	case e.Err != nil:
		return e.Err.Error()
	}
	return strings.Replace(strings.TrimPrefix(e.Key, "crystals[0].")+" "+e.Problem, "structure.friedel leave", "-nofriedel", 1)
}

// noticesInOptions rewords notices about the files of an experiment in the same way: with options in the places of keys.
func noticesInOptions(list []string) []string {
	words := strings.NewReplacer("crystals[0].", "", "structure.dmin", "-dmin", `structure.friedel "add"`, "-friedel", `structure.friedel "leave"`, "-nofriedel",
		`set structure.values "F2"`, "give -hkl_values F2", `set structure.values "F"`, "give -hkl_values F")
	var out []string
	for _, n := range list {
		out = append(out, wavelengthAdvice.ReplaceAllString(words.Replace(n), "give -lambda $1"))
	}
	return out
}

var wavelengthAdvice = regexp.MustCompile(`give the wavelength ([0-9.e-]+) Å`)
