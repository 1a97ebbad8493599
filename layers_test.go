package gobragg_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gobragg/gobragg"

// layers are the packages of the module from the bottom up, as in ARCHITECTURE.md. A package
// imports only packages of lower layers: none above it, and none beside it.
var layers = [][]string{
	{".", "format", "internal/atomicfile", "internal/cli", "internal/compare", "internal/cputime", "internal/deviates", "internal/early", "internal/geom", "internal/guard", "internal/numbered", "internal/parallel", "internal/pages", "internal/special", "symmetry", "format/internal/chunk", "format/internal/exact", "format/internal/text"},
	{"cmd/gobragg/internal/help", "cmd/nanobragg/internal/help", "format/cif", "format/internal/dectris", "format/internal/sniff", "format/internal/sweep"},
	{"internal/cloud", "internal/hdf5", "internal/nanobragg", "noise", "structure", "format/pgm", "format/picture", "format/raw", "format/smv", "format/sources", "format/stol"},
	{
		"internal/expr",
		"format/cbf",
		"format/crystfel",
		"format/dials",
		"format/hkl",
		"format/mosflm",
		"format/mtz",
		"format/shelx",
		"format/xds",
		"format/npy",
		"format/nxmx",
		"format/pdb",
		"format/sfcif",
		"format/tiff",
		"format/picture/figure",
	},
	{"format/mask"},
	{"internal/attenuation", "internal/autodiff", "internal/node", "format/files"},
	{"internal/config", "internal/plan", "internal/view"},
	{"internal/compile", "internal/tape", "internal/compile/cpu/kernel"},
	{"internal/compile/cpu", "internal/compile/cuda"},
	{"beam", "crystal", "detector", "gradcheck"},
	{"background"},
	{"gradcheck/gradplot", "gradcheck/gradtest", "prediction"},
	{"simulator"},
	{"experiment"},
	{"refine"},
	{"refine/report", "refine/verdict"},
	{"refine/job"},
	{"viewer"},
	{"cmd/gobragg", "cmd/nanobragg"},
}

// forTests are packages that tests alone import, which may look anywhere.
var forTests = []string{"internal/compile/compiletest", "internal/compile/cuda/cudatest", "internal/compile/cuda/fake",
	"internal/compile/cuda/shim", "format/internal/formattest", "internal/difftest", "internal/longtest", "internal/mutation", "internal/mutation/mutate", "internal/mutation/planted",
	"internal/mutation/setups", "internal/node/nodetest", "refine/verdict/trials"}

// TestLayers reads the imports of every package that is not a test.
func TestLayers(t *testing.T) {
	layer := map[string]int{}
	for i, list := range layers {
		for _, p := range list {
			layer[p] = i
		}
	}
	test := map[string]bool{}
	for _, p := range forTests {
		test[p] = true
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		dir := path.Dir(file)
		switch {
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "gen" || len(file) > 1 && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		program := strings.HasPrefix(dir, "docs/") || strings.HasPrefix(dir, "examples/")
		if _, known := layer[dir]; !known && !program && !test[dir] {
			t.Errorf("package %s is in no layer", dir)
			layer[dir] = len(layers)
		}
		seen[dir] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if name == "gorgonia.org/gorgonia" && (spec.Name == nil || spec.Name.Name != "G") && !program {
				t.Errorf("%s imports gorgonia under another name than G", file)
			}
			below, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			below = strings.TrimPrefix(below, "/")
			if below == "" {
				below = "."
			}
			switch {
			case strings.HasPrefix(dir, "examples/"):
				if strings.Contains(below, "internal/") {
					t.Errorf("%s imports %s: an example is to be copied", file, below)
				}
			case program || test[dir]:
			case test[below]:
				t.Errorf("%s imports %s, which is for tests", file, below)
			case layer[below] >= layer[dir]:
				t.Errorf("%s, in layer %d, imports %s in layer %d", file, layer[dir], below, layer[below])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for p := range layer {
		if !seen[p] {
			t.Errorf("there is no package %s", p)
		}
	}
}
