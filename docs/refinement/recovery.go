package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/gobragg/gobragg/refine"
)

// How far off the start is, and how far off the search is told that it may be.
const (
	reach     = 0.01
	cellOff   = 0.005
	missetOff = 0.3 // degrees
)

// recovery refines crystals and tabulates how far from the truth they end, in standard uncertainties.
func recovery(ctx context.Context, crystals int) (string, error) {
	var b strings.Builder
	var names []string
	var pulls [][]float64 // of each parameter, of the crystals that are recovered
	var all []float64
	limits := []float64{3, 4, 5}
	counts := make([]int, len(limits))
	var missed []string
	var seconds float64
	for seed := range crystals {
		s, err := newSpecimen(ctx, uint64(seed+1))
		if err != nil {
			return "", err
		}
		if err := s.mislead(cellOff, missetOff); err != nil {
			return "", err
		}
		r, err := refine.Run(ctx, s.problem, &refine.Settings{Method: s.continuation(reach)})
		if err != nil {
			return "", err
		}
		if names == nil {
			names, pulls = r.Names, make([][]float64, len(r.Names))
		}
		seconds += r.Elapsed.Seconds()
		p := s.pulls(r)
		for k, limit := range limits {
			if within(p, limit) {
				counts[k]++
			}
		}
		if !within(p, 5) {
			missed = append(missed, fmt.Sprintf("%d", seed+1))
			continue
		}
		for i, z := range p {
			pulls[i] = append(pulls[i], z)
		}
		all = append(all, p...)
	}
	for k, limit := range limits {
		fmt.Fprintf(&b, "* %d of %d crystals have all %d parameters within %gσ of the truth.\n", counts[k], crystals, len(names), limit)
	}
	if missed != nil {
		fmt.Fprintf(&b, "* Seeds that ended farther away, and are not in the table: %s.\n", strings.Join(missed, ", "))
	}
	fmt.Fprintf(&b, "* A refinement took %.2f s.\n\n", seconds/float64(crystals))
	b.WriteString("| parameter | mean of (refined − true)/σ | variance | largest |\n|---|---|---|---|\n")
	for i, name := range append(names, "all") {
		p := all
		if i < len(pulls) {
			p = pulls[i]
		}
		largest := 0.0
		for _, z := range p {
			largest = max(largest, math.Abs(z))
		}
		mean, variance := stat.MeanVariance(p, nil)
		fmt.Fprintf(&b, "| %s | %+.2f | %.2f | %.2f |\n", name, mean, variance, largest)
	}
	return b.String(), nil
}
