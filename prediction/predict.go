package prediction

import (
	"cmp"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/geom"
)

// Predict returns the reflections that diffract. A setup that makes no sense is a
// [gobragg.ConfigError].
func Predict(s *Setup) (*List, error) {
	m, err := prepare(s)
	if err != nil {
		return nil, err
	}
	p := predictor{model: m}
	p.list.Order, p.list.DMin = m.order, 1/m.limit
	p.list.Candidates = m.scan(p.reflection)
	p.list.place(p.boxes, p.outlines)
	p.list.sort()
	return &p.list, nil
}

// predictor collects the list.
type predictor struct {
	*model
	list List
	// Of all reflections, in their order.
	boxes    []Box
	outlines []Outline

	// Of the reflection at hand, by line.
	events []event
	rays   []lineRay
	// Their spots on the panel at hand, and on that of the centre.
	here, chosen []onPanel
}

// lineRay is a reflection's spot in one line.
type lineRay struct {
	event
	line    int
	ray     [3]float64 // in the laboratory, not of unit length
	part    float64    // partiality
	bounds  interval   // of phi in the image, relative to the event's, radians
	average [2]float64 // mean and variance of phi there, by intensity
}

// place makes the boxes and the outlines those of the reflections, each of which has the number of its own so far.
func (l *List) place(all []Box, outlines []Outline) {
	for i := range l.Reflections {
		r := &l.Reflections[i]
		n := len(r.Boxes)
		r.Boxes, all = all[:n:n], all[n:]
		r.Outlines, outlines = outlines[:n:n], outlines[n:]
	}
}

// sort puts the reflections in the order of [List].
func (l *List) sort() {
	// Reflections are large: their numbers are sorted.
	order := make([]int32, len(l.Reflections))
	for i := range order {
		order[i] = int32(i)
	}
	compare := func(i, j int32) int {
		a, b := &l.Reflections[i], &l.Reflections[j]
		for k := range a.HKL {
			if a.HKL[k] != b.HKL[k] {
				return a.HKL[k] - b.HKL[k]
			}
		}
		return cmp.Or(cmp.Compare(a.Phi, b.Phi), cmp.Compare(a.Line, b.Line), int(i-j))
	}
	if slices.IsSortedFunc(order, compare) {
		return
	}
	slices.SortFunc(order, compare)
	sorted := make([]Reflection, len(order))
	for i, n := range order {
		sorted[i] = l.Reflections[n]
	}
	l.Reflections = sorted
}

// reflection adds a reflection to the list, if it is one of the image.
func (p *predictor) reflection(hkl [3]int, q [3]float64) {
	first, last := p.lines(q)
	p.rays = p.rays[:0]
	for k := first; k < last; k++ {
		if p.weights[k] == 0 {
			continue
		}
		p.events = p.model.events(p.events[:0], q, &p.spheres[k])
		for _, e := range p.events {
			p.rays = append(p.rays, lineRay{event: e, line: k})
		}
	}
	if len(p.rays) == 0 {
		return
	}
	amplitude := 1.0
	if f := p.setup.Crystal.Amplitude; f != nil {
		if amplitude = f(hkl[0], hkl[1], hkl[2]); amplitude == 0 {
			return
		}
	}
	r := Reflection{HKL: hkl, F: amplitude, D: 1 / math.Sqrt(geom.Dot(q, q))}
	switch {
	case p.setup.Apart || len(p.spheres) == 1:
		for k := range p.rays {
			p.add(r, p.rays[k:k+1])
		}
	case p.still:
		p.add(r, p.rays)
	default:
		for len(p.rays) > 0 {
			p.add(r, p.sameCrossing())
		}
	}
}

// lines returns the lines, first and one more than the last, whose sphere a point may be near to.
func (p *predictor) lines(q [3]float64) (first, last int) {
	if len(p.spheres) == 1 || !p.still {
		return 0, len(p.spheres)
	}
	square, along := geom.Dot(q, q), geom.Dot(q, p.ends[0].incident)
	reach := p.reach(&p.spheres[0])
	if along >= 0 {
		return 0, len(p.spheres)
	}
	at := func(k int) float64 { return square + 2*p.spheres[k].kappa*along } // increases with the wavelength
	first, _ = slices.BinarySearchFunc(p.spheres, -reach, func(s sphere, r float64) int { return cmp.Compare(square+2*s.kappa*along, r) })
	last = first
	for last < len(p.spheres) && at(last) <= reach {
		last++
	}
	return first, last
}

// sameCrossing takes the rays of the first one's crossing, one a line, out of the rays of a rotation.
func (p *predictor) sameCrossing() (taken []lineRay) {
	first := p.rays[0]
	p.rays = slices.DeleteFunc(p.rays, func(r lineRay) bool {
		same := r.entering == first.entering && math.Abs(r.phi-first.phi) < math.Pi/2
		if same && (len(taken) == 0 || taken[len(taken)-1].line != r.line) {
			taken = append(taken, r)
			return true
		}
		return false
	})
	return taken
}

// add adds a reflection with the rays of its lines, in ascending order, if its spot is on a panel.
func (p *predictor) add(r Reflection, rays []lineRay) {
	best, most, total, part := 0, -1.0, 0.0, 0.0
	for k := range rays {
		y := &rays[k]
		p.trace(y)
		light := p.weights[y.line] * y.part
		part += light
		total += p.weights[y.line]
		if light > most {
			best, most = k, light
		}
	}
	if !p.setup.Apart {
		total = p.whole
	}
	r.Partiality = part / total
	b := &rays[best]
	r.Lines, r.Line = [2]int{rays[0].line, rays[len(rays)-1].line + 1}, b.line
	r.Phi = b.phi / geom.Degree
	for k, end := range [2]float64{p.setup.Crystal.Phi, p.setup.Crystal.Phi + p.setup.Crystal.Osc} {
		if b.phi == p.ends[k].phi { // in the digits of the setup
			r.Phi = end
		}
	}
	r.Entering, r.Grazing, r.Excitation = b.entering, b.grazing, b.distance/b.sigma
	r.Ray = geom.Unit(b.ray)
	if !p.still {
		r.Rocking = b.sigma / math.Abs(b.rate) / geom.Degree
		r.Lorentz = 1 / math.Abs(geom.Dot(p.spindle, geom.Cross(r.Ray, p.incident)))
	} else {
		r.Lorentz = 1 / geom.Norm(geom.Cross(r.Ray, p.incident))
	}
	if !p.spots(&r, rays, best) {
		return
	}
	p.list.Reflections = append(p.list.Reflections, r)
}

// trace completes a ray whose event is known.
func (p *predictor) trace(y *lineRay) {
	y.ray = geom.Apply(y.lab, p.model.ray(&y.excited, &p.spheres[y.line], &y.turned))
	x := y.distance / y.sigma
	if p.still {
		y.part = math.Exp(-x * x / 2)
		return
	}
	y.bounds = interval{p.ends[0].phi - y.phi, p.ends[1].phi - y.phi}
	y.part, y.average = crossed(x, y.rate/y.sigma, y.bounds)
}
