package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func writeString(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// onlyFile fails unless the folder holds exactly one entry, name, with content.
func onlyFile(t *testing.T, folder, name, content string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("folder holds %v, want %s alone", entries, name)
	}
	got, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != content {
		t.Errorf("%s holds %q, want %q", name, got, content)
	}
}

func TestWriteCreatesAndReplaces(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "image.img")
	for _, content := range []string{"first", "a longer second", "", strings.Repeat("x", 3*bufferSize+1)} {
		if err := Write(path, writeString(content)); err != nil {
			t.Fatal(err)
		}
		onlyFile(t, folder, "image.img", content)
	}
}

func TestWriteRelativePath(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	if err := Write("image.img", writeString("new")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, folder, "image.img", "new")
}

func TestWriteErrorKeepsOldFile(t *testing.T) {
	boom := errors.New("boom")
	folder := t.TempDir()
	path := filepath.Join(folder, "image.img")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("x", 2*bufferSize)); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want boom and the path", err)
	}
	onlyFile(t, folder, "image.img", "old")
}

func TestWritePanicKeepsOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "image.img")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = Write(path, func(io.Writer) error { panic("boom") })
	}()
	onlyFile(t, folder, "image.img", "old")
}

func TestWriteErrors(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ name, path string }{
		{"missing folder", filepath.Join(folder, "absent", "image.img")},
		{"a folder", folder},
	} {
		t.Run(test.name, func(t *testing.T) {
			called := false
			err := Write(test.path, func(io.Writer) error { called = true; return nil })
			if err == nil || !strings.Contains(err.Error(), test.path) {
				t.Errorf("error %v, want one that names %s", err, test.path)
			}
			if err != nil && strings.Contains(err.Error(), ".tmp") {
				t.Errorf("error %v speaks of the temporary file", err)
			}
			if called {
				t.Error("write was called")
			}
		})
	}
}

func TestWritePermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	folder := t.TempDir()
	// What the umask of this process makes of 0644 is found by creating a file.
	probe := filepath.Join(folder, "probe")
	if err := os.WriteFile(probe, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(probe)
	if err != nil {
		t.Fatal(err)
	}
	existing := filepath.Join(folder, "existing")
	if err := os.WriteFile(existing, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(existing, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path string
		want os.FileMode
	}{
		{filepath.Join(folder, "new"), info.Mode().Perm()},
		{existing, 0o666},
	} {
		if err := Write(test.path, writeString("x")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(test.path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != test.want {
			t.Errorf("%s has mode %v, want %v", test.path, info.Mode().Perm(), test.want)
		}
	}
}

func TestWriteReadOnlyFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write anything")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "image.img")
	if err := os.WriteFile(path, []byte("old"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, writeString("new")); err == nil {
		t.Error("a read-only file was replaced")
	}
	onlyFile(t, folder, "image.img", "old")
}

func TestWriteFollowsLink(t *testing.T) {
	folder := t.TempDir()
	target := filepath.Join(folder, "target")
	link := filepath.Join(folder, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := Write(link, writeString("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(target)
	if err != nil || string(got) != "new" {
		t.Errorf("target holds %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
}

func TestWriteDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no device files")
	}
	if err := Write(os.DevNull, writeString("gone")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&os.ModeDevice == 0 {
		t.Fatalf("%s is no device any more", os.DevNull)
	}
}
