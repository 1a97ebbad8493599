package refine

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// ErrUndetermined means that the data do not determine some combination of the parameters.
var ErrUndetermined = errors.New("the Fisher matrix is singular")

// undeterminedBelow is the eigenvalue of the Fisher matrix, scaled to a diagonal of 1, below which
// a direction counts as undetermined: its standard deviation is 10⁵ times that of a single
// parameter by itself. Rounding turns eigenvalues of 0 into 10⁻¹⁵ to 10⁻¹².
const undeterminedBelow = 1e-10

// Weak returns the directions that the data determine badly: those whose uncertainty is more than
// limit times what it would be if each parameter were the only one. Undetermined directions are not
// among them. There are none where the uncertainties are from a diagonal.
func (u *Uncertainty) Weak(limit float64) []Direction {
	if u.Diagonal {
		return nil
	}
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

// Direction is a joint change of several parameters.
type Direction struct {
	// Names of the parameters that take part, and by how much each changes, in its own unit. The
	// first changes by 1.
	Names   []string
	Changes []float64

	weak bool // the image changes, but little
}

// String describes the direction in a sentence.
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
	format := "%s and %s change the image in the same way: changing %s leaves it as it is"
	if d.weak {
		format = "%s and %s can hardly be distinguished: changing %s leaves the image nearly as it is"
	}
	return fmt.Sprintf(format, strings.Join(d.Names[:last], ", "), d.Names[last], strings.Join(parts, ", "))
}

// Err returns an error that wraps [ErrUndetermined] and names the undetermined directions, or nil
// where there are none.
func (u *Uncertainty) Err() error {
	if len(u.Undetermined) == 0 {
		return nil
	}
	var parts []string
	for _, d := range u.Undetermined {
		parts = append(parts, d.String())
	}
	return fmt.Errorf("refine: %w: %s", ErrUndetermined, strings.Join(parts, "; "))
}

// directions returns a basis of the space that the vectors null span, found by elimination so that
// each direction has few parameters. A parameter takes part in a direction where it changes by more
// than takesPart of the largest change, in units of the uncertainty that it would have by itself.
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
