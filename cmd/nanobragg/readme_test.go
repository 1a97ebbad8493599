package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/raw"
)

// referenceProgram is the variable of the environment that names the reference program, built by the line of its README;
// without it the one called nanoBragg is taken, if there is one.
const referenceProgram = "NANOBRAGG_REFERENCE"

// TestUpstreamLines runs the four lines of the README of bl831/nanoBragg, on a small table of structure factors and the
// middle of the detector, and holds the images against those of the reference program where that is at hand. Without a
// name for an output they are an error, before anything is computed.
func TestUpstreamLines(t *testing.T) {
	const saxs = "-mat bigcell.mat -hkl P1.hkl -lambda 1 -dispersion 0 -distance 1000 -detsize 100 -pixel 0.1 -hdiv 0 -vdiv 0 -fluence 1e32 -N 1"
	for _, test := range []struct {
		name, line string
		forward    bool // the table has F000
	}{
		{"still", "-hkl P1.hkl -matrix A.mat -lambda 6.2 -N 10", false},
		{"in water", "-hkl P1.hkl -matrix A.mat -lambda 6.2 -N 10 -fluence 2e22 -water 4", false},
		{"small angles", saxs, false},
		{"small angles with F000", saxs, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeUpstreamFiles(t, test.forward)
			args := append(strings.Fields(test.line), "-roi", "480", "520", "485", "515")
			s, err := resolve(mustParse(t, test.line))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.output.check(); err == nil || !strings.HasPrefix(err.Error(), "no output is asked for") {
				t.Errorf("without an output: %v", err)
			}
			_, stderr := command(t, append(slices.Clone(args), "-outputs", "reference", "-noprogress")...)
			if strings.Contains(stderr, "taken for") {
				t.Errorf("says %s", stderr)
			}
			for _, file := range []string{"floatimage.bin", "intimage.img", "noiseimage.img", "image.pgm", "Fdump.bin"} {
				if _, err := os.Stat(file); err != nil {
					t.Error(err)
				}
			}
			size := 1024
			if strings.Contains(test.line, "-detsize 100") {
				size = 1000
			}
			got, err := raw.ReadFile("floatimage.bin", size, size)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Max(got) == 0 {
				t.Error("a black image")
			}
			compareWithProgram(t, args, got, size)
		})
	}
}

// writeUpstreamFiles writes structure factors and matrices of the cells in that README, in orientations of their own.
func writeUpstreamFiles(t *testing.T, forward bool) {
	t.Helper()
	var table strings.Builder
	for h := -4; h <= 4; h++ {
		for k := -4; k <= 4; k++ {
			for l := -4; l <= 4; l++ {
				if h != 0 || k != 0 || l != 0 {
					fmt.Fprintf(&table, "%d %d %d %d\n", h, k, l, 20+(7*h*h+11*k*k+13*l*l+h*k+5*k*l)%83)
				}
			}
		}
	}
	if forward {
		table.WriteString("0 0 0 520\n")
	}
	for name, text := range map[string]string{
		"P1.hkl": table.String(),
		// 6.2/(281 sin 60°), 6.2/281 and 6.2/165.2 along the laboratory's axes, turned by 20° about the third.
		"A.mat":       "0.023941 -0.002720 0.0\n0.008714 0.025332 0.0\n0.0 0.0 0.037530\n",
		"bigcell.mat": "0.003 0.0024 0.00111\n-0.00256 0.00288 0.00106\n-0.00066 -0.00138 0.00369\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// compareWithProgram runs the same line by the reference program, in a folder of its own with the same files.
func compareWithProgram(t *testing.T, args []string, got []float32, size int) {
	t.Helper()
	program := os.Getenv(referenceProgram)
	if program == "" {
		found, err := exec.LookPath("nanoBragg")
		if errors.Is(err, exec.ErrNotFound) {
			t.Skipf("NOT TESTED against nanoBragg: it is not at hand; %s names it", referenceProgram)
		} else if err != nil {
			t.Fatal(err)
		}
		program = found
	}
	if err := os.Rename("floatimage.bin", "own.bin"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	want, err := raw.ReadFile(filepath.Join(".", "floatimage.bin"), size, size)
	if err != nil {
		t.Fatal(err)
	}
	largest, bad := float64(slices.Max(want)), 0
	for i, x := range got {
		if ref := float64(want[i]); !(math.Abs(float64(x)-ref) <= 1e-5*math.Abs(ref)+1e-7*largest) {
			if bad++; bad <= 3 {
				t.Errorf("pixel %d %d: %g, reference %g", i%size, i/size, x, ref)
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d pixels differ", bad, len(got))
	}
}
