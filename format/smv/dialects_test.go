package smv

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const field = "../../testdata/field/"

// TestField reads images as other programs write them; expected.json has their pixels.
func TestField(t *testing.T) {
	text, err := os.ReadFile(field + "smv-dialects/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Type       string
		Fast, Slow int
		Sum        float64
		First      float64 `json:"pixel_0_0"`
		Third      float64 `json:"pixel_fast3_slow1"`
	}
	if err := json.Unmarshal(text, &expected); err != nil || len(expected) < 10 {
		t.Fatalf("%d images, %v", len(expected), err)
	}
	notices := map[string]string{
		"no_type_001.img":        "has no TYPE: its pixels are taken for unsigned_short, whose number fits",
		"trailing_bytes_001.img": "has 512 bytes after its pixels, which are not read",
	}
	for name, want := range expected {
		img, err := ReadFile(filepath.Join(field, "smv-dialects", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if img.Fast != want.Fast || img.Slow != want.Slow || (img.Floats == nil) != (want.Type == "uint16") {
			t.Errorf("%s: %d × %d pixels", name, img.Fast, img.Slow)
			continue
		}
		values, sum := img.Values(), 0.0
		for _, v := range values {
			sum += v
		}
		if sum != want.Sum || values[0] != want.First || values[img.Fast+3] != want.Third {
			t.Errorf("%s: sum %g, pixels %g and %g; want %+v", name, sum, values[0], values[img.Fast+3], want)
		}
		if got := strings.Join(img.Notices, "; "); got != notices[name] {
			t.Errorf("%s: notices %q, want %q", name, got, notices[name])
		}
	}
}

// TestTypes reads every type of pixel in both orders of bytes.
func TestTypes(t *testing.T) {
	for _, test := range []struct {
		line string
		put  func(o binary.AppendByteOrder, x int) []byte
		want []float64
	}{
		{"TYPE=unsigned_short;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint16(nil, uint16(x)) }, []float64{3, 65535}},
		{"TYPE=Unsigned Short;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint16(nil, uint16(x)) }, []float64{3, 65535}},
		{"TYPE=signed_short;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint16(nil, uint16(x)) }, []float64{3, -1}},
		{"Data_type=short int;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint16(nil, uint16(x)) }, []float64{3, -1}},
		{"TYPE=long;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint32(nil, uint32(x)) }, []float64{3, -1}},
		{"DATA_TYPE=long integer;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint32(nil, uint32(x)) }, []float64{3, -1}},
		{"Data_type=unsigned long int;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint32(nil, uint32(x)) }, []float64{3, math.MaxUint32}},
		{"TYPE=float;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint32(nil, math.Float32bits(float32(x))) }, []float64{3, -1}},
		{"Data_type=float IEEE;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint32(nil, math.Float32bits(float32(x))) }, []float64{3, -1}},
		{"TYPE=double;", func(o binary.AppendByteOrder, x int) []byte { return o.AppendUint64(nil, math.Float64bits(float64(x))) }, []float64{3, -1}},
		{"Data_type=unsigned char;", func(_ binary.AppendByteOrder, x int) []byte { return []byte{byte(x)} }, []float64{3, 255}},
		{"Data_type=signed char;", func(_ binary.AppendByteOrder, x int) []byte { return []byte{byte(x)} }, []float64{3, -1}},
	} {
		for order, bytes := range map[string]binary.AppendByteOrder{"little_endian": binary.LittleEndian, "BIG_ENDIAN": binary.BigEndian, "Big-Endian": binary.BigEndian} {
			in := []byte("{\nSIZE1=2;\nSIZE2=1;\n" + test.line + "\nBYTE_ORDER=" + order + ";\n}\n")
			in = append(in, make([]byte, 512-len(in))...)
			in = append(append(in, test.put(bytes, 3)...), test.put(bytes, -1)...)
			img, err := Read(strings.NewReader(string(in)), "x.img")
			if err != nil {
				t.Error(err)
			} else if got := img.Values(); !reflect.DeepEqual(got, test.want) || len(img.Notices) > 0 {
				t.Errorf("%s %s: pixels %v, notices %q", test.line, order, got, img.Notices)
			}
		}
	}
}

// TestCompressed: by gzip, and where the program is there, by bzip2.
func TestCompressed(t *testing.T) {
	plain := file(512, structureLines, binary.LittleEndian)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	files := map[string][]byte{"gzip": packed.Bytes()}
	if program, err := exec.LookPath("bzip2"); err == nil {
		command := exec.Command(program, "-c")
		command.Stdin = bytes.NewReader(plain)
		if files["bzip2"], err = command.Output(); err != nil {
			t.Fatal(err)
		}
	}
	for name, in := range files {
		if img, err := Read(bytes.NewReader(in), "x"); err != nil || !reflect.DeepEqual(img.Pixels, pixels) {
			t.Errorf("%s: %+v, %v", name, img, err)
		}
	}
}

// TestReadHeader: a header is of use without the pixels that it announces.
func TestReadHeader(t *testing.T) {
	for name, in := range map[string][]byte{
		"pixels of another type": file(512, strings.Replace(structureLines, "unsigned_short", "complex", 1)+"DISTANCE=80;\n", binary.LittleEndian),
		"compressed pixels":      file(512, structureLines+"Compression=Packed;\nDISTANCE=80;\n", binary.LittleEndian),
		"no pixels":              file(512, structureLines+"DISTANCE=80;\n", binary.LittleEndian)[:512],
	} {
		img, err := ReadHeader(bytes.NewReader(in), "x.img")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if x, err := img.Header.Float("DISTANCE"); err != nil || x != 80 || img.Fast != 2 || img.Slow != 3 || img.Pixels != nil {
			t.Errorf("%s: %+v, %v", name, img, err)
		}
		if _, err := Read(bytes.NewReader(in), "x.img"); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if _, err := ReadHeader(strings.NewReader("x"), "x.img"); err == nil || !strings.HasPrefix(err.Error(), "smv: x.img: ") {
		t.Errorf("error %v", err)
	}
}

// Images of other types are read and not written.
func TestWriteFloats(t *testing.T) {
	err := Write(&bytes.Buffer{}, &Image{Fast: 1, Slow: 1, Floats: []float64{1}})
	if err == nil || !strings.Contains(err.Error(), "an image of other pixels than unsigned_short cannot be written") {
		t.Errorf("error %v", err)
	}
}
