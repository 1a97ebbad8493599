package experiment

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write schema.json and the tables of docs/experiment.md anew")

// comments are the doc comments of the configuration's files: of types under their names, of fields under Type.Field.
func comments(t *testing.T) map[string]string {
	t.Helper()
	var decls []ast.Decl
	for _, name := range []string{"config.go", "config_crystal.go", "config_anomalous.go", "config_scales.go", "config_diffuse.go", "config_beam.go", "config_detector.go", "config_background.go", "config_verdict.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, file.Decls...)
	}
	out := map[string]string{}
	text := func(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
	for _, d := range decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		spec := g.Specs[0].(*ast.TypeSpec)
		out[spec.Name.Name] = text(g.Doc)
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			for _, n := range f.Names {
				out[spec.Name.Name+"."+n.Name] = text(f.Doc)
			}
		}
	}
	return out
}

// object is JSON with keys in their order.
type object []member

type member struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		k, _ := json.Marshal(m.key)
		v, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s:%s", k, v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// schemaMaker makes the schema of a type; that of a struct goes to defs.
type schemaMaker struct {
	comments map[string]string
	defs     object
	made     map[reflect.Type]bool
}

func (m *schemaMaker) of(t reflect.Type, r rules) object {
	switch {
	case textual(t):
		o := object{{"type", "string"}}
		if len(r.values) > 0 {
			o = append(o, member{"enum", r.values})
		}
		return o
	case t.Kind() == reflect.Pointer:
		return m.of(t.Elem(), r)
	case t.Kind() == reflect.Bool:
		return object{{"type", "boolean"}}
	case t.Kind() == reflect.Slice:
		return object{{"type", "array"}, {"items", m.of(t.Elem(), r)}}
	case t.Kind() == reflect.Array:
		return object{{"type", "array"}, {"items", m.of(t.Elem(), r)}, {"minItems", t.Len()}, {"maxItems", t.Len()}}
	case t.Kind() == reflect.Struct:
		if !m.made[t] {
			m.made[t] = true
			place := len(m.defs)
			m.defs = append(m.defs, member{strings.ToLower(t.Name()), nil})
			m.defs[place].value = m.object(t)
		}
		return object{{"$ref", "#/$defs/" + strings.ToLower(t.Name())}}
	}
	o := object{{"type", "number"}}
	if !reflect.Zero(t).CanFloat() {
		o[0].value = "integer"
		if reflect.Zero(t).CanUint() && r.min == nil {
			o = append(o, member{"minimum", 0})
		}
	}
	for _, b := range []struct {
		name string
		v    *float64
	}{{"minimum", r.min}, {"exclusiveMinimum", r.above}, {"maximum", r.max}, {"exclusiveMaximum", r.below}} {
		if b.v != nil {
			o = append(o, member{b.name, *b.v})
		}
	}
	return o
}

func (m *schemaMaker) object(t reflect.Type) object {
	var properties object
	var required []string
	for i := range t.NumField() {
		f := t.Field(i)
		k := key(f)
		if k == "" {
			continue
		}
		r := rulesOf(f.Tag, rules{})
		s := m.of(f.Type, r)
		text := m.comments[t.Name()+"."+f.Name]
		if r.unit != "" {
			text += " In " + r.unit + "."
		}
		properties = append(properties, member{k, append(s, member{"description", text})})
		if r.required {
			required = append(required, k)
		}
	}
	o := object{{"description", m.comments[t.Name()]}, {"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
	if required != nil {
		o = append(o, member{"required", required})
	}
	return o
}

// makeSchema is that of the JSON, draft 2020-12.
func makeSchema(t *testing.T) []byte {
	m := schemaMaker{comments: comments(t), made: map[reflect.Type]bool{}}
	c := reflect.TypeFor[Config]()
	m.made[c] = true
	top := m.object(c)
	s := object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "A diffraction experiment of gobragg"}}
	s = append(s, top...)
	s = append(s, member{"required", []string{"crystals"}}, member{"$defs", m.defs})
	text, err := marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return append(rows.ReplaceAllFunc(b.Bytes(), func(row []byte) []byte { return bytes.Join(bytes.Fields(row), []byte(" ")) }), '\n')
}

// The committed schema is the one that the Go types make: go test ./experiment -run Schema -update writes it.
func TestSchema(t *testing.T) {
	compareFile(t, "schema.json", makeSchema(t))
}

// compareFile holds a generated file against the committed one, or writes it.
func compareFile(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("%s is not what config.go makes: run go test ./experiment -run 'Schema|Document' -update", path)
	}
}

// Every key has a description, and each comment says what the field is.
func TestComments(t *testing.T) {
	all := comments(t)
	var look func(t reflect.Type)
	seen := map[reflect.Type]bool{}
	look = func(u reflect.Type) {
		for u.Kind() == reflect.Pointer || u.Kind() == reflect.Slice || u.Kind() == reflect.Array {
			u = u.Elem()
		}
		if u.Kind() != reflect.Struct || seen[u] {
			return
		}
		seen[u] = true
		for i := range u.NumField() {
			f := u.Field(i)
			if key(f) == "" {
				continue
			}
			if all[u.Name()+"."+f.Name] == "" {
				t.Errorf("%s.%s has no comment", u.Name(), f.Name)
			}
			look(f.Type)
		}
	}
	look(reflect.TypeFor[Config]())
}

// tables are the keys in Markdown, a table for each kind of object, those of one kind once.
func tables(t *testing.T) []byte {
	all := comments(t)
	var b bytes.Buffer
	made := map[reflect.Type]bool{}
	var write func(u reflect.Type, path string)
	write = func(u reflect.Type, path string) {
		made[u] = true
		if path == "" {
			b.WriteString("### The top\n\n")
		} else {
			fmt.Fprintf(&b, "### `%s`\n\n", path)
		}
		fmt.Fprintf(&b, "%s\n\n| key | value | meaning |\n|---|---|---|\n", all[u.Name()])
		type below struct {
			t    reflect.Type
			path string
		}
		var then []below
		for i := range u.NumField() {
			f := u.Field(i)
			k := key(f)
			if k == "" {
				continue
			}
			r := rulesOf(f.Tag, rules{})
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k, value(f.Type, r), strings.ReplaceAll(all[u.Name()+"."+f.Name], "|", "\\|"))
			inner, to := f.Type, join(path, k)
			for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice && inner.Elem().Kind() != reflect.Uint8 {
				if inner.Kind() == reflect.Slice {
					to += "[i]"
				}
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && !made[inner] && !textual(inner) {
				then = append(then, below{inner, to})
				made[inner] = true
			}
		}
		b.WriteByte('\n')
		for _, x := range then {
			write(x.t, x.path)
		}
	}
	write(reflect.TypeFor[Config](), "")
	return b.Bytes()
}

// value is what a key holds, in words.
func value(t reflect.Type, r rules) string {
	var text string
	switch {
	case textual(t) && len(r.values) > 0:
		text = "`" + strings.Join(r.values, "`, `") + "`"
	case textual(t):
		text = "text"
	case t.Kind() == reflect.Pointer:
		return value(t.Elem(), r)
	case t.Kind() == reflect.Bool:
		text = "true or false"
	case t.Kind() == reflect.Struct:
		text = "object"
		if r.unit != "" {
			text += ", " + r.unit
		}
	case t.Kind() == reflect.Slice:
		return "list of: " + value(t.Elem(), r)
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Array:
		return fmt.Sprintf("%d rows of %s", t.Len(), value(t.Elem(), r))
	case t.Kind() == reflect.Array:
		text = fmt.Sprintf("%d numbers", t.Len())
	case reflect.Zero(t).CanFloat():
		text = "number"
	default:
		text = "whole number"
	}
	if !textual(t) && t.Kind() != reflect.Struct {
		if r.unit != "" {
			text += ", " + r.unit
		}
		for _, q := range []struct{ word, text string }{{"above", r.aboveText}, {"from", r.minText}, {"to", r.maxText}, {"below", r.belowText}} {
			if q.text != "" {
				text += ", " + q.word + " " + q.text
			}
		}
	}
	if r.required && t.Kind() != reflect.Slice {
		text += "; needed"
	}
	return text
}

// The document's tables are those of the Go types: go test ./experiment -run Document -update writes them.
func TestDocument(t *testing.T) {
	const path, begin, end = "../docs/experiment.md", "<!-- keys: written by go test ./experiment -run Document -update -->\n\n", "<!-- end of keys -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	before, rest, ok := bytes.Cut(text, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		t.Fatalf("%s has no place for the keys", path)
	}
	compareFile(t, path, bytes.Join([][]byte{before, []byte(begin), tables(t), []byte(end), after}, nil))

	// What it shows as an example is one.
	for i, block := range bytes.Split(text, []byte("```")) {
		if example, is := bytes.CutPrefix(block, []byte("json\n")); is && i%2 == 1 {
			c, err := Parse(example)
			if err != nil {
				t.Errorf("the example %s\n%v", example, err)
				continue
			}
			if notices := c.Notices(); notices != nil {
				t.Errorf("the example %s\n%q", example, notices)
			}
		}
	}
}
