package compile_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// tolerance of compiled values, relative to the largest number of a root: fused multiply-adds, sums in another order
// and other sines differ in the last bits of their terms.
const tolerance = 1e-12

// A root may cancel, at worst to nothing but the rounding errors of its terms (the second derivative of a loss that is
// linear). Then it is held against what its terms are at least: floor of the largest root of the same kind, or least,
// since leaves and weights are of the order of 1.
const (
	floor = 1e-3
	least = 1e-2
)

// run computes a plan's roots with an engine; nil is the tape.
func run(p *plan.Plan, engine plan.Engine, workers int) ([][]float64, error) {
	if engine == nil {
		engine = tape.NewEngine(p, tape.Options{})
	}
	values, err := p.Run(context.Background(), engine, workers, nil)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := expr.ArrayOf(v)
		if err != nil {
			return nil, err
		}
		out[i] = a.Data
	}
	return out, nil
}

func largest(of ...[]float64) float64 {
	m := 0.0
	for _, list := range of {
		for _, x := range list {
			if x := math.Abs(x); x > m || math.IsNaN(x) {
				m = x
			}
		}
	}
	return m
}

// agree holds lists of numbers of one kind against each other.
func agree(got, want [][]float64) error {
	terms := max(least, floor*largest(want...))
	for i := range want {
		if len(got[i]) != len(want[i]) {
			return fmt.Errorf("root %d has %d numbers, want %d", i, len(got[i]), len(want[i]))
		}
		scale := max(largest(want[i]), terms)
		for k := range want[i] {
			if math.IsNaN(want[i][k]) || math.IsInf(want[i][k], 0) {
				return fmt.Errorf("the tape's root %d has %g: the graph is not what the test wants", i, want[i][k])
			}
			if d := math.Abs(got[i][k] - want[i][k]); !(d <= tolerance*scale) {
				return fmt.Errorf("number %d of %d of root %d is %.17g, want %.17g: off by %.2g", k, len(want[i]), i, got[i][k], want[i][k], d/scale)
			}
		}
	}
	return nil
}

// compared is what came of one graph.
type compared struct {
	refused string // why it was not compiled
	sweeps  int
	breaks  int
	kernels map[string]int
	audits  []compile.Audit
}

// compare runs a graph compiled and on the tape.
func compare(r *random, n roots, options compile.Options) (c compared, err error) {
	all := n.all()
	plan, err := r.plan(all)
	if err != nil {
		return c, err
	}
	c.breaks = len(plan.Breaks())
	program, err := compile.Compile(plan, options)
	if err != nil {
		c.refused = err.Error()
		return c, nil
	}
	for _, s := range plan.Sweeps() {
		if len(s.Reduce)+len(s.Store) > 0 {
			c.sweeps++
		}
	}
	c.kernels = compile.Kernels(program)
	if c.audits, err = compile.AuditPlan(plan); err != nil {
		return c, err
	}
	want, err := run(plan, nil, 1)
	if err != nil {
		return c, fmt.Errorf("on the tape: %w", err)
	}
	got, err := run(plan, program, 1)
	if err != nil {
		return c, err
	}
	at := 0
	for _, kind := range []struct {
		name  string
		nodes G.Nodes
	}{{"values", n.values}, {"first derivatives", n.first}, {"second derivatives", n.second}} {
		if err := agree(got[at:][:len(kind.nodes)], want[at:][:len(kind.nodes)]); err != nil {
			return c, fmt.Errorf("%s: %w\n%s", kind.name, err, program)
		}
		at += len(kind.nodes)
	}
	return c, nil
}

// refusals are the reasons for which a sweep may be left to the tape.
func refusal(why string) bool {
	return strings.HasPrefix(why, "compile: node ") &&
		(strings.Contains(why, "sums over") && strings.Contains(why, "which is inside of it") || strings.Contains(why, "moves the axes of steps"))
}

// TestRandomGraphs compiles random graphs with their first and second derivatives and holds every root against the
// tape's. It also wants to have seen every kind of instruction, several sweeps, and steps on whole arrays.
func TestRandomGraphs(t *testing.T) {
	graphs := 2500
	if testing.Short() {
		graphs = 300
	}
	refused, several, breaks := 0, 0, 0
	kernels := map[string]int{}
	for seed := range graphs {
		c := rand.New(rand.NewPCG(uint64(seed), 1))
		r := newRandom(c, uint64(seed), 4+c.IntN(14), seed%5 == 0)
		n, err := r.roots(seed % 3)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		options := compile.Options{Lanes: 32}
		if seed%7 == 0 {
			options.Lanes = 0
		}
		got, err := compare(r, n, options)
		if err != nil {
			t.Errorf("seed %d, extents %v: %v", seed, r.dims, err)
			return // one listing is enough to read
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
			// Some more than live at once: where a kernel cannot work in place, and what lives to the end of a loop run once.
			if a.Vectors > a.Peak+3 {
				t.Errorf("seed %d: %d vectors for %d values that live at once", seed, a.Vectors, a.Peak)
			}
		}
	}
	t.Logf("%d graphs: %d refused, %d of several sweeps, %d with breaks", graphs, refused, several, breaks)
	for _, want := range []string{"load", "call", "lookup", "scatter", "store", "sum", "fill", "neg", "abs", "sqrt", "square", "inverse", "floor", "ceil", "sin", "cos",
		"sincos", "exp", "add", "sub", "mul", "div", "lt", "le", "gt", "ge", "eq", "ne", "where", "fma", "fms", "fnma", "dot3", "split", "sinratio'0", "sinratio'1", "sinratio'2"} {
		if kernels[want] == 0 {
			t.Errorf("no graph was compiled to a %s", want)
		}
	}
	if several < graphs/10 || breaks < graphs/100 || refused > graphs/5 {
		t.Errorf("the graphs are not what the test wants")
	}
}

// FuzzCompile derives a graph's structure from the input: compiled and on the tape, it gives the same.
func FuzzCompile(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return
		}
		c := fuzzed(data)
		r := newRandom(&c, uint64(len(data)), 1+c.IntN(16), true)
		n, err := r.roots(c.IntN(3))
		if err != nil {
			t.Fatal(err)
		}
		got, err := compare(r, n, compile.Options{Lanes: 32})
		if err != nil {
			t.Fatal(err)
		}
		if got.refused != "" && !refusal(got.refused) {
			t.Fatalf("refused: %s", got.refused)
		}
	})
}
