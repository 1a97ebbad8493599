package cpu_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
)

// compared is the result of comparing one graph.
type compared struct {
	refused string // why it was not compiled
	sweeps  int
	breaks  int
	kernels map[string]int
	audits  []compile.Audit
}

// compare runs a graph compiled and on the tape.
func compare(r *compiletest.Graph, n compiletest.Roots, options cpu.Options) (c compared, err error) {
	all := n.All()
	plan, err := r.Plan(all)
	if err != nil {
		return c, err
	}
	c.breaks = len(plan.Breaks())
	program, err := cpu.Compile(plan, options)
	if err != nil {
		c.refused = err.Error()
		return c, nil
	}
	for _, s := range plan.Sweeps() {
		if len(s.Reduce)+len(s.Store) > 0 {
			c.sweeps++
		}
	}
	c.kernels = cpu.Kernels(program)
	if c.audits, err = cpu.AuditPlan(plan); err != nil {
		return c, err
	}
	want, err := compiletest.Run(plan, nil, 1)
	if err != nil {
		return c, fmt.Errorf("on the tape: %w", err)
	}
	got, err := compiletest.Run(plan, program, 1)
	if err != nil {
		return c, err
	}
	at := 0
	for _, kind := range []struct {
		name  string
		nodes G.Nodes
	}{{"values", n.Values}, {"first derivatives", n.First}, {"second derivatives", n.Second}} {
		if err := compiletest.Agree(got[at:][:len(kind.nodes)], want[at:][:len(kind.nodes)]); err != nil {
			return c, fmt.Errorf("%s: %w\n%s", kind.name, err, program)
		}
		at += len(kind.nodes)
	}
	return c, nil
}

// refusal reports whether a sweep may be left to the tape for a reason.
func refusal(why string) bool {
	return strings.HasPrefix(why, "compile: ") && strings.Contains(why, "sums over") && strings.Contains(why, "which is inside it")
}

// TestRandomGraphs compiles random graphs with their first and second derivatives and compares
// every root with the tape's. The graphs must cover every kind of instruction, several sweeps, and
// nodes computed on whole arrays.
func TestRandomGraphs(t *testing.T) {
	graphs := 2500
	if testing.Short() {
		graphs = 300
	}
	refused, several, breaks := 0, 0, 0
	kernels := map[string]int{}
	for seed := range graphs {
		c := rand.New(rand.NewPCG(uint64(seed), 1))
		r := compiletest.NewGraph(c, uint64(seed), 4+c.IntN(14), seed%5 == 0)
		n, err := r.Roots(seed % 3)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		options := cpu.Options{Lanes: 32}
		if seed%7 == 0 {
			options.Lanes = 0
		}
		got, err := compare(r, n, options)
		if err != nil {
			t.Errorf("seed %d, extents %v: %v", seed, r.Dims, err)
			return // one listing is enough
		}
		if got.refused != "" {
			refused++
			if !refusal(got.refused) {
				t.Errorf("seed %d: refused: %s", seed, got.refused)
			}
			continue
		}
		if got.sweeps > 1 {
			several++
		}
		if got.breaks > 0 {
			breaks++
		}
		for k, n := range got.kernels {
			kernels[k] += n
		}
		for _, a := range got.audits {
			// Slightly more than are live at once: a kernel may not work in place, and a value may
			// live to the end of a loop that runs once.
			if a.Vectors > a.Peak+3 {
				t.Errorf("seed %d: %d vectors for %d values that live at once", seed, a.Vectors, a.Peak)
			}
		}
	}
	t.Logf("%d graphs: %d refused, %d of several sweeps, %d with breaks", graphs, refused, several, breaks)
	for _, want := range []string{"load", "call", "cell", "present", "read", "read-or", "scatter", "store", "sum", "fill", "neg", "abs", "sqrt", "square", "inverse", "floor", "ceil", "sin", "cos",
		"sincos", "exp", "add", "sub", "mul", "div", "lt", "le", "gt", "ge", "eq", "ne", "where", "fma", "fms", "fnma", "dot3", "split", "sinratio'0", "sinratio'1", "sinratio'2"} {
		if kernels[want] == 0 {
			t.Errorf("no graph was compiled to a %s", want)
		}
	}
	if several < graphs/10 || breaks < graphs/100 || refused > graphs/5 {
		t.Errorf("the graphs are not what the test wants")
	}
}

// FuzzCompile derives the structure of a graph from the input; compiled and on the tape, the graph
// gives the same values.
func FuzzCompile(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return
		}
		c := compiletest.Bytes(data)
		r := compiletest.NewGraph(&c, uint64(len(data)), 1+c.IntN(16), true)
		n, err := r.Roots(c.IntN(3))
		if err != nil {
			t.Fatal(err)
		}
		got, err := compare(r, n, cpu.Options{Lanes: 32})
		if err != nil {
			t.Fatal(err)
		}
		if got.refused != "" && !refusal(got.refused) {
			t.Fatalf("refused: %s", got.refused)
		}
	})
}
