package gradcheck

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// astray is a direction along which the derivatives do not pass.
type astray struct {
	row        int // in the report
	which      []int
	directions [][]float64 // of each of those parameters
	pairs      pairs
}

// mostSought bounds the number of wrong elements to look for along one direction, where not all are
// checked anyway.
const mostSought = 8

// explain finds the elements that account for the directions that do not pass. Where only some
// elements are checked, it finds the wrong ones by bisection: along the direction, with one half of
// the elements at rest. A direction that no element accounts for fails the report by itself.
func (c *check) explain(ctx context.Context) error {
	for _, a := range c.astray {
		for range mostSought {
			if c.accounted(a) {
				c.report.Directions[a.row].Allowed = true
				break
			}
			found, err := c.seek(ctx, a)
			if err != nil {
				return err
			}
			if !found {
				break
			}
		}
	}
	c.sortElements()
	return nil
}

// accounted reports whether elements explain a direction: an element has a verdict that gives no
// error to add, or all elements are checked where the direction is undecided or vacuous, or the
// errors of elements add up to the direction's.
func (c *check) accounted(a astray) bool {
	d := c.report.Directions[a.row]
	all := true
	rest := float64(d.Analytic - d.Numeric)
	slack := max(c.tolerance(float64(d.Analytic), float64(d.Numeric)), c.Trust*float64(d.Estimate))
	for k, i := range a.which {
		for e, share := range a.directions[k] {
			row, checked := c.at[place{i, e}]
			if !checked {
				all = false
				continue
			}
			x := c.report.Elements[row]
			switch x.Verdict {
			case Kink, NonFinite, Undecided:
				return true
			case Fail:
				rest -= share * float64(x.Analytic-x.Numeric)
				slack += math.Abs(share) * max(c.tolerance(float64(x.Analytic), float64(x.Numeric)), c.Trust*float64(x.Estimate))
			}
		}
	}
	switch d.Verdict {
	case Undecided, Vacuous:
		return all
	}
	return math.Abs(rest) <= slack
}

// seek finds the element that contributes most to the error that is not accounted for, and checks
// it. It reports whether there was an element that had not been checked yet.
func (c *check) seek(ctx context.Context, a astray) (found bool, err error) {
	subs, m, restore, err := c.group(ctx, a.which)
	if err != nil {
		return false, err
	}
	defer func() { err = restore(err) }()
	var left []place // parameters numbered as in the direction
	for k, i := range a.which {
		for e := range a.directions[k] {
			if _, checked := c.at[place{i, e}]; !checked {
				left = append(left, place{k, e})
			}
		}
	}
	if len(left) == 0 {
		return false, nil
	}
	for len(left) > 1 {
		halves := [2][]place{left[:len(left)/2], left[len(left)/2:]}
		var off [2]float64
		for h, half := range halves {
			along := make([][]float64, len(subs))
			analytic := 0.0
			for k := range subs {
				along[k] = make([]float64, len(subs[k].at))
			}
			for _, p := range half {
				share := a.directions[p.parameter][p.element]
				along[p.parameter][p.element] = share
				analytic += share * c.analytic[a.which[p.parameter]][p.element]
			}
			s, err := a.pairs.slope(m.ray(ctx, subs, along))
			if err != nil {
				return false, fmt.Errorf("gradcheck: %w", err)
			}
			if off[h] = math.Abs(analytic - s.value); math.IsNaN(off[h]) {
				off[h] = math.Inf(1)
			}
		}
		left = halves[0]
		if off[1] > off[0] {
			left = halves[1]
		}
	}
	if err := restore(nil); err != nil {
		return false, err
	}
	i, e := a.which[left[0].parameter], left[0].element
	if err := c.elements(ctx, i, []int{e}); err != nil {
		return false, err
	}
	c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s is checked too: bisection of %s led to it", c.report.Elements[c.at[place{i, e}]].Name(), c.report.Directions[a.row].Parameter))
	return true, nil
}

// sortElements sorts the report's elements by parameter, an order that seek does not keep.
func (c *check) sortElements() {
	order := make([]place, 0, len(c.at))
	for p := range c.at {
		order = append(order, p)
	}
	slices.SortFunc(order, func(p, q place) int {
		if p.parameter != q.parameter {
			return p.parameter - q.parameter
		}
		return p.element - q.element
	})
	sorted := make([]Element, len(order))
	for k, p := range order {
		sorted[k] = c.report.Elements[c.at[p]]
		c.at[p] = k
	}
	c.report.Elements = sorted
}
