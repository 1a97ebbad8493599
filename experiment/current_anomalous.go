package experiment

import (
	"slices"

	"github.com/gobragg/gobragg/crystal"
)

// clone returns a copy that shares no numbers.
func (a *Anomalous) clone() *Anomalous {
	if a == nil {
		return nil
	}
	own := *a
	own.Scatterers, own.Atoms = slices.Clone(a.Scatterers), slices.Clone(a.Atoms)
	for i := range own.Scatterers {
		s := &own.Scatterers[i]
		s.FPrime, s.FDoublePrime = slices.Clone(s.FPrime), slices.Clone(s.FDoublePrime)
		if s.Edge != nil {
			edge := *s.Edge
			s.Edge = &edge
		}
		if s.B != nil {
			b := *s.B
			s.B = &b
		}
	}
	return &own
}

// anomalousSlots are the slots of the heavy atoms of crystal i.
func (e *Experiment) anomalousSlots(i int) (list []slot) {
	x := e.Crystals[i]
	if x.Anomalous == nil {
		return nil
	}
	whole := x.Config().Anomalous
	of := func(c *Config) *Anomalous { return c.Crystals[i].Anomalous } // Config has cloned it
	for k, s := range x.Anomalous.Scatterers {
		for j, n := range s.FPrime {
			list = append(list, e.newSlot(n, func(c *Config, v float64) { of(c).Scatterers[k].FPrime[j] = v }))
		}
		for j, n := range s.FDoublePrime {
			list = append(list, e.newSlot(n, func(c *Config, v float64) { of(c).Scatterers[k].FDoublePrime[j] = v }))
		}
		if s.B != nil {
			list = append(list, e.newSlot(s.B, func(c *Config, v float64) { *of(c).Scatterers[k].B = v }))
		}
		if n := s.Edge; n != nil {
			edge := func(c *Config) *Edge { return of(c).Scatterers[k].Edge }
			list = append(list,
				e.newSlot(n.Below, func(c *Config, v float64) { edge(c).Below = v }),
				e.newSlot(n.Step, func(c *Config, v float64) { edge(c).Step = v }),
				e.newSlot(n.Energy, func(c *Config, v float64) {
					edge(c).Energy, edge(c).Reference = v, whole.Scatterers[k].Edge.Reference
				}),
				e.newSlot(n.Slope, func(c *Config, v float64) { edge(c).Slope = v }),
				e.newSlot(n.Offset, func(c *Config, v float64) { edge(c).Offset = v }))
		}
	}
	for k, n := range x.Anomalous.Atoms {
		atom := func(c *Config) *HeavyAtom { return &of(c).Atoms[k] }
		for j := range 3 {
			list = append(list, e.newSlot(n.Position[j], func(c *Config, v float64) { // the site keeps its order when it moves
				a := atom(c)
				*[]*float64{&a.X, &a.Y, &a.Z}[j], a.Order = v, whole.Atoms[k].Order
			}))
		}
		if s := x.Anomalous.Scatterers; !slices.ContainsFunc(s, func(s crystal.ScattererNodes) bool { return s.B == n.B }) {
			list = append(list, e.newSlot(n.B, func(c *Config, v float64) { atom(c).B = v }))
		}
		list = append(list, e.newSlot(n.Occupancy, func(c *Config, v float64) { atom(c).Occupancy = v }))
	}
	return list
}
