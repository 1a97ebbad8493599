// Package mutation measures what gradcheck and the tests of this module find. Its table has
// mistakes of the kinds that people make when they write derivatives, each as an edit of one source
// file. The program mutate plants them one at a time, by the go command's option -overlay, so that
// the working tree stays as it is: it runs gradcheck on the small set-ups of the program setups, as
// a user would, and then the tests of the packages concerned.
//
//	go run ./internal/mutation/mutate            # all of it, in less than an hour on two cores
//	go run ./internal/mutation/mutate -only sine # those whose name, kind or file matches
//
// docs/gradcheck.md has the result.
package mutation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutant is a mistake to plant.
type Mutant struct {
	Name string
	Kind Kind
	File string // from the module's root, with slashes
	// Old is the text to replace, which the file has exactly once, and New takes its place.
	Old, New string
	// Append follows the file's text: declarations that New needs.
	Append string
	// Tests lists packages whose tests should catch the mistake, those that take least time first.
	// A package may be followed by a space and a regular expression that selects tests.
	Tests []string
	// Blind says why gradcheck does not see the mistake; it is empty where it should.
	Blind string
}

// Kind is a kind of mistakes.
type Kind string

// The kinds of mistakes.
const (
	Sign        Kind = "wrong sign"
	Factor      Kind = "lost or wrong factor"
	ChainRule   Kind = "lost term of the chain rule"
	Swapped     Kind = "swapped operands or parameters"
	Unit        Kind = "wrong unit: radians, mm, percent"
	Detached    Kind = "detached"
	Mean        Kind = "mean for sum, sum for mean"
	Local       Kind = "right at the default, or wrong in a region, only"
	Element     Kind = "one element, or the last"
	SecondOrder Kind = "wrong to second order only"
	Forward     Kind = "forward mode only"
	Users       Kind = "what users call: Gradient, Hessian, HessianVector, Set"
	Cache       Kind = "a cache's key, or a stale value"
	Fold        Kind = "compiler: simplification and fusion"
	Schedule    Kind = "compiler: schedule, places, sums"
	Batches     Kind = "batches and blocks of pixels"
	KernelGo    Kind = "kernels written in Go"
	KernelAVX   Kind = "generated kernels"
	CUDA        Kind = "CUDA: printer, device functions, launches"
)

// Kinds lists all kinds in the order of the documentation.
var Kinds = []Kind{Sign, Factor, ChainRule, Swapped, Unit, Detached, Mean, Local, Element, SecondOrder, Forward, Users, Cache, Fold, Schedule, Batches, KernelGo, KernelAVX, CUDA}

// Table returns all mutants.
func Table() []Mutant {
	var all []Mutant
	for _, list := range [][]Mutant{rules, moves, lookups, lattices, differentiation, model, closed, diffuse, simulators, compiler, kernels, devices} {
		all = append(all, list...)
	}
	return all
}

// tests returns the packages to test: those of the mutant, or those that are for its folder.
func (m *Mutant) tests() []string {
	if m.Tests != nil {
		return m.Tests
	}
	folder := m.File[:strings.LastIndex(m.File, "/")]
	return testsOf[folder]
}

// testsOf has the packages whose tests should catch mistakes in a folder.
var testsOf = map[string][]string{
	"internal/expr":                   {"internal/expr", "internal/autodiff", "internal/node", "gradcheck TestFamily|TestMutations$", "simulator ^Test(Every|Hessian|Forward)"},
	"internal/special":                {"internal/special", "internal/expr"},
	"internal/autodiff":               {"internal/autodiff", "internal/expr", "simulator ^Test(Every|Forward|Hessian|GoldenGradients)"},
	"internal/node":                   {"internal/node", "internal/autodiff", "internal/tape"},
	"internal/plan":                   {"internal/plan", "internal/compile/cpu", "simulator ^Test(Batches|Workers|Coincident|Losses)"},
	"internal/tape":                   {"internal/tape", "internal/plan", "simulator ^Test(Batches|Workers)"},
	"internal/compile":                {"internal/compile", "internal/compile/cpu", "simulator ^Test(CompiledModels)"},
	"internal/compile/cpu":            {"internal/compile/cpu", "simulator ^Test(CompiledModels)"},
	"internal/compile/cpu/kernel":     {"internal/compile/cpu/kernel", "internal/compile/cpu"},
	"internal/compile/cpu/kernel/gen": {"internal/compile/cpu/kernel", "internal/compile/cpu"},
	"internal/compile/cuda":           {"internal/compile/cuda CUDA"},
	"simulator":                       {"simulator ^Test(Every|Hessian|Forward|Golden|Set|Gradient)", "simulator"},
	"crystal":                         {"crystal", "simulator ^Test(Every)"},
	"beam":                            {"beam", "simulator ^Test(Every|Finite)"},
	"detector":                        {"detector", "simulator ^Test(Every|Finite)"},
	"background":                      {"background"},
}

// apply returns the mutated text of the mutant's file in the module at root.
func (m *Mutant) apply(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return nil, fmt.Errorf("mutation: %s: %w", m.Name, err)
	}
	source := strings.ReplaceAll(string(text), "\r\n", "\n")
	if n := strings.Count(source, m.Old); n != 1 {
		return nil, fmt.Errorf("mutation: %s: %s has the text to replace %d times, want once:\n%s", m.Name, m.File, n, m.Old)
	}
	return []byte(strings.Replace(source, m.Old, m.New, 1) + m.Append), nil
}
