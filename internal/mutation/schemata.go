package mutation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// To build a program for each mutant takes longer than to run it. So most mutants are built into one
// program, which an environment variable tells which of them to be (mutant schemata: Untch, Offutt
// and Harrold, ISSTA 1993). Every function with mistakes begins with a copy of its body for each:
//
//	func f(x float64) float64 {
//		if planted.Is(7) {
//			return -x
//		}
//		return x
//	}

const plantedPackage = "github.com/gobragg/gobragg/internal/mutation/planted"

// schemata combines mutants, whose numbers are their indices plus 1, into mutated files. alone are
// the indices of those that cannot be combined: they are not in the body of a Go function.
func schemata(root string, list []Mutant) (files map[string][]byte, alone []int, err error) {
	files = map[string][]byte{}
	byFile := map[string][]int{}
	for i := range list {
		byFile[list[i].File] = append(byFile[list[i].File], i)
	}
	for file, which := range byFile {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return nil, nil, fmt.Errorf("mutation: %w", err)
		}
		if path.Ext(file) != ".go" || path.Base(path.Dir(file)) == "gen" {
			alone = append(alone, which...)
			continue
		}
		combined, rest, err := combine(file, strings.ReplaceAll(string(text), "\r\n", "\n"), list, which)
		if err != nil {
			return nil, nil, err
		}
		alone = append(alone, rest...)
		if len(rest) < len(which) {
			files[file] = []byte(combined)
		}
	}
	for i := range list {
		if list[i].plants() {
			files[wrongFile] = []byte(wrongSource)
		}
	}
	slices.Sort(alone)
	return files, alone, nil
}

// combine plants mutants in the text of one file.
func combine(file, text string, list []Mutant, which []int) (combined string, alone []int, err error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, fmt.Errorf("mutation: %w", err)
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	bodies := map[int]string{} // by the offset of a function's body: what to begin it with
	appended := ""
	for _, i := range which {
		m := &list[i]
		if n := strings.Count(text, m.Old); n != 1 {
			return "", nil, fmt.Errorf("mutation: %s: %s has the text to replace %d times, want once:\n%s", m.Name, file, n, m.Old)
		}
		at := strings.Index(text, m.Old)
		was, is := m.Old, m.New
		for len(was) > 0 && len(is) > 0 && was[0] == is[0] {
			was, is, at = was[1:], is[1:], at+1
		}
		for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] {
			was, is = was[:len(was)-1], is[:len(is)-1]
		}
		found := false
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			from, to := offset(f.Body.Lbrace)+1, offset(f.Body.Rbrace)
			if at < from || at+len(was) > to {
				continue
			}
			body := text[from:at] + is + text[at+len(was):to]
			if f.Type.Results == nil {
				body += "\nreturn\n"
			}
			bodies[from] += fmt.Sprintf("\nif planted.Is(%d) {%s}\n", i+1, body)
			found = true
		}
		if !found {
			alone = append(alone, i)
			continue
		}
		appended += m.Append
	}
	var out strings.Builder
	name := offset(parsed.Name.End())
	fmt.Fprintf(&out, "%s\n\nimport %q\n", text[:name], plantedPackage)
	done := name
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		from := offset(f.Body.Lbrace) + 1
		out.WriteString(text[done:from])
		out.WriteString(bodies[from])
		done = from
	}
	out.WriteString(text[done:])
	out.WriteString(appended)
	return out.String(), alone, nil
}
