package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobragg/gobragg/internal/cli"
)

// samples are files as users have them, which gobragg refine gets without an option, or with a model where they have no structure factors:
// what cannot be refined is an error that says what is missing, or what is wrong with the file.
func TestRefineSamples(t *testing.T) {
	model := "../../../shared/formats/model/tiny_p212121.pdb"
	if _, err := os.Stat(model); err != nil {
		t.Log("!!! NOT RUN: the sample files of ../shared are not here !!!")
	}
	for _, test := range []struct {
		pattern string // of the files, each of which is given alone, and with the model
		alone   []string
		with    []string
	}{
		{"../../testdata/field/smv-*/*.img*", []string{"crystal", "geometry", "distance", "smv"}, []string{"no reflection", "photons above", "distance", "smv", "geometry", "pixel", "NOT A FIT"}},
		{"../../../shared/formats/dials/*.expt", []string{"no file gives images"}, []string{"no file gives images"}},
		{"../../../shared/formats/xds/*PARM.XDS", []string{"no file gives images"}, []string{"no file gives images"}},
		{"../../../shared/formats/cbf/*.cbf", []string{"no file gives a crystal", "no other file does", "is not read"}, []string{"no reflection", "no other file does", "is not read"}},
		{"../../../shared/formats/smv/*.img", []string{"no file gives a crystal", "distance"}, []string{"no reflection", "distance"}},
		{"../../../shared/formats/nxmx/*.nxs", []string{"no file gives a crystal", "has no images"}, []string{"no reflection", "which is not read", "has no images", "photons above"}},
		{"../../../shared/formats/tiff/*.tif", []string{"no file gives a crystal", "no other file does"}, []string{"no reflection", "no other file does"}},
		{"../../../shared/formats/npy/*.np[yz]", []string{"geometry"}, []string{"geometry"}},
		{"../../../shared/formats/mask/mask*", []string{"geometry"}, []string{"geometry"}},
		{"../../../shared/formats/mtz/*.mtz", []string{"geometry", "merged", "mtz"}, nil},
		{"../../../shared/formats/sfcif/*.cif", []string{"geometry", "cif"}, nil},
		{"../../../shared/formats/crystfel/*.geom", []string{"no file gives", "clen", "mm"}, []string{"no file gives", "clen", "mm"}},
	} {
		list, err := filepath.Glob(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			for k, words := range [][]string{test.alone, test.with} {
				if words == nil {
					continue
				}
				args := []string{path, "--out", filepath.Join(t.TempDir(), "out")}
				if k > 0 {
					if _, err := os.Stat(model); err != nil {
						continue
					}
					args = append(args, "--structure", model)
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				status, text := refineSaying(ctx, t, args...)
				cancel()
				if status != cli.StatusFailed && status != statusNoFit {
					t.Errorf("%s: exit status %d: %s", args[0], status, text)
				}
				if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) }) {
					t.Errorf("%s, %d: none of %q is said: %s", args[0], k, words, text)
				}
			}
		}
	}
}
