package main

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// parse reads the arguments in order: of several instances of an option the last one counts.
func parse(args []string) (*options, error) {
	o := newOptions()
	for i := 0; i < len(args); {
		name := args[i]
		opt, as := find(name)
		if opt == nil {
			return nil, unknown(name, args[:i])
		}
		if as != "" {
			o.respelt = append(o.respelt, [2]string{name, as})
		}
		rest := args[i+1:]
		want := len(opt.values)
		if opt.take != nil {
			want = opt.take(rest)
		}
		if len(rest) > 0 && len(opt.values) > 1 && strings.Contains(rest[0], ",") {
			return nil, cli.Usagef("%s %s: write %s", name, rest[0], separated(name+" "+rest[0]))
		}
		if len(rest) < want {
			return nil, cli.Usagef("%s needs %s", name, needs(opt))
		}
		// A file may be called -x, but -hkl -N 5 lacks one.
		if want == 1 && (opt.values[0] == "FILE" || opt.values[0] == "PREFIX") && named(rest[0]) != nil {
			return nil, cli.Usagef("%s needs %s, found the option %s", name, needs(opt), rest[0])
		}
		if err := opt.set(o, input{name: name, values: rest[:want], after: rest}); err != nil {
			return nil, cli.Usagef("%s: %w", strings.Join(args[i:i+1+want], " "), err)
		}
		i += 1 + want
	}
	return o, nil
}

// separated has each value as an argument of its own, where an option and its values were given as in -cell=1,2,3. Values
// of one argument, such as the names of -deriv, keep their commas.
func separated(argument string) string {
	head, values, _ := strings.Cut(strings.Replace(argument, "=", " ", 1), " ")
	if opt := named(head); opt != nil && len(opt.values) > 1 {
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

// find returns the option with a name. For a name that only the reference program knows, which finds its options within
// longer words, as is the name of the option that it takes it for.
func find(name string) (opt *option, as string) {
	if opt := named(name); opt != nil {
		return opt, ""
	}
	if strings.Contains(name, "=") { // its value is not where that program would look for it
		return nil, ""
	}
	as = nanobragg.Within(name)
	return named(as), as
}

// named returns the option with a name: by its whole name, else by the longest stem.
func named(name string) *option {
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
			return cli.Usagef("unexpected argument %q: options begin with -", name)
		}
		return cli.Usagef("unexpected argument %q after %q", name, before[len(before)-1])
	}
	if head, _, ok := strings.Cut(name, "="); ok && named(head) != nil {
		return cli.Usagef("%s: write %s", name, separated(name))
	}
	if instead := elsewhere[strings.ToLower(strings.Trim(name, "-"))]; instead != "" {
		return cli.Usagef("unknown option %s: %s", name, instead)
	}
	if near := cli.Nearest(name, optionNames()); near != "" {
		return cli.Usagef("unknown option %s; did you mean %s?", name, near)
	}
	return cli.Usagef("unknown option %s; -help lists all", name)
}

func isNumber(s string) bool { _, err := parseReal(s); return err == nil }

// elsewhere answers names of options that users of other programs try, by the name without its dash.
var elsewhere = map[string]string{
	"cbf": noCBF, "cbffile": noCBF, "h5": noCBF, "hdf5": noCBF, "nexus": noCBF, "tiff": noCBF,
	"mtz": noMTZ, "cif": noMTZ, "pdb": noMTZ,
	"detsize_x": undone + "-detsize_f", "detsize_y": undone + "-detsize_s",
	"xdet_vector": undone + "-fdet_vector", "ydet_vector": undone + "-sdet_vector", "zdet_vector": undone + "-odet_vector",
}

const (
	noCBF = "images are written by -intfile and -noisefile in the SMV format, by -floatfile without a header"
	noMTZ = "structure factors are read by -hkl from text, h k l F a line"

	undone = "nanoBragg's README has it and the program ignores it; write "
)

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
