package symmetry

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Reindexing describes a lattice by other axes, whose vectors are those of the rows: a′ = M[0][0] a + M[0][1] b + M[0][2] c. Miller
// indices change like the axes, h′ = M h. Elements are fractions where the axes are those of a centred cell.
type Reindexing struct {
	M [3][3]float64
}

// ParseReindexing reads the indices h′, k′, l′ as sums of h, k and l: "k,h,-l" or "h/2+k/2, -h/2+k/2, l". It returns an error of
// text that is none, and of one that does not keep the volume and the hand of the axes.
func ParseReindexing(text string) (Reindexing, error) {
	m, shift, err := parseTriplet(strings.ToLower(text), "hkl")
	if err != nil {
		return Reindexing{}, fmt.Errorf("symmetry: %q is no operator such as k,h,-l: %w", text, err)
	}
	r := Reindexing{m}
	if shift != ([3]float64{}) {
		return Reindexing{}, fmt.Errorf("symmetry: %q shifts indices; an operator such as k,h,-l does not", text)
	}
	if d := r.determinant(); math.Abs(d-1) > 1e-9 {
		return Reindexing{}, fmt.Errorf("symmetry: %q has the determinant %g; want 1, which keeps the volume and the hand of the axes: -k,-h,-l, for instance, is right-handed, and k,h,l is not", text, d)
	}
	return r, nil
}

// Index returns the indices that a reflection has by the other axes, and reports whether they are whole numbers.
func (r Reindexing) Index(h [3]int) (to [3]int, ok bool) {
	ok = true
	for i, row := range r.M {
		v := row[0]*float64(h[0]) + row[1]*float64(h[1]) + row[2]*float64(h[2])
		to[i] = int(math.Round(v))
		ok = ok && math.Abs(v-float64(to[i])) < 1e-6
	}
	return to, ok
}

// Inverse returns the reindexing that undoes it.
func (r Reindexing) Inverse() Reindexing {
	m, _ := inverseOf(r.M) // the determinant is 1
	return Reindexing{m}
}

// String is the operator as [ParseReindexing] reads it: "k,h,-l".
func (r Reindexing) String() string {
	var parts []string
	for _, row := range r.M {
		text := ""
		for k, v := range row {
			if v == 0 {
				continue
			}
			sign := "+"
			if v < 0 {
				sign = "-"
			}
			if text != "" || sign == "-" {
				text += sign
			}
			text += fraction24(math.Abs(v)) + "hkl"[k:k+1]
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

// fraction24 is a factor as a fraction; "" for 1.
func fraction24(v float64) string {
	n := int(math.Round(v * Denominator))
	if n == Denominator {
		return ""
	}
	return fraction(n, Denominator)
}

func (r Reindexing) determinant() float64 {
	m := r.M
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

// same reports whether two are equal within the rounding of their elements.
func (r Reindexing) same(o Reindexing) bool {
	for i := range r.M {
		for k := range r.M[i] {
			if math.Abs(r.M[i][k]-o.M[i][k]) > 1e-6 {
				return false
			}
		}
	}
	return true
}

func (r Reindexing) times(o Reindexing) Reindexing { return Reindexing{times3(r.M, o.M)} }

// Reindexings returns the rotations of the Laue group as changes of indices: those that leave the intensities of reflections the
// same. The identity is first.
func (g *Group) Reindexings() []Reindexing {
	var out []Reindexing
	for _, rotation := range g.ProperRotations() {
		var r Reindexing
		for i := range 3 {
			for k := range 3 {
				r.M[i][k] = float64(rotation[k][i]) // h′ = h R
			}
		}
		out = append(out, r)
	}
	return out
}

// LatticeRotations returns the changes of axes that leave a lattice as it is: lengths in Å and angles in degrees of the cell, and the
// group's centring. Each product of two vectors may change by the part tolerance of the product of their lengths, so that the cell may
// be one that has a higher symmetry by chance, or nearly. The identity is first.
func (g *Group) LatticeRotations(cell [6]float64, tolerance float64) []Reindexing {
	metric := metricOf(cell)
	basis := primitiveBasis(metric, g.Centrings())
	back, ok := inverseOf(basis)
	if !ok {
		return nil
	}
	var vectors [][3]float64 // with indices of the basis
	for n := range 27 {
		if v := [3]float64{float64(n%3 - 1), float64(n/3%3 - 1), float64(n/9 - 1)}; v != ([3]float64{}) {
			vectors = append(vectors, v)
		}
	}
	own := metricIn(metric, basis)
	near := func(got, want float64, i, k int) bool {
		return math.Abs(got-want) <= tolerance*math.Sqrt(own[i][i]*own[k][k])
	}
	product := func(a, b [3]float64) float64 {
		sum := 0.0
		for i := range 3 {
			for k := range 3 {
				sum += a[i] * own[i][k] * b[k]
			}
		}
		return sum
	}
	var candidates [3][][3]float64
	for i := range 3 {
		for _, v := range vectors {
			if near(product(v, v), own[i][i], i, i) {
				candidates[i] = append(candidates[i], v)
			}
		}
	}
	out := []Reindexing{{real3(identity)}}
	for _, a := range candidates[0] {
		for _, b := range candidates[1] {
			if !near(product(a, b), own[0][1], 0, 1) {
				continue
			}
			for _, c := range candidates[2] {
				r := Reindexing{[3][3]float64{a, b, c}}
				if !near(product(a, c), own[0][2], 0, 2) || !near(product(b, c), own[1][2], 1, 2) || r.determinant() < 0.5 {
					continue
				}
				whole := Reindexing{times3(back, times3(r.M, basis))}
				for i := range whole.M {
					for k, v := range whole.M[i] {
						whole.M[i][k] = math.Round(v*Denominator) / Denominator
					}
				}
				if !slices.ContainsFunc(out, whole.same) {
					out = append(out, whole)
				}
			}
		}
	}
	return out
}

// primitiveBasis returns three vectors of a lattice, rows of fractions of the cell's, that are as short as possible and span a
// primitive cell.
func primitiveBasis(metric [3][3]float64, centrings [][3]int) [3][3]float64 {
	type vector struct {
		v      [3]float64
		square float64
	}
	var list []vector
	if len(centrings) == 0 {
		centrings = [][3]int{{}}
	}
	const most = 2
	for _, t := range centrings {
		for n := range 125 {
			at := [3]int{n%5 - most, n/5%5 - most, n/25 - most}
			var v [3]float64
			for i := range v {
				v[i] = float64(at[i]) + float64(t[i])/Denominator
			}
			if v != ([3]float64{}) {
				m := metricIn(metric, [3][3]float64{v, v, v})
				list = append(list, vector{v, m[0][0]})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b vector) int {
		switch d := a.square - b.square; {
		case d < -1e-9*b.square:
			return -1
		case d > 1e-9*b.square:
			return 1
		}
		return 0
	})
	var out [3][3]float64
	found := 0
	for _, l := range list {
		out[found] = l.v
		m := metricIn(metric, out)
		switch found {
		case 0:
			found++
		case 1:
			if m[0][0]*m[1][1]-m[0][1]*m[0][1] > 1e-6*m[0][0]*m[1][1] {
				found++
			}
		case 2:
			if d := (Reindexing{out}).determinant(); math.Abs(math.Abs(d)*float64(len(centrings))-1) < 1e-6 {
				if d < 0 {
					for k := range out[2] {
						out[2][k] = -out[2][k]
					}
				}
				return out
			}
		}
	}
	return real3(identity) // of a cell that is no cell
}

// metricIn returns the products of the rows, vectors of a lattice with a metric.
func metricIn(metric, rows [3][3]float64) (out [3][3]float64) {
	return times3(times3(rows, metric), transposed(rows))
}

// Ambiguities returns a reindexing of each kind that leaves the lattice and changes intensities: one of those of the lattice for each
// set that differs by those of own. The kind of the identity is left out. Operators with the most zeros, and then the fewest signs, are taken.
func Ambiguities(lattice, own []Reindexing) []Reindexing {
	order := slices.Clone(lattice)
	cost := func(r Reindexing) (n int) {
		for _, row := range r.M {
			for _, v := range row {
				switch {
				case v < 0:
					n += 11
				case v > 0:
					n += 10
				}
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b Reindexing) int { return cost(a) - cost(b) })
	taken := []Reindexing{{real3(identity)}}
	for _, r := range order {
		known := slices.ContainsFunc(taken, func(o Reindexing) bool {
			return slices.ContainsFunc(own, r.times(o.Inverse()).same)
		})
		if !known {
			taken = append(taken, r)
		}
	}
	return taken[1:]
}
