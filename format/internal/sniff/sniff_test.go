package sniff

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// bzipped is "1 2 3 4\n", compressed by bzip2.
const bzipped = "QlpoOTFBWSZTWQAj1I4AAAJYAAAQQAA8ACAAIhhoMAJSn4XckU4UJAAI9SOA"

func gzipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	const plain = "1 2 3 4\n"
	for name, in := range map[string]string{
		"plain": plain, "byte order mark": "\xef\xbb\xbf" + plain, "gzip": gzipped(t, plain), "gzip, byte order mark": gzipped(t, "\xef\xbb\xbf"+plain),
	} {
		if got, err := Text(strings.NewReader(in), Reflections); err != nil || string(got) != plain {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := Text(strings.NewReader(""), Reflections); err != nil || len(got) != 0 {
		t.Errorf("nothing: %q, %v", got, err)
	}
	// What is no bzip2 but begins like it is text.
	if got, err := Text(strings.NewReader("BZh9 1 2 3"), Reflections); err != nil || string(got) != "BZh9 1 2 3" {
		t.Errorf("%q, %v", got, err)
	}
	boom := errors.New("boom")
	if _, err := Text(iotest.ErrReader(boom), Reflections); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
	if _, err := Text(strings.NewReader(gzipped(t, plain)[:20]), Reflections); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v for half a file", err)
	}
	if _, err := readText(strings.NewReader(gzipped(t, strings.Repeat(" ", 1000))), Reflections, 999); err == nil || err.Error() != "holds more than 999 bytes of text" {
		t.Errorf("error %v", err)
	}
	if got, err := readText(strings.NewReader(strings.Repeat(" ", 1000)), Reflections, 1000); err != nil || len(got) != 1000 {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
}

func TestBzip2(t *testing.T) {
	in, err := base64.StdEncoding.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Text(bytes.NewReader(in), Reflections); err != nil || string(got) != "1 2 3 4\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRecognised gives each reader files of other formats.
func TestRecognised(t *testing.T) {
	for _, test := range []struct {
		start string
		want  Content
		error string // "" for none
	}{
		{"MTZ \x15\x00\x00\x00", Reflections, "looks like an MTZ file: give it where any format is read, as structure.file of an experiment or to gobragg convert; nanobragg has -mtz for it"},
		{"MTZ \x15\x00\x00\x00", Matrix, "looks like an MTZ file, which holds structure factors, not an orientation matrix"},
		{gzipped(t, "MTZ \x15\x00"), Reflections, "looks like an MTZ file"},
		{"# of the PDB\n\ndata_r5wkdsf\nloop_\n_refln.index_h\n", Reflections, "looks like an mmCIF file of structure factors"},
		{"\xef\xbb\xbfdata_cu3182I\r\nloop_\r\n_refln_index_h\r\n", Reflections, "looks like a CIF of structure factors"},
		{"#$Date\n#---\ndata_2242624\n_publ_author 'A'\n", Reflections, "looks like a CIF:"},
		{"data_1ABC\n_atom_site.id\n", Reflections, "looks like an mmCIF file of a model"},
		{"!FORMAT=XDS_ASCII    MERGE=FALSE\n", Reflections, "looks like an XDS_ASCII file: give it where any format is read"},
		{"!FORMAT=X\n1 2 3 4\n", Reflections, ""},
		{"!OUTPUT_FILE=INTEGRATE.HKL  DATE=1\n", Reflections, "looks like an INTEGRATE.HKL of XDS"},
		{" XPARM.XDS    VERSION Jan 26, 2018\n", Matrix, "looks like an XPARM file of XDS: give the nine numbers"},
		{"CrystFEL reflection list version 2.0\n", Reflections, "looks like a CrystFEL reflection list"},
		{"CrystFEL stream format 2.3\n", Reflections, "looks like a CrystFEL stream"},
		{"CrystFEL unit cell file version 1.0\n", Matrix, "looks like a CrystFEL unit cell"},
		{"    1\n -987\n    78.9 \n", Reflections, "looks like a SCALEPACK file"},
		{" NREFlection= 100\n", Reflections, "looks like an X-PLOR or CNS file"},
		{"CRYST1   78.900   79.100   38.400  90.00  90.00  90.00 P 43 21 2\n", Matrix, "looks like a PDB file"},
		{"TITL lyso in P1\nCELL 0.7 1 2 3\n", Reflections, "looks like SHELX instructions"},
		{"-1 1 0 2 -1 0\n\f\x00\x00", Reflections, "looks like an Fdump.bin of nanoBragg"},
		{"-1 1 0 2 -1 0\n\n", Reflections, ""},
		{`{"__id__": "ExperimentList"}`, Image, "looks like an experiment list of DIALS"},
		{"{\n  \"cell\": 1}", Image, "looks like JSON"},
		{"[\n {\"cell\": 1}]", Reflections, "looks like JSON"},
		{"{\nHEADER_BYTES=512;\n", Reflections, "looks like an SMV image, which holds an image, not structure factors"},
		{"{\nHeaderID = EH:000001 ;\n", Image, "looks like an EDF image: convert it to SMV"},
		{"P5\n1 1\n255\nx", Matrix, "looks like a PGM image, which holds an image"},
		{"###CBF: VERSION 1.5\r\n", Image, "looks like a CBF image"},
		{"\x89HDF\r\n\x1a\n\x00", Image, "looks like an HDF5 file"},
		{"II*\x00", Image, "looks like a TIFF image"},
		{"\x89PNG\r\n", Image, "looks like a PNG image"},
		{"\xff\xd8\xff\xe0", Image, "looks like a JPEG image"},
		{"\x93NUMPY\x01\x00", Reflections, "looks like an array of NumPy"},
		{"%PDF-1.4\n", Reflections, "looks like a PDF document"},
		{"\n<!DOCTYPE html>\n<html>", Reflections, "looks like a web page: the download failed"},
		{"<HTML>", Sources, "looks like a web page"},
		{"<?xml version='1.0'?>", Sources, "looks like XML"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", Reflections, "looks like a pointer to a file in Git LFS"},
		{"PK\x03\x04", Reflections, "looks like an archive (zip): unpack it first"},
		{"\xfd7zXZ\x00", Reflections, "looks like a file compressed by xz: unpack it first"},
		{gzipped(t, gzipped(t, "1 2 3 4")), Reflections, "looks like a file compressed twice"},
		{strings.Repeat("x", 257) + "ustar\x0000", Reflections, "looks like an archive (tar)"},
		{"\xff\xfe1\x00 \x002\x00", Reflections, "looks like text in UTF-16: save it as UTF-8"},
		{"1 2 3 4\n\x05", Reflections, "is binary, not text"},
		{"1 2 3 4\n\x00\x00", Reflections, ""},
		{"1 2 3 4\n\x00\x001", Reflections, "is binary, not text"},
		{"# caf\xe9\n1 2 3 4\n", Reflections, ""},
		{"HEADER H K L\n", Reflections, ""},
	} {
		var err error
		if test.want == Image {
			_, err = Open(strings.NewReader(test.start), test.want)
		} else {
			_, err = Text(strings.NewReader(test.start), test.want)
		}
		switch {
		case test.error == "" && err != nil:
			t.Errorf("%.20q: %v", test.start, err)
		case test.error != "" && (err == nil || !strings.HasPrefix(err.Error(), test.error)):
			t.Errorf("%.20q: error %v, want %s", test.start, err, test.error)
		}
	}
	// A reader's own formats are no error.
	for own, start := range map[string]string{Dump: "0 0 0 0 0 0\n\f", SMV: "{A=1;}", PGM: "P5 1 1 255\n"} {
		want := Image
		if own == Dump {
			want = Reflections
		}
		if _, err := Open(strings.NewReader(start), want, own); err != nil {
			t.Errorf("%s: %v", own, err)
		}
	}
}

// Every row of the table is reachable: none before it takes what it describes.
func TestNamesAreDifferent(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range formats {
		if seen[f.name] || f.name == "" || f.holds != other && f.cure == "" {
			t.Errorf("%q is there twice or has no cure", f.name)
		}
		seen[f.name] = true
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("1 2 3 4\n"))
	f.Add([]byte(gzipped(f, "1 2 3 4\n")))
	f.Add([]byte("{\n HeaderID"))
	f.Add([]byte("data_\n_refln_"))
	f.Fuzz(func(t *testing.T, in []byte) {
		data, err := readText(bytes.NewReader(in), Reflections, 1<<20)
		if err == nil && len(data) > 1<<20 {
			t.Errorf("%d bytes", len(data))
		}
	})
}
