package numbered

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	for _, test := range []struct {
		path   string
		number int
		want   string
	}{
		{"a_####.img", 7, "a_0007.img"},
		{"a_####.img", 1234, "a_1234.img"},
		{"#", 3, "3"},
		{"##.img.gz", 12, "12.img.gz"},
		{"a%05d.img", 7, "a00007.img"},
		{"a%d.img", 70, "a70.img"},
		{"a%02d.img", 700, "a700.img"},
		{"100%_%03d.img", 7, "100%_007.img"},
		{"%5d_###", 7, "%5d_007"}, // C fills it up with blanks
		{filepath.Join("x##", "a.img"), 7, filepath.Join("x07", "a.img")},
		{filepath.Join("x##", "a_###.img"), 7, filepath.Join("x##", "a_007.img")},
		{filepath.Join("x%03d", "#1"), 7, filepath.Join("x%03d", "71")},
	} {
		n, err := Parse(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
		} else if got := n.Path(test.number); got != test.want || n.Room(test.number) != nil {
			t.Errorf("%s with %d is %s, want %s; %v", test.path, test.number, got, test.want, n.Room(test.number))
		}
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"a.img", ErrNoPlace.Error()},
		{"a_%5d.img", ErrNoPlace.Error()},
		{"a_%s.img", ErrNoPlace.Error()},
		{"-", ErrNoPlace.Error()},
		{"a_##_##.img", "2 places for the number, ## and ##"},
		{"a_##_%05d.img", "2 places for the number, ## and %05d"},
		{filepath.Join("##_##", "a"), "2 places"},
		{"%099d", "more than 18 digits"},
		{"%09999999999999999999999d", "more than 18 digits"},
		{strings.Repeat("#", 99), "more than 18 digits"},
	} {
		if _, err := Parse(test.path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.path, err, test.want)
		}
	}
	if _, err := Parse("a"); !errors.Is(err, ErrNoPlace) {
		t.Errorf("%v is not ErrNoPlace", err)
	}
	n, err := Parse("a##")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Room(100); err == nil || !strings.Contains(err.Error(), "places for 2 digits; number 100 needs 3") {
		t.Errorf("100 in ##: %v", err)
	}
}

func TestFiles(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a_0010.img", "a_0002.img", "a_2.img", "a_00003.img", "a_0004.cbf", "a_.img", "b_0001.img", "a_0002.img.gz", filepath.Join("x07", "i.img"), filepath.Join("x08", "k.img")} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		path string
		want []string
	}{
		{"a_####.img", []string{"a_0002.img", "a_0010.img"}},
		{"a_%d.img", []string{"a_2.img"}},
		{"a_%04d.img", []string{"a_0002.img", "a_0010.img"}},
		{"c_####.img", nil},
		{filepath.Join("x##", "i.img"), []string{filepath.Join("x07", "i.img")}},
	} {
		n, err := Parse(filepath.Join(folder, test.path))
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.Files()
		if err != nil || len(got) != len(test.want) {
			t.Errorf("%s: %v, want %v; %v", test.path, got, test.want, err)
			continue
		}
		for i := range got {
			if got[i] != filepath.Join(folder, test.want[i]) {
				t.Errorf("%s: %v, want %v", test.path, got, test.want)
			}
		}
	}
	if n, err := Parse(filepath.Join(folder, "no", "a_##.img")); err != nil {
		t.Error(err)
	} else if _, err := n.Files(); err == nil {
		t.Error("files in no folder")
	}
}
