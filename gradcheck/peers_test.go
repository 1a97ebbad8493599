package gradcheck_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// peersFolder has the graphs that other programs check too, those programs, and what they find.
const peersFolder = "testdata/peers/"

// peerGraph is a graph of graphs.json: the sum of an expression of vectors, with its gradient, in which a fault may be.
// An expression is the name of an input, a number, a list of numbers, or a list of an operation and its operands.
type peerGraph struct {
	Name, Fault string
	Right       bool // nothing is wrong
	Second      bool // the gradient is to be differentiated too
	Value       any
	Gradient    map[string]any
	At          map[string][]float64
}

// peerTool is what a tool finds, graph by graph: "pass", "FAIL", or "undecided" where it does not pass and names nothing wrong.
type peerTool struct {
	Tool     string
	Outcomes []string
}

// roundingAlone is a graph whose gradient is right, and whose differences have no digit that is: no check can let it pass.
const roundingAlone = "(1-cos x)/x^2 at 1e-6"

// TestPeers checks 60 graphs, most of them with a fault, and holds the table of what other tools find in them to what they have
// found. testdata/peers/torch_gradcheck.py runs one of them.
func TestPeers(t *testing.T) {
	graphs := readJSON[[]peerGraph](t, peersFolder+"graphs.json")
	tools := readJSON[[]peerTool](t, peersFolder+"torch.json")
	own := peerTool{Tool: "this"}
	for i, g := range graphs {
		outcome, report := g.check(t)
		own.Outcomes = append(own.Outcomes, outcome)
		if g.Right != (outcome == "pass") && g.Name != roundingAlone {
			t.Errorf("graph %d, %s, %s: %s\n%s", i, g.Name, g.Fault, outcome, report)
		}
	}
	if len(graphs) != 60 {
		t.Errorf("%d graphs", len(graphs))
	}
	comparePeers(t, graphs, append(tools, own))
}

func readJSON[T any](t *testing.T, path string) (v T) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// check builds the graph and checks its gradient.
func (g *peerGraph) check(t *testing.T) (string, *gradcheck.Report) {
	t.Helper()
	p := peerBuilder{t: t, Builder: nodetest.On(G.NewGraph()), inputs: map[string]*G.Node{}}
	var by, gradient G.Nodes
	for _, name := range []string{"x", "y"} {
		if at, ok := g.At[name]; ok {
			p.inputs[name] = p.Leaf(name, at, len(at))
			by = append(by, p.inputs[name])
		}
	}
	loss := p.SumAll(p.expression(g.Value))
	for _, n := range by {
		gradient = append(gradient, p.BroadcastTo(p.expression(g.Gradient[n.Name()]), n.Shape()))
	}
	if p.Err() != nil {
		t.Fatalf("%s: %v", g.Name, p.Err())
	}
	r, err := gradcheck.Check(t.Context(), loss, by, gradcheck.Options{Gradient: gradient, Second: g.Second})
	switch {
	case err != nil:
		t.Fatalf("%s: %v", g.Name, err)
	case r.OK():
		return "pass", r
	case r.Count(gradcheck.Fail) > 0:
		return "FAIL", r
	}
	return "undecided", r
}

// peerBuilder interprets expressions.
type peerBuilder struct {
	t *testing.T
	*nodetest.Builder
	inputs map[string]*G.Node
	lists  int
}

func (p *peerBuilder) expression(e any) *G.Node {
	switch e := e.(type) {
	case string:
		return p.inputs[e]
	case float64:
		return p.Const(e)
	case []any:
		if _, list := e[0].(float64); list {
			values := make([]float64, len(e))
			for i, v := range e {
				values[i] = v.(float64)
			}
			p.lists++
			return p.Leaf(fmt.Sprintf("list %d", p.lists), values, len(values))
		}
		var in []*G.Node
		for _, operand := range e[1:] {
			in = append(in, p.expression(operand))
		}
		return p.operation(e[0].(string), in)
	}
	p.t.Fatalf("%v is no expression", e)
	return nil
}

func (p *peerBuilder) operation(name string, in []*G.Node) *G.Node {
	rules := map[string]expr.Op{"neg": expr.OpNeg, "sin": expr.OpSin, "cos": expr.OpCos, "exp": expr.OpExp, "log": expr.OpLog, "sqrt": expr.OpSqrt,
		"tanh": expr.OpTanh, "abs": expr.OpAbs, "add": expr.OpAdd, "sub": expr.OpSub, "mul": expr.OpMul, "div": expr.OpDiv}
	if op, ok := rules[name]; ok {
		return p.Apply(expr.Rule{Op: op}, in...)
	}
	switch name {
	case "sum":
		return p.SumAll(in[0])
	case "ones":
		return p.BroadcastTo(p.Const(1), in[0].Shape())
	case "detach": // the value, without a derivative
		cut := &expr.Altered{Rule: expr.Rule{Op: expr.OpNeg}, Name: "detached", Smooth: func(int) bool { return false }}
		return p.Neg(p.Apply(expr.Alter(cut), in[0]))
	}
	p.t.Fatalf("no operation %q", name)
	return nil
}

const (
	peersBegin = "<!-- peers: written by go test ./gradcheck -run TestPeers -update -->\n"
	peersEnd   = "<!-- end of peers -->"
)

// comparePeers compares the table in the documentation with what the tools find.
func comparePeers(t *testing.T, graphs []peerGraph, tools []peerTool) {
	t.Helper()
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	head, rule := []string{"fault", "graphs"}, []string{"---", "---"}
	for _, tool := range tools {
		if len(tool.Outcomes) != len(graphs) {
			t.Fatalf("%s: %d outcomes for %d graphs", tool.Tool, len(tool.Outcomes), len(graphs))
		}
		head, rule = append(head, tool.Tool), append(rule, "---")
	}
	row(head...)
	row(rule...)
	var faults []string
	count := func(right bool, fault, what string) { // of those that do not pass; of all faults where fault is ""
		which := func(g peerGraph) bool { return g.Right == right && (fault == "" || g.Fault == fault) }
		n := 0
		for _, g := range graphs {
			if which(g) {
				n++
			}
		}
		cells := []string{what, fmt.Sprint(n)}
		for _, tool := range tools {
			found := map[string]int{}
			for i, g := range graphs {
				if which(g) {
					found[tool.Outcomes[i]]++
				}
			}
			text := fmt.Sprintf("%d", n-found["pass"])
			if u := found["undecided"]; u > 0 && !right {
				text += fmt.Sprintf(" (%d undecided)", u)
			}
			cells = append(cells, text)
		}
		row(cells...)
	}
	for _, g := range graphs {
		if !g.Right && !slices.Contains(faults, g.Fault) {
			faults = append(faults, g.Fault)
		}
	}
	for _, fault := range faults {
		count(false, fault, fault)
	}
	count(false, "", "all faults")
	count(true, "", "none: false alarms")
	const path = "../docs/gradcheck.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), peersBegin)
	was, after, ok2 := strings.Cut(rest, peersEnd)
	switch {
	case !ok || !ok2:
		t.Fatalf("%s has no table between %q and %q", path, peersBegin, peersEnd)
	case was == b.String():
	case !*update:
		t.Errorf("the table in %s is not what was found; go test ./gradcheck -run TestPeers -update writes it:\n%s", path, b.String())
	default:
		if err := os.WriteFile(path, []byte(before+peersBegin+b.String()+peersEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
