package gradcheck

import (
	"context"
	"fmt"
	"math"
)

// repeat computes the loss and its derivatives twice, and reports where the bits differ.
func (c *check) repeat(ctx context.Context, m *machine) ([]float64, error) {
	once, err := m.numbers(ctx)
	if err != nil {
		return nil, err
	}
	if what := c.given.changed(); what != "" {
		c.report.Problems = append(c.report.Problems, "an operation overwrites its operand "+what)
		if err := c.given.restore(nil); err != nil {
			return nil, err
		}
	}
	again, err := m.numbers(ctx)
	if err != nil {
		return nil, err
	}
	at := 0
	for k, n := range c.derivatives() {
		for e := range m.size[k] {
			if math.Float64bits(once[at]) != math.Float64bits(again[at]) && c.report.Unrepeated == "" {
				what := "the loss"
				if k > 0 {
					what = fmt.Sprintf("element %d of the derivative %s", e, n.Name())
				}
				c.report.Unrepeated = fmt.Sprintf("%s is %.17g, then %.17g", what, once[at], again[at])
				c.report.Problems = append(c.report.Problems, "the same inputs give different numbers: finite differences of them mean nothing")
			}
			at++
		}
	}
	return once, nil
}
