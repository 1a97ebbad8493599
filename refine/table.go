package refine

import (
	"fmt"
	"math"
	"strings"
)

// Table returns a text with the verdict, how the search ended and a line for each parameter: its start, its
// refined value and its standard uncertainty; for a vector their means, the number of elements and
// their range. truth holds true values by the parameters' names;
// where it is not nil, the table has these too, and the difference from them in standard
// uncertainties.
func (r *Result) Table(truth map[string]float64) string {
	var b strings.Builder
	if r.Verdict != nil {
		b.WriteString(r.Verdict.String())
	}
	fmt.Fprintf(&b, "search    %s, %s after %d iterations, %d evaluations, %.1f s\n", r.Method, r.Status, r.Iterations, r.Evaluations, r.Elapsed.Seconds())
	if r.Detail != "" {
		fmt.Fprintf(&b, "          %s\n", r.Detail)
	}
	u := r.known()
	if u != nil && !math.IsNaN(u.Reduced) {
		fmt.Fprintf(&b, "χ²        %.4f a degree of freedom; %d of them\n", u.Reduced, u.Freedom)
	}
	width := 15
	rows := r.rows()
	for _, q := range rows {
		width = max(width, len(q.name))
	}
	if truth == nil {
		fmt.Fprintf(&b, "\n%-*s  %10s  %11s  %8s\n", width, "parameter", "start", "refined", "σ")
	} else {
		fmt.Fprintf(&b, "\n%-*s  %10s  %10s  %11s  %8s  %s\n", width, "parameter", "true", "start", "refined", "σ", "(refined − true)/σ")
	}
	for _, q := range rows {
		sigma := ""
		if u != nil {
			sigma = fmt.Sprintf("%.2g", q.sigma)
		}
		fmt.Fprintf(&b, "%-*s  ", width, q.name)
		want, known := truth[q.name]
		if known {
			fmt.Fprintf(&b, "%10.3f  ", want)
		} else if truth != nil {
			fmt.Fprintf(&b, "%10s  ", "")
		}
		fmt.Fprintf(&b, "%10.4f  %11.5f  %8s", q.start, q.value, sigma)
		if known && u != nil {
			fmt.Fprintf(&b, "  %+.2f", (q.value-want)/q.sigma)
		}
		b.WriteString(q.note())
		b.WriteByte('\n')
	}
	if u != nil {
		if u.Diagonal {
			fmt.Fprintln(&b, u.aboutDiagonal())
		}
		for _, d := range u.Undetermined {
			fmt.Fprintf(&b, "not determined: %s\n", d)
		}
	}
	return b.String()
}
