package mtz

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// none stands for a column that is not there.
const none = -1

// choice is the columns of a structure factor, by their positions in a row.
type choice struct {
	value, minus      int // F or I; of the Friedel mate
	sigma, minusSigma int
	difference        int // F(+) − F(−)
	phase             int
	intensities       bool
	labels            []string // of all but those of standard deviations
	dataset           Dataset
	notices           []string
}

// types are the types of columns: what they hold.
var types = map[byte]string{
	'H': "Miller index", 'J': "intensity", 'F': "amplitude", 'D': "anomalous difference", 'Q': "standard deviation",
	'G': "amplitude of a Friedel mate", 'L': "standard deviation of one", 'K': "intensity of a Friedel mate", 'M': "standard deviation of one",
	'E': "normalised amplitude", 'P': "phase", 'W': "weight", 'A': "phase probability", 'B': "batch", 'Y': "M/ISYM", 'I': "integer", 'R': "real number",
}

// usual are the labels of amplitudes and intensities that are taken unasked, the first one that is
// there.
var usual = []string{"FMODEL", "FC", "FC_ALL", "F-model", "FP", "F", "FOBS", "F-obs", "IMEAN", "I", "IOBS"}

// Choose returns the labels of the columns that [File.Miller] takes unasked: the one pair of
// amplitudes F(+) and F(−), or of intensities; otherwise amplitudes or intensities with one of the
// usual labels, calculated before measured ones and amplitudes before intensities; otherwise the only amplitudes or the only
// intensities of the file. Coefficients of maps, such as FWT, are never among them. If nothing or
// more than one is left, the error lists all columns.
func (f *File) Choose() ([]string, error) {
	c, err := f.choose()
	if err != nil {
		return nil, err
	}
	return c.labels, nil
}

func (f *File) choose() (*choice, error) {
	for _, t := range []byte{'G', 'K'} {
		if pairs := f.pairs(t); len(pairs) == 1 {
			return f.complete(&choice{value: pairs[0][0], minus: pairs[0][1]}), nil
		}
	}
	for _, equal := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, label := range usual {
			var found []int
			for i, c := range f.Columns {
				if equal(c.Label, label) && (c.Type == 'F' || c.Type == 'J') {
					found = append(found, i)
				}
			}
			switch len(found) {
			case 0:
			case 1:
				return f.complete(&choice{value: found[0], minus: none}), nil
			default:
				return nil, f.errorf(format.ErrInvalidValue, "%d columns are called %s: take one by DATASET/LABEL of %s", len(found), label, f.list())
			}
		}
	}
	several := false
	for _, t := range []byte{'F', 'J'} {
		var found []int
		for i, c := range f.Columns {
			if c.Type == t && !mapCoefficient(c.Label) {
				found = append(found, i)
			}
		}
		if len(found) == 1 {
			return f.complete(&choice{value: found[0], minus: none}), nil
		}
		several = several || len(found) > 1
	}
	if several || len(f.pairs('G')) > 1 || len(f.pairs('K')) > 1 {
		return nil, f.errorf(format.ErrInvalidValue, "it has several columns of amplitudes or intensities: take one by its label, of %s", f.list())
	}
	return nil, f.errorf(format.ErrNoData, "it has no column of amplitudes or intensities that is taken unasked: take one by its label, of %s", f.list())
}

// mapCoefficient reports whether a label is one of coefficients of maps, 2mFo−DFc and mFo−DFc.
func mapCoefficient(label string) bool {
	label = strings.ToUpper(label)
	return strings.Contains(label, "FWT") || strings.Contains(label, "FCWT") || strings.Contains(label, "DELWT")
}

// pairs returns the pairs of columns of a type for Friedel mates, plus first.
func (f *File) pairs(t byte) (pairs [][2]int) {
	var all []int
	for i, c := range f.Columns {
		if c.Type == t {
			all = append(all, i)
		}
	}
	for _, i := range all {
		base, sign := mate(f.Columns[i].Label)
		for _, j := range all {
			if other, opposite := mate(f.Columns[j].Label); sign > 0 && opposite < 0 && other == base && f.Columns[i].Dataset == f.Columns[j].Dataset {
				pairs = append(pairs, [2]int{i, j})
				break
			}
		}
	}
	if len(pairs) == 0 && len(all) == 2 {
		pairs = append(pairs, [2]int(all))
	}
	return pairs
}

// mate returns a label without the sign of a Friedel mate, and the sign, 0 if it has none.
func mate(label string) (base string, sign int) {
	label = strings.ToLower(label)
	for _, s := range []struct {
		mark string
		sign int
	}{{"(+)", 1}, {"(-)", -1}, {"plus", 1}, {"minus", -1}, {"+", 1}, {"-", -1}} {
		// A sign alone counts at the end: the hyphen of F-obs is none.
		if i := strings.LastIndex(label, s.mark); i >= 0 && (len(s.mark) > 1 || i == len(label)-1) {
			return label[:i] + label[i+len(s.mark):], s.sign
		}
	}
	return label, 0
}

// ask returns the choice of columns by labels: amplitudes or intensities, or F(+) and F(−), and with
// them, in any order, standard deviations, a phase, an anomalous difference.
func (f *File) ask(labels []string) (*choice, error) {
	c := &choice{value: none, minus: none, sigma: none, minusSigma: none, phase: none, difference: none}
	for _, label := range labels {
		i, err := f.find(label)
		if err != nil {
			return nil, err
		}
		var to *int
		switch t := f.Columns[i].Type; t {
		case 'F', 'J', 'R', 'G', 'K':
			to = &c.value
			if c.value != none && (t == 'G' || t == 'K') && f.Columns[c.value].Type == t {
				to = &c.minus
			}
		case 'Q', 'L', 'M':
			to = &c.sigma
			if c.sigma != none && t != 'Q' {
				to = &c.minusSigma
			}
		case 'P':
			to = &c.phase
		case 'D':
			to = &c.difference
		default:
			return nil, f.errorf(format.ErrInvalidValue, "the column %s is of type %c, %s: structure factors are of type F, G, J, K or R; there are %s", label, t, types[t], f.list())
		}
		if *to != none {
			return nil, f.errorf(format.ErrInvalidValue, "the columns %s and %s cannot be taken together; there are %s", f.Columns[*to].Label, f.Columns[i].Label, f.list())
		}
		*to = i
	}
	if c.value == none {
		return nil, f.errorf(format.ErrInvalidValue, "there are neither amplitudes nor intensities among the columns %s; there are %s", strings.Join(labels, ", "), f.list())
	}
	if c.difference != none && (f.Columns[c.value].Type != 'F' || c.phase != none) {
		return nil, f.errorf(format.ErrInvalidValue, "an anomalous difference goes with amplitudes of type F without phases, not with %s; there are %s", f.Columns[c.value].Label, f.list())
	}
	if c.minus != none {
		if _, sign := mate(f.Columns[c.value].Label); sign < 0 {
			c.value, c.minus = c.minus, c.value
			c.sigma, c.minusSigma = c.minusSigma, c.sigma
		}
	}
	phase, difference, sigma, minusSigma := c.phase, c.difference, c.sigma, c.minusSigma
	f.complete(c)
	c.phase, c.difference = phase, difference
	if sigma != none {
		c.sigma, c.minusSigma = sigma, minusSigma
	}
	for _, i := range []int{difference, phase} {
		if i != none {
			c.labels = append(c.labels, f.Columns[i].Label)
		}
	}
	return c, nil
}

// find returns the column with a label, which may have the name of its dataset before it:
// DATASET/LABEL.
func (f *File) find(label string) (int, error) {
	for _, match := range []func(c *Column) bool{
		func(c *Column) bool { return c.Label == label },
		func(c *Column) bool { return f.dataset(c.Dataset).Name+"/"+c.Label == label },
		func(c *Column) bool { return strings.EqualFold(c.Label, label) },
	} {
		var found []int
		for i := range f.Columns {
			if match(&f.Columns[i]) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return 0, f.errorf(format.ErrInvalidValue, "%d columns are called %s: take one by DATASET/LABEL of %s", len(found), label, f.list())
		}
	}
	return 0, f.errorf(format.ErrNoData, "there is no column %s, but %s", label, f.list())
}

// complete adds what follows from the columns of values: their standard deviations, the dataset.
func (f *File) complete(c *choice) *choice {
	value := f.Columns[c.value]
	c.intensities = value.Type == 'J' || value.Type == 'K'
	c.dataset = f.dataset(value.Dataset)
	c.sigma, c.minusSigma, c.phase, c.difference = f.deviation(c.value), none, none, none
	c.labels = []string{value.Label}
	if c.minus != none {
		c.minusSigma = f.deviation(c.minus)
		c.labels = append(c.labels, f.Columns[c.minus].Label)
	}
	switch {
	case c.minus == none && (value.Type == 'G' || value.Type == 'K'):
		c.notices = append(c.notices, fmt.Sprintf("the column %s is of one Friedel mate alone: it is taken for both", value.Label))
	case value.Type == 'R':
		c.notices = append(c.notices, fmt.Sprintf("the column %s is of no particular type: it is taken for amplitudes", value.Label))
	}
	return c
}

// deviation returns the column of the standard deviations of column i: the one with its label after
// SIG, or the next one, if it is of the right type.
func (f *File) deviation(i int) int {
	value := f.Columns[i]
	t, ok := map[byte]byte{'F': 'Q', 'J': 'Q', 'G': 'L', 'K': 'M'}[value.Type]
	if !ok {
		return none
	}
	for j, c := range f.Columns {
		if c.Type == t && c.Dataset == value.Dataset && strings.EqualFold(c.Label, "SIG"+value.Label) {
			return j
		}
	}
	if j := i + 1; j < len(f.Columns) && f.Columns[j].Type == t && f.Columns[j].Dataset == value.Dataset {
		return j
	}
	return none
}

// mostListed is how many columns an error lists.
const mostListed = 100

// list returns all labels with their types.
func (f *File) list() string {
	var text []string
	for i, c := range f.Columns {
		if i == mostListed {
			text = append(text, fmt.Sprintf("and %d more", len(f.Columns)-i))
			break
		}
		text = append(text, fmt.Sprintf("%s (%c)", c.Label, c.Type))
	}
	return strings.Join(text, ", ")
}
