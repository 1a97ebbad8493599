package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPending(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "sweep.nxs")
	for _, content := range []string{"first", "a second"} {
		p, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		// From the end to the beginning.
		for i := len(content) - 1; i >= 0; i-- {
			if _, err := p.WriteAt([]byte{content[i]}, int64(i)); err != nil {
				t.Fatal(err)
			}
		}
		if old, err := os.ReadFile(path); err == nil && string(old) == content {
			t.Error("the file is there before Commit")
		}
		if err := p.Commit(); err != nil {
			t.Fatal(err)
		}
		onlyFile(t, folder, "sweep.nxs", content)
		if err := p.Discard(); err != nil {
			t.Error(err)
		}
		if err := p.Commit(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("second Commit: %v", err)
		}
		if _, err := p.WriteAt([]byte("x"), 0); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("WriteAt after Commit: %v", err)
		}
	}
}

func TestPendingDiscarded(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "sweep.nxs")
	if err := Write(path, writeString("old")); err != nil {
		t.Fatal(err)
	}
	p, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.WriteAt([]byte("half"), 0); err != nil {
		t.Fatal(err)
	}
	if err := p.Discard(); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, folder, "sweep.nxs", "old")
}

// A file that cannot be flushed must not replace the old one.
func TestPendingFlushFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "sweep.nxs")
	if err := Write(path, writeString("old")); err != nil {
		t.Fatal(err)
	}
	p, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	real := syncFile
	syncFile = func(*os.File) error { return boom }
	err = p.Commit()
	syncFile = real
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	onlyFile(t, folder, "sweep.nxs", "old")
}

func TestPendingElsewhere(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "folder"), os.DevNull} {
		if p, err := Create(path); err == nil {
			t.Errorf("%s: no error", path)
			_ = p.Discard()
		}
	}
}
