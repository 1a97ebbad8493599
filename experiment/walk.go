package experiment

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// rules are those in the tags of a field; elements of a list have the rules of the list.
type rules struct {
	unit, slip                      string
	min, max, above, below          *float64
	usualLow, usualHigh             float64 // 0, 0: any
	values                          []string
	required                        bool // zero is an ordinary value and does not mean omitted
	minText, aboveText              string
	maxText, belowText, unusualText string
}

// rulesOf reads the tags of a field. It inherits the unit of its parent unless it has one.
func rulesOf(tag reflect.StructTag, parent rules) rules {
	r := rules{unit: parent.unit, slip: tag.Get("slip"), values: strings.Fields(tag.Get("values"))}
	if u, ok := tag.Lookup("unit"); ok {
		r.unit = u
	}
	for _, b := range []struct {
		name string
		to   **float64
		text *string
	}{{"min", &r.min, &r.minText}, {"max", &r.max, &r.maxText}, {"above", &r.above, &r.aboveText}, {"below", &r.below, &r.belowText}} {
		if text, ok := tag.Lookup(b.name); ok {
			v := number(text)
			*b.to, *b.text = &v, text
		}
	}
	if text := tag.Get("usual"); text != "" {
		low, high, _ := strings.Cut(text, " ")
		r.usualLow, r.usualHigh, r.unusualText = number(low), number(high), low+" to "+high
	}
	_, options, _ := strings.Cut(tag.Get("json"), ",")
	r.required = options == ""
	return r
}

// number returns the number in a tag.
func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("experiment: the tag of a field has %q instead of a number", text)) // any test finds it
	}
	return v
}

// quantity returns a number with its unit.
func (r rules) quantity(v float64) string {
	switch r.unit {
	case "":
		return fmt.Sprintf("%g", v)
	case "°", "%":
		return fmt.Sprintf("%g%s", v, r.unit)
	}
	return fmt.Sprintf("%g %s", v, r.unit)
}

// refuse returns what is wrong with a number, or "". Zero means omitted unless it was given.
func (r rules) refuse(v float64, given bool) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Sprintf("%g is not finite", v)
	case v == 0 && !given && !r.required:
		return ""
	case r.above != nil && !(v > *r.above):
		return fmt.Sprintf("%s is not above %s", r.quantity(v), r.aboveText)
	case r.min != nil && !(v >= *r.min):
		return fmt.Sprintf("%s is below %s", r.quantity(v), r.minText)
	case r.below != nil && !(v < *r.below):
		return fmt.Sprintf("%s is not below %s", r.quantity(v), r.belowText)
	case r.max != nil && !(v <= *r.max):
		return fmt.Sprintf("%s is above %s", r.quantity(v), r.maxText)
	}
	return ""
}

// refuseText returns what is wrong with a word, or "".
func (r rules) refuseText(text string, given bool) string {
	if len(r.values) == 0 || text == "" && !given {
		return ""
	}
	for _, v := range r.values {
		if text == v {
			return ""
		}
	}
	return fmt.Sprintf("%q is none of %s", text, strings.Join(r.values, ", "))
}

// unusual returns the notice about a number, or "".
func (r rules) unusual(v float64) string {
	if v == 0 || r.usualLow == r.usualHigh || v >= r.usualLow && v <= r.usualHigh {
		return ""
	}
	text := fmt.Sprintf("%s is outside the usual %s", r.quantity(v), r.unusualText)
	if r.unit != "" {
		text += " " + r.unit
	}
	if r.slip != "" {
		text += "; is it " + r.slip + "?"
	}
	return text
}

// key returns the name of a field in the JSON; "" if it has none.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// join returns the path of a key below another.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// textual reports whether a type is a string in the JSON.
func textual(t reflect.Type) bool {
	return t.Kind() == reflect.String || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// walk visits the strings, booleans and numbers in a value until a visit returns an error.
func walk(v reflect.Value, path string, r rules, visit func(path string, v reflect.Value, r rules) error) error {
	t := v.Type()
	switch {
	case textual(t):
		return visit(path, v, r)
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return walk(v.Elem(), path, r, visit)
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		for i := range v.Len() {
			if err := walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), r, visit); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if k := key(f); k != "" {
				if err := walk(v.Field(i), join(path, k), rulesOf(f.Tag, r), visit); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return visit(path, v, r)
}

// asNumber returns a leaf as a number.
func asNumber(v reflect.Value) (float64, bool) {
	switch {
	case v.CanFloat():
		return v.Float(), true
	case textual(v.Type()):
		return 0, false
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	}
	return 0, false
}
