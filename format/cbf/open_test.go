package cbf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// writeSweep writes n images of a scan with the given names.
func writeSweep(t *testing.T, names ...string) (paths []string) {
	t.Helper()
	folder := t.TempDir()
	for i, name := range names {
		path := filepath.Join(folder, name)
		if err := WriteFile(path, frame(31, 7, i), geometry(31, 7, 0.172), Header{Image: i}); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestOpen(t *testing.T) {
	paths := writeSweep(t, "x1_8.cbf", "x1_9.cbf", "x1_10.cbf", "x1_11.cbf")
	// As a shell sorts them.
	m, err := Open(paths[2], paths[3], paths[0], paths[1])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	fast, slow, kind := m.Size()
	g := m.Geometry()
	if m.Frames() != 4 || fast != 31 || slow != 7 || kind != format.Int32 || g.Rotation.Phi != 12.345678 || g.Rotation.First != 8 || g.Rotation.Images != 4 {
		t.Errorf("%d frames of %d × %d %v, %+v", m.Frames(), fast, slow, kind, g.Rotation)
	}
	var f format.Frame
	for _, i := range []int{3, 0, 1, 2} {
		before := &f.Data
		if err := m.Read(i, &f); err != nil {
			t.Fatal(err)
		}
		want := frame(31, 7, i)
		want.MarkOutside(0, 1048500)
		if !bytes.Equal(f.Data, want.Data) || !reflect.DeepEqual(f.Bad, want.Bad) || &f.Data != before {
			t.Errorf("frame %d is another", i)
		}
	}
	if err := m.Read(4, &f); !errors.Is(err, format.ErrNoData) {
		t.Error(err)
	}
	allocated := testing.AllocsPerRun(10, func() { _ = m.Read(0, &f) })
	if allocated > 300 {
		t.Errorf("%v allocations a frame", allocated)
	}
}

func TestOpenErrors(t *testing.T) {
	paths := writeSweep(t, "x_1.cbf", "x_2.cbf", "x_3.cbf", "x_4.cbf")
	other := filepath.Join(t.TempDir(), "other.cbf")
	if err := WriteFile(other, frame(30, 7, 1), nil, Header{}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		paths []string
		class error
		text  string
	}{
		{nil, format.ErrNoData, "no files"},
		{[]string{paths[0], paths[2]}, format.ErrMissingFile, "x_2.cbf is missing"},
		{[]string{paths[0], paths[0]}, format.ErrInconsistent, "the same number"},
		{[]string{paths[0], other}, format.ErrInconsistent, "30 × 7 pixels"},
		{[]string{other, paths[0]}, format.ErrInconsistent, "30 × 7 pixels"},
		{[]string{paths[0] + "x"}, os.ErrNotExist, "no such file"},
	} {
		_, err := Open(test.paths...)
		if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%v, want %v with %q", err, test.class, test.text)
		}
	}
	// An image in the middle of which the others know nothing.
	if err := WriteFile(paths[1], frame(31, 7, 1), geometry(31, 7, 0.172), Header{Image: 3}); err != nil {
		t.Fatal(err)
	}
	m, err := Open(paths...)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Read(1, new(format.Frame)); !errors.Is(err, format.ErrInconsistent) || !strings.Contains(err.Error(), "x_2.cbf: the image begins at 12.645678°, not at 12.445678°") {
		t.Error(err)
	}
}

// TestHeaderWords reads what the field writes in headers, and what it leaves out.
func TestHeaderWords(t *testing.T) {
	const whole = "# Detector: PILATUS 300K\n# Pixel_size 172e-6 m x 172e-6 m\n# Silicon sensor, thickness 0.000320 m\n# Count_cutoff 1000 counts\n" +
		"# Wavelength 0.97950 A\n# Detector_distance 0.21034 m\n# Beam_xy (240.40, 310.70) pixels\n# Start_angle 12.5000 deg.\n# Angle_increment 0.1000 deg.\n"
	read := func(text string) *format.Geometry {
		t.Helper()
		in := "###CBF: VERSION 1.5\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + boundary + "\nX-Binary-Size: 1\nX-Binary-Size-Fastest-Dimension: 1\n" +
			"Content-Type: application/octet-stream;\n     conversions=\"x-CBF_BYTE_OFFSET\"\n\n" + marker + "\x05\n" + boundary + "--\n"
		_, g, err := Read(strings.NewReader(in), "x_0007.cbf")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return g
	}
	plain := read(whole)
	if p := plain.Panels[0]; math.Abs(p.Origin[0]+240.4*0.172)+math.Abs(p.Origin[1]-310.7*0.172)+math.Abs(p.Origin[2]+210.34) > 1e-12 || p.Material != "Si" || p.Thickness != 0.32 || *p.Trusted != [2]float64{0, 1000} {
		t.Errorf("%+v", p)
	}
	for _, same := range [][2]string{
		{"Wavelength 0.97950 A", "Wavelength: 0.9795"},
		{"Wavelength 0.97950 A", "Wavelength = 0.09795 nm"},
		{"Detector_distance 0.21034 m", "Detector_distance 210.34 mm"},
		{"Detector_distance 0.21034 m", "Detector_distance: 0.21034"},
		{"Detector_distance 0.21034 m", "Detector_distance 0.21034m"},
		{"(240.40, 310.70) pixels", "(240.40,310.70)"},
		{"(240.40, 310.70) pixels", "240.40 310.70 pixels"},
		{"172e-6 m x 172e-6 m", "172e-6 x 172e-6 m"},
		{"172e-6 m x 172e-6 m", "172e-6 x 172e-6"},
		{"Silicon sensor, thickness 0.000320 m", "Silicon sensor, thickness 0.32 mm"},
		{"12.5000 deg.", "12.5"},
		{"Start_angle 12.5000 deg.", "Start_angle = 12.5 deg"},
		{"# Start_angle 12.5000 deg.\n# Angle_increment 0.1000 deg.", "# Phi 12.5 deg.\n# Phi_increment 0.1 deg."},
	} {
		got := read(strings.Replace(whole, same[0], same[1], 1))
		if !near(got, plain) {
			t.Errorf("%q: %+v", same[1], got)
		}
	}
	for _, test := range []struct{ old, new, notice string }{
		{"# Beam_xy (240.40, 310.70) pixels\n", "", "does not say Beam_xy: give what is missing"},
		{"Beam_xy (240.40, 310.70)", "Beam_xy (n/a)", "does not say Beam_xy: give what is missing"},
		{"# Wavelength 0.97950 A\n", "", "does not say Wavelength: give what is missing"},
		{"Wavelength 0.97950", "Wavelength -1", "does not say Wavelength: give what is missing"},
		{"Wavelength 0.97950", "Wavelength soft", `does not say Wavelength: give what is missing; has "soft A" for Wavelength, which is not read`},
		{"# Start", "# Detector_2theta 90.0 deg.\n# Start", "has a Detector_2theta of 90°: the detector is turned about the rotation axis; DIALS ignores it"},
		{"# Start", "# Polarization 7\n# Start", "has a Polarization of 7, which is not taken: it is no fraction from 0.5 to 1"},
	} {
		if got := strings.Join(read(strings.Replace(whole, test.old, test.new, 1)).Notices, "; "); got != test.notice {
			t.Errorf("%q: notices %q, want %q", test.new, got, test.notice)
		}
	}
	if g := read("# A line\n"); g != nil {
		t.Errorf("without any value: %+v", g)
	}
}

func near(a, b *format.Geometry) bool {
	if len(a.Panels) != 1 || a.Rotation == nil || len(a.Notices) > 0 {
		return false
	}
	p, q := a.Panels[0], b.Panels[0]
	for i := range p.Origin {
		if d := p.Origin[i] - q.Origin[i]; d > 1e-9 || d < -1e-9 {
			return false
		}
	}
	d, e := a.Wavelength-b.Wavelength, p.Pixel[0]-q.Pixel[0]
	return d < 1e-9 && d > -1e-9 && e < 1e-9 && e > -1e-9 && p.Thickness == q.Thickness && *a.Rotation == *b.Rotation
}

// TestSections: keys in any case and order, encodings, types and orders of bytes.
func TestSections(t *testing.T) {
	const start = "###CBF: VERSION 1.5\n;\n" + boundary + "\nX-Binary-Size-Fastest-Dimension: 2\n"
	const offset = "Content-Type: application/octet-stream;\n\tconversions=X-cbf_Byte_Offset\n"
	end := "\n" + boundary + "--\n;\n"
	for _, test := range []struct {
		keys, data string
		want       string // the values, or the class of the error
	}{
		{offset + "X-Binary-Size: 2\n\n", marker + "\x03\xff", "int32 [3 2]"},
		{offset + "\n", marker + "\x03\xff", "int32 [3 2]"},
		{"CONTENT-TYPE: application/octet-stream; conversions=\"x-CBF_BYTE_OFFSET\"\nX-Binary-Size: \"2\"\n\n", marker + "\x03\xff", "int32 [3 2]"},
		{offset + "Content-Transfer-Encoding: BASE64\nX-Binary-Size: 2\n\n", "A/8=\n", "int32 [3 2]"},
		{offset + "Content-Transfer-Encoding: \"quoted-printable\"\nX-Binary-Size: 2\n\n", "=03=FF=\n", "int32 [3 2]"},
		{offset + "Content-Transfer-Encoding: BASE64\nX-Binary-Size: 3\n\n", "A/8=\n", "truncated"},
		{offset + "Content-Transfer-Encoding: BASE64\n\n", "A/!8=\n", "invalid-value"},
		{offset + "Content-Transfer-Encoding: X-BASE16\n\n", "03FF\n", "unsupported"},
		{"X-Binary-Element-Type: \"unsigned 16-bit integer\"\nX-Binary-Element-Byte-Order: BIG_ENDIAN\n\n", marker + "\x01\x00\x00\x02", "uint16 [256 2]"},
		{"X-Binary-Element-Type: signed 8-bit integer\n\n", marker + "\x01\xff", "int8 [1 -1]"},
		{"X-Binary-Element-Type: \"signed 32-bit real IEEE\"\nX-Binary-Size: 8\n\n", marker + "\x00\x00\x80\x3f\x00\x00\x00\xc0", "float32 [1 -2]"},
		{"X-Binary-Element-Type: \"signed 32-bit real IEEE\"\nX-Binary-Size: 7\n\n", marker + "\x00\x00\x80\x3f\x00\x00\x00\xc0", "truncated"},
		{"X-Binary-Element-Type: \"signed 32-bit real IEEE\"\nX-Binary-Size: 9\n\n", marker + "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00", "inconsistent"},
		{"X-Binary-Element-Type: \"signed 64-bit complex IEEE\"\n\n", marker, "unsupported"},
		{"X-Binary-Element-Byte-Order: VAX\n\n", marker, "invalid-value"},
		{"Content-Type: application/octet-stream; conversions=\"x-CBF_NIBBLE_OFFSET\"\n\n", marker, "unsupported"},
		{offset + "X-Binary-Element-Type: \"signed 64-bit real IEEE\"\n\n", marker, "invalid-value"},
		{offset + "X-Binary-Size-Third-Dimension: 2\n\n", marker, "unsupported"},
		{offset + "X-Binary-Number-of-Elements: 3\n\n", marker, "inconsistent"},
		{offset + "Content-MD5: x\n\n", marker, "invalid-value"},
		{offset + "X-Binary-Size: -7\n\n", marker, "invalid-value"},
		{offset + "X-Binary-Size: 99999999999\n\n", marker, "inconsistent"},
		{offset + "X-Binary-Size: x\n\n", marker, "invalid-value"},
		{offset + "X-Binary-Size: 17\n\n", marker + "\x80\x00\x80\x00\x00\x00\x80\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00", "invalid-value"},
		{offset + "X-Binary-Size: 9\nX-Binary-Element-Type: unsigned 64-bit integer\n\n", marker + "\x01\x80\x00\x80\x00\x00\x00\x80\x05", "truncated"},
		{"no key\n\n", marker, "invalid-value"},
		{strings.Repeat("X-a: b\n", 20000), marker, "limit"},
		{offset + "X-Binary-Size: 2\n\n", marker + "\x03\xff" + end + boundary + "\n", "unsupported"},
	} {
		f, _, err := Read(strings.NewReader(start+test.keys+test.data+end), "x.cbf")
		got := format.Class(err)
		if err == nil {
			got = fmt.Sprintf("%v %v", f.Type, f.Float64s(nil))
		}
		if got != test.want {
			t.Errorf("%.200q %q: %s (%v), want %s", test.keys, test.data, got, err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/*.cbf", samples + "mini_*.cbf", samples + "cbflib_*.cbf", samples + "malformed/*.cbf"} {
		paths, _ := filepath.Glob(pattern)
		for _, p := range paths {
			if data, err := os.ReadFile(p); err == nil && len(data) < 4000 {
				f.Add(data)
			}
		}
	}
	f.Add([]byte(imgCIF))
	f.Fuzz(func(t *testing.T, in []byte) {
		frame, g, err := Read(bytes.NewReader(in), "x_1.cbf")
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
			return
		}
		if len(frame.Data) > 8*1040*len(in)+64 || len(frame.Data) != frame.Fast*frame.Slow*frame.Type.Size() {
			t.Errorf("%d bytes of pixels from %d", len(frame.Data), len(in))
		}
		var out bytes.Buffer
		if err := Write(&out, frame, g, Header{}); err == nil {
			again, _, err := Read(&out, "x_1.cbf")
			if err != nil {
				t.Fatal(err)
			}
			if frame.Type == format.Int32 && frame.Bad == nil && !bytes.Equal(again.Data, frame.Data) {
				t.Error("other pixels")
			}
		}
	})
}

// imgCIF is an image of 1 × 1 pixel on a detector that an axis turns.
const imgCIF = "###CBF: VERSION 1.5\ndata_x\n_diffrn_radiation_wavelength.wavelength 1.5\n" +
	"loop_\n_axis.id\n_axis.type\n_axis.equipment\n_axis.depends_on\n_axis.vector[1]\n_axis.vector[2]\n_axis.vector[3]\n_axis.offset[1]\n_axis.offset[2]\n_axis.offset[3]\n" +
	"PHI rotation goniometer . 1 0 0 . . .\nTWO rotation detector . 1 0 0 . . .\nZ translation detector TWO 0 0 -1 . . .\n" +
	"X translation detector Z 1 0 0 -3 4 0\nY translation detector X 0 -1 0 . . .\n" +
	"loop_\n_diffrn_scan_axis.axis_id\n_diffrn_scan_axis.angle_start\n_diffrn_scan_axis.angle_increment\n_diffrn_scan_axis.displacement_start\nPHI 5 0.5 .\nTWO 90 0 .\nZ . . 100\n" +
	"loop_\n_array_structure_list.precedence\n_array_structure_list.axis_set_id\n1 X\n2 Y\n" +
	"loop_\n_array_structure_list_axis.axis_set_id\n_array_structure_list_axis.axis_id\n_array_structure_list_axis.displacement\n_array_structure_list_axis.displacement_increment\nX X 0 0.1\nY Y 0 0.2\n" +
	"_array_data.data\n;\n" + boundary + "\nX-Binary-Element-Type: \"signed 32-bit integer\"\nX-Binary-Size: 1\nX-Binary-Size-Fastest-Dimension: 1\n" +
	"Content-Type: application/octet-stream;\n     conversions=\"x-CBF_BYTE_OFFSET\"\n\n" + marker + "\x05\n" + boundary + "--\n;\n"

// TestTemplate follows the axes of an imgCIF header, and says why one is not followed.
func TestTemplate(t *testing.T) {
	f, g, err := Read(strings.NewReader(imgCIF), "x_2.cbf")
	if err != nil || len(f.Notices) > 0 {
		t.Fatalf("%v, %q", err, f.Notices)
	}
	p := g.Panels[0]
	for i, want := range [3]float64{-3, 100, 4} {
		if math.Abs(p.Origin[i]-want) > 1e-12 {
			t.Errorf("origin %v", p.Origin)
		}
	}
	if math.Abs(p.Slow[2]+1) > 1e-12 || p.Pixel != [2]float64{0.1, 0.2} || g.Wavelength != 1.5 || g.Rotation.Phi != 5 || g.Rotation.Width != 0.5 || g.Rotation.First != 2 {
		t.Errorf("%+v, %+v", g, g.Rotation)
	}
	for _, test := range [][3]string{
		{"TWO rotation detector .", "TWO rotation detector Y", "they go in a circle"},
		{"detector TWO", "detector THREE", "is not there"},
		{"TWO 90 0 .", "PHI2 90 0 .", ""},
		{"2 Y", "2 V", "which cannot be"},
		{"2 Y", "3 Y", "are not followed"},
		{"_array_structure_list.axis_set_id", "_array_structure_list.other_id", "along which axes the pixels lie"},
	} {
		f, g, err := Read(strings.NewReader(strings.Replace(imgCIF, test[0], test[1], 1)), "x")
		notices := ""
		if err == nil {
			notices = strings.Join(f.Notices, "; ")
		}
		if err != nil || !strings.Contains(notices, test[2]) || (g == nil) != (test[2] != "") {
			t.Errorf("%q: %v, notices %q", test[1], err, notices)
		}
	}
}
