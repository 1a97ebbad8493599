// Package formattest is for tests of the codecs: where the samples of other programs are, and what a
// reader has to say of files that are damaged.
package formattest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// shared is the folder of the samples from that of a codec. They are not a part of this repository.
const shared = "../../../shared/formats"

// Samples returns the folder with the samples of a format. It skips the test, loudly, if it is not there.
func Samples(t testing.TB, name string) string {
	t.Helper()
	folder := filepath.Join(shared, name)
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	return folder
}

// Malformed reads the damaged samples in a folder, at least so many, and compares the classes of the
// errors with those that its index.json has. Those that are accepted have to be read.
func Malformed(t *testing.T, folder string, least int, read func(path string) error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ File, Error, Why string }
	if err := json.Unmarshal(text, &list); err != nil || len(list) < least {
		t.Fatalf("%d damaged files, %v", len(list), err)
	}
	for _, bad := range list {
		err := read(filepath.Join(folder, bad.File))
		want := bad.Error
		if want == "accepted" {
			want = ""
		}
		if format.Class(err) != want || want == "" && err != nil {
			t.Errorf("%s (%s): class %q of %v, not %s", bad.File, bad.Why, format.Class(err), err, bad.Error)
		}
	}
}

// AddFiles makes the files of a pattern the corpus of a fuzz test.
func AddFiles(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files like %s, %v", len(files), pattern, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}
