package main

import (
	"fmt"
	"strings"
)

// usageError is a mistake in the arguments, as opposed to a run that fails.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// parse reads the arguments in order: of several instances of an option the last one counts.
func parse(args []string) (*options, error) {
	o := newOptions()
	for i := 0; i < len(args); {
		name := args[i]
		opt := find(name)
		if opt == nil {
			return nil, unknown(name, args[:i])
		}
		rest := args[i+1:]
		want := len(opt.values)
		if opt.take != nil {
			want = opt.take(rest)
		}
		if len(rest) > 0 && len(opt.values) > 1 && strings.Contains(rest[0], ",") {
			return nil, usagef("%s %s: write %s", name, rest[0], separated(name+" "+rest[0]))
		}
		if len(rest) < want {
			return nil, usagef("%s needs %s", name, needs(opt))
		}
		// A file may be called -x, but -hkl -N 5 lacks one.
		if want == 1 && (opt.values[0] == "FILE" || opt.values[0] == "PREFIX") && find(rest[0]) != nil {
			return nil, usagef("%s needs %s, found the option %s", name, needs(opt), rest[0])
		}
		if err := opt.set(o, input{name: name, values: rest[:want], after: rest}); err != nil {
			return nil, usagef("%s: %w", strings.Join(args[i:i+1+want], " "), err)
		}
		i += 1 + want
	}
	return o, nil
}

// separated has each value as an argument of its own, where an option and its values were given as in -cell=1,2,3. Values
// of one argument, such as the names of -deriv, keep their commas.
func separated(argument string) string {
	head, values, _ := strings.Cut(strings.Replace(argument, "=", " ", 1), " ")
	if opt := find(head); opt != nil && len(opt.values) > 1 {
		values = strings.Join(strings.FieldsFunc(values, func(r rune) bool { return r == ',' || r == ' ' }), " ")
	}
	return head + " " + values
}

func needs(opt *option) string {
	if len(opt.values) == 1 {
		return "a value: " + opt.values[0]
	}
	return fmt.Sprintf("%d values: %s", len(opt.values), strings.Join(opt.values, " "))
}

// find returns the option with a name: by its whole name, else by the longest stem.
func find(name string) *option {
	if strings.HasPrefix(name, "--") { // the reference program finds its options within longer words
		name = name[1:]
	}
	var best *option
	length := 0
	for _, g := range groups {
		for i := range g.options {
			for _, n := range g.options[i].names {
				s, open := stem(n)
				if s == name {
					return &g.options[i]
				}
				if open && len(s) > length && strings.HasPrefix(name, s) {
					best, length = &g.options[i], len(s)
				}
			}
		}
	}
	return best
}

// unknown returns the error for an argument that is not an option; before are the arguments that precede it.
func unknown(name string, before []string) error {
	if !strings.HasPrefix(name, "-") || isNumber(name) {
		if len(before) == 0 {
			return usagef("unexpected argument %q: options begin with -", name)
		}
		return usagef("unexpected argument %q after %q", name, before[len(before)-1])
	}
	if head, _, ok := strings.Cut(name, "="); ok && find(head) != nil {
		return usagef("%s: write %s", name, separated(name))
	}
	if instead := elsewhere[strings.ToLower(strings.Trim(name, "-"))]; instead != "" {
		return usagef("unknown option %s: %s", name, instead)
	}
	if near := nearest(name); near != "" {
		return usagef("unknown option %s; did you mean %s?", name, near)
	}
	return usagef("unknown option %s; -help lists all", name)
}

func isNumber(s string) bool { _, err := parseReal(s); return err == nil }

// elsewhere answers names of options that users of other programs try, by the name without its dash.
var elsewhere = map[string]string{
	"cbf": noCBF, "cbffile": noCBF, "h5": noCBF, "hdf5": noCBF, "nexus": noCBF, "tiff": noCBF,
	"mtz": noMTZ, "cif": noMTZ, "pdb": noMTZ,
}

const (
	noCBF = "images are written by -intfile and -noisefile in the SMV format, by -floatfile without a header"
	noMTZ = "structure factors are read by -hkl from text, h k l F a line"
)

// nearest is the name of the option that was probably meant by name: the first one that begins with it, else the one with
// the fewest mistakes; "" where there are too many in each.
func nearest(name string) string {
	name = "-" + strings.ToLower(strings.Trim(name, "-"))
	names := optionNames()
	if letters := len(name) - 1; letters >= 3 {
		for _, candidate := range names {
			if strings.HasPrefix(strings.ToLower(candidate), name) {
				return candidate
			}
		}
	}
	best, fewest := "", max(1, (len(name)-1)/3)+1
	if len(name) < 3 {
		fewest = 1 // the name itself, in another case
	}
	for _, candidate := range names {
		if d := editDistance(name, strings.ToLower(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// optionNames are the names of all options, those with open ends short and in full, in the order of -help.
func optionNames() []string {
	var list []string
	for _, g := range groups {
		for _, opt := range g.options {
			for _, name := range opt.names {
				short, open := stem(name)
				list = append(list, short)
				if open {
					list = append(list, strings.NewReplacer("[", "", "]", "").Replace(name))
				}
			}
		}
	}
	return list
}

// editDistance is that of Levenshtein: the number of bytes to insert, delete or replace to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // from the part of a read so far to each part of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
