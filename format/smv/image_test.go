package smv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// file is an SMV file of 2 × 3 pixels with the given header lines and order.
func file(headerBytes int, lines string, order binary.AppendByteOrder) []byte {
	out := []byte("{\n" + lines + "}\f")
	out = append(out, bytes.Repeat([]byte{' '}, headerBytes-len(out))...)
	for _, pixel := range pixels {
		out = order.AppendUint16(out, pixel)
	}
	return out
}

var pixels = []uint16{0, 1, 255, 256, 40000, 65535}

const structureLines = "HEADER_BYTES=512;\nDIM=2;\nBYTE_ORDER=little_endian;\nTYPE=unsigned_short;\nSIZE1=2;\nSIZE2=3;\n"

func TestRead(t *testing.T) {
	replace := strings.NewReplacer
	for _, test := range []struct {
		name  string
		bytes int
		lines string
		order binary.AppendByteOrder
	}{
		{"little-endian", 512, structureLines, binary.LittleEndian},
		{"big-endian", 512, replace("little", "big").Replace(structureLines), binary.BigEndian},
		{"padded numbers", 512, replace("=512", "=  512", "=3", "= 3 ").Replace(structureLines), binary.LittleEndian},
		{"long header", 1024, replace("512", "1024").Replace(structureLines) + "COMMENT=" + strings.Repeat("x", 700) + ";\n", binary.LittleEndian},
		{"short header", 256, replace("512", "256").Replace(structureLines), binary.LittleEndian},
		{"no HEADER_BYTES", 512, replace("HEADER_BYTES=512;\n", "").Replace(structureLines), binary.LittleEndian},
		{"no DIM", 512, replace("DIM=2;\n", "").Replace(structureLines), binary.LittleEndian},
		{"last instance wins", 512, "SIZE1=17;\nBYTE_ORDER=big_endian;\nTYPE=float;\nHEADER_BYTES=1024;\n" + structureLines, binary.LittleEndian},
		{"repeated HEADER_BYTES", 1024, replace("512", "1024").Replace(structureLines) + "COMMENT=" + strings.Repeat("x", 700) + ";\nHEADER_BYTES= 1024;\n", binary.LittleEndian},
	} {
		t.Run(test.name, func(t *testing.T) {
			img, err := Read(bytes.NewReader(file(test.bytes, test.lines, test.order)), "x.img")
			if err != nil {
				t.Fatal(err)
			}
			if img.Fast != 2 || img.Slow != 3 || !reflect.DeepEqual(img.Pixels, pixels) {
				t.Errorf("%d × %d pixels %v", img.Fast, img.Slow, img.Pixels)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	with := func(old, new string) []byte {
		return file(512, strings.Replace(structureLines, old, new, 1), binary.LittleEndian)
	}
	good := with("", "")
	for _, test := range []struct {
		name string
		in   []byte
		want string
	}{
		{"empty", nil, "expected a header that starts with '{', found \"\""},
		{"not SMV", []byte("Q5\n1 1\n255\nx"), `expected a header that starts with '{', found "Q5\n1 1\n255\nx"`},
		{"PGM", []byte("P5\n1 1\n255\nx"), "looks like a PGM image: convert it to SMV"},
		{"MTZ", []byte("MTZ \x15"), "looks like an MTZ file, which holds structure factors, not an image"},
		{"truncated header", good[:300], "expected a header of 512 bytes, found 300"},
		{"no brace", bytes.Replace(good, []byte("}"), []byte(" "), 1), "no closing brace in the 512 bytes"},
		{"brace after the header", with("=512", "=20"), "no closing brace in the 20 bytes"},
		{"no key", with("DIM=2", "=2"), `expected 'KEY=value;' in the header, found "=2;"`},
		{"HEADER_BYTES", with("=512", "=x"), `HEADER_BYTES is "x", not an integer from 2 to 1048576`},
		{"negative HEADER_BYTES", with("=512", "=-1"), `HEADER_BYTES is "-1"`},
		{"large HEADER_BYTES", with("=512", "=1048577"), `HEADER_BYTES is "1048577"`},
		{"two HEADER_BYTES", file(1024, strings.Replace(structureLines, "512", "1024", 1)+"COMMENT="+strings.Repeat("x", 700)+";\nHEADER_BYTES=512;\n", binary.LittleEndian), "HEADER_BYTES is both 1024 and 512"},
		{"DIM", with("DIM=2", "DIM=3"), `DIM is "3"`},
		{"TYPE", with("unsigned_short", "complex"), `TYPE is "complex", which is not supported: unsigned_short, short, long, unsigned_long and float are`},
		{"TYPE of more bytes", with("unsigned_short", "float"), "for 2 × 3 pixels: expected 24 bytes, found 12"},
		{"Data_type", with("TYPE=unsigned_short", "Data_type=Other_type"), `Data_type is "Other_type", which is not supported`},
		{"Compression", with("DIM=2", "Compression=Packed"), "the pixels are compressed (Compression=Packed), which is not supported"},
		{"no TYPE, too short", with("TYPE=unsigned_short;\n", "")[:523], "expected 12 bytes, found 11"},
		{"no TYPE, too long", append(with("TYPE=unsigned_short;\n", ""), 0), "the header has no TYPE, and 13 bytes for 2 × 3 pixels are not of unsigned_short"},
		{"BYTE_ORDER", with("little", "middle"), `BYTE_ORDER is "middle_endian", neither`},
		{"no SIZE1", with("SIZE1=2;\n", ""), "the header has no SIZE1"},
		{"no SIZE2", with("SIZE2=3;\n", ""), "the header has no SIZE2"},
		{"SIZE1", with("SIZE1=2", "SIZE1=0"), `SIZE1 is "0"`},
		{"SIZE2", with("SIZE2=3", "SIZE2=3.5"), `SIZE2 is "3.5"`},
		{"short", good[:len(good)-1], "for 2 × 3 pixels: expected 12 bytes, found 11"},
		{"huge sizes of wide pixels", with("TYPE=unsigned_short;\nSIZE1=2;\nSIZE2=3", "TYPE=float;\nSIZE1=2147483647;\nSIZE2=2147483647"), "2147483647 × 2147483647 pixels are too many"},
		{"huge sizes", with("SIZE1=2;\nSIZE2=3", "SIZE1=2147483647;\nSIZE2=2147483647"), "2147483647 × 2147483647 pixels are too many"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(test.in), "x.img")
			if err == nil || !strings.HasPrefix(err.Error(), "smv: x.img: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "x.img"); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestWrite(t *testing.T) {
	img := &Image{Fast: 2, Slow: 3, Pixels: pixels}
	img.Header.Set("SIZE1", "99") // not to be believed
	img.Header.Set("BEAMLINE", "fake")
	path := filepath.Join(t.TempDir(), "x.img")
	if err := WriteFile(path, img); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := file(512, structureLines+"BEAMLINE=fake;\n", binary.LittleEndian); !bytes.Equal(got, want) {
		t.Errorf("wrote\n%q\nwant\n%q", got, want)
	}
	again, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Pixels, pixels) {
		t.Errorf("pixels %v", again.Pixels)
	}
	if value, _ := img.Header.Get("SIZE1"); value != "99" {
		t.Error("writing changed the header of the image")
	}
}

// Headers about a multiple of 512 bytes long are padded to just that.
func TestWriteGrowsHeader(t *testing.T) {
	for length := 380; length < 1500; length++ {
		img := &Image{Fast: 2, Slow: 3, Pixels: pixels}
		img.Header.Set("C", strings.Repeat("x", length))
		var out bytes.Buffer
		if err := Write(&out, img); err != nil {
			t.Fatal(err)
		}
		header := out.Len() - 2*len(pixels)
		end := bytes.IndexByte(out.Bytes(), '\f') + 1
		if header%512 != 0 || end > header || header-end >= 512 && header > 512 {
			t.Fatalf("value of %d bytes: header of %d bytes ends at %d", length, header, end)
		}
		again, err := Read(&out, "again")
		if err != nil {
			t.Fatalf("value of %d bytes: %v", length, err)
		}
		if n, err := again.Header.Float("HEADER_BYTES"); err != nil || int(n) != header {
			t.Fatalf("HEADER_BYTES %v, %v, want %d", n, err, header)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	good := func() *Image { return &Image{Fast: 2, Slow: 3, Pixels: pixels} }
	key := func(key, value string) func(*Image) { return func(img *Image) { img.Header.Set(key, value) } }
	for _, test := range []struct {
		name  string
		spoil func(*Image)
		want  string
	}{
		{"no pixels", func(img *Image) { img.Pixels = nil }, "2 × 3 pixels has 0 values"},
		{"no size", func(img *Image) { img.Fast = 0 }, "0 × 3 pixels cannot be written"},
		{"negative sizes", func(img *Image) { img.Fast, img.Slow = -2, -3 }, "-2 × -3 pixels cannot be written"},
		{"empty key", key(" ", "1"), `key "" is not allowed`},
		{"key with an equals sign", key("A=B", "1"), `key "A=B" is not allowed`},
		{"semicolon", key("A", "1;B=2"), `value "1;B=2" of A is not allowed`},
		{"brace", key("A", "}"), `value "}" of A is not allowed`},
		{"line end", key("A", "1\nB=2"), "is not allowed"},
		{"long", key("A", strings.Repeat("x", 1<<20)), "more than 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := good()
			test.spoil(img)
			var out bytes.Buffer
			if err := Write(&out, img); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if out.Len() != 0 {
				t.Errorf("%d bytes were written all the same", out.Len())
			}
		})
	}
	if err := Write(&bytes.Buffer{}, nil); err == nil {
		t.Error("no error for a nil image")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(512, structureLines, binary.LittleEndian))
	f.Add(file(256, strings.NewReplacer("512", "256", "little", "big").Replace(structureLines), binary.BigEndian))
	f.Add([]byte("{HEADER_BYTES=99999999;}"))
	f.Add(file(512, "HEADER_BYTES=512;\nDIM=2;\nSIZE1=2;\nSIZE2=3;\nA={ Z; B=1 };\nremark\n", binary.LittleEndian))
	f.Add(file(512, "Data_type=unsigned long int;\nSIZE1=1;\nSIZE2=3;\nPHI=10 deg;\nDISTANCE=n/a\n", binary.BigEndian))
	f.Add([]byte("{A=1;A=2;HEADER_BYTES=83;TYPE=unsigned_short;BYTE_ORDER=big_endian;SIZE1=1;SIZE2=1;}\x01\x02"))
	f.Fuzz(func(t *testing.T, in []byte) {
		img, err := Read(bytes.NewReader(in), "fuzz")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if img.Header.check() != nil || img.Floats != nil {
			return // read, but not written
		}
		if err := Write(&out, img); err != nil {
			t.Fatal(err)
		}
		first := bytes.Clone(out.Bytes())
		again, err := Read(&out, "again")
		if err != nil {
			t.Fatal(err)
		}
		if again.Fast != img.Fast || again.Slow != img.Slow || !reflect.DeepEqual(again.Pixels, img.Pixels) {
			t.Errorf("wrote %v, read %v", img.Pixels, again.Pixels)
		}
		made := structure(1, 1)
		for _, key := range img.Header.Keys() {
			if _, ok := made.Get(key); ok {
				continue // the writer makes these
			}
			want, _ := img.Header.Get(key)
			if got, ok := again.Header.Get(key); !ok || got != want {
				t.Errorf("%s is %q, was %q", key, got, want)
			}
		}
		var second bytes.Buffer
		if err := Write(&second, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(second.Bytes(), first) {
			t.Error("writing what was read changed it")
		}
	})
}

func ExampleWrite() {
	img := &Image{Fast: 2, Slow: 1, Pixels: []uint16{40, 41}}
	img.Header.Set("DISTANCE", "231.27")
	var out bytes.Buffer
	if err := Write(&out, img); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Len())
	// Output: 516
}
