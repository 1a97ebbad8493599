package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/refine"
)

// describe tells what is refined against what.
func (e *experiment) describe(w io.Writer) error {
	c := e.sim.Crystal().Config()
	d, err := e.sim.Detector().At()
	if err != nil {
		return err
	}
	phis, domains := e.sim.Crystal().Orientations()
	total, used := 0.0, 0
	for i, n := range e.counts {
		if e.mask == nil || e.mask[i] {
			total += n
			used++
		}
	}
	_, err = fmt.Fprintf(w, `image     %d × %d pixels of %.4g mm at %g mm; %.0f photons in the %d that count
crystal   %d × %d × %d cells, %d orientations, %d structure factors
`, d.FastPixels, d.SlowPixels, d.Pixel, d.Distance, total, used, c.N[0], c.N[1], c.N[2], phis*domains, c.Structure.Count())
	return err
}

// report tells where the search began and ended, and next to the truth where there is one.
func (e *experiment) report(w io.Writer, r *refine.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "search    %s, %s after %d iterations, %d evaluations, %.1f s\n", r.Method, r.Status, r.Iterations, r.Evaluations, r.Elapsed.Seconds())
	if r.Detail != "" {
		fmt.Fprintf(&b, "          %s\n", r.Detail)
	}
	u := r.Uncertainty
	if u != nil && !math.IsNaN(u.Reduced) {
		fmt.Fprintf(&b, "χ²        %.4f a degree of freedom; %d of them\n", u.Reduced, u.Freedom)
	}
	fmt.Fprintf(&b, "\n%-15s  %10s  %10s  %11s  %8s  %s\n", "parameter", "true", "start", "refined", "σ", "(refined − true)/σ")
	for i, name := range r.Names {
		truth, sigma, pull := "", "", ""
		want, known := e.truth[name]
		if known {
			truth = fmt.Sprintf("%.3f", want)
		}
		if u != nil {
			sigma = fmt.Sprintf("%.2g", u.Sigma[i])
			if known {
				pull = fmt.Sprintf("%+.2f", (r.Values[i]-want)/u.Sigma[i])
			}
		}
		fmt.Fprintf(&b, "%-15s  %10s  %10.4f  %11.5f  %8s  %s\n", name, truth, r.Start[i], r.Values[i], sigma, pull)
	}
	if u != nil {
		for _, d := range u.Undetermined {
			fmt.Fprintf(&b, "the image does not determine %s\n", d)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// list tells which files there are.
func list(w io.Writer, files []string) error {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = filepath.Base(f)
	}
	_, err := fmt.Fprintf(w, "files     %s: %s\n", filepath.Dir(files[0]), strings.Join(names, ", "))
	return err
}
