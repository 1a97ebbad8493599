package refine

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// ErrUndetermined says that the data do not determine some direction of the parameters.
var ErrUndetermined = errors.New("refine: the Fisher matrix is singular")

// undeterminedBelow is the eigenvalue of the Fisher matrix, scaled to a diagonal of 1, below which a direction counts as not
// determined: its standard deviation is 10⁵ times what it would be for one parameter alone. Rounding leaves
// 10⁻¹⁵ to 10⁻¹² of eigenvalues that are 0.
const undeterminedBelow = 1e-10

// Weak are directions that the data determine badly: what they leave together is more than limit times as uncertain as it
// would be for each parameter alone. Undetermined directions are not among them.
func (u *Uncertainty) Weak(limit float64) []Direction {
	unit, scaled := scale(u.Fisher)
	values, vectors := eigen(scaled)
	var weak [][]float64
	for k, v := range values {
		if v > undeterminedBelow && v < 1/(limit*limit) {
			weak = append(weak, mat.Col(nil, k, vectors))
		}
	}
	list := directions(u.Names, unit, weak, 0.1)
	for i := range list {
		list[i].weak = true
	}
	return list
}

// Direction is a change of several parameters together.
type Direction struct {
	// Names of the parameters that take part, and what each changes by, in its own unit; the first by 1.
	Names   []string
	Changes []float64

	weak bool // changes the image, but little
}

// String says what the direction is.
func (d Direction) String() string {
	if len(d.Names) == 1 {
		if d.weak {
			return d.Names[0] + " hardly changes the image"
		}
		return d.Names[0] + " does not change the image"
	}
	var parts []string
	for i, n := range d.Names {
		parts = append(parts, fmt.Sprintf("%s by %.4g", n, d.Changes[i]))
	}
	last := len(d.Names) - 1
	format := "%s and %s move the image alike: changing %s leaves it as it is"
	if d.weak {
		format = "%s and %s can hardly be told apart: changing %s leaves the image nearly as it is"
	}
	return fmt.Sprintf(format, strings.Join(d.Names[:last], ", "), d.Names[last], strings.Join(parts, ", "))
}

// Err is an error that wraps ErrUndetermined and names the directions, where there are any.
func (u *Uncertainty) Err() error {
	if len(u.Undetermined) == 0 {
		return nil
	}
	var parts []string
	for _, d := range u.Undetermined {
		parts = append(parts, d.String())
	}
	return fmt.Errorf("%w: %s", ErrUndetermined, strings.Join(parts, "; "))
}

// directions are a basis of what some vectors span, each of as few parameters as elimination finds: those that change by more
// than takesPart of the largest change, each in units of what the data would determine it to alone.
func directions(names []string, unit []float64, null [][]float64, takesPart float64) []Direction {
	var out []Direction
	for r := range null { // the reduced row echelon form, largest pivots first
		row, pivot := r, 0
		for s := r; s < len(null); s++ {
			for i := range names {
				if math.Abs(null[s][i]) > math.Abs(null[row][pivot]) {
					row, pivot = s, i
				}
			}
		}
		null[r], null[row] = null[row], null[r]
		p := null[r][pivot]
		for i := range null[r] {
			null[r][i] /= p
		}
		for s := range null {
			if f := null[s][pivot]; s != r {
				for i := range null[s] {
					null[s][i] -= f * null[r][i]
				}
			}
		}
	}
	for _, v := range null {
		var d Direction
		for i, c := range v {
			if math.Abs(c) < takesPart {
				continue
			}
			if unit[i] > 0 {
				c *= unit[i]
			}
			d.Names, d.Changes = append(d.Names, names[i]), append(d.Changes, c)
		}
		for i := len(d.Changes) - 1; i >= 0; i-- {
			d.Changes[i] /= d.Changes[0]
		}
		out = append(out, d)
	}
	return out
}
