package refine

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// variables are the numbers that a joint search changes: values of shared parameters, of own parameters in each frame, and
// coefficients of splines. Those along the scan come first, in its order.
type variables struct {
	list      []variable
	along     int             // number of those along the scan
	width     int             // the largest distance of two of them that meet in a frame or a restraint
	frames    [][]combination // of each frame's parameters, element by element
	restraint []linear
}

// variable is one number.
type variable struct {
	transform
	name   string
	kind   kind
	place  float64 // along the scan; +Inf for what follows all that is along it
	start  float64
	centre float64 // of its own restraint, and its sigma; 0 for none
	sigma  float64
}

type kind uint8

const (
	sharedVariable kind = iota
	ownVariable
	splineVariable
)

// combination is a parameter's value in a frame: a sum of variables with coefficients.
type combination []term

type term struct {
	variable    int
	coefficient float64
}

func (c combination) value(values []float64) float64 {
	if len(c) == 1 && c[0].coefficient == 1 {
		return values[c[0].variable]
	}
	v := 0.0
	for _, t := range c {
		v += t.coefficient * values[t.variable]
	}
	return v
}

// linear is the restraint of a sum of variables to 0: it adds ½ (sum/sigma)² to the loss.
type linear struct {
	sum   combination
	sigma float64
}

// course is how a number changes along a series of frames: a variable for each frame, or for each knot of a spline.
type course struct {
	variables []int
	places    []float64
	*Own
}

// courseKey identifies a course.
type courseKey struct {
	element string
	series  int
}

// newVariables makes the variables of the frames' parameters. starts has the values of each frame's parameters.
func newVariables(frames []Frame, own map[string]*Own, starts [][]float64) *variables {
	v := &variables{frames: make([][]combination, len(frames))}
	shared := map[string]int{}
	courses := map[courseKey]*course{}
	var order []*course
	for i, f := range frames {
		for k, e := range f.Problem.params.each {
			name, start := e.element(e.index), starts[i][k]
			o := own[e.Name]
			if o == nil {
				n, known := shared[name]
				if !known {
					n = v.add(variable{transform: e.transform(), name: name, place: math.Inf(1), start: start}, e)
					shared[name] = n
				}
				v.frames[i] = append(v.frames[i], combination{{n, 1}})
				continue
			}
			key := courseKey{name, f.Series}
			c := courses[key]
			if c == nil {
				c = &course{Own: o}
				courses[key], order = c, append(order, c)
				if o.Knots > 0 {
					v.addKnots(c, e, frames, starts, f.Series)
				}
			}
			if o.Knots > 0 {
				v.frames[i] = append(v.frames[i], c.at(f.Place))
				continue
			}
			n := v.add(variable{transform: e.transform(), name: name + ", " + f.Name, kind: ownVariable, place: f.Place, start: start}, e)
			c.variables, c.places = append(c.variables, n), append(c.places, f.Place)
			v.frames[i] = append(v.frames[i], combination{{n, 1}})
		}
	}
	for _, c := range order {
		v.smooth(c)
	}
	v.arrange()
	return v
}

// add adds a variable of an element, with the restraint of its parameter.
func (v *variables) add(x variable, e element) int {
	if r := e.Restraint; r != nil {
		x.centre, x.sigma = r.Centre, r.Sigma
		if r.ToStart {
			x.centre = x.start
		}
	}
	v.list = append(v.list, x)
	return len(v.list) - 1
}

// addKnots makes the coefficients of a spline. They start at the values of the nearest frames.
func (v *variables) addKnots(c *course, e element, frames []Frame, starts [][]float64, series int) {
	name := e.element(e.index)
	var places, values []float64
	for i, f := range frames {
		for k, other := range f.Problem.params.each {
			if f.Series == series && other.element(other.index) == name {
				places, values = append(places, f.Place), append(values, starts[i][k])
			}
		}
	}
	first, last := slices.Min(places), slices.Max(places)
	for m := range max(1, int(math.Ceil((last-first)/c.Knots))) + 3 {
		place := first + float64(m-1)*c.Knots
		nearest := 0
		for i, p := range places {
			if math.Abs(p-place) < math.Abs(places[nearest]-place) {
				nearest = i
			}
		}
		x := variable{transform: e.transform(), name: fmt.Sprintf("%s, knot %d", name, m+1), kind: splineVariable, place: place, start: values[nearest]}
		c.variables, c.places = append(c.variables, v.add(x, e)), append(c.places, place)
	}
}

// at returns the value of a spline: cubic B-splines, of which four are not 0 at a place.
func (c *course) at(place float64) combination {
	t := (place - c.places[1]) / c.Knots
	m := min(max(0, int(t)), len(c.variables)-4)
	t -= float64(m)
	u := 1 - t
	var out combination
	for k, b := range [4]float64{u * u * u / 6, (3*t*t*t - 6*t*t + 4) / 6, (3*u*u*u - 6*u*u + 4) / 6, t * t * t / 6} {
		out = append(out, term{c.variables[m+k], b})
	}
	return out
}

// smooth restrains second differences: how far a value is from the straight line between its neighbours, twice.
func (v *variables) smooth(c *course) {
	if c.Roughness == 0 {
		return
	}
	for i := 1; i+1 < len(c.variables); i++ {
		w := 2 * (c.places[i] - c.places[i-1]) / (c.places[i+1] - c.places[i-1]) // of the later neighbour
		v.restraint = append(v.restraint, linear{combination{{c.variables[i-1], w - 2}, {c.variables[i], 2}, {c.variables[i+1], -w}}, c.Roughness})
	}
}

// arrange sorts the variables along the scan. Splines of far knots, which meet many variables of frames, are cheaper beside
// the shared variables.
func (v *variables) arrange() {
	cost := func() float64 {
		w, s := float64(v.width), float64(len(v.list)-v.along)
		return float64(v.along)*(w*w+w*s+s*s) + s*s*s/3
	}
	v.sort()
	whole := cost()
	places := make([]float64, len(v.list))
	for i := range v.list {
		places[i] = v.list[i].place
	}
	back := v.clone()
	for i := range v.list {
		if v.list[i].kind == splineVariable {
			v.list[i].place = math.Inf(1)
		}
	}
	v.sort()
	if cost() > whole {
		*v = *back
	}
}

func (v *variables) clone() *variables {
	out := *v
	out.list = slices.Clone(v.list)
	out.frames = make([][]combination, len(v.frames))
	for i, list := range v.frames {
		for _, c := range list {
			out.frames[i] = append(out.frames[i], slices.Clone(c))
		}
	}
	out.restraint = slices.Clone(v.restraint)
	for i := range out.restraint {
		out.restraint[i].sum = slices.Clone(out.restraint[i].sum)
	}
	return &out
}

// sort puts the variables in the order of their places, and counts those along the scan.
func (v *variables) sort() {
	order := make([]int, len(v.list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := v.list[a].place, v.list[b].place; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	list, to := make([]variable, len(order)), make([]int, len(order))
	v.along, v.width = 0, 0
	for n, o := range order {
		list[n], to[o] = v.list[o], n
		if !math.IsInf(list[n].place, 1) {
			v.along++
		}
	}
	v.list = list
	move := func(c combination) {
		for i := range c {
			c[i].variable = to[c[i].variable]
		}
	}
	for _, frame := range v.frames {
		for _, c := range frame {
			move(c)
		}
		v.meet(frame...)
	}
	for _, r := range v.restraint {
		move(r.sum)
		v.meet(r.sum)
	}
}

// meet widens the band to what variables of one frame or restraint need.
func (v *variables) meet(list ...combination) {
	low, high := v.along, -1
	for _, c := range list {
		for _, t := range c {
			if t.variable < v.along {
				low, high = min(low, t.variable), max(high, t.variable)
			}
		}
	}
	v.width = max(v.width, high-low)
}

// values returns those of the variables at x.
func (v *variables) values(x []float64) []float64 {
	out := make([]float64, len(x))
	for i := range out {
		out[i], _, _ = v.list[i].value(x[i])
	}
	return out
}

// of returns the values of a frame's parameters.
func (v *variables) of(frame int, values []float64) []float64 {
	out := make([]float64, len(v.frames[frame]))
	for k, c := range v.frames[frame] {
		out[k] = c.value(values)
	}
	return out
}

// restrain adds the restraints to a loss, its gradient and its Fisher matrix by the values of the variables.
func (v *variables) restrain(values, gradient []float64, f *arrow) (loss float64) {
	for i, x := range v.list {
		if x.sigma == 0 {
			continue
		}
		z := (values[i] - x.centre) / x.sigma
		loss += z * z / 2
		gradient[i] += z / x.sigma
		*f.at(i, i) += 1 / (x.sigma * x.sigma)
	}
	for _, r := range v.restraint {
		z := r.sum.value(values) / r.sigma
		loss += z * z / 2
		for _, a := range r.sum {
			gradient[a.variable] += z * a.coefficient / r.sigma
			for _, b := range r.sum {
				if a.variable >= b.variable {
					*f.at(a.variable, b.variable) += a.coefficient * b.coefficient / (r.sigma * r.sigma)
				}
			}
		}
	}
	return loss
}

// addGradient adds a frame's gradient by its parameters to that by the variables.
func (v *variables) addGradient(frame int, own, gradient []float64) {
	for k, c := range v.frames[frame] {
		for _, a := range c {
			gradient[a.variable] += a.coefficient * own[k]
		}
	}
}

// addMatrix adds a frame's matrix of products by its parameters to that by the variables.
func (v *variables) addMatrix(frame int, own mat.Symmetric, f *arrow) {
	list := v.frames[frame]
	for k, c := range list {
		for _, a := range c {
			for l, d := range list {
				value := own.At(k, l)
				for _, b := range d {
					if a.variable >= b.variable {
						*f.at(a.variable, b.variable) += a.coefficient * b.coefficient * value
					}
				}
			}
		}
	}
}
