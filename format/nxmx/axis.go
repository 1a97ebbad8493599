package nxmx

import (
	"math"
	"path"

	"github.com/gobragg/gobragg/format"
)

// axis is a transformation of NeXus: a rotation by a value in degrees about a vector, or a
// translation by a value in mm along it, and then a translation by offset. It leads from the frame
// that it defines to that of its parent.
type axis struct {
	path     string
	rotation bool
	values   []float64
	vector   [3]float64
	offset   [3]float64
	parent   string // its path; empty for the laboratory
}

// maxAxes limits a chain of transformations.
const maxAxes = 64

// axis reads the transformation at a path.
func (r *reader) axis(where string) (a axis, ok bool) {
	if r.object(where) == nil {
		return a, false
	}
	a = axis{path: where, rotation: r.word(where, "transformation_type") == "rotation", values: r.numbers(where)}
	units, without := lengths, "mm"
	if a.rotation {
		units, without = angles, "deg"
	}
	if len(a.values) > 0 {
		factor := r.scale(where, "units", units, without)
		for i := range a.values {
			a.values[i] *= factor
		}
	}
	if a.vector, ok = r.vector(where, "vector"); !ok || a.vector == [3]float64{} {
		r.notice("%s is not used: it has no vector", where)
		return a, false
	}
	if offset, ok := r.vector(where, "offset"); ok {
		unit := "offset_units"
		if r.word(where, unit) == "" && !a.rotation {
			unit = "units"
		}
		factor := 1.0
		if offset != [3]float64{} {
			factor = r.scale(where, unit, lengths, "mm")
		}
		for i := range offset {
			a.offset[i] = offset[i] * factor
		}
	}
	a.parent = r.follow(path.Dir(where), r.word(where, "depends_on"))
	return a, true
}

// follow returns the path that depends_on says, which counts from a group unless it begins with a
// slash.
func (r *reader) follow(group, depends string) string {
	switch {
	case depends == "" || depends == ".":
		return ""
	case path.IsAbs(depends):
		return path.Clean(depends)
	}
	return path.Join(group, depends)
}

// chain returns the transformations from the one at a path to the laboratory.
func (r *reader) chain(where string) (axes []axis) {
	for from := where; where != "" && r.err == nil; {
		if len(axes) == maxAxes {
			r.err = format.Errorf(format.ErrInconsistent, "%s depends on more than %d transformations: they depend on each other in a circle", from, maxAxes)
			return nil
		}
		a, ok := r.axis(where)
		if !ok {
			r.notice("%s, on which a transformation depends, is not there", where)
			return axes
		}
		axes = append(axes, a)
		where = a.parent
	}
	return axes
}

// first returns the value of a transformation for the first image; 0 if it has none.
func (a axis) first() float64 {
	if len(a.values) == 0 || math.IsNaN(a.values[0]) || math.IsInf(a.values[0], 0) {
		return 0
	}
	return a.values[0]
}

// matrix returns the rotation of a transformation with a value; the identity for a translation.
func (a axis) matrix(value float64) [3][3]float64 {
	if !a.rotation {
		return rotation([3]float64{1, 0, 0}, 0)
	}
	return rotation(unit(a.vector), value*math.Pi/180)
}

// place applies a chain to a point, and direction its rotations to a vector.
func place(chain []axis, p [3]float64) [3]float64 {
	for _, a := range chain {
		p = apply(a.matrix(a.first()), p)
		for i := range p {
			if p[i] += a.offset[i]; !a.rotation {
				p[i] += a.first() * a.vector[i]
			}
		}
	}
	return p
}

func direction(chain []axis, v [3]float64) [3]float64 {
	for _, a := range chain {
		v = apply(a.matrix(a.first()), v)
	}
	return unit(v)
}
