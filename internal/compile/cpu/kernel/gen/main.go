// Gen writes the assembly and the constants of package kernel, and the same constants as CUDA C. go generate runs it in that
// package.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FOLDER, that of package kernel")
	}
	files, err := generate(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate makes the texts of all files written, by name. The kernels are those
// named in the folder's kernel.go, in its order.
func generate(folder string) (map[string][]byte, error) {
	names, err := kernelNames(filepath.Join(folder, "kernel.go"))
	if err != nil {
		return nil, err
	}
	c, err := newConstants()
	if err != nil {
		return nil, err
	}
	text, err := c.file()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"constants.go": text, "../../cuda/coefficients.cuh": c.device()}
	for file, width := range map[string]int{"avx512_amd64": 8, "avx2_amd64": 4, "neon_arm64": 2} {
		set, _, _ := strings.Cut(file, "_")
		text, err := assembly(set, newAssembler(width, c), names)
		if err != nil {
			return nil, err
		}
		files["kernels_"+file+".s"] = text
	}
	return files, nil
}

// kernelNames lists the constants of type Kernel in their order.
func kernelNames(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					if n.IsExported() {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names, nil
}

// assembly is the source of all kernels for one instruction set, and of a table of
// their addresses.
func assembly(set string, a *assembler, names []string) ([]byte, error) {
	all := kernels{}
	a.arithmetic(all)
	a.unary(all)
	a.fused(all)
	a.choices(all)
	a.exponential(all)
	a.sincos(all)
	a.sinRatio(all)
	a.gaussMean(all)
	a.tables(all)
	if len(all) != len(names) {
		return nil, fmt.Errorf("gen: %d kernels are named, %d defined", len(names), len(all))
	}
	for _, name := range names {
		k, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("gen: kernel %s is named but not defined", name)
		}
		if a.neon == nil {
			a.emit(name, k)
		} else if err := a.emitNeon(name, k); err != nil {
			return nil, err
		}
	}
	var text []byte
	if a.neon == nil {
		var err error
		if text, err = a.print(); err != nil {
			return nil, err
		}
	} else {
		text = a.neon.text.Bytes()
	}

	var table bytes.Buffer
	for i, name := range names {
		fmt.Fprintf(&table, "DATA %sKernels<>+%d(SB)/8, $%s<>(SB)\n", set, 8*i, name)
	}
	fmt.Fprintf(&table, "GLOBL %sKernels<>(SB), RODATA, $%d\n\n", set, 8*len(names))
	fmt.Fprintf(&table, "// func %sAddresses() *[kernelCount]uintptr\n", set)
	take, move, register := "LEAQ ", "MOVQ", "AX"
	if a.neon != nil {
		take, move, register = "MOVD $", "MOVD", "R0"
	}
	fmt.Fprintf(&table, "TEXT ·%sAddresses(SB), NOSPLIT, $0-8\n\t%s%[1]sKernels<>(SB), %[3]s\n\t%[4]s %[3]s, ret+0(FP)\n\tRET\n", set, take, register, move)
	return append(append(text, '\n'), table.Bytes()...), nil
}

// print is the text of what avo has.
func (a *assembler) print() ([]byte, error) {
	file, err := a.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "gen", Argv: []string{"gen"}, Pkg: "kernel"}).Print(file)
	if err != nil {
		return nil, err
	}
	// The kernels are called by address only: with names local to the file, no Go
	// declarations are needed.
	text = regexp.MustCompile(`TEXT ·(\w+)\(SB\)`).ReplaceAll(text, []byte("TEXT $1<>(SB)"))
	return regexp.MustCompile(`// func \w+\(\)\n(// Requires: .*\n)`).ReplaceAll(text, []byte("$1")), nil
}
