package nxmx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// TestOpenErrors opens what cannot be read: the error has a class, and names the file once.
func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	empty, text := filepath.Join(folder, "empty.nxs"), filepath.Join(folder, "text.nxs")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(text, []byte(strings.Repeat("no HDF5\n", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, class := range map[string]string{empty: "not-hdf5", text: "not-hdf5", folder: "refused", filepath.Join(folder, "none.nxs"): ""} {
		images, err := Open(path, Options{})
		if err == nil {
			t.Errorf("%s: no error, %d frames", path, images.Frames())
			continue
		}
		if format.Class(err) != class || strings.Count(err.Error(), path) != 1 || !strings.HasPrefix(err.Error(), "nxmx: ") {
			t.Errorf("%s: error %v of class %q, want %q", path, err, format.Class(err), class)
		}
	}
}

// TestMasterAlone opens a master file without its data files.
func TestMasterAlone(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(samples, "eiger_master.h5"))
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	path := filepath.Join(t.TempDir(), "eiger_master.h5")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); format.Class(err) != "missing-file" || !strings.Contains(err.Error(), "eiger_data_000001.h5") {
		t.Errorf("error %v of class %q", err, format.Class(err))
	}
}

// TestWriteErrors writes what NXmx cannot hold, and leaves nothing behind.
func TestWriteErrors(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x.nxs")
	for name, change := range map[string]func(g *format.Geometry, f *format.Frame){
		"has no panels":             func(g *format.Geometry, f *format.Frame) { g.Panels = nil },
		"wavelength 0 Å":            func(g *format.Geometry, f *format.Frame) { g.Wavelength = 0 },
		"outside the frame":         func(g *format.Geometry, f *format.Frame) { g.Panels[0].First[0] = 1 },
		"convert them to uint8":     func(g *format.Geometry, f *format.Frame) { f.Type = format.Bool },
		"there are no frames":       func(g *format.Geometry, f *format.Frame) {},
		"0 × 6 pixels cannot be":    func(g *format.Geometry, f *format.Frame) { f.Fast = 0 },
		"a frame of 8 × -1 pixels ": func(g *format.Geometry, f *format.Frame) { f.Slow = -1 },
	} {
		g, draw := sweep(8, 6, 1, format.Uint16)
		f := draw(0)
		change(g, f)
		w, err := Create(path, g, f.Fast, f.Slow, f.Type)
		if err == nil {
			err = w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "nxmx: writing "+path+": ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	g, draw := sweep(8, 6, 1, format.Uint16)
	w, err := Create(path, g, 8, 6, format.Uint16)
	if err != nil {
		t.Fatal(err)
	}
	other := draw(0)
	other.Fast = 7
	if err := w.Write(other); err == nil || !strings.Contains(err.Error(), "frame 1 has 7 × 6 pixels") {
		t.Errorf("error %v", err)
	}
	if err := w.Discard(); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("%v is left, error %v", entries, err)
	}
}
