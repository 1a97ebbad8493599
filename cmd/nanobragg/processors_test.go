package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/simulator"
)

// TestProcessors: images in float64, and derivatives in float32, have the same bits on all processors, by each set of kernels.
// Hashes were made on amd64; arm64, where Go's compiler may fuse products with sums, has the same. It does so in math.Sincos,
// of which a round crystal is made: that image is compared in float32.
func TestProcessors(t *testing.T) {
	t.Setenv(simulator.Guard, "")
	folder := t.TempDir()
	table := filepath.Join(folder, "table.hkl")
	var rows strings.Builder
	for i := range 7 * 7 * 7 {
		fmt.Fprintf(&rows, "%d %d %d %d\n", i/49-3, i/7%7-3, i%7-3, 10+i*37%91)
	}
	if err := os.WriteFile(table, []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	const common = "-cell 70 80 90 85 95 105 -misset 5 10 15 -distance 100 -detpixels 24 -pixel 4 -lambda 1 -noprogress "
	tests := []struct{ name, args, hash string }{
		{"square", "-default_F 100 -N 5 -oversample 2", "fd5aff62854194df"},
		{"gauss", "-default_F 100 -N 5 -oversample 1 -gauss_xtal -mosaic 0.8 -mosaic_dom 5 -mosaic_seed 3", "fc6c065e28809f6d"},
		{"round", "-default_F 100 -Na 4 -Nb 1 -Nc 7 -oversample 1 -round_xtal -phi 3 -osc 2 -phisteps 3", "419c64f151786282"},
		{"tophat", "-default_F 100 -N 5 -oversample 1 -tophat_spots -dispersion 2 -dispsteps 3 -detector_rotx 4 -curved_det", "328f633c9192cb33"},
		{"table", "-hkl " + table + " -default_F 3 -N 6 -oversample 1 -detector_abs 500 -detector_thick 450 -detector_thicksteps 2", "e14a084b3c159e42"},
		{"interpolation", "-hkl " + table + " -default_F 3 -N 2 -oversample 1 -interpolate -polar 0.5", "e034ecc7290eea8d"},
		{"derivatives", "-default_F 100 -N 5 -oversample 1 -mosaic 0.8 -mosaic_dom 3 -mosaic_seed 3 -deriv phi,cell_a,lambda,distance -derivfile " + filepath.Join(folder, "d"), "bb6e57751666475c"},
	}
	for _, test := range tests {
		for name, kernels := range map[string]kernel.Backend{"avx512": kernel.AVX512, "avx2": kernel.AVX2, "neon": kernel.NEON, "go": kernel.PureGo} {
			if !kernels.Available() {
				continue
			}
			written := filepath.Join(folder, "experiment.json")
			command(t, strings.Fields(common+test.args+" -experiment "+written+" -kernels "+name)...)
			sum := sha256.New()
			e, err := experiment.Read(written)
			if err != nil {
				t.Fatal(err)
			}
			built, err := e.Build(G.NewGraph(), simulator.On(simulator.CPU(name)))
			if err != nil {
				t.Fatal(err)
			}
			image, err := built.Image(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range image.Float64s() {
				if test.name == "round" {
					x = float64(float32(x))
				}
				fmt.Fprintf(sum, "%x\n", x)
			}
			derivatives, err := filepath.Glob(filepath.Join(folder, "d_*.bin"))
			if err != nil || test.name == "derivatives" && len(derivatives) != 4 {
				t.Fatalf("%d derivatives: %v", len(derivatives), err)
			}
			for _, f := range derivatives {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				sum.Write(text)
			}
			if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != test.hash {
				t.Errorf("%s, %s: bits are %s, want %s", test.name, name, got, test.hash)
			}
		}
	}
}
