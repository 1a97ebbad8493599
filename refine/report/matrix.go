package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/refine"
)

// matrix are the correlations of the parameters.
type matrix struct {
	Names []string
	Rows  []matrixRow // nil where there are too many
	Pairs []string    // that are hard to tell apart, the strongest first
}

type matrixRow struct {
	Name  string
	Cells []cell
}

// cell is a coefficient, with a class for its colour: n9 to n1, z, p1 to p9.
type cell struct{ Value, Class string }

const (
	mostColumns = 24   // of a matrix
	mostPairs   = 8    // that are listed
	correlated  = 0.95 // from which on they are
)

func (p *Page) correlations() *matrix {
	u := p.uncertainty()
	if u == nil || u.Correlation == nil || len(u.Names) < 2 {
		return nil
	}
	m := &matrix{}
	var scalars []int // elements of vectors are too many to be read
	for i := range u.Names {
		in := func(v refine.Vector) bool { return i >= v.First && i < v.First+v.Len }
		if !slices.ContainsFunc(p.Result.Vectors, in) {
			scalars, m.Names = append(scalars, i), append(m.Names, u.Names[i])
		}
	}
	type pair struct {
		i, j int
		r    float64
	}
	var pairs []pair
	for i := range u.Names {
		for j := range i {
			if c := u.Correlation.At(i, j); math.Abs(c) >= correlated {
				pairs = append(pairs, pair{j, i, c})
			}
		}
	}
	for _, i := range scalars {
		r := matrixRow{Name: u.Names[i]}
		for _, j := range scalars {
			c := math.Round(100*u.Correlation.At(i, j))/100 + 0 // −0 is 0
			r.Cells = append(r.Cells, cell{minus(fmt.Sprintf("%.2f", c)), shade(c)})
		}
		m.Rows = append(m.Rows, r)
	}
	if len(scalars) > mostColumns {
		m.Rows = nil
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		switch d := math.Abs(b.r) - math.Abs(a.r); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	for _, q := range pairs[:min(len(pairs), mostPairs)] {
		m.Pairs = append(m.Pairs, fmt.Sprintf("%s and %s: %s", u.Names[q.i], u.Names[q.j], minus(fmt.Sprintf("%+.3f", q.r))))
	}
	return m
}

// shade is the class of a coefficient.
func shade(c float64) string {
	tenths := int(math.Min(math.Round(10*math.Abs(c)), 9))
	switch {
	case math.IsNaN(c) || tenths == 0:
		return "z"
	case c < 0:
		return fmt.Sprintf("n%d", tenths)
	}
	return fmt.Sprintf("p%d", tenths)
}
