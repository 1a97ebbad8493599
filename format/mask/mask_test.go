package mask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

const samples = "../../../shared/formats/mask/"

// TestSamples reads one mask in all its containers.
func TestSamples(t *testing.T) {
	text, err := os.ReadFile(samples + "all.json")
	if err != nil {
		t.Skip("NOT RUN: ", err)
	}
	var want struct {
		Shape [2]int
		Good  int
		CRC32 uint32 `json:"crc32_of_bytes_0_1"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mask_l8.png", "mask_1bit.png", "mask.pbm", "mask.npy"} {
		m, err := ReadFile(samples + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if name == "mask_1bit.png" { // which is inverted
			m.Invert()
		}
		var bytes []byte
		for _, good := range m.Good {
			b := byte(0)
			if good {
				b = 1
			}
			bytes = append(bytes, b)
		}
		if m.Slow != want.Shape[0] || m.Fast != want.Shape[1] || m.Count() != want.Good || crc32.ChecksumIEEE(bytes) != want.CRC32 {
			t.Errorf("%s: %d × %d, %d count, want %+v", name, m.Fast, m.Slow, m.Count(), want)
		}
	}
	_, err = ReadFile(samples + "pixels.mask")
	if format.Class(err) != "refused" || !strings.Contains(err.Error(), "numpy.save") {
		t.Error(err)
	}
}

func picture(t *testing.T) []byte {
	t.Helper()
	p := image.NewGray16(image.Rect(0, 0, 3, 1))
	p.Pix[1], p.Pix[4] = 1, 255
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	whole := picture(t)
	spoilt := bytes.Clone(whole)
	spoilt[20] = 0x7f // the width
	for _, test := range []struct{ data, want string }{
		{"P1 3 2\n0 1 0\n111", "3×2 [true false true false false false]"},
		{"P1\n# a comment 7\n3 # and\n1\n#\n010", "3×1 [true false true]"},
		{"P4 9 2\n\x80\x00\x00\x80", "9×2 [false true true true true true true true true true true true true true true true true false]"},
		{string(whole), "3×1 [true false true]"},
		{"P1 3 2\n0 1 0\n11", "truncated"},
		{"P1 3 2\n0 1 2", "invalid-value"},
		{"P1 3", "truncated"},
		{"P1 x 3", "invalid-value"},
		{"P1 0 3\n", "invalid-value"},
		{"P4 9 2\n\x80\x00\x00", "truncated"},
		{"P4 99999 99999\n\x80", "limit"},
		{"P4 99999999999999999999 1\n\x80", "limit"},
		{string(whole[:len(whole)/2]), "truncated"},
		{string(spoilt), "invalid-value"},
		{"P2 1 1 1 1", "not-mask"},
		{"some text", "not-mask"},
		{"", "not-mask"},
		{"\x80\x02cposix\nsystem\n", "refused"},
		{"\x80\x05\x95", "refused"},
		{"###CBF: VERSION 1\n", "truncated"},
		{"\x93NUMPY\x01", "truncated"},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(test.data), 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := ReadFile(path)
		got := format.Class(err)
		if err == nil {
			got = fmt.Sprintf("%d×%d %v", m.Fast, m.Slow, m.Good)
		}
		if got != test.want || err != nil && !strings.HasPrefix(err.Error(), "mask: "+path+": ") {
			t.Errorf("%q: %s (%v), want %s", test.data, got, err, test.want)
		}
	}
}

func TestCBF(t *testing.T) {
	m, err := ReadFile("../cbf/testdata/mini_xds_special.cbf")
	if err != nil {
		t.Fatal(err)
	}
	if m.Fast != 29 || m.Slow != 37 || m.Count() != 29*37-62 { // 60 below 0, two above Count_cutoff
		t.Errorf("%d × %d pixels, %d count", m.Fast, m.Slow, m.Count())
	}
}

func TestApply(t *testing.T) {
	var f format.Frame
	f.Reset(2, 1, format.Uint8)
	m := &Mask{2, 1, []bool{true, false}}
	if err := m.Apply(&f); err != nil || f.Masked() != 1 || !f.Bad[1] {
		t.Errorf("%v, %v", f.Bad, err)
	}
	m.Fast, m.Slow = 1, 2
	if err := m.Apply(&f); format.Class(err) != "inconsistent" || !strings.Contains(err.Error(), "1 × 2 pixels does not fit an image of 2 × 1") {
		t.Error(err)
	}
}

func FuzzReadFile(f *testing.F) {
	for _, name := range []string{"mask_l8.png", "mask_1bit.png", "mask.pbm", "mask.npy", "pixels.mask"} {
		if data, err := os.ReadFile(samples + name); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte("P1 3 2\n0 1 0\n111"))
	f.Add([]byte("P4 9 2\n\x80\x00\x00\x80"))
	path := filepath.Join(f.TempDir(), "x") // one for all inputs, which is faster
	f.Fuzz(func(t *testing.T, in []byte) {
		if err := os.WriteFile(path, in, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := ReadFile(path)
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
		} else if len(m.Good) != m.Fast*m.Slow {
			t.Errorf("%d pixels of %d × %d", len(m.Good), m.Fast, m.Slow)
		}
	})
}
