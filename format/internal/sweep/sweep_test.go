package sweep

import "testing"

func TestSplit(t *testing.T) {
	for _, test := range [][4]string{
		{"a/b_0001.cbf.gz", "a/b_", "0001", ".cbf.gz"},
		{"a1/b.cbf", "a1/b.cbf", "", ""},
		{"img.0012", "img.", "0012", ""},
		{"x7_y.cbf", "x", "7", "_y.cbf"},
		{"", "", "", ""},
		{".cbf", ".cbf", "", ""},
		{"12", "", "12", ""},
	} {
		b, d, e := split(test[0])
		if b+d+e != test[0] || d != test[2] || d != "" && (b != test[1] || e != test[3]) {
			t.Errorf("%q: %q %q %q", test[0], b, d, e)
		}
	}
}
