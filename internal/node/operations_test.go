package node_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

var update = flag.Bool("update", false, "write the table of operations into docs/differentiability.md")

// verdict is what was found of an operation.
type verdict struct {
	checked, constant, refused int // uses
	whole                      int // those computed on whole arrays
}

// TestOperations holds every use of every operation of the table against gorgonia's value and, in both modes and both orders,
// on the tape and compiled, against differences; and writes or compares the table in the documentation.
func TestOperations(t *testing.T) {
	found := map[string]*verdict{}
	for _, row := range node.Operations() {
		found[strings.TrimSpace(row.Kind+" "+row.Symbol)] = &verdict{}
	}
	for _, u := range slices.Concat(elements(), reductions(), products(), images(), moves(), refusals()) {
		v := found[u.row]
		if v == nil {
			t.Fatalf("%s has no row", u.row)
		}
		t.Run(strings.ReplaceAll(fmt.Sprintf("%s %v %s", u.row, u.shapes, u.name), "/", "÷"), func(t *testing.T) { u.check(t, v) })
	}
	for _, row := range node.Operations() {
		v := found[strings.TrimSpace(row.Kind+" "+row.Symbol)]
		switch {
		case row.Made == "":
		case row.Read && !row.Constant && v.checked+v.constant == 0:
			t.Errorf("no use of %s %s is checked", row.Kind, row.Symbol)
		case row.Constant && v.constant == 0 && !strings.HasPrefix(row.Kind, "constant"):
			t.Errorf("no use of %s %s is constant", row.Kind, row.Symbol)
		case !row.Read && !row.Constant && !statements[row.Kind] && v.refused == 0:
			t.Errorf("no use of %s %s is refused", row.Kind, row.Symbol)
		}
	}
	if !t.Failed() {
		compareTable(t, found)
	}
}

// statements cannot be used in an expression.
var statements = map[string]bool{"letOp": true, "readOp": true, "ExternalOp": true}

func (u use) check(t *testing.T, v *verdict) {
	b := nodetest.On(G.NewGraph())
	leaves, used, s := u.inputs(b)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	n, err := u.build(used)
	if err != nil {
		t.Fatal(err)
	}
	e, err := node.Read(n)
	if err == nil && u.text == "" && len(e) == 1 && e[0].Dtype() != tensor.Float64 {
		if e[0].Foreign() == nil || e[0].Foreign().Smooth(0, len(e[0].Args())) {
			t.Errorf("%s has a derivative", e[0])
		}
		v.constant++
		return
	}
	row := rowNamed(t, u.row)
	if u.text != "" || !row.Read && !row.Constant {
		v.refused++
		u.refused(t, row, e, err, leaves)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(node.Children(n)) == 0 {
		v.constant++
		drawn(t, e[0])
		return
	}
	sameValue(t, n, e[0])
	loss := difftest.Weighed(t, expr.On(e[0].Graph()).Square(e[0]))
	by := nodetest.Read(t, leaves...)
	if _, err := autodiff.Gradient(loss, by...); err != nil {
		var detached *autodiff.Detached
		if !errors.As(err, &detached) || !strings.Contains(err.Error(), "zero almost everywhere") {
			t.Fatal(err)
		}
		flat := true
		for _, g := range difference(t, loss, by) {
			flat = flat && math.Abs(g) < 1e-9
		}
		if !flat {
			t.Errorf("%v, but differences are not zero", err)
		}
		v.constant++
		return
	}
	v.checked++
	if u.derivatives(t, loss, e[0], by, nodetest.Read(t, s)[0]) {
		v.whole++
	}
}

func rowNamed(t *testing.T, name string) node.Row {
	kind, symbol, _ := strings.Cut(name, " ")
	for _, row := range node.Operations() {
		if row.Kind == kind && row.Symbol == symbol {
			return row
		}
	}
	t.Fatalf("no row %q", name)
	return node.Row{}
}

// refused holds the error for the derivative of an operation, or for reading it, against the table's words.
func (u use) refused(t *testing.T, row node.Row, e []*expr.Node, err error, leaves []*G.Node) {
	t.Helper()
	want := u.text
	if want == "" {
		want = row.Why
	}
	if err == nil {
		value := e[0]
		if _, err := tape.Values(value); (err != nil) != u.fails {
			t.Errorf("value: error %v; expected one: %t", err, u.fails)
		}
		x := value
		if len(x.Shape()) > 0 {
			x = sumOfForeign(t, x)
		}
		_, err = autodiff.Gradient(x, nodetest.Read(t, leaves[0])...)
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// drawn checks that random numbers are the same for all that is computed together.
func drawn(t *testing.T, e *expr.Node) {
	t.Helper()
	b := expr.On(e.Graph())
	s := b.Scalar("s", 2)
	loss := b.SumAll(b.Square(b.Mul(s, e)))
	grads := difftest.Nodes(t, loss, s)
	second := difftest.Nodes(t, grads[0], s)
	x := difftest.Values(t, loss, grads[0], second[0]) // s² Σ e², 2s Σ e², 2 Σ e²
	if math.Abs(x[1]-x[0]) > 1e-14*x[0] || math.Abs(x[2]-x[0]/2) > 1e-14*x[0] {
		t.Errorf("loss, gradient and second derivative %v are not of one draw", x)
	}
}

func sumOfForeign(t *testing.T, x *expr.Node) *expr.Node {
	b := expr.On(x.Graph())
	s := b.SumAll(x)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return s
}

// sameValue holds an expression's value against what gorgonia computes.
func sameValue(t *testing.T, n *G.Node, e *expr.Node) {
	t.Helper()
	v, err := computed(n)
	if err != nil {
		t.Fatalf("gorgonia: %v", err)
	}
	want, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	got := difftest.Evaluate(t, e)[0]
	if len(got) != len(want.Data) || len(got) != n.Shape().TotalSize() {
		t.Fatalf("%d numbers, gorgonia has %d, of shape %v", len(got), len(want.Data), n.Shape())
	}
	for i := range got {
		if !(math.Abs(got[i]-want.Data[i]) <= 3e-15*(1+math.Abs(want.Data[i]))) {
			t.Errorf("element %d: %v, gorgonia computes %v", i, got[i], want.Data[i])
		}
	}
}

// computed is the value of a node, by gorgonia's operations alone.
func computed(n *G.Node) (v G.Value, err error) {
	children := node.Children(n)
	if len(children) == 0 {
		return n.Value(), nil
	}
	in := make([]G.Value, len(children))
	for k, c := range children {
		v, err := computed(c)
		if err == nil {
			in[k], err = G.CloneValue(v)
		}
		if err != nil {
			return nil, err
		}
	}
	if reducesThirdOfFour(n) {
		return nil, errThirdOfFour
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %v", n.Op(), r)
		}
	}()
	return n.Op().Do(in...)
}

var errThirdOfFour = errors.New("gorgonia reduces the third of four axes wrongly")

// reducesThirdOfFour reports whether a node is a sum or a maximum of which gorgonia's value is wrong.
func reducesThirdOfFour(n *G.Node) bool {
	text := fmt.Sprint(n.Op())
	return len(node.Children(n)[0].Shape()) == 4 && (strings.HasPrefix(text, "Σ[2") || strings.HasPrefix(text, "MaxAlong[2"))
}

// TestThirdOfFour: sums and maxima along the third of four axes are right, though gorgonia's are wrong or panic.
func TestThirdOfFour(t *testing.T) {
	for _, shape := range of(tensor.Shape{2, 3, 4, 5}, tensor.Shape{4, 3, 1, 5}) {
		b := nodetest.On(G.NewGraph())
		x := leaf(b, "x", -1, 1, shape...)
		a, err := node.ArrayOf(x.Value())
		if err != nil {
			t.Fatal(err)
		}
		got := difftest.Evaluate(t, nodetest.Read(t, G.Must(G.Sum(x, 2)), G.Must(G.Max(x, 2)))...)
		for i := range shape[0] * shape[1] * shape[3] {
			sum, largest := 0.0, math.Inf(-1)
			for k := range shape[2] {
				v := a.Data[(i/shape[3]*shape[2]+k)*shape[3]+i%shape[3]]
				sum, largest = sum+v, max(largest, v)
			}
			if math.Abs(got[0][i]-sum) > 1e-15 || got[1][i] != largest {
				t.Errorf("shape %v, element %d: %v and %v, want %v and %v", shape, i, got[0][i], got[1][i], sum, largest)
			}
		}
	}
}

// difference are differences of a loss, which tests of plateaus need alone.
func difference(t *testing.T, loss *expr.Node, by []*expr.Node) []float64 {
	t.Helper()
	var out []float64
	for _, n := range by {
		a, err := n.Array()
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.Data {
			x := slices.Clone(a.Data)
			back, err := n.Leaf().Lend(x)
			if err != nil {
				t.Fatal(err)
			}
			x[i] += 1e-6
			up := difftest.Values(t, loss)[0]
			x[i] -= 2e-6
			down := difftest.Values(t, loss)[0]
			if err := back(); err != nil {
				t.Fatal(err)
			}
			out = append(out, (up-down)/2e-6)
		}
	}
	return out
}

// derivatives checks a loss's first and second derivatives: in reverse mode against differences, in forward mode along s and
// compiled against reverse mode on the tape. It reports whether the value is computed on whole arrays.
func (u use) derivatives(t *testing.T, loss, value *expr.Node, by []*expr.Node, s *expr.Node) (whole bool) {
	difftest.Gradient(t, loss, 3e-8, by...)
	grads := difftest.Nodes(t, loss, by...)
	slope := difftest.Weighed(t, grads...)
	second, err := autodiff.GradientOrZero(slope, by...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := autodiff.Gradient(slope, by...); err == nil {
		difftest.Gradient(t, slope, 3e-7, by...)
	} else {
		for _, d := range difference(t, slope, by) {
			if math.Abs(d) > 1e-4 {
				t.Errorf("%v, but differences give %v", err, d)
			}
		}
	}

	reverse, err := autodiff.GradientOrZero(loss, s)
	if err != nil {
		t.Fatal(err)
	}
	reverseSlope, err := autodiff.GradientOrZero(slope, s)
	if err != nil {
		t.Fatal(err)
	}
	forward, err := autodiff.Tangents([]*expr.Node{loss, slope}, s)
	if err != nil {
		t.Fatal(err)
	}
	want := difftest.Values(t, reverse[0], reverseSlope[0])
	for k, f := range forward {
		got := 0.0
		if f != nil {
			got = difftest.Values(t, f)[0]
		}
		if !(math.Abs(got-want[k]) <= 1e-12*(1+math.Abs(want[k]))) {
			t.Errorf("order %d, forward mode gives %v, reverse mode %v", k+1, got, want[k])
		}
	}

	roots := slices.Concat([]*expr.Node{loss}, grads, second)
	want2 := difftest.Evaluate(t, roots...)
	got, err := compiled(roots...)
	if err != nil {
		t.Fatal(err)
	}
	for k := range roots {
		for i, x := range got[k] {
			if !(math.Abs(x-want2[k][i]) <= 1e-12*(1+math.Abs(want2[k][i]))) {
				t.Errorf("root %d, element %d: compiled %v, on the tape %v", k, i, x, want2[k][i])
			}
		}
	}
	p, err := plan.New(onPixels(roots), pixelsOf(roots), value)
	if err != nil {
		t.Fatal(err)
	}
	return len(p.Breaks()) > 0
}

// pixelsOf is the longest last axis of an input.
func pixelsOf(roots []*expr.Node) int {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return 1
	}
	pixels := 1
	for _, n := range sorted.Nodes {
		if s := n.Shape(); n.IsInput() && len(s) > 0 {
			pixels = max(pixels, s[len(s)-1])
		}
	}
	return pixels
}

func onPixels(roots []*expr.Node) func(*expr.Node) bool {
	pixels := pixelsOf(roots)
	return func(n *expr.Node) bool {
		s := n.Shape()
		return n.IsInput() && n.Dtype() == tensor.Float64 && pixels > 1 && len(s) > 0 && s[len(s)-1] == pixels
	}
}

// compiled computes nodes as a compiled simulator does: its sweeps by a program for the processor, or on the tape if they are
// none.
func compiled(roots ...*expr.Node) ([][]float64, error) {
	p, err := plan.New(onPixels(roots), pixelsOf(roots), roots...)
	if err != nil {
		return nil, err
	}
	var engine plan.Engine
	if engine, err = cpu.Compile(p, cpu.Options{}); err != nil {
		engine = tape.NewEngine(p, tape.Options{})
	}
	values, err := p.Run(context.Background(), engine, 1, nil)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, err
		}
		out[i] = slices.Clone(a.Data)
	}
	return out, nil
}

// TestOperationsComplete reads gorgonia's source: every type of an operation and every function that makes nodes is in the
// table, and nothing else is.
func TestOperationsComplete(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "gorgonia.org/gorgonia").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	dir := strings.TrimSpace(string(out))
	types, functions := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			switch {
			case !ok:
			case f.Recv != nil && (f.Name.Name == "Do" || f.Name.Name == "SymDiff") && returnsValue(f):
				types[receiver(f)] = true
			case f.Recv == nil && f.Name.IsExported() && returnsNode(f):
				functions[f.Name.Name] = true
			}
		}
	}
	if len(types) < 50 || len(functions) < 80 {
		t.Fatalf("%d types and %d functions in %s", len(types), len(functions), filepath.Base(dir))
	}
	has := map[string]bool{"scalarBinOp": true, "tBinOp": true} // parts of elemBinOp
	var made strings.Builder
	for _, row := range node.Operations() {
		if !types[row.Kind] && !embedded[row.Kind] {
			t.Errorf("gorgonia has no type %s", row.Kind)
		}
		has[row.Kind] = true
		fmt.Fprintf(&made, " %s,", row.Made)
	}
	for name := range types {
		if !has[name] {
			t.Errorf("gorgonia's type %s has no row", name)
		}
	}
	words := strings.FieldsFunc(made.String(), func(r rune) bool { return r == ' ' || r == ',' })
	for name := range functions {
		if !notOperations[name] && !slices.Contains(words, name) {
			t.Errorf("gorgonia.%s is in no row", name)
		}
	}
	for _, name := range words {
		if name[0] >= 'A' && name[0] <= 'Z' && !functions[name] && name != "Iop" && name != "NewExternalOp" {
			t.Errorf("gorgonia has no function %s", name)
		}
	}
}

// embedded are types whose methods are those of a type that they embed.
var embedded = map[string]bool{}

// notOperations make or change nodes without an operation.
var notOperations = map[string]bool{"Must": true, "NewMatrix": true, "NewScalar": true, "NewTensor": true, "NewVector": true, "NodeFromAny": true,
	"NewUniqueNode": true, "ApplyOp": true, "ApplyOpWithName": true, "Grad": true, "Backpropagate": true, "Auto": true,
	"Sort": true, "UnstableSort": true, "NodesFromInputs": true}

func receiver(f *ast.FuncDecl) string {
	e := f.Recv.List[0].Type
	if p, ok := e.(*ast.StarExpr); ok {
		e = p.X
	}
	return e.(*ast.Ident).Name
}

// results are the types that a function returns, in short.
func results(f *ast.FuncDecl) string {
	var b bytes.Buffer
	if f.Type.Results != nil {
		for _, r := range f.Type.Results.List {
			switch e := r.Type.(type) {
			case *ast.Ident:
				b.WriteString(e.Name + " ")
			case *ast.StarExpr:
				if id, ok := e.X.(*ast.Ident); ok {
					b.WriteString("*" + id.Name + " ")
				}
			}
		}
	}
	return b.String()
}

func returnsValue(f *ast.FuncDecl) bool {
	return strings.HasPrefix(results(f), "Value ") || f.Name.Name == "SymDiff"
}

func returnsNode(f *ast.FuncDecl) bool {
	r := results(f)
	return strings.HasPrefix(r, "*Node ") || strings.HasPrefix(r, "Nodes ")
}

const (
	operationsBegin = "<!-- operations: written by go test ./internal/node -run TestOperations -update -->\n"
	operationsEnd   = "<!-- end of operations -->\n"
)

// compareTable holds the table in the documentation against what was found.
func compareTable(t *testing.T, found map[string]*verdict) {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| made by gorgonia's | first derivative | second | computed | remarks |\n|---|---|---|---|---|\n")
	var notMade []string
	for _, row := range node.Operations() {
		if row.Made == "" {
			if !row.Read {
				notMade = append(notMade, "`"+row.Kind+"`")
			}
			continue
		}
		v := found[strings.TrimSpace(row.Kind+" "+row.Symbol)]
		first, second, computed := "refused", "refused", "by gorgonia"
		switch {
		case v.checked > 0:
			first, second, computed = "yes", "yes", "compiled"
			if v.whole == v.checked {
				computed = "on whole arrays"
			} else if v.whole > 0 {
				computed = "compiled, or on whole arrays"
			}
		case row.Constant && !row.Read && row.Kind != "dtConvOp":
			first, second, computed = "zero", "zero", "as an input"
		case row.Constant || row.Read:
			first, second = "zero", "zero"
			if row.Read {
				computed = "compiled"
			}
		case statements[row.Kind]:
			computed = "not at all"
		}
		if v.checked > 0 && v.refused > 0 {
			first, second = "yes, or refused", "yes, or refused"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.Made, first, second, computed, strings.ReplaceAll(row.Why, "|", "\\|"))
	}
	fmt.Fprintf(&b, "\nRefused too: %s, which only `gorgonia.Grad` makes, or nothing does.\n\n", strings.Join(notMade, ", "))
	const path = "../../docs/differentiability.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page = bytes.ReplaceAll(page, []byte("\r\n"), []byte("\n"))
	before, rest, ok := strings.Cut(string(page), operationsBegin)
	was, after, ended := strings.Cut(rest, operationsEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", path)
	}
	if was == b.String() {
		return
	}
	if !*update {
		t.Errorf("the table in %s is not what was found; go test ./internal/node -run TestOperations -update writes it:\n%s", path, b.String())
		return
	}
	if err := os.WriteFile(path, []byte(before+operationsBegin+b.String()+operationsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
