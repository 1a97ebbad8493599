package symmetry

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// S. R. Hall, Acta Cryst. A37, 517 (1981), with the changes of International Tables B (2010), 1.4,
// appendix A1.4.2: a lattice, up to four matrices with translations, and a change of basis.

// centrings are the vectors of each lattice symbol, besides (0, 0, 0), in 24ths.
var centrings = map[byte][][3]int{
	'P': nil,
	'A': {{0, 12, 12}},
	'B': {{12, 0, 12}},
	'C': {{12, 12, 0}},
	'I': {{12, 12, 12}},
	'F': {{0, 12, 12}, {12, 0, 12}, {12, 12, 0}},
	'R': {{16, 8, 8}, {8, 16, 16}},
	'S': {{8, 8, 16}, {16, 16, 8}},
	'T': {{8, 16, 8}, {16, 8, 16}},
	'H': {{16, 8, 0}, {8, 16, 0}},
}

// hallShifts are the translations of letters, in 24ths.
var hallShifts = map[byte][3]int{
	'a': {12, 0, 0}, 'b': {0, 12, 0}, 'c': {0, 0, 12}, 'n': {12, 12, 12},
	'u': {6, 0, 0}, 'v': {0, 6, 0}, 'w': {0, 0, 6}, 'd': {6, 6, 6},
}

// Rotations about z, of the orders 1, 2, 3, 4 and 6.
var aboutZ = map[int][3][3]int{
	1: identity,
	2: {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}},
	3: {{0, -1, 0}, {1, -1, 0}, {0, 0, 1}},
	4: {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}},
	6: {{1, -1, 0}, {1, 0, 0}, {0, 0, 1}},
}

// Twofold rotations about a−b (′) and a+b (″), and the threefold one about a+b+c (*).
var (
	twoPrime    = [3][3]int{{0, -1, 0}, {-1, 0, 0}, {0, 0, -1}}
	twoDouble   = [3][3]int{{0, 1, 0}, {1, 0, 0}, {0, 0, -1}}
	threeSpace  = [3][3]int{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}
	errHallHead = errors.New("it does not begin with a lattice: -, then one of P A B C I R H F")
)

// parseHall returns the operations of a Hall symbol.
func parseHall(symbol string) ([]Operation, error) {
	if len(symbol) > 120 {
		return nil, errors.New("it is too long")
	}
	body, basis := strings.TrimSpace(strings.ReplaceAll(symbol, "_", " ")), ""
	if i := strings.IndexByte(body, '('); i >= 0 {
		if !strings.HasSuffix(body, ")") {
			return nil, errors.New("the parenthesis is not closed")
		}
		body, basis = body[:i], body[i+1:len(body)-1]
	}
	words := strings.Fields(body)
	if len(words) == 0 {
		return nil, errHallHead
	}
	var generators []Operation
	lattice, centric := strings.CutPrefix(words[0], "-")
	if len(lattice) != 1 {
		return nil, errHallHead
	}
	if centric {
		generators = append(generators, Operation{R: negative(identity)})
	}
	vectors, known := centrings[strings.ToUpper(lattice)[0]]
	if !known {
		return nil, errHallHead
	}
	for _, t := range vectors {
		generators = append(generators, Operation{identity, t})
	}
	if len(words) > 5 {
		return nil, fmt.Errorf("it has %d matrices; at most 4 are possible", len(words)-1)
	}
	if len(words) == 1 {
		return nil, errors.New("no matrix follows the lattice")
	}
	previous := hallMatrix{}
	for i, word := range words[1:] {
		m, err := parseHallMatrix(word, i, previous)
		if err != nil {
			return nil, err
		}
		generators, previous = append(generators, m.operation), m
	}
	if basis != "" {
		var err error
		if generators, err = changeBasis(generators, basis); err != nil {
			return nil, fmt.Errorf("change of basis (%s): %w", basis, err)
		}
	}
	return generate(generators)
}

// hallMatrix is one matrix of a Hall symbol.
type hallMatrix struct {
	order, axis int // axis 0, 1, 2: x, y, z
	operation   Operation
}

// parseHallMatrix reads the matrix number i, counted from 0, which follows the matrix previous.
func parseHallMatrix(word string, i int, previous hallMatrix) (hallMatrix, error) {
	rest, improper := strings.CutPrefix(word, "-")
	if rest == "" || !strings.Contains("12346", rest[:1]) {
		return hallMatrix{}, fmt.Errorf("matrix %q does not begin with an order 1, 2, 3, 4 or 6", word)
	}
	m := hallMatrix{order: int(rest[0] - '0'), axis: 2}
	rest = rest[1:]

	// The axis: given, or by position and by the axis before.
	symbol := byte(0)
	if at := strings.IndexAny(rest, "xyz'\"*"); at >= 0 {
		// The screw may come before the axis or after it.
		symbol, rest = rest[at], rest[:at]+rest[at+1:]
	}
	if symbol == 0 {
		switch {
		case m.order == 1 || i == 0:
			symbol = 'z'
		case i == 1 && m.order == 2 && (previous.order == 2 || previous.order == 4):
			symbol = 'x'
		case i == 1 && m.order == 2 && (previous.order == 3 || previous.order == 6):
			symbol = '\''
		case i == 2 && m.order == 3:
			symbol = '*'
		default:
			return hallMatrix{}, fmt.Errorf("matrix %q needs an axis: x, y, z, ', \" or *", word)
		}
	}
	r := aboutZ[m.order]
	switch symbol {
	case 'x', 'y', 'z':
		m.axis = int(symbol - 'x')
		r = turned(r, m.axis)
	case '\'', '"':
		if m.order != 2 {
			return hallMatrix{}, fmt.Errorf("matrix %q: only a twofold axis is diagonal", word)
		}
		if r = twoPrime; symbol == '"' {
			r = twoDouble
		}
		if i > 0 {
			m.axis = previous.axis
		}
		r = turned(r, m.axis)
	case '*':
		if m.order != 3 {
			return hallMatrix{}, fmt.Errorf("matrix %q: only a threefold axis is along the body diagonal", word)
		}
		r = threeSpace
	}
	if improper {
		r = negative(r)
	}
	m.operation.R = r
	for _, letter := range rest {
		switch {
		case letter >= '1' && letter <= '5':
			screw := int(letter - '0')
			if screw >= m.order || symbol < 'x' {
				return hallMatrix{}, fmt.Errorf("matrix %q: there is no screw axis %d%d", word, m.order, screw)
			}
			m.operation.T[m.axis] += screw * Denominator / m.order
		default:
			shift, known := hallShifts[byte(letter)]
			if !known || letter > 'z' {
				return hallMatrix{}, fmt.Errorf("matrix %q: %q is no translation", word, letter)
			}
			m.operation.T = sum(m.operation.T, shift)
		}
	}
	m.operation = m.operation.reduced()
	return m, nil
}

func negative(r [3][3]int) [3][3]int {
	for i := range 3 {
		for j := range 3 {
			r[i][j] = -r[i][j]
		}
	}
	return r
}

// turned returns the matrix about z as one about x, y or z, by cyclic permutation of the axes.
func turned(r [3][3]int, axis int) (out [3][3]int) {
	for i := range 3 {
		for j := range 3 {
			out[(i+axis+1)%3][(j+axis+1)%3] = r[i][j]
		}
	}
	return out
}

// parseBasis reads a change of basis x′ = V x + v: a shift of the origin in twelfths, "0 0 1", or the
// new coordinates, "x-y,x+y,z+1/4".
func parseBasis(text string) (v [3][3]float64, shift [3]float64, err error) {
	if strings.Contains(text, ",") {
		return parseTriplet(text, "xyz")
	}
	words := strings.Fields(text)
	if len(words) != 3 {
		return v, shift, errors.New("want three numbers of twelfths or three sums of x, y, z")
	}
	for i, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil || n < -12 || n > 12 {
			return v, shift, fmt.Errorf("%q is not a number of twelfths from -12 to 12", word)
		}
		v[i][i], shift[i] = 1, float64(n)/12
	}
	return v, shift, nil
}

// changeBasis returns V S V⁻¹ for each operation, and the old lattice's vectors in the new basis.
func changeBasis(operations []Operation, text string) ([]Operation, error) {
	v, shift, err := parseBasis(text)
	if err != nil {
		return nil, err
	}
	inv, ok := inverseOf(v)
	if !ok {
		return nil, errors.New("the matrix has no inverse")
	}
	for i := range 3 {
		edge := Identity()
		edge.T[i] = Denominator
		operations = append(operations, edge)
	}
	out := make([]Operation, len(operations))
	for n, o := range operations {
		// x′ = V x + v; S′ = (V R V⁻¹, V t + v − V R V⁻¹ v).
		r := real3(o.R)
		r = times3(times3(v, r), inv)
		for i := range 3 {
			t := shift[i]
			for j := range 3 {
				t += v[i][j]*float64(o.T[j])/Denominator - r[i][j]*shift[j]
				rounded := math.Round(r[i][j])
				if !(math.Abs(r[i][j]-rounded) < 1e-6 && math.Abs(rounded) < 8) {
					return nil, errors.New("the operations are not symmetries of the new lattice")
				}
				out[n].R[i][j] = int(rounded)
			}
			whole, ok := multiple(t)
			if !ok {
				return nil, errors.New("a translation is not a multiple of 1/24")
			}
			out[n].T[i] = whole
		}
		out[n] = out[n].reduced()
	}
	return out, nil
}

func real3(a [3][3]int) (out [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			out[i][j] = float64(a[i][j])
		}
	}
	return out
}

func times3(a, b [3][3]float64) (c [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			c[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return c
}

// inverseOf reports whether a has an inverse of reasonable size.
func inverseOf(a [3][3]float64) (c [3][3]float64, ok bool) {
	d := a[0][0]*(a[1][1]*a[2][2]-a[1][2]*a[2][1]) - a[0][1]*(a[1][0]*a[2][2]-a[1][2]*a[2][0]) + a[0][2]*(a[1][0]*a[2][1]-a[1][1]*a[2][0])
	if !(math.Abs(d) > 1e-3 && math.Abs(d) < 1e3) {
		return c, false
	}
	for i := range 3 {
		for j := range 3 {
			p, q, r, s := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			c[i][j] = (a[p][r]*a[q][s] - a[p][s]*a[q][r]) / d
		}
	}
	return c, true
}
