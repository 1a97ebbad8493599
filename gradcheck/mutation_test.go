package gradcheck_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

var update = flag.Bool("update", false, "write the mutation table into docs/gradcheck.md")

// tally counts what was planted, caught and located of one mutation. Mutants that do not change the gradient are none.
type tally struct{ planted, caught, located int }

func (c tally) String() string {
	if c.planted == 0 {
		return "—"
	}
	return fmt.Sprintf("%d %d %d", c.planted, c.caught, c.located)
}

// row of the table: a rule, or a term of the model.
type row struct {
	name    string
	tallies [mutations]tally
}

// plant plants every mutation in a specimen, one at a time.
func plant(t *testing.T, s specimen, want gradcheck.Verdict) row {
	t.Helper()
	out := row{name: s.name}
	subject := nodetest.Read(t, s.subject)[0]
	rule, in := subject.Rule(), subject.Args()
	if !rule.Exists() {
		t.Fatalf("%s has no rule", s.name)
	}
	options := gradcheck.Options{Ways: gradcheck.NoWays, Elements: s.some, Seed: 3}
	right := must(t)(gradcheck.Check(t.Context(), s.loss, s.by, options))
	for _, e := range right.Elements {
		if e.Verdict != gradcheck.Pass && e.Verdict != gradcheck.Vacuous {
			t.Fatalf("%s without a mutation:\n%s", s.name, right)
		}
	}
	moved := below(t, s.by, s.subject)
	middles := make([]float64, len(in))
	for operand := range in {
		middles[operand] = middle(t, in[operand])
	}
	for k := range mutation(mutations) {
		for operand := range in {
			if !moved[in[operand]] {
				continue // a constant: no gradient goes there
			}
			m := mutant{rule, k, operand, middles[operand]}
			if !m.plantable(in, subject) {
				continue
			}
			replaced, err := gradcheck.Replace(s.subject, m.planted(), append(G.Nodes{s.loss}, s.by...)...)
			if err != nil {
				t.Fatal(err)
			}
			var by G.Nodes
			for _, n := range s.by {
				by = append(by, replaced[n])
			}
			r, err := gradcheck.Check(t.Context(), replaced[s.loss], by, options)
			if err != nil && strings.Contains(err.Error(), invalidShare) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			if want == gradcheck.Vacuous {
				if r.OK() || r.Count(gradcheck.Vacuous) != len(r.Elements) {
					t.Errorf("%s, at F = 0, is not called vacuous:\n%s", m, r)
				}
				continue
			}
			if same(r, right) {
				if !strings.Contains(equivalent, "\n"+s.name+": "+m.String()+"\n") {
					t.Errorf("%s: %s does not change the gradient", s.name, m)
				}
				continue
			}
			c := &out.tallies[k]
			c.planted++
			if r.Count(want) > 0 && !r.OK() {
				c.caught++
			} else {
				t.Errorf("%s is not caught:\n%s", m, r)
			}
			if l := r.Located; l != nil && l.ID == nodetest.Read(t, replaced[s.subject])[0].ID() && l.Operand == operand {
				c.located++
			} else {
				t.Errorf("%s is not located: %v\n%s", m, l, r)
			}
		}
	}
	return out
}

// plantAll plants in several specimens at the same time.
func plantAll(t *testing.T, specimens []specimen, want gradcheck.Verdict) []row {
	t.Helper()
	rows := make([]row, len(specimens))
	t.Run("in", func(t *testing.T) {
		for i, s := range specimens {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				rows[i] = plant(t, s, want)
			})
		}
	})
	return rows
}

// equivalent are mutants whose gradient is right: both operands have the same derivative, or a constant one; and the first
// layer of a sensor, the upper half of what the others let through, lets all through whatever the parameters are.
const equivalent = `
neg: swapped operand by operand 0 of neg
add: swapped operand by operand 0 of add
add: swapped operand by operand 1 of add
model: Miller index h: swapped operand by operand 0 of add
model: Miller index h: swapped operand by operand 1 of add
model: position: swapped operand by operand 0 of add
model: position: swapped operand by operand 1 of add
model: capture: wrong branch by operand 0 of mul
`

// same reports whether two checks found the same derivatives, to rounding.
func same(a, b *gradcheck.Report) bool {
	return slices.EqualFunc(a.Elements, b.Elements, func(x, y gradcheck.Element) bool {
		return math.Abs(float64(x.Analytic-y.Analytic)) <= 1e-10*math.Abs(float64(y.Analytic))
	})
}

// middle lies between the values of a node, or below a single one.
func middle(t *testing.T, n *expr.Node) float64 {
	t.Helper()
	x := compute(t, n)
	lo, hi := slices.Min(x), slices.Max(x)
	if lo == hi {
		return lo - 1
	}
	return (lo + hi) / 2
}

func compute(t *testing.T, n *expr.Node) []float64 {
	t.Helper()
	tp, err := tape.New(n)
	if err == nil {
		err = tp.RunAll()
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := tp.Value(n)
	if err != nil {
		t.Fatal(err)
	}
	a, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(a.Data)
}

// below marks the nodes that depend on some others.
func below(t *testing.T, by G.Nodes, root *G.Node) map[*expr.Node]bool {
	t.Helper()
	from := nodetest.Read(t, by...)
	s, err := expr.Sort(nodetest.Read(t, root)...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[*expr.Node]bool{}
	for i, n := range s.Nodes {
		out[n] = slices.Contains(from, n)
		for _, o := range s.Operands[i] {
			out[n] = out[n] || out[s.Nodes[o]]
		}
	}
	return out
}

// TestFamily: the zoo has every operation that there is in internal/expr.
func TestFamily(t *testing.T) {
	have := map[expr.Op]bool{}
	for _, s := range zoo(t, false) {
		have[nodetest.Read(t, s.subject)[0].Rule().Op] = true
	}
	n := 0
	for _, o := range expr.Ops() {
		n++
		if !have[o] {
			t.Errorf("no specimen of %s", o)
		}
	}
	if n < 45 {
		t.Errorf("%d operations in internal/expr", n)
	}
}

// terms are the main terms of the model, each with a specimen of the simulator's own graph.
func terms(t *testing.T, f float64) []specimen {
	t.Helper()
	s := cube(crystal.Cell{A: 21, B: 24, C: 26, Alpha: 85, Beta: 95, Gamma: 105}).with(func(s *setup) {
		s.crystal.N = [3]float64{3, 2, 4}
		s.crystal.Structure, s.crystal.Lookup, s.crystal.DefaultF = bumpy(6), crystal.Tricubic, f
		for i := range s.crystal.Structure.F {
			s.crystal.Structure.F[i] *= f / 100
		}
		s.crystal.Mosaic = crystal.Mosaic{Spread: 1.5, Domains: 2}
		s.beam.Kahn = 0.6
		s.detector = detector.Config{Fast: 3, Slow: 3, Pixel: 15, Distance: 100, BeamCentre: &[2]float64{31, 14}, RotX: 4, RotY: -3, TwoTheta: 7, Sensor: detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}}
	})
	// Of one domain: the rotations of several have the same operation.
	round := s.with(func(s *setup) {
		s.crystal.Shape, s.crystal.Fudge, s.crystal.Mosaic = crystal.Round, 0.3, crystal.Mosaic{}
	})
	gauss := s.with(func(s *setup) { s.crystal.Shape, s.crystal.Fudge = crystal.GaussStar, 6 })
	var out []specimen
	add := func(name string, s setup, term func(m model, find func(below *G.Node, prefix string) *G.Node) *G.Node, by func(m model) G.Nodes) {
		m := s.build(t)
		z := &zookeeper{t: t}
		subject := term(m, func(n *G.Node, prefix string) *G.Node { return z.find(prefix, n) })
		out = append(out, specimen{"model: " + name, m.bumps(t), by(m), subject, 16})
	}
	cell := func(m model) G.Nodes {
		return G.Nodes{m.crystal.Cell.A, m.crystal.Misset[1], m.detector.Distance}
	}
	type finder = func(below *G.Node, prefix string) *G.Node
	add("Miller index h", s, func(m model, _ finder) *G.Node { return m.Parts().H }, cell)
	add("distance from the reflection", s, func(m model, find finder) *G.Node { return find(m.Parts().LatticeFactor, "sinratio'0") }, func(m model) G.Nodes {
		return append(cell(m), m.crystal.N[:]...)
	})
	add("lattice factor, square", s, func(m model, _ finder) *G.Node { return m.Parts().LatticeFactor }, cell)
	add("lattice factor, round", round, func(m model, find finder) *G.Node { return find(m.Parts().LatticeFactor, "sinc3'0") }, cell)
	add("lattice factor, Gaussian", gauss, func(m model, find finder) *G.Node { return find(m.Parts().LatticeFactor, "exp") }, cell)
	add("structure factor, table", s, func(m model, find finder) *G.Node { return find(m.Parts().StructureFactor, "gather") }, func(m model) G.Nodes {
		return append(cell(m), m.crystal.Structure)
	})
	add("structure factor, default", s, func(m model, find finder) *G.Node { return find(m.Parts().StructureFactor, "share") }, cell)
	add("misset, sine", s, func(m model, find finder) *G.Node { return find(m.Parts().H, "sin") }, func(m model) G.Nodes {
		return append(cell(m), m.crystal.Misset[0], m.crystal.Misset[2], m.crystal.Cell.Alpha, m.crystal.Cell.Beta)
	})
	add("mosaic domain, rotation vector", s, func(m model, find finder) *G.Node { return find(m.Parts().H, "sinc3'0") }, func(m model) G.Nodes {
		return G.Nodes{m.crystal.MosaicSpread}
	})
	add("cell volume, square root", s, func(m model, find finder) *G.Node { return find(m.Parts().H, "sqrt") }, func(m model) G.Nodes { return m.crystal.Cell.List() })
	add("scattering vector", s, func(m model, _ finder) *G.Node {
		return node.Children(m.Parts().Scattering[0])[1] // 1/λ and the difference of unit vectors
	}, func(m model) G.Nodes { return append(cell(m), m.beam.Wavelength) })
	add("polarization", s, func(m model, _ finder) *G.Node { return m.Parts().Polarization }, func(m model) G.Nodes { return append(cell(m), m.beam.Kahn) })
	add("solid angle", s, func(m model, _ finder) *G.Node { return m.Parts().SolidAngle }, func(m model) G.Nodes { return append(cell(m), m.detector.Pixel) })
	add("capture", s, func(m model, _ finder) *G.Node { return m.Parts().Capture }, func(m model) G.Nodes {
		return append(cell(m), m.detector.Thickness, m.detector.Attenuation)
	})
	add("position", s, func(m model, _ finder) *G.Node { return m.Parts().Position[1] }, func(m model) G.Nodes { return append(cell(m), m.detector.RotX) })
	return out
}

// TestMutations plants mistakes one at a time in every rule of the family and in the main terms of the model. Each is to be
// caught, and located to the node and operand it was planted in. docs/gradcheck.md has the table; -update writes it.
func TestMutations(t *testing.T) {
	// Not in every term: a node that is not on the way of the parameters has been left out.
	rows := plantAll(t, append(zoo(t, false), terms(t, 100)...), gradcheck.Fail)
	var total tally
	for _, r := range rows {
		planted := 0
		for _, c := range r.tallies {
			total.planted += c.planted
			total.caught += c.caught
			total.located += c.located
			planted += c.planted
		}
		if planted == 0 {
			t.Errorf("nothing can be planted in %s", r.name)
		}
	}
	if total.planted < 300 || total.caught != total.planted || total.located != total.planted {
		t.Errorf("planted %d, caught %d, located %d", total.planted, total.caught, total.located)
	}
	compareTable(t, rows, total)
}

// TestMutationsVacuous: the same set where F is 0. Zeros agree with zeros whatever the rules say; it is called vacuous.
func TestMutationsVacuous(t *testing.T) {
	plantAll(t, append(zoo(t, true), terms(t, 0)...), gradcheck.Vacuous)
}

const (
	tableBegins = "<!-- mutations: written by go test ./gradcheck -run TestMutations -update -->\n"
	tableEnds   = "<!-- end of mutations -->\n"
)

// compareTable holds the table in the documentation against the rows.
func compareTable(t *testing.T, rows []row, total tally) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "Planted %d, caught %d, located %d.\n\n| rule or term |", total.planted, total.caught, total.located)
	for _, name := range mutationNames {
		fmt.Fprintf(&b, " %s |", name)
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", mutations))
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s |", r.name)
		for _, c := range r.tallies {
			fmt.Fprintf(&b, " %s |", c)
		}
		fmt.Fprintln(&b)
	}
	const path = "../docs/gradcheck.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page = bytes.ReplaceAll(page, []byte("\r\n"), []byte("\n"))
	before, rest, ok := strings.Cut(string(page), tableBegins)
	was, after, ended := strings.Cut(rest, tableEnds)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	if was == b.String() {
		return
	}
	if !*update {
		t.Errorf("the table in %s is not what was found; go test ./gradcheck -run TestMutations -update writes it:\n%s", path, b.String())
		return
	}
	if err := os.WriteFile(path, []byte(before+tableBegins+b.String()+tableEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
