package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format/cbf"
)

// TestFiles: the files of this folder are those that the program makes, small, and as they were said to be.
func TestFiles(t *testing.T) {
	made := t.TempDir()
	if err := run(context.Background(), made, 3, io.Discard); err != nil {
		t.Fatal(err)
	}
	const name = "lysozyme.mtz"
	here, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(filepath.Join(made, name))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, now) {
		t.Errorf("%s is not what the program writes: run it again, and dials.sh", name)
	}
	// With fewer domains images are others, but about the same.
	for _, name := range []string{"lysozyme_0001.cbf", "lysozyme_0002.cbf", "lysozyme_0003.cbf"} {
		var sums [2]float64
		for i, folder := range []string{".", made} {
			file, err := os.Open(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			frame, geometry, err := cbf.Read(file, name)
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if p := geometry.Panels[0]; frame.Fast != fast || frame.Slow != slow || math.Abs(p.Origin[2]+75.2) > 1e-9 || geometry.Rotation.Width != 1 {
				t.Errorf("%s is %d × %d pixels at %g mm", name, frame.Fast, frame.Slow, p.Origin[2])
			}
			if n := frame.Masked(); n < 4*slow+8*(fast-4) || n > 4*slow+8*(fast-4)+5 {
				t.Errorf("%s has %d pixels that do not count", name, n)
			}
			for n, v := range frame.Float64s(nil) {
				if !frame.Bad[n] {
					sums[i] += v
				}
			}
		}
		if r := sums[0] / sums[1]; math.Abs(r-1) > 0.02 {
			t.Errorf("%s has %.3f times the photons", name, r)
		}
	}
	var size int64
	list, err := filepath.Glob("lysozyme*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(list, "truth.json") {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 500e3 {
		t.Errorf("the files have %d bytes, more than 500 kB", size)
	}
}
