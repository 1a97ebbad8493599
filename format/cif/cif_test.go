package cif

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// TestTokens covers the rules of CIF 1.1 for what ends a token.
func TestTokens(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"data_a _x 1", "Data a|Tag _x|Word 1"},
		{"DATA_A LoOp_ _X stop_ Global_ save_f save_", "Data A|Loop |Tag _X|Stop |Global |Save f|Save "},
		{"data_", "Data "},
		{"database loop_1 stop_x global_y", "Word database|Word loop_1|Word stop_x|Word global_y"},
		{"'a dog's life' \"b\"c\" 'd'", "Quoted a dog's life|Quoted b\"c|Quoted d"},
		{"'' \"\"", "Quoted |Quoted "},
		{"a'b a\"b a;b a#b", "Word a'b|Word a\"b|Word a;b|Word a#b"},
		{"x#y #comment 'not\nz # end", "Word x#y|Word z"},
		{"'loop_' 'data_x' '?'", "Quoted loop_|Quoted data_x|Quoted ?"},
		{"\n;one\ntwo\n; x", "Text one\ntwo|Word x"},
		{";at the start\n;", "Text at the start"},
		{"_a ;not text", "Tag _a|Word ;not|Word text"},
		{"\r\n;one\r\ntwo;\r\n;\r\nx", "Text one\r\ntwo;|Word x"},
		{"\n;one\n;two", "Text one|Word two"},
		{"\r;one\rtwo\r;\rx", "Text one\rtwo|Word x"},
		{"\n;\n;\nx", "Text |Word x"},
		{"\n;;\n; y", "Text ;|Word y"},
		{"\n;\r\n; y", "Text |Word y"},
		{"a\tb\fc\x00d", "Word a|Word b|Word c|Word d"},
		{"caf\xe9 'na\xc3\xafve'", "Word caf\xe9|Quoted na\xc3\xafve"},
		{"'open\n'", "invalid-value"},
		{"'open", "truncated"},
		{"\n;open\n ;", "truncated"},
		{";", "truncated"},
	} {
		l := NewLexer([]byte(test.text), "a.cif")
		var words []string
		for {
			token, err := l.Next()
			if err != nil {
				words = []string{format.Class(err)}
				break
			}
			if token.Kind == End {
				break
			}
			words = append(words, fmt.Sprintf("%s %s", [...]string{"End", "Data", "Save", "Global", "Loop", "Stop", "Tag", "Word", "Quoted", "Text"}[token.Kind], token.Text))
		}
		if got := strings.Join(words, "|"); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	const text = "#\\#CIF_1.1\n# a comment\ndata_One\n_A.b 'x y'\nloop_\n_l.i _L.J\n1 a\n2 'b c'\n\n;3\n; ?\n_after .\nsave_frame _in 5 save_\n_out 6\ndata_two\nloop_ _k 7\nloop_ _e\nloop_ _m 1\n"
	f, err := Parse([]byte("\uFEFF"+text), "a.cif")
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Blocks) != 2 || f.Blocks[0].Name != "One" || f.Blocks[1].Name != "two" || len(f.Blocks[0].Frames) != 1 {
		t.Fatalf("%+v", f.Blocks)
	}
	one, two, frame := f.Blocks[0], f.Blocks[1], f.Blocks[0].Frames[0]
	for _, test := range []struct {
		v    Value
		want string
		kind Kind
	}{
		{one.Value("_a.B"), "x y", Quoted}, {one.Value("_none", "_out"), "6", Word}, {one.Value("_after"), ".", Word}, {one.Value("_l.j"), "a", Word},
		{one.Value("_none"), "", End}, {one.Value("_in"), "", End}, {frame.Value("_in"), "5", Word}, {two.Value("_k"), "7", Word}, {two.Value("_e"), "", End},
	} {
		if test.v.String() != test.want || test.v.Kind != test.kind || test.v.Missing() != (test.kind == End || test.want == ".") {
			t.Errorf("%v %q, want %v %q", test.v.Kind, test.v, test.kind, test.want)
		}
	}
	table := one.Table("_l.j")
	if table == nil || table.Rows != 3 || table.Column("_none", "_L.j") != 1 || table.Column("_none") != -1 || one.Table("_a.b") != nil || two.Table("_e").Rows != 0 {
		t.Fatalf("%+v", table)
	}
	var rows []string
	for row := range table.All() {
		rows = append(rows, row[0].String()+" "+row[1].String())
		if row[0].String() == "3" && (row[0].Kind != Text || !row[1].Unknown()) {
			t.Errorf("%v", row)
		}
	}
	if got := strings.Join(rows, ", "); got != "1 a, 2 b c, 3 ?" {
		t.Error(got)
	}
	for range table.All() {
		break
	}
	var tags []string
	for tag := range one.Tags() {
		tags = append(tags, tag)
	}
	if got := strings.Join(tags, " "); got != "_A.b _l.i _L.J _after _out" {
		t.Error(got)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ text, class, want string }{
		{"", "no-data", "a.cif:1: it has no data block"},
		{"# nothing", "no-data", "no data block"},
		{"hello", "", "a.cif:1: expected a data block"},
		{"_a 1", "", "expected a data block"},
		{"data_x\n_a", "truncated", "a.cif:2: the file ends after the tag _a"},
		{"data_x\n_a _b", "invalid-value", "a.cif:2: the tag _a has no value"},
		{"data_x\r\rvalue", "invalid-value", "a.cif:3: the value value has no tag"},
		{"data_x loop_ 1", "invalid-value", "the loop has no tags"},
		{"data_x\r\nloop_ _a _b", "truncated", "a.cif:2: the file ends in the tags"},
		{"data_x loop_ _a _b 1 2 3", "truncated", "the loop of 2 tags from _a has 3 values"},
		{"data_x _a 1\n_A 2", "inconsistent", "a.cif:2: the tag _A is there already in line 1"},
		{"data_x _a 1\nloop_ _b _a 2 3", "inconsistent", "the tag _a is there already"},
		{"#\\#CIF_2.0\ndata_x", "unsupported", "CIF 2.0"},
		{"data_x " + "_a 1 _b 1 _c 1 loop_ _d _e _f _g _h _i 1 2 3 4 5 6", "limit", "tags and blocks"},
	} {
		_, err := parse([]byte(test.text), "a.cif", 8)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "cif: a.cif:") || format.Class(format.Reading("x", err)) != map[bool]string{true: "not-x", false: test.class}[test.class == ""] {
			t.Errorf("%.40q: %v (%s), want %s %s", test.text, err, format.Class(err), test.class, test.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		text  string
		x, su float64
		bad   bool
		whole int
		isInt bool
	}{
		{text: "3.4688(14)", x: 3.4688, su: 0.0014},
		{text: "12(3)", x: 12, su: 3},
		{text: "-1.5e2(3)", x: -150, su: 30},
		{text: "1.2E-3", x: 0.0012},
		{text: "+4", x: 4, whole: 4, isInt: true},
		{text: "-17", x: -17, whole: -17, isInt: true},
		{text: ".5", x: 0.5},
		{text: "5.", x: 5},
		{text: "0.1", x: 0.1},
		{text: "123456789012345678", x: 123456789012345678, whole: 123456789012345678, isInt: true},
		{text: "0.12345678901234567890123456", x: 0.12345678901234567890123456},
		{text: "1e400", bad: true}, {text: "0x10", bad: true}, {text: "inf", bad: true}, {text: "nan", bad: true}, {text: "1_0", bad: true}, {text: "", bad: true},
		{text: ".", bad: true}, {text: "-", bad: true}, {text: "1.2.3", bad: true}, {text: "4(x)", bad: true}, {text: "4()", bad: true}, {text: "(4)", bad: true}, {text: "1e", bad: true},
	} {
		v := Value{Word, []byte(test.text)}
		x, ok := v.Float()
		if ok == test.bad || !test.bad && (x != test.x || math.Abs(v.Uncertainty()-test.su) > 1e-15*test.su) {
			t.Errorf("%s: %g, %v, su %g", test.text, x, ok, v.Uncertainty())
		}
		if n, ok := v.Int(); ok != test.isInt || n != test.whole && ok {
			t.Errorf("%s: whole number %d, %v", test.text, n, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../sfcif/testdata/*.cif")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("data_a\nloop_ _a _b 'x y' ?\n\n;text\n; .\nsave_f _c 1(2) save_\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data, "fuzz")
		if err != nil {
			if format.Class(format.Reading("cif", err)) == "" {
				t.Error(err)
			}
			return
		}
		for _, b := range file.Blocks {
			for tag := range b.Tags() {
				v := b.Value(tag)
				v.Float()
				v.Uncertainty()
				table := b.Table(tag)
				if table == nil {
					continue
				}
				rows := 0
				for row := range table.All() {
					rows++
					for _, v := range row {
						if v.Kind < Word || !bytes.Contains(data, v.Text) {
							t.Fatalf("%+v", v)
						}
					}
				}
				if rows != table.Rows {
					t.Fatalf("%d rows of %d", rows, table.Rows)
				}
			}
		}
	})
}
