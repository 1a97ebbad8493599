package symmetry

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Denominator is the common denominator of translations: an [Operation] counts them in 24ths of a
// cell edge.
const Denominator = 24

// Operation is a symmetry operation x′ = R x + T/24 of fractional coordinates x (columns). Miller
// indices are rows: the operation takes h to h R.
type Operation struct {
	R [3][3]int
	T [3]int // in units of 1/Denominator; from 0 to Denominator−1 in groups
}

// Identity returns the operation x, y, z.
func Identity() Operation { return Operation{R: identity} }

var identity = [3][3]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// Times returns the operation "p, then o": x′ = o(p(x)), with its translation reduced to one cell.
func (o Operation) Times(p Operation) Operation {
	out := Operation{R: product(o.R, p.R), T: o.T}
	for i := range 3 {
		for j := range 3 {
			out.T[i] += o.R[i][j] * p.T[j]
		}
	}
	return out.reduced()
}

// Inverse returns the operation that undoes o, with its translation reduced to one cell. R must have
// the determinant ±1.
func (o Operation) Inverse() Operation {
	out := Operation{R: inverse(o.R)}
	for i := range 3 {
		for j := range 3 {
			out.T[i] -= out.R[i][j] * o.T[j]
		}
	}
	return out.reduced()
}

// Index returns the Miller indices h R.
func (o Operation) Index(h [3]int) [3]int {
	var out [3]int
	for j := range 3 {
		out[j] = h[0]*o.R[0][j] + h[1]*o.R[1][j] + h[2]*o.R[2][j]
	}
	return out
}

// Shift returns h·T in 24ths of a turn, from 0 to 23. Structure factors are related by
//
//	F(h R) = F(h) exp(−2πi Shift/24)
func (o Operation) Shift(h [3]int) int {
	return mod(mod(h[0])*o.T[0] + mod(h[1])*o.T[1] + mod(h[2])*o.T[2])
}

// Position returns R x + T/24 of fractional coordinates.
func (o Operation) Position(x [3]float64) [3]float64 {
	var out [3]float64
	for i := range 3 {
		out[i] = float64(o.R[i][0])*x[0] + float64(o.R[i][1])*x[1] + float64(o.R[i][2])*x[2] + float64(o.T[i])/Denominator
	}
	return out
}

// reduced returns o with translations from 0 to 23.
func (o Operation) reduced() Operation {
	for i := range o.T {
		o.T[i] = mod(o.T[i])
	}
	return o
}

// mod returns v modulo a whole translation.
func mod(v int) int {
	if v %= Denominator; v < 0 {
		v += Denominator
	}
	return v
}

func product(a, b [3][3]int) (c [3][3]int) {
	for i := range 3 {
		for j := range 3 {
			c[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return c
}

func determinant(a [3][3]int) int {
	return a[0][0]*(a[1][1]*a[2][2]-a[1][2]*a[2][1]) - a[0][1]*(a[1][0]*a[2][2]-a[1][2]*a[2][0]) + a[0][2]*(a[1][0]*a[2][1]-a[1][1]*a[2][0])
}

// inverse returns the inverse of a matrix of determinant ±1.
func inverse(a [3][3]int) (c [3][3]int) {
	d := determinant(a)
	for i := range 3 {
		for j := range 3 {
			p, q, r, s := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			c[i][j] = d * (a[p][r]*a[q][s] - a[p][s]*a[q][r])
		}
	}
	return c
}

// String returns the operation as CIF writes it, for instance "-x,y+1/2,-z".
func (o Operation) String() string {
	var s strings.Builder
	for i := range 3 {
		if i > 0 {
			s.WriteByte(',')
		}
		start := s.Len()
		for j, axis := range "xyz" {
			switch v := o.R[i][j]; {
			case v == 0:
				continue
			case v < 0:
				s.WriteByte('-')
			case s.Len() > start:
				s.WriteByte('+')
			}
			if v := o.R[i][j]; v > 1 || v < -1 {
				fmt.Fprintf(&s, "%d*", max(v, -v))
			}
			s.WriteRune(axis)
		}
		if t := o.T[i]; t != 0 || s.Len() == start {
			if t > 0 && s.Len() > start {
				s.WriteByte('+')
			}
			s.WriteString(fraction(t, Denominator))
		}
	}
	return s.String()
}

// fraction returns n/d in lowest terms.
func fraction(n, d int) string {
	a, b := max(n, -n), d
	for b != 0 {
		a, b = b, a%b
	}
	if d /= a; d == 1 {
		return strconv.Itoa(n / a)
	}
	return fmt.Sprintf("%d/%d", n/a, d)
}

// ParseOperation reads an operation as files spell it: "x,y+1/2,-z", "1/2+X, -Y, Z", "X-Y,X,Z+0.3333".
// Letters may be of either case and blanks anywhere, and quotes around it do not count. The
// translation is reduced to one cell. An operation that is no symmetry of a lattice, with a
// determinant other than ±1 or fractions of an axis, and a translation that is not a multiple of 1/24
// are errors.
func ParseOperation(s string) (Operation, error) {
	matrix, shift, err := parseTriplet(s, "xyz")
	if err != nil {
		return Operation{}, fmt.Errorf("symmetry: operation %.60q: %w", s, err)
	}
	var o Operation
	for i := range 3 {
		for j, v := range matrix[i] {
			if v != math.Trunc(v) || v > 1 || v < -1 {
				return Operation{}, fmt.Errorf("symmetry: operation %.60q: %g of an axis is no symmetry of a lattice", s, v)
			}
			o.R[i][j] = int(v)
		}
		t, ok := multiple(shift[i])
		if !ok {
			return Operation{}, fmt.Errorf("symmetry: operation %.60q: the translation %g is not a multiple of 1/24", s, shift[i])
		}
		o.T[i] = t
	}
	if d := determinant(o.R); d != 1 && d != -1 {
		return Operation{}, fmt.Errorf("symmetry: operation %.60q: the determinant is %d; that of a symmetry operation is 1 or -1", s, d)
	}
	return o.reduced(), nil
}

// multiple returns v in 24ths. Decimals of a third or a sixth have at least three digits.
func multiple(v float64) (int, bool) {
	if !(math.Abs(v) < 1000) {
		return 0, false
	}
	n := math.Round(v * Denominator)
	return int(n), math.Abs(v-n/Denominator) < 7e-4
}

// parseTriplet reads three sums of multiples of the axes and of numbers, separated by commas.
func parseTriplet(s, axes string) (matrix [3][3]float64, shift [3]float64, err error) {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), `'"`))
	if len(s) > 200 {
		return matrix, shift, errors.New("it is too long")
	}
	rows := strings.Split(s, ",")
	if len(rows) != 3 {
		return matrix, shift, fmt.Errorf("it has %d parts, want 3 separated by commas", len(rows))
	}
	for i, row := range rows {
		row = strings.Join(strings.Fields(row), "")
		if row == "" {
			return matrix, shift, fmt.Errorf("part %d is empty", i+1)
		}
		for len(row) > 0 {
			sign := 1.0
			if row[0] == '+' || row[0] == '-' {
				if row[0] == '-' {
					sign = -1
				}
				row = row[1:]
			}
			value, rest, numeral, err := number(row)
			if err != nil {
				return matrix, shift, err
			}
			if numeral && strings.HasPrefix(rest, "*") {
				if rest = rest[1:]; rest == "" || !strings.Contains(axes, rest[:1]) {
					return matrix, shift, fmt.Errorf("no axis follows the * in part %d", i+1)
				}
			}
			axis := -1
			if rest != "" {
				axis = strings.IndexByte(axes, rest[0])
			}
			switch {
			case axis >= 0:
				rest = rest[1:]
				// x/2, as in changes of basis.
				if strings.HasPrefix(rest, "/") {
					by, after, ok, err := number(rest[1:])
					if err != nil || !ok || by == 0 {
						return matrix, shift, fmt.Errorf("no number follows the / in part %d", i+1)
					}
					value, rest = value/by, after
				}
				matrix[i][axis] += sign * value
			case numeral:
				shift[i] += sign * value
			default:
				return matrix, shift, fmt.Errorf("part %d has %.10q where an axis or a number is expected", i+1, row)
			}
			if row = rest; row != "" && row[0] != '+' && row[0] != '-' {
				return matrix, shift, fmt.Errorf("part %d has %.10q where + or - is expected", i+1, row)
			}
		}
	}
	return matrix, shift, nil
}

// number reads a decimal or a fraction at the start of s; it is 1 if there is none.
func number(s string) (v float64, rest string, ok bool, err error) {
	digits := func(s string) (float64, string, error) {
		n := 0
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
			n++
		}
		if n == 0 {
			return 1, s, nil
		}
		v, err := strconv.ParseFloat(s[:n], 64)
		if err != nil {
			return 0, s, fmt.Errorf("%.20q is not a number", s[:n])
		}
		return v, s[n:], nil
	}
	v, rest, err = digits(s)
	if err != nil || len(rest) == len(s) {
		return 1, s, false, err
	}
	if strings.HasPrefix(rest, "/") {
		by, after, err := digits(rest[1:])
		if err != nil || len(after) == len(rest)-1 || by == 0 {
			return 0, s, false, fmt.Errorf("no number follows the / of %.20q", s)
		}
		return v / by, after, true, nil
	}
	return v, rest, true, nil
}
