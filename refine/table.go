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
			fmt.Fprintf(&b, "%10s  ", decimal(want, 3))
		} else if truth != nil {
			fmt.Fprintf(&b, "%10s  ", "")
		}
		fmt.Fprintf(&b, "%10s  %11s  %8s", decimal(q.start, 4), decimal(q.value, 5), sigma)
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

// Table returns a text like [Result.Table], of the shared parameters, and of the own ones the ranges.
func (r *JointResult) Table(truth map[string]float64) string {
	shared, more := r.shown()
	var b strings.Builder
	b.WriteString(shared.Table(truth))
	b.WriteString(more)
	if len(r.Own) > 0 {
		fmt.Fprintf(&b, "\n%-24s  %11s  %11s  %11s  %8s\n", "of each image", "lowest", "mean", "highest", "mean σ")
	}
	for _, o := range r.ranges() {
		sigma := ""
		if !math.IsNaN(o.sigma) {
			sigma = fmt.Sprintf("%.2g", o.sigma)
		}
		fmt.Fprintf(&b, "%-24s  %11s  %11s  %11s  %8s\n", o.name, decimal(o.low, 5), decimal(o.mean, 5), decimal(o.high, 5), sigma)
	}
	if n := len(r.LongVectors); n > 0 {
		fmt.Fprintf(&b, "%d numbers of long vectors, from %s to %s, with the σ of each if all others were known\n", n, r.LongVectors[0].Name, r.LongVectors[n-1].Name)
	}
	return b.String()
}

// decimal writes a value with decimals, or with five digits where these would be too many or too few.
func decimal(v float64, decimals int) string {
	if a := math.Abs(v); a >= 1e7 || a != 0 && a < 1e-3 {
		return fmt.Sprintf("%.5g", v)
	}
	return fmt.Sprintf("%.*f", decimals, v)
}
