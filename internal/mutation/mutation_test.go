package mutation

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestTable: every mutant has a name of its own, a kind, tests to catch it, and a text to replace that its file has once.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	count := map[Kind]int{}
	for _, m := range Table() {
		if seen[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		seen[m.Name] = true
		count[m.Kind]++
		if !slices.Contains(Kinds, m.Kind) || len(m.tests()) == 0 {
			t.Errorf("%s: kind %q, tests %v", m.Name, m.Kind, m.tests())
		}
		for _, test := range m.tests() {
			dir, run, _ := strings.Cut(test, " ")
			if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
			if _, err := regexp.Compile(run); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		if _, err := m.apply(root); err != nil {
			t.Error(err)
		}
	}
	for _, k := range Kinds {
		if count[k] == 0 {
			t.Errorf("no mutant of kind %q", k)
		}
	}
	if len(seen) < 140 {
		t.Errorf("%d mutants", len(seen))
	}
}

// TestSample plants some mistakes and has gradcheck find and locate them. The program mutate plants all.
func TestSample(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the model several times")
	}
	located := map[string]string{"lattice sum: wrong sign by the distance": "sinratio'0, operand 0", "misset: right at 0 only": "planted, operand 0",
		"fold: x(−y) = xy": ""}
	r := &Runner{Root: root, Scratch: t.TempDir()}
	if err := r.Unchanged(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range Table() {
		want, ok := located[m.Name]
		if !ok {
			continue
		}
		delete(located, m.Name)
		got, err := r.Run(t.Context(), &m, Parts{Gradcheck: true})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Gradcheck.Caught || got.Gradcheck.Located != want {
			t.Errorf("%s: %s, want it located to %q", m.Name, got.Gradcheck, want)
		}
	}
	if len(located) > 0 {
		t.Errorf("no mutants %v", located)
	}
}

// TestTypes checks the types of every mutated package.
func TestTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the model")
	}
	packages := list(t)
	fset := token.NewFileSet()
	compiled := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) })
	const module = "github.com/gobragg/gobragg/"
	check := func(dir string, with map[string]string, from types.Importer) (*types.Package, error) {
		p := packages[module+dir]
		var files []*ast.File
		names := slices.Clone(p.GoFiles)
		for name := range with {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		for _, name := range names {
			var source any
			if text, ok := with[name]; ok {
				source = text
			}
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), source, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		config := types.Config{Importer: from, Sizes: types.SizesFor("gc", runtime.GOARCH)}
		return config.Check(p.ImportPath, fset, files, nil)
	}
	node, err := check(path.Dir(plantedFile), map[string]string{path.Base(plantedFile): plantedSource}, compiled)
	if err != nil {
		t.Fatal(err)
	}
	planted := override{compiled, node}
	for _, m := range Table() {
		if path.Ext(m.File) != ".go" || strings.Contains(m.File, "/gen/") {
			continue // TestSample plants one in the generator
		}
		text, err := m.apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		var from types.Importer = compiled
		if m.plants() {
			from = planted
		}
		if _, err := check(path.Dir(m.File), map[string]string{path.Base(m.File): string(text)}, from); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// override imports one package from elsewhere.
type override struct {
	types.Importer
	by *types.Package
}

func (o override) Import(path string) (*types.Package, error) {
	if path == o.by.Path() {
		return o.by, nil
	}
	return o.Importer.Import(path)
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// list is what the go command knows of the module's packages and of those that they import.
func list(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./internal/mutation/setups")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}
