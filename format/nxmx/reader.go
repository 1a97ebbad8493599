package nxmx

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/hdf5"
)

// reader looks up what a file says of an experiment. It keeps the first error; what is not there, or
// of a type that has no meaning where it is, is as if the file said nothing.
type reader struct {
	root    *hdf5.Object
	err     error
	notices []string
}

func (r *reader) notice(text string, args ...any) {
	if line := fmt.Sprintf(text, args...); !slices.Contains(r.notices, line) {
		r.notices = append(r.notices, line)
	}
}

// keep keeps an error about the object at a path, unless it is that something has no meaning here.
func (r *reader) keep(where string, err error) {
	switch {
	case err == nil:
	case errors.Is(err, format.ErrUnsupported), errors.Is(err, format.ErrNoData):
		r.notice("%s is not used: %v", where, err)
	case r.err == nil:
		r.err = fmt.Errorf("%s: %w", where, err)
	}
}

// object returns the object at an absolute path, nil if there is none.
func (r *reader) object(where string) *hdf5.Object {
	if r.err != nil {
		return nil
	}
	o, err := r.root.Find(where)
	r.keep(where, err)
	if err != nil {
		return nil
	}
	return o
}

// value returns the value of the dataset at a path, nil if there is none.
func (r *reader) value(where string) *hdf5.Value {
	o := r.object(where)
	if o == nil || !o.IsDataset() {
		return nil
	}
	d, err := o.Dataset()
	if err == nil {
		var v *hdf5.Value
		if v, err = d.Read(); err == nil {
			return v
		}
	}
	r.keep(where, err)
	return nil
}

// numbers returns the numbers of the dataset at a path.
func (r *reader) numbers(where string) []float64 {
	v := r.value(where)
	if v == nil {
		return nil
	}
	x, err := v.Float64s()
	r.keep(where, err)
	return x
}

// number returns the first number of the dataset at a path, and whether there is one.
func (r *reader) number(where string) (float64, bool) {
	if x := r.numbers(where); len(x) > 0 && !math.IsNaN(x[0]) {
		return x[0], true
	}
	return 0, false
}

// text returns the text of the dataset at a path.
func (r *reader) text(where string) string {
	v := r.value(where)
	if v == nil {
		return ""
	}
	return r.first(where, v)
}

func (r *reader) first(where string, v *hdf5.Value) string {
	s, err := v.Strings()
	r.keep(where, err)
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func (r *reader) attribute(where, name string) *hdf5.Value {
	o := r.object(where)
	if o == nil {
		return nil
	}
	v, err := o.Attribute(name)
	r.keep(where, err)
	return v
}

// word returns the text of an attribute.
func (r *reader) word(where, name string) string {
	if v := r.attribute(where, name); v != nil {
		return r.first(where+", attribute "+name, v)
	}
	return ""
}

// vector returns the three numbers of an attribute, and whether it has them.
func (r *reader) vector(where, name string) (out [3]float64, ok bool) {
	v := r.attribute(where, name)
	if v == nil {
		return out, false
	}
	x, err := v.Float64s()
	r.keep(where+", attribute "+name, err)
	if len(x) != 3 {
		return out, false
	}
	for _, c := range x {
		if math.IsNaN(c) || math.IsInf(c, 0) {
			return out, false
		}
	}
	return [3]float64(x), true
}

// children returns the names of the groups and datasets in a group.
func (r *reader) children(where string) (names []string) {
	o := r.object(where)
	if o == nil {
		return nil
	}
	links, err := o.Links()
	r.keep(where, err)
	for _, l := range links {
		names = append(names, l.Name)
	}
	return names
}

// classes returns the paths of the groups in a group that have a NeXus class, in the order of their
// names. Links to other files are not followed.
func (r *reader) classes(where, class string) (paths []string) {
	o := r.object(where)
	if o == nil {
		return nil
	}
	links, err := o.Links()
	r.keep(where, err)
	for _, l := range links {
		if child := path.Join(where, l.Name); l.File == "" && r.err == nil && r.word(child, "NX_class") == class {
			paths = append(paths, child)
		}
	}
	return paths
}

// class returns the path of the first group of a NeXus class in a group, or of the one with the usual
// name; an empty string if there is neither.
func (r *reader) class(where, class, usual string) string {
	if paths := r.classes(where, class); len(paths) > 0 {
		return paths[0]
	}
	if p := path.Join(where, usual); r.object(p) != nil {
		return p
	}
	return ""
}

// Factors of units to mm, degrees and Å.
var (
	lengths     = map[string]float64{"mm": 1, "m": 1e3, "cm": 10, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "nm": 1e-6, "millimeter": 1, "millimetre": 1, "meter": 1e3, "metre": 1e3}
	angles      = map[string]float64{"deg": 1, "degree": 1, "degrees": 1, "°": 1, "rad": 180 / math.Pi, "radian": 180 / math.Pi, "radians": 180 / math.Pi, "mrad": 0.18 / math.Pi}
	wavelengths = map[string]float64{"angstrom": 1, "angstroms": 1, "å": 1, "a": 1, "nm": 10, "pm": 0.01, "m": 1e10}
)

// scale returns the factor of the units of an object, or of another name of their attribute. Without
// units they are the one given.
func (r *reader) scale(where, attribute string, units map[string]float64, without string) float64 {
	name := strings.ToLower(strings.TrimSpace(r.word(where, attribute)))
	if name == "" {
		if attribute == "units" {
			r.notice("%s has no units: taken as %s", where, without)
		}
		return units[without]
	}
	factor, ok := units[name]
	if !ok {
		if r.err == nil {
			r.err = format.Errorf(format.ErrInvalidValue, "%s has the units %q", where, name)
		}
		return 1
	}
	return factor
}

// quantity returns the first number at a path in the units of the map.
func (r *reader) quantity(where string, units map[string]float64, without string) (float64, bool) {
	x, ok := r.number(where)
	if !ok {
		return 0, false
	}
	return x * r.scale(where, "units", units, without), true
}
