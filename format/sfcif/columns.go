package sfcif

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cif"
	"github.com/gobragg/gobragg/structure"
)

// kind is what a column holds.
type kind string

const (
	amplitude     kind = "amplitude"
	intensity     kind = "intensity"
	plusAmplitude kind = "amplitude of h k l"
	minusAmp      kind = "amplitude of -h -k -l"
	plusIntensity kind = "intensity of h k l"
	minusInt      kind = "intensity of -h -k -l"
	mapAmplitude  kind = "amplitude of a map"
	phase         kind = "phase"
	difference    kind = "anomalous difference"
	deviation     kind = "standard deviation"
)

// column is one that is understood.
type column struct {
	tag   string
	kind  kind
	sigma string // its standard deviations
	mate  string // taken with it
	asked bool   // never taken unasked
}

// known are the columns that are understood. Those that may be taken
// unasked are in the order in which they are looked for; pairs come with their mates.
var known = []column{
	{"pdbx_F_plus", plusAmplitude, "pdbx_F_plus_sigma", "pdbx_F_minus", false},
	{"pdbx_I_plus", plusIntensity, "pdbx_I_plus_sigma", "pdbx_I_minus", false},
	{"pdbx_F_calc_with_solvent", amplitude, "", "", false},
	{"F_calc_au", amplitude, "", "", false},
	{"F_calc", amplitude, "", "", false},
	{"F_squared_calc", intensity, "", "", false},
	{"intensity_calc", intensity, "", "", false},
	{"F_meas_au", amplitude, "F_meas_sigma_au", "", false},
	{"F_meas", amplitude, "F_meas_sigma", "", false},
	{"F_meas_uncorrected", amplitude, "", "", true},
	{"intensity_meas", intensity, "intensity_sigma", "", false},
	{"F_squared_meas", intensity, "F_squared_sigma", "", false},
	{"pdbx_F_minus", minusAmp, "pdbx_F_minus_sigma", "", true},
	{"pdbx_I_minus", minusInt, "pdbx_I_minus_sigma", "", true},
	{"pdbx_FWT", mapAmplitude, "", "", true},
	{"pdbx_DELFWT", mapAmplitude, "", "", true},
	{"phase_calc", phase, "", "", true},
	{"phase_meas", phase, "", "", true},
	{"pdbx_phase_calc_with_solvent", phase, "", "", true},
	{"pdbx_PHWT", phase, "", "", true},
	{"pdbx_DELPHWT", phase, "", "", true},
	{"pdbx_anom_difference", difference, "", "", true},
	{"F_meas_sigma_au", deviation, "", "", true},
	{"F_meas_sigma", deviation, "", "", true},
	{"intensity_sigma", deviation, "", "", true},
	{"F_squared_sigma", deviation, "", "", true},
	{"pdbx_F_plus_sigma", deviation, "", "", true},
	{"pdbx_F_minus_sigma", deviation, "", "", true},
	{"pdbx_I_plus_sigma", deviation, "", "", true},
	{"pdbx_I_minus_sigma", deviation, "", "", true},
}

// none stands for a column that is not there.
const none = -1

// choice is the columns of a structure factor, by their positions in a row.
type choice struct {
	value, minus, sigma, minusSigma, difference, phase int
	intensities                                        bool
	labels                                             []string
	notice                                             string
}

// columns reads the columns that are asked for, or the first that have values.
func (f *reader) columns(asked []string) error {
	f.m.Rows = f.table.Rows
	if len(asked) > 0 {
		c, err := f.ask(asked)
		if err != nil {
			return err
		}
		return f.rows(c)
	}
	found := false
	for _, k := range known {
		if k.asked || f.column(k.tag) == none {
			continue
		}
		tags := []string{k.tag}
		if k.mate != "" {
			if f.column(k.mate) == none {
				continue
			}
			tags = append(tags, k.mate)
		}
		c, err := f.ask(tags)
		if err != nil {
			return err
		}
		found = true
		if err := f.rows(c); err != nil {
			return err
		}
		if len(f.m.Indices) > 0 {
			return nil
		}
	}
	if found {
		return f.errorf(format.ErrNoData, "none of its %d reflections has a value: of %s", f.table.Rows, f.list())
	}
	return f.errorf(format.ErrNoData, "it has no column of amplitudes or intensities that is taken unasked: take one of %s", f.list())
}

// column returns the position of a tag that is given without its category.
func (f *reader) column(name string) int { return f.table.Column("_refln" + f.sep + name) }

// list returns the tags of the reflections, and what they hold.
func (f *reader) list() string {
	var all []string
	for _, tag := range f.table.Tags {
		name := bare(tag)
		for _, k := range known {
			if strings.EqualFold(k.tag, name) {
				name += fmt.Sprintf(" (%s)", k.kind)
			}
		}
		all = append(all, name)
	}
	return enumerate(all)
}

// bare returns a tag without its category.
func bare(tag string) string {
	for _, sep := range separators {
		if n := len("_refln" + sep); len(tag) > n && strings.EqualFold(tag[:n], "_refln"+sep) {
			return tag[n:]
		}
	}
	return tag
}

// ask returns the choice of columns by tags, in any order.
func (f *reader) ask(tags []string) (*choice, error) {
	c := &choice{none, none, none, none, none, none, false, nil, ""}
	var value kind
	sigma, minusSigma := "", ""
	for _, tag := range tags {
		name := bare(tag)
		i := f.column(name)
		if i == none {
			return nil, f.errorf(format.ErrNoData, "there is no column %s, but %s", tag, f.list())
		}
		row := slices.IndexFunc(known, func(k column) bool { return strings.EqualFold(k.tag, name) })
		if row < 0 {
			return nil, f.errorf(format.ErrInvalidValue, "the column %s is not one of structure factors: there are %s", tag, f.list())
		}
		k := known[row]
		to, deviations := &c.value, &sigma
		switch k.kind {
		case minusAmp, minusInt:
			to, deviations = &c.minus, &minusSigma
		case phase:
			to, deviations = &c.phase, nil
		case difference:
			to, deviations = &c.difference, nil
		case deviation:
			if strings.Contains(k.tag, "_minus_") {
				to = &c.minusSigma
			} else {
				to = &c.sigma
			}
			deviations = nil
		}
		if *to != none {
			return nil, f.errorf(format.ErrInvalidValue, "the columns %s and %s cannot be taken together: there are %s", bare(f.table.Tags[*to]), tag, f.list())
		}
		*to = i
		if deviations != nil {
			if value != "" && value.ofIntensities() != k.kind.ofIntensities() {
				return nil, f.errorf(format.ErrInvalidValue, "%s are amplitudes and intensities: there are %s", strings.Join(tags, ", "), f.list())
			}
			value, *deviations = k.kind, k.sigma
		}
		if k.kind != deviation {
			c.labels = append(c.labels, bare(f.table.Tags[i]))
		}
	}
	if value == "" {
		return nil, f.errorf(format.ErrInvalidValue, "there are neither amplitudes nor intensities among %s: there are %s", strings.Join(tags, ", "), f.list())
	}
	c.intensities = value.ofIntensities()
	if c.value == none || (value == plusAmplitude || value == plusIntensity) && c.minus == none {
		c.notice = fmt.Sprintf("the column %s is of one Friedel mate alone: it is taken for both", c.labels[0])
	}
	if c.value == none {
		c.value, c.minus, c.sigma, c.minusSigma, sigma = c.minus, none, c.minusSigma, none, minusSigma
	}
	if c.minus != none {
		if v := bare(f.table.Tags[c.value]); !strings.Contains(strings.ToLower(v), "_plus") {
			return nil, f.errorf(format.ErrInvalidValue, "the columns %s cannot be taken together: there are %s", strings.Join(tags, ", "), f.list())
		}
	}
	if c.difference != none && (c.intensities || c.minus != none || c.phase != none) {
		return nil, f.errorf(format.ErrInvalidValue, "an anomalous difference goes with amplitudes of both mates, without phases: there are %s", f.list())
	}
	if c.sigma == none && sigma != "" {
		c.sigma = f.column(sigma)
	}
	if c.minusSigma == none && c.minus != none && minusSigma != "" {
		c.minusSigma = f.column(minusSigma)
	}
	return c, nil
}

func (k kind) ofIntensities() bool { return k == intensity || k == plusIntensity || k == minusInt }

// maxIndex is the largest magnitude of a Miller index that is read; no crystal comes near it.
const maxIndex = 1 << 20

// rows reads the columns of a choice.
func (f *reader) rows(c *choice) error {
	m := f.m
	at := [3]int{f.column("index_h"), f.column("index_k"), f.column("index_l")}
	for axis, i := range at {
		if i == none {
			return f.errorf(format.ErrInconsistent, "the reflections have no column %s", [...]string{"index_h", "index_k", "index_l"}[axis])
		}
	}
	list := func(used ...int) []float64 {
		if slices.Max(used) == none {
			return nil
		}
		return make([]float64, 0, f.table.Rows)
	}
	m.Quantity, m.Labels = structure.Amplitudes, c.labels
	if c.intensities {
		m.Quantity = structure.Intensities
	}
	m.Indices, m.Values = make([][3]int32, 0, f.table.Rows), make([]float64, 0, f.table.Rows)
	m.Sigmas, m.Phases, m.Minus, m.MinusSigmas = list(c.sigma), list(c.phase), list(c.minus, c.difference), list(c.minusSigma)
	status := f.column("status")
	if status == none {
		status = f.column("observed_status")
	}
	number, negative, phaseless, unreliable := 0, 0, 0, 0
	for row := range f.table.All() {
		number++
		var index [3]int32
		for axis, i := range at {
			n, ok := row[i].Int()
			if !ok || n > maxIndex || n < -maxIndex {
				return f.rowError(row, number, i, fmt.Sprintf("a whole number within ±%d", maxIndex))
			}
			index[axis] = int32(n)
		}
		var numbers [6]float64
		for j, i := range [...]int{c.value, c.minus, c.sigma, c.minusSigma, c.difference, c.phase} {
			numbers[j] = math.NaN()
			if i == none || row[i].Missing() {
				continue
			}
			x, ok := row[i].Float()
			if !ok {
				return f.rowError(row, number, i, "a number")
			}
			numbers[j] = x
		}
		v, mate, sigma, minusSigma, d, p := numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
		if c.difference != none {
			if mate = v; d == d {
				v, mate = v+d/2, v-d/2
			}
		}
		if v != v && mate != mate {
			continue
		}
		if c.phase != none && p != p {
			phaseless++
			continue
		}
		for _, x := range []*float64{&v, &mate} {
			if *x < 0 && !c.intensities {
				*x, p = -*x, p+180
				negative++
			}
		}
		if status != none && string(row[status].Text) == "x" {
			unreliable++
		}
		m.Indices, m.Values = append(m.Indices, index), append(m.Values, v)
		for _, l := range []struct {
			to *[]float64
			x  float64
		}{{&m.Minus, mate}, {&m.Sigmas, sigma}, {&m.MinusSigmas, minusSigma}, {&m.Phases, p}} {
			if *l.to != nil {
				*l.to = append(*l.to, l.x)
			}
		}
	}
	if len(m.Indices) == 0 {
		return nil
	}
	if c.notice != "" {
		f.notice("%s", c.notice)
	}
	if negative > 0 {
		f.notice("%d amplitudes are negative: their magnitudes are taken", negative)
	}
	if phaseless > 0 {
		f.notice("%d reflections with an amplitude have no phase: they are left out", phaseless)
	}
	if measured := strings.Contains(c.labels[0], "meas") || c.minus != none; unreliable > 0 && measured {
		f.notice("%d reflections with a value have the status x, unreliable: they are taken", unreliable)
	}
	return nil
}

// rowError returns an error about a value of the reflection with a number.
func (f *reader) rowError(row []cif.Value, number, column int, want string) error {
	return f.errorf(format.ErrInvalidValue, "%s of reflection %d is %q, not %s", bare(f.table.Tags[column]), number, row[column], want)
}
