package gradcheck

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// rowsShown bounds a table. Failures come first, so that elements that pass are cut off before
// them.
const rowsShown = 60

// String formats the report: the verdict, tables, and on failure the operation that is wrong.
func (r *Report) String() string {
	var b strings.Builder
	verdict := "PASS"
	if len(r.Failures()) > 0 || len(r.Problems) > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(&b, "%s: derivatives of %s = %.10g, computed on %s (%s)\n", verdict, r.Loss, r.Value, r.Executor, r.Guard)
	table(&b, "along random directions", r.Directions)
	table(&b, "", r.Elements)
	table(&b, "second order", r.Second)
	if len(r.Second) > 0 {
		fmt.Fprintf(&b, "Hessian symmetric to %.2g\n", r.Asymmetry)
	}
	if r.Taylor != nil {
		fmt.Fprintln(&b, r.Taylor)
	}
	listed(&b, r.Ways)
	if r.Unrepeated != "" {
		fmt.Fprintf(&b, "not repeatable: %s\n", r.Unrepeated)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "problem: %s\n", p)
	}
	if r.Located != nil {
		fmt.Fprintln(&b, r.Located)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	fmt.Fprintf(&b, "%d evaluations", r.Evaluations)
	return b.String()
}

func table(b *strings.Builder, title string, elements []Element) {
	if len(elements) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "%s:\n", title)
	}
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "parameter\tvalue\tanalytic\tnumeric\t± estimate\trelative\tverdict\tstep\t")
	shown := 0
	for _, failing := range []bool{true, false} {
		for _, e := range elements {
			if e.OK() == failing {
				continue
			}
			if shown++; shown > rowsShown {
				continue
			}
			name, verdict := e.Name(), e.Verdict.String()
			if e.Of != "" {
				name = indexed(e.Of, e.OfIndex) + ", " + name
			}
			if e.Allowed {
				verdict += " (allowed)"
			}
			fmt.Fprintf(w, "%s\t%.8g\t%.12g\t%.12g\t%.1e\t%.1e\t%s\t%.1e\t%s\n",
				name, e.Value, e.Analytic, e.Numeric, e.Estimate, e.Relative, verdict, e.Step, e.Why)
		}
	}
	w.Flush() // a strings.Builder does not fail
	if shown > rowsShown {
		fmt.Fprintf(b, "… and %d more\n", shown-rowsShown)
	}
}
