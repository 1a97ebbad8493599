package gradtest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
)

// recorder is a test that keeps what it is failed with.
type recorder struct {
	testing.TB
	errors, fatal []string
}

func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func (r *recorder) Fatal(args ...any) {
	r.fatal = append(r.fatal, fmt.Sprint(args...))
	runtime.Goexit()
}

// TestCheck: a right derivative says nothing, a wrong one is an error of the test, and what cannot be
// checked ends it.
func TestCheck(t *testing.T) {
	g := G.NewGraph()
	x := G.NewScalar(g, G.Float64, G.WithName("x"), G.WithValue(0.3))
	y := G.NewScalar(g, G.Float64, G.WithName("y"), G.WithValue(-1.2))
	loss := G.Must(G.Mul(G.Must(G.Sin(x)), G.Must(G.Exp(y))))
	right := G.Nodes{G.Must(G.Mul(G.Must(G.Cos(x)), G.Must(G.Exp(y)))), loss}
	for _, c := range []struct {
		name          string
		by            G.Nodes
		options       gradcheck.Options
		errors, fatal string // parts of them
	}{
		{"the library's own", G.Nodes{x, y}, gradcheck.Options{}, "", ""},
		{"given", G.Nodes{x, y}, gradcheck.Options{Gradient: right}, "", ""},
		{"given, and one is wrong", G.Nodes{x, y}, gradcheck.Options{Gradient: G.Nodes{loss, loss}}, "FAIL", ""},
		{"one too few", G.Nodes{x, y}, gradcheck.Options{Gradient: right[:1]}, "", "1 gradients are given for 2 parameters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{TB: t}
			done := make(chan *gradcheck.Report, 1)
			go func() {
				defer close(done)
				done <- gradtest.Check(r, loss, c.by, c.options)
			}()
			report := <-done
			for _, s := range []struct {
				got  []string
				want string
			}{{r.errors, c.errors}, {r.fatal, c.fatal}} {
				if (len(s.got) > 0) != (s.want != "") || !strings.Contains(strings.Join(s.got, "\n"), s.want) {
					t.Errorf("the test is failed with %q, want %q", s.got, s.want)
				}
			}
			if (report != nil) != (c.fatal == "") {
				t.Errorf("the report is %v", report)
			}
		})
	}
}
