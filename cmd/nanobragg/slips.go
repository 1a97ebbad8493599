package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/cli"
)

// say prints what the user should know, a line each. With -strict a slip, what probably says something else than was meant,
// is an error; notices of how things are understood are not.
func (p *program) say(strict bool, notices, slips []string) error {
	if err := warn(p.stderr, slices.Concat(notices, slips)); err != nil {
		return err
	}
	switch n := len(slips); {
	case !strict || n == 0:
		return nil
	case n == 1:
		return cli.Usagef("-strict: the run ends because of the line above")
	default:
		return cli.Usagef("-strict: the run ends because of the last %d lines", n)
	}
}

// late is a slip that shows in the image. With -strict it is an error, and what shows it is not written.
func (m *model) late(text string) error {
	if m.strict {
		return fmt.Errorf("%s (-strict)", text)
	}
	m.after = append(m.after, text)
	return nil
}

// warn prints notices, one a line.
func warn(w io.Writer, notices []string) error {
	out := &cli.Printer{W: w}
	for _, n := range notices {
		out.Printf("nanobragg: %s\n", n)
	}
	return out.Err
}

// resolveSlips notes options that are spelt as only the reference program knows them, and numbers that are probably in
// another unit.
func (r *resolver) resolveSlips() {
	said := map[[2]string]bool{}
	for _, pair := range r.respelt {
		if !said[pair] {
			r.s.slips = append(r.s.slips, fmt.Sprintf("%s is taken for %s, as the reference program takes it", pair[0], pair[1]))
		}
		said[pair] = true
	}
	c := r.s.experiment
	if r.energy > 0 {
		c.Beam.Wavelength, c.Beam.Energy = 0, r.energy
	}
	given := false
	for i := range 2 {
		given = given || r.beamCentre[i].given || r.closeCentre[i].given || r.org[i].given
	}
	if !given {
		c.Detector.BeamCentre, c.Detector.CloseCentre = nil, nil // the middle, or what a header says
	}
	r.s.slips = append(r.s.slips, keysInOptions(c.Notices())...)
}

// keysInOptions rewords notices of an experiment, each of which begins with its key, for a user who gave options.
func keysInOptions(list []string) []string {
	var out []string
	for _, text := range list {
		key, rest := text, ""
		if i := strings.IndexAny(text, " :"); i > 0 {
			key, rest = text[:i], text[i:]
		}
		if name := optionOf[key]; name != "" {
			key = name
		} else {
			key = strings.TrimPrefix(key, "crystals[0].")
		}
		out = append(out, key+strings.NewReplacer("of crystals[0],", "of the cell,").Replace(rest))
	}
	return out
}

// optionOf has the options that stand for keys of an experiment.
var optionOf = map[string]string{
	"beam.wavelength": "-lambda", "beam.energy": "-energy", "beam.size": "-beamsize", "beam.sources_file": "-sourcefile",
	"crystals[0].cell": "-cell", "crystals[0].cell.a": "-cell: a of", "crystals[0].cell.b": "-cell: b of", "crystals[0].cell.c": "-cell: c of",
	"crystals[0].cell.alpha": "-cell: alpha of", "crystals[0].cell.beta": "-cell: beta of", "crystals[0].cell.gamma": "-cell: gamma of",
	"crystals[0].size[0]": "-xtal_x", "crystals[0].size[1]": "-xtal_y", "crystals[0].size[2]": "-xtal_z",
	"crystals[0].mosaic.spread": "-mosaic", "crystals[0].mosaic.domains": "-mosaic_domains", "crystals[0].osc": "-osc", "scan.width": "-osc", "scan.images": "-images", "crystals[0].dmin": "-dmin",
	"crystals[0].structure": "-default_F", "crystals[0].structure.file": "-hkl",
	"detector.pixel": "-pixel", "detector.distance": "-distance", "detector.close_distance": "-close_distance",
	"detector.beam_centre": "the beam centre", "detector.beam_centre[0]": "-Xbeam", "detector.beam_centre[1]": "-Ybeam",
	"detector.close_centre[0]": "-Xclose", "detector.close_centre[1]": "-Yclose", "detector.twotheta": "-twotheta",
	"detector.thickness": "-detector_thick", "detector.attenuation": "-detector_abs",
}
