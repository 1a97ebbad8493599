package experiment

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Read reads an experiment from a JSON file and checks it with [Config.Check]. Relative paths in it refer to the folder of
// the file. No other files are read.
func Read(path string) (*Config, error) { return read(path, (*Config).Check) }

// readPart is [Read] for an experiment that others complete: crystals, or their cells, may be missing.
func readPart(path string) (*Config, error) {
	return read(path, func(c *Config) error {
		whole := *c
		whole.Crystals = append([]Crystal(nil), c.Crystals...)
		if len(whole.Crystals) == 0 {
			whole.Crystals = make([]Crystal, 1)
		}
		for i := range whole.Crystals {
			if x := &whole.Crystals[i]; !x.hasCell() {
				x.Cell.A = 1
			}
		}
		return whole.Check()
	})
}

// read reads an experiment from a file and checks it.
func read(path string, check func(*Config) error) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("experiment: %w", err)
	}
	c, err := parse(text, check)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = path
		}
		return nil, err
	}
	c.Folder = filepath.Dir(path)
	return c, nil
}

// Parse reads an experiment from JSON and checks it with [Config.Check]. Unknown keys, repeated keys and null are errors. A
// zero in the JSON does not mean that a value is omitted: it is an error where zero is out of range. Errors have type [*Error].
func Parse(text []byte) (*Config, error) { return parse(text, (*Config).Check) }

func parse(text []byte, check func(*Config) error) (*Config, error) {
	d := decoder{text: text, json: json.NewDecoder(bytes.NewReader(text)), places: map[string]int{}}
	d.json.UseNumber()
	c := new(Config)
	err := d.document(reflect.ValueOf(c).Elem())
	if err == nil {
		err = check(c)
	}
	var e *Error
	if errors.As(err, &e) {
		if e.Line == 0 {
			e.Line, e.Column = d.position(d.place(e.Key))
		}
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// UnmarshalJSON is [Parse].
func (c *Config) UnmarshalJSON(text []byte) error {
	read, err := Parse(text)
	if err != nil {
		return err
	}
	*c = *read
	return nil
}

// decoder reads JSON into values and records where each begins.
type decoder struct {
	text   []byte
	json   *json.Decoder
	places map[string]int // offsets of values by path
}

// document reads all of the text.
func (d *decoder) document(v reflect.Value) error {
	if !utf8.Valid(d.text) {
		return problem("", "the JSON is not UTF-8")
	}
	if err := d.value(v, "", rules{}); err != nil {
		return err
	}
	at := d.start()
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return d.at(at, "", "there is more text after the closing brace")
	}
	return nil
}

// start returns the offset of the next token.
func (d *decoder) start() int {
	at := int(d.json.InputOffset())
	for at < len(d.text) && strings.IndexByte(" \t\r\n,:", d.text[at]) >= 0 {
		at++
	}
	return at
}

// place returns the offset of the value of a key, or of the innermost value around it that is given.
func (d *decoder) place(key string) int {
	for key != "" {
		if at, ok := d.places[key]; ok {
			return at
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return d.places[""]
}

// position returns the line and column of an offset.
func (d *decoder) position(at int) (line, column int) {
	before := d.text[:min(at, len(d.text))]
	last := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[last:]) + 1
}

func (d *decoder) at(offset int, key, format string, args ...any) *Error {
	e := problem(key, format, args...)
	e.Line, e.Column = d.position(offset)
	return e
}

// token reads the next token; errors in the JSON syntax have their position.
func (d *decoder) token(key string) (json.Token, error) {
	at := d.start()
	t, err := d.json.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, d.at(at, key, "is not valid JSON here: %v", strings.TrimPrefix(syntax.Error(), "json: "))
	case err != nil: // the end
		return nil, d.at(len(d.text), key, "ends too early: a brace or bracket is not closed")
	}
	return t, nil
}

// value reads a value into v.
func (d *decoder) value(v reflect.Value, path string, r rules) error {
	at := d.start()
	d.places[path] = at
	t, err := d.token(path)
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	wrong := func(want string) error { return d.at(at, path, "is %s, not %s", kind(t), want) }
	switch {
	case textual(v.Type()):
		text, ok := t.(string)
		if !ok {
			return wrong("a text")
		}
		return d.word(v, text, at, path, r)
	case v.Kind() == reflect.Bool:
		b, ok := t.(bool)
		if !ok {
			return wrong("true or false")
		}
		v.SetBool(b)
		return nil
	case v.Kind() == reflect.Struct:
		if t != json.Delim('{') {
			return wrong("an object")
		}
		return d.object(v, path, r)
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		if t != json.Delim('[') {
			return wrong("a list")
		}
		return d.list(v, at, path, r)
	}
	n, ok := t.(json.Number)
	if !ok {
		return wrong("a number")
	}
	return d.number(v, n.String(), at, path, r)
}

// kind describes a token in words.
func kind(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(t)
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case json.Delim:
		if t == '[' {
			return "a list"
		}
	}
	return "an object"
}

func (d *decoder) word(v reflect.Value, text string, at int, path string, r rules) error {
	if p := r.refuseText(text, true); p != "" {
		return d.at(at, path, "%s", p)
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			return d.at(at, path, "%w", err)
		}
		return nil
	}
	v.SetString(text)
	return nil
}

func (d *decoder) number(v reflect.Value, text string, at int, path string, r rules) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return d.at(at, path, "%s is beyond the range of numbers", text)
	}
	switch {
	case v.CanFloat():
		v.SetFloat(x)
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return d.at(at, path, "%s is not a whole number", text)
		}
		v.SetInt(n)
	default:
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return d.at(at, path, "%s is not a whole number from 0 on", text)
		}
		v.SetUint(n)
	}
	if p := r.refuse(x, true); p != "" {
		return d.at(at, path, "%s", p)
	}
	return nil
}

// object reads the keys of a struct after the opening brace.
func (d *decoder) object(v reflect.Value, path string, r rules) error {
	t := v.Type()
	seen := map[string]bool{}
	for d.json.More() {
		at := d.start()
		token, err := d.token(path)
		if err != nil {
			return err
		}
		name := token.(string) // the decoder returns nothing else before a colon
		index := -1
		for i := range t.NumField() {
			if key(t.Field(i)) == name && name != "" {
				index = i
			}
		}
		switch {
		case index < 0:
			return d.at(at, join(path, name), "is an unknown key; known are %s", strings.Join(keys(t), ", "))
		case seen[name]:
			return d.at(at, join(path, name), "is given twice")
		}
		seen[name] = true
		f := t.Field(index)
		if err := d.value(v.Field(index), join(path, name), rulesOf(f.Tag, r)); err != nil {
			return err
		}
	}
	for i := range t.NumField() {
		if k := key(t.Field(i)); k != "" && rulesOf(t.Field(i).Tag, r).required && !seen[k] {
			return d.at(d.places[path], join(path, k), "is missing")
		}
	}
	_, err := d.token(path)
	return err
}

// keys returns those of a struct.
func keys(t reflect.Type) []string {
	var list []string
	for i := range t.NumField() {
		if k := key(t.Field(i)); k != "" {
			list = append(list, k)
		}
	}
	return list
}

// list reads the elements of an array or slice after the opening bracket.
func (d *decoder) list(v reflect.Value, at int, path string, r rules) error {
	n := 0
	for ; d.json.More(); n++ {
		if v.Kind() == reflect.Slice {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		} else if n == v.Len() {
			return d.at(at, path, "has more than %d elements", n)
		}
		if err := d.value(v.Index(n), fmt.Sprintf("%s[%d]", path, n), r); err != nil {
			return err
		}
	}
	if v.Kind() == reflect.Array && n != v.Len() {
		return d.at(at, path, "has %d elements, not %d", n, v.Len())
	}
	_, err := d.token(path)
	return err
}
