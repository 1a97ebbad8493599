package dials

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// word returns the name that expected.json has for a type.
func word(typ string) string {
	return map[string]string{"std::size_t": "size_t", "vec3<double>": "vec3_double", "cctbx::miller::index<>": "miller_index", "Shoebox<>": "shoebox"}[typ]
}

func TestReadTable(t *testing.T) {
	read := 0
	for name, want := range expected(t) {
		if filepath.Ext(name) != ".refl" {
			continue
		}
		read++
		path := filepath.Join("testdata", name)
		table, err := ReadTableFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if table.Rows != want.Rows || len(table.Columns) != len(want.Columns) {
			t.Errorf("%s: %d rows, %d columns", name, table.Rows, len(table.Columns))
		}
		for _, c := range table.Columns {
			if typ := want.Columns[c.Name]; typ != c.Type && typ != word(c.Type) {
				t.Errorf("%s: column %s of type %s, not %s", name, c.Name, c.Type, typ)
			}
		}
		// What DIALS has written is what this package writes.
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteTable(&b, table); err != nil {
			t.Fatal(err)
		}
		back, err := ReadTable(bytes.NewReader(b.Bytes()), int64(b.Len()), "back")
		if err != nil || !reflect.DeepEqual(back, table) {
			t.Errorf("%s: %v, or another table after writing", name, err)
		}
		if !bytes.Equal(b.Bytes(), content) {
			t.Logf("%s: %d bytes for %d of DIALS", name, b.Len(), len(content))
		}
	}
	if read != 2 {
		t.Errorf("%d tables were read", read)
	}
}

func TestColumns(t *testing.T) {
	const name = "indexed_200.refl"
	table, err := ReadTableFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	boxes, err1 := Get[[6]int32](table, "bbox")
	flags, err2 := Get[uint64](table, "flags")
	id, err3 := Get[int32](table, "id")
	entering, err4 := Get[bool](table, "entering")
	index, err5 := Get[[3]int32](table, "miller_index")
	s1, err6 := Get[[3]float64](table, "s1")
	sum, err7 := Get[float64](table, "intensity.sum.value")
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	rows := expected(t)[name].First
	if len(rows) < 8 {
		t.Fatalf("%d rows are expected", len(rows))
	}
	for i, want := range rows {
		if boxes[i] != want.Bbox || flags[i] != want.Flags || id[i] != want.ID || entering[i] != want.Entries || index[i] != want.Index || s1[i] != want.S1 || sum[i] != want.Sum {
			t.Errorf("row %d: %v %v %v %v %v %v %v, not %+v", i, boxes[i], flags[i], id[i], entering[i], index[i], s1[i], sum[i], want)
		}
	}
	if _, err := Get[float64](table, "flags"); !errors.Is(err, format.ErrInvalidValue) {
		t.Errorf("error %v", err)
	}
	if _, err := Get[float64](table, "xyz"); !errors.Is(err, format.ErrNoData) {
		t.Errorf("error %v", err)
	}
	other := &Table{Identifiers: map[int]string{0: "a"}}
	if err := errors.Join(Set(other, "bbox", boxes), Set(other, "flags", flags), Set(other, "id", id), Set(other, "entering", entering),
		Set(other, "miller_index", index), Set(other, "s1", s1), Set(other, "intensity.sum.value", sum), Set(other, "id", id), Set(other, "xy", make([][2]float64, 200))); err != nil {
		t.Fatal(err)
	}
	for _, c := range other.Columns[:7] {
		if got := table.Column(c.Name); got.Type != c.Type || !bytes.Equal(got.Data, c.Data) {
			t.Errorf("column %s differs after Get and Set", c.Name)
		}
	}
	if err := Set(other, "id", id[:3]); err == nil || len(other.Columns) != 8 {
		t.Error("a column of three rows in a table of 200")
	}
}

func TestShoeboxes(t *testing.T) {
	const name = "strong_40_with_shoeboxes.refl"
	table, err := ReadTableFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	boxes, err := table.Shoeboxes()
	if err != nil || len(boxes) != 40 {
		t.Fatalf("%d shoeboxes, %v", len(boxes), err)
	}
	want := expected(t)[name].Shoebox
	if s := boxes[0]; s.Box != want.Box || !reflect.DeepEqual(s.Values, want.Data) || !reflect.DeepEqual(s.Mask, want.Mask) || !reflect.DeepEqual(s.Background, want.Background) {
		t.Errorf("%+v, not %+v", s, want)
	}
	// The sums that find_spots has made of the valid pixels of the spots.
	sums, err := Get[float64](table, "intensity.sum.value")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range boxes {
		sum := 0.0
		for j, v := range s.Values {
			if s.Mask[j]&IsForeground != 0 {
				sum += float64(v)
			}
		}
		if math.Abs(sum-sums[i]) > 1e-6*sum {
			t.Errorf("shoebox %d: %g, not %g", i, sum, sums[i])
		}
	}
	data := table.Column("shoebox").Data
	boxes = append(boxes[:39:39], Shoebox{Panel: 1, Box: boxes[39].Box})
	if err := table.SetShoeboxes(boxes); err != nil {
		t.Fatal(err)
	}
	if back, err := table.Shoeboxes(); err != nil || !reflect.DeepEqual(back, boxes) {
		t.Errorf("other shoeboxes after writing, %v", err)
	}
	for cut := range 40 {
		table.Column("shoebox").Data = data[:len(data)-1-cut*29]
		if _, err := table.Shoeboxes(); !errors.Is(err, format.ErrTruncated) {
			t.Errorf("error %v without the last bytes", err)
		}
	}
	table.Column("shoebox").Data = append(data[:len(data):len(data)], 0)
	if _, err := table.Shoeboxes(); !errors.Is(err, format.ErrInconsistent) {
		t.Errorf("error %v with a byte more", err)
	}
	boxes[0].Mask = boxes[0].Mask[:1]
	if err := table.SetShoeboxes(boxes); err == nil {
		t.Error("a shoebox with half a mask")
	}
}

func TestReadTableErrors(t *testing.T) {
	whole, err := os.ReadFile("testdata/indexed_200.refl")
	if err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) error {
		_, err := ReadTable(bytes.NewReader(b), int64(len(b)), "x.refl")
		return err
	}
	for cut := 1; cut < len(whole); cut += 97 {
		if err := read(whole[:cut]); !errors.Is(err, format.ErrTruncated) && (cut > 40 || !errors.Is(err, format.ErrNotFormat)) {
			t.Errorf("error %v with %d of %d bytes", err, cut, len(whole))
		}
	}
	for name, test := range map[string]struct {
		data  []byte
		class error
	}{
		"text":           {[]byte("h k l F"), format.ErrNotFormat},
		"other array":    {[]byte{0x93, 0xa1, 'x', 1, 0x80}, format.ErrNotFormat},
		"huge map":       {append(append([]byte{0x93, 0xbb}, tableID...), 1, 0xdf, 0x7f, 0xff, 0xff, 0xff), format.ErrTruncated},
		"huge column":    {append(append([]byte{0x93, 0xbb}, tableID...), 1, 0x81, 0xa4, 'd', 'a', 't', 'a', 0x81, 0xa1, 'x', 0x92, 0xa3, 'i', 'n', 't', 0x92, 1, 0xc6, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0), format.ErrTruncated},
		"later version":  {append(append([]byte{0x93, 0xbb}, tableID...), 2, 0x80), format.ErrUnsupported},
		"bytes of a row": {append(append([]byte{0x93, 0xbb}, tableID...), 1, 0x81, 0xa4, 'd', 'a', 't', 'a', 0x81, 0xa1, 'x', 0x92, 0xa3, 'i', 'n', 't', 0x92, 1, 0xc4, 3, 0, 0, 0), format.ErrInconsistent},
	} {
		if err := read(test.data); !errors.Is(err, test.class) {
			t.Errorf("%s: %v, wanted %v", name, err, test.class)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	for _, name := range []string{"indexed_200.refl", "strong_40_with_shoeboxes.refl"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := ReadTable(bytes.NewReader(data), int64(len(data)), "x.refl")
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error without a class: %v", err)
			}
			return
		}
		if table.Column("shoebox") != nil {
			if _, err := table.Shoeboxes(); err != nil && format.Class(err) == "" {
				t.Errorf("error without a class: %v", err)
			}
		}
		var b bytes.Buffer
		if err := WriteTable(&b, table); err != nil {
			t.Error(err)
		}
	})
}

func FuzzReadExperiments(f *testing.F) {
	for _, name := range []string{"static_1panel.expt", "four_panels.expt", "integrated_1panel.expt"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ReadExperiments(bytes.NewReader(data), "x.expt")
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error without a class: %v", err)
			}
			return
		}
		if err := WriteExperiments(&bytes.Buffer{}, list); err != nil {
			t.Log(err)
		}
	})
}
