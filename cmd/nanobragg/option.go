package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// option is one row of the table by which arguments are parsed, and from which -help is printed.
type option struct {
	// names of the option, the usual one first. "-wave[length]" stands for every name that begins with "-wave": the
	// reference program recognises such options by a part of their name.
	names []string
	// values that follow the option, as -help names them.
	values []string
	// take returns how many of the arguments that follow are values, if that is not always len(values).
	take                func(rest []string) int
	unit, preset, about string
	set                 setter
}

// group is a heading of -help and its options.
type group struct {
	title   string
	options []option
}

// input is an option as it was given.
type input struct {
	name   string
	values []string
	after  []string // the arguments after its name, its values included
}

type setter func(o *options, in input) error

var groups = []group{
	{"Crystal", crystalOptions},
	{"Rotation", rotationOptions},
	{"Structure factors", structureOptions},
	{"Beam", beamOptions},
	{"Detector", detectorOptions},
	{"Detector geometry", geometryOptions},
	{"Sampling", samplingOptions},
	{"Output", outputOptions},
	{"Program", programOptions},
	{"Accepted and ignored", ignoredOptions},
}

// Setters by kind of value.

func flag(set func(*options)) setter {
	return func(o *options, _ input) error { set(o); return nil }
}

func text(set func(o *options, s string)) setter {
	return func(o *options, in input) error {
		if in.values[0] == "" {
			return errors.New("the name is empty")
		}
		set(o, in.values[0])
		return nil
	}
}

func number(allowed bound, set func(o *options, x float64)) setter {
	return func(o *options, in input) error {
		x, err := parseReal(in.values[0])
		if err == nil {
			err = allowed(x)
		}
		if err == nil {
			set(o, x)
		}
		return err
	}
}

func vector(set func(o *options, v [3]float64)) setter {
	return func(o *options, in input) error {
		v, err := parseVector(in.values)
		if err == nil {
			set(o, v)
		}
		return err
	}
}

func direction(set func(o *options, v [3]float64)) setter {
	return func(o *options, in input) error {
		v, err := parseVector(in.values)
		if err == nil && v == [3]float64{} {
			err = errors.New("has no direction")
		}
		if err == nil {
			set(o, v)
		}
		return err
	}
}

func integer(least int, set func(o *options, n int)) setter {
	return func(o *options, in input) error {
		n, err := parseInteger(in.values[0])
		if err == nil && n < least {
			err = fmt.Errorf("must be %d or more", least)
		}
		if err == nil {
			set(o, n)
		}
		return err
	}
}

// bound returns an error for numbers that an option does not accept.
type bound func(x float64) error

func anyReal(float64) error { return nil }

func positive(x float64) error {
	if x <= 0 {
		return errors.New("must be above 0")
	}
	return nil
}

func sixteenBits(x float64) error {
	if x < 0 || x > 65535 {
		return errors.New("must be from 0 to 65535, as pixels are")
	}
	return nil
}

func kahn(x float64) error {
	if x < -1 || x > 1 {
		return errors.New("must be from -1 to 1")
	}
	return nil
}

func notNegative(x float64) error {
	if x < 0 {
		return errors.New("must not be below 0")
	}
	return nil
}

func parseReal(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%q is not a finite number", s)
	}
	return x, nil
}

// parseInteger accepts 64.0 for 64, as the reference program does, but not 64.5.
func parseInteger(s string) (int, error) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return int(x), nil
}

func parseVector(in []string) (v [3]float64, err error) {
	for i := range v {
		if v[i], err = parseReal(in[i]); err != nil {
			return v, err
		}
	}
	return v, nil
}

// stem splits "-wave[length]" into "-wave" and whether it stands for longer names too.
func stem(name string) (string, bool) { s, _, open := strings.Cut(name, "["); return s, open }

const usage = `nanobragg simulates the X-ray diffraction of a nanocrystal.

usage: nanobragg -cell a b c alpha beta gamma | -mat A.mat   -hkl P1.hkl | -default_F F   [options]

Lengths are in mm, those of the crystal's cell in Å, angles in degrees, divergence in mrad. An option may be
given twice: the last one counts. An output named - goes to standard output. Options, defaults and results are those of
the nanoBragg program; -exact corrects its physics.
`

// helpColumn is where the explanations begin.
const helpColumn = 42

// writeHelp prints a line for each option, by groups.
func writeHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString(usage)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s\n", g.title)
		for _, opt := range g.options {
			head := "  " + strings.Join(opt.names, ", ")
			for _, v := range opt.values {
				head += " " + v
			}
			pad := max(helpColumn-utf8.RuneCountInString(head), 2)
			b.WriteString(head + strings.Repeat(" ", pad) + opt.about)
			if opt.unit != "" {
				fmt.Fprintf(&b, " [%s]", opt.unit)
			}
			if opt.preset != "" {
				fmt.Fprintf(&b, " (default %s)", opt.preset)
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\nParameters of -deriv\n")
	for _, p := range parameters {
		fmt.Fprintf(&b, "  %-*s%s [%s]\n", helpColumn-2, p.name, p.about, p.perUnit())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
