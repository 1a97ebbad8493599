package symmetry

// derived is what follows from the operations of a group.
type derived struct {
	primitive []Operation // one for each rotation: without centring vectors
	centrings [][3]int    // (0, 0, 0) first
	centric   bool        // has a centre of symmetry
}

func derive(operations []Operation) *derived {
	d := &derived{}
	seen := map[[3][3]int]bool{}
	for _, o := range operations {
		if o.R == identity {
			d.centrings = append(d.centrings, o.T)
		}
		if !seen[o.R] {
			seen[o.R] = true
			d.primitive = append(d.primitive, o)
			d.centric = d.centric || o.R == negative(identity)
		}
	}
	return d
}

// facts returns what was derived when the group was made, or derives it for a literal.
func (g *Group) facts() *derived {
	if g.derived != nil {
		return g.derived
	}
	return derive(g.Operations)
}

// Primitive returns one operation for each rotation, that is, the operations modulo the centring
// vectors. Equivalent Miller indices and their phases need no others. The result must not be modified.
func (g *Group) Primitive() []Operation { return g.facts().primitive }

// Centrings returns the centring vectors in 24ths, beginning with (0, 0, 0). The result must not be
// modified.
func (g *Group) Centrings() [][3]int { return g.facts().centrings }

// Centrosymmetric reports whether the group has a centre of symmetry.
func (g *Group) Centrosymmetric() bool { return g.facts().centric }

// Polar reports whether some direction is the same under all operations, so that the origin along
// it is free.
func (g *Group) Polar() bool {
	var total [3][3]int
	for _, o := range g.Primitive() {
		for i := range 3 {
			for j := range 3 {
				total[i][j] += o.R[i][j]
			}
		}
	}
	// The mean of the rotations projects on the invariant directions.
	return total != [3][3]int{}
}

// Rotations returns the matrices R of the point group, the identity first. They act on fractional
// coordinates, x′ = R x, and on Miller indices, h′ = h R.
func (g *Group) Rotations() [][3][3]int {
	var out [][3][3]int
	for _, o := range g.Primitive() {
		out = append(out, o.R)
	}
	return out
}

// LaueRotations returns the matrices of the Laue group, which is the point group with the inversion:
// those that leave intensities the same if Friedel's law holds, and so those of diffuse scattering.
func (g *Group) LaueRotations() [][3][3]int {
	out := g.Rotations()
	if g.Centrosymmetric() {
		return out
	}
	for _, r := range g.Rotations() {
		out = append(out, negative(r))
	}
	return out
}

// Laue returns the symbol of the Laue class: "-1", "2/m", "mmm", "4/m", "4/mmm", "-3", "-3m", "6/m",
// "6/mmm", "m-3" or "m-3m".
func (g *Group) Laue() string {
	twofold, highest, threefold := 0, 1, 0
	rotations := 0
	for _, r := range g.LaueRotations() {
		if determinant(r) < 0 {
			continue
		}
		rotations++
		order := map[int]int{3: 1, -1: 2, 0: 3, 1: 4, 2: 6}[r[0][0]+r[1][1]+r[2][2]]
		highest = max(highest, order)
		switch order {
		case 2:
			twofold++
		case 3:
			threefold++
		}
	}
	switch {
	case rotations == 24:
		return "m-3m"
	case threefold == 8:
		return "m-3"
	case highest == 6 && rotations == 12:
		return "6/mmm"
	case highest == 6:
		return "6/m"
	case highest == 3 && twofold > 0:
		return "-3m"
	case highest == 3:
		return "-3"
	case highest == 4 && rotations == 8:
		return "4/mmm"
	case highest == 4:
		return "4/m"
	case twofold == 3:
		return "mmm"
	case twofold == 1:
		return "2/m"
	}
	return "-1"
}

// Absent reports whether the group forbids the reflection h: its structure factor is 0 whatever is in
// the cell.
func (g *Group) Absent(h [3]int) bool {
	d := g.facts()
	for _, t := range d.centrings {
		if (Operation{T: t}).Shift(h) != 0 {
			return true
		}
	}
	for _, o := range d.primitive {
		if o.Index(h) == h && o.Shift(h) != 0 {
			return true
		}
	}
	return false
}

// Centric reports whether the phase of the reflection h can have two values only, since −h is
// equivalent to h.
func (g *Group) Centric(h [3]int) bool {
	minus := [3]int{-h[0], -h[1], -h[2]}
	for _, o := range g.Primitive() {
		if o.Index(h) == minus {
			return true
		}
	}
	return false
}

// Epsilon returns the factor ε by which the mean intensity of h exceeds that of general reflections:
// the number of rotations that leave h as it is.
func (g *Group) Epsilon(h [3]int) int {
	n := 0
	for _, o := range g.Primitive() {
		if o.Index(h) == h {
			n++
		}
	}
	return n
}

// Equivalent is a reflection that symmetry makes equivalent to another: F = F₀ exp(−2πi Shift/24).
type Equivalent struct {
	H     [3]int
	Shift int // from 0 to 23
}

// Equivalents returns the distinct indices h R with their phase shifts, h first. Friedel mates are
// among them only if the reflection is centric.
func (g *Group) Equivalents(h [3]int) []Equivalent {
	var out []Equivalent
next:
	for _, o := range g.Primitive() {
		e := o.Index(h)
		for _, other := range out {
			if other.H == e {
				continue next
			}
		}
		out = append(out, Equivalent{e, o.Shift(h)})
	}
	return out
}

// Multiplicity returns the number of distinct reflections equivalent to h, Friedel mates included.
func (g *Group) Multiplicity(h [3]int) int {
	n := len(g.Primitive()) / g.Epsilon(h)
	if g.Centric(h) {
		return n
	}
	return 2 * n
}

// Representative returns the one reflection that stands for all that are equivalent to h, Friedel
// mates included: that with the largest l, then h, then k. It is h R, or −h R if friedel is true,
// with R of the operation o:
//
//	F(h R) = F(h) exp(−2πi o.Shift(h)/24), F(−h R) = conj F(h R)
//
// The second of these holds without anomalous scattering only. A centric reflection is never
// reached through its mate.
func (g *Group) Representative(h [3]int) (r [3]int, o Operation, friedel bool) {
	return representative(g.Primitive(), h)
}

// RepresentativeApart is Representative with Friedel mates apart, whose intensities anomalous scattering
// makes different: h R with the largest l, then h, then k.
func (g *Group) RepresentativeApart(h [3]int) [3]int {
	var r [3]int
	for i, o := range g.Primitive() {
		if e := o.Index(h); i == 0 || above(e, r) {
			r = e
		}
	}
	return r
}

func representative(primitive []Operation, h [3]int) (r [3]int, o Operation, friedel bool) {
	at := 0
	for i := range primitive {
		e := primitive[i].Index(h)
		if i == 0 || above(e, r) {
			r, at, friedel = e, i, false
		}
		if minus := [3]int{-e[0], -e[1], -e[2]}; above(minus, r) {
			r, at, friedel = minus, i, true
		}
	}
	if friedel {
		for i := range primitive {
			if primitive[i].Index(h) == r {
				return r, primitive[i], false
			}
		}
	}
	return r, primitive[at], friedel
}

// above reports whether a comes before b as a representative.
func above(a, b [3]int) bool {
	if a[2] != b[2] {
		return a[2] > b[2]
	}
	if a[0] != b[0] {
		return a[0] > b[0]
	}
	return a[1] > b[1]
}
