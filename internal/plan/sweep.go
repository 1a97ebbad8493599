package plan

// Sweep lists the steps of one sweep over the pixels.
type Sweep struct {
	Values []int // pixel values, operands first
	Reduce []int // reductions completed by the sweep
	Store  []int // values of those that are stored whole
}

// Empty reports whether the sweep has nothing to do.
func (s *Sweep) Empty() bool { return len(s.Reduce)+len(s.Store) == 0 }

// stage is a list of uniform steps, then one sweep over the pixels.
type stage struct {
	uniform []int
	Sweep
}

// Sweeps lists the sweeps; some may be empty.
func (p *Plan) Sweeps() []Sweep {
	out := make([]Sweep, len(p.stages))
	for k, st := range p.stages {
		out[k] = st.Sweep
	}
	return out
}

// fill sorts the steps into stages. A sweep recomputes the pixel values of earlier ones that it needs.
func (p *Plan) fill(level []int) {
	for i := range p.steps {
		s := &p.steps[i]
		switch {
		case s.reduce:
			p.stages[level[i]-1].Reduce = append(p.stages[level[i]-1].Reduce, i)
		case s.whole || !s.Pixel:
			p.stages[level[i]].uniform = append(p.stages[level[i]].uniform, i)
		case s.kept && !s.Leaf():
			p.stages[level[i]].Store = append(p.stages[level[i]].Store, i)
		}
	}
	for k := range p.stages {
		st := &p.stages[k]
		needed := make([]bool, len(p.steps))
		for _, i := range st.Store {
			needed[i] = true
		}
		for _, i := range st.Reduce {
			p.need(needed, i)
		}
		for i := len(p.steps) - 1; i >= 0; i-- {
			if needed[i] && !p.steps[i].whole {
				p.need(needed, i)
			}
		}
		for i := range p.steps {
			if needed[i] {
				st.Values = append(st.Values, i)
			}
		}
	}
}

// need marks the pixel values among a step's operands.
func (p *Plan) need(needed []bool, i int) {
	for _, a := range p.steps[i].Args {
		needed[a] = needed[a] || p.steps[a].Pixel
	}
}
