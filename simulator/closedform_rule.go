package simulator

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/cloud"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/parallel"
	"github.com/gobragg/gobragg/internal/tape"
)

// ClosedFormCheck is how exact the closed form of the spots is, and what was done about it when their list was made.
//
// Each spot is measured at five places, its centre and ±1.5 standard deviations along its principal axes: there the closed
// form is compared with a quadrature with exact rotations, of seven nodes for the mosaic spread inside three to eight
// Gauss–Legendre nodes of phi, which tells errors near the tolerance to 2 %; where the verdict might depend on that, of three
// Gauss–Hermite nodes along each axis of the spread inside sixteen. Errors are parts of the largest of the five intensities, or, where that
// is less, of a millionth of the peak that the reflection has where it diffracts. A spot is cut where that is above the
// tolerance and parts make it less. The list is refused if what is left is above the tolerance for a spot that has a
// thousandth of that peak, or in parts of a thousandth of it for weaker ones: the tails of reflections that hardly diffract
// are often off by more, which is less than the list leaves out.
type ClosedFormCheck struct {
	// Spots is the number of those measured, and Error the largest error of one as it stood in the list, that of the
	// reflection Worst.
	Spots int
	Error float64
	Worst [3]int
	// Rotations is the number of spots whose rotation was cut, Lines that of those whose line was, and Parts how many spots
	// were made of them. Left is the largest error after that.
	Rotations, Lines, Parts int
	Left                    float64
}

// String is the check in a line.
func (c *ClosedFormCheck) String() string {
	text := fmt.Sprintf("the closed form of %d spots was checked by a quadrature: off by at most %.2g of a spot's peak", c.Spots, c.Error)
	if c.Spots > 0 {
		text += fmt.Sprintf(" (%d %d %d)", c.Worst[0], c.Worst[1], c.Worst[2])
	}
	if c.Parts > 0 {
		what := fmt.Sprintf("the rotation of %d", c.Rotations)
		switch {
		case c.Rotations == 0:
			what = fmt.Sprintf("the line of %d", c.Lines)
		case c.Lines > 0:
			what += fmt.Sprintf(" and the line of %d", c.Lines)
		}
		text += fmt.Sprintf("; %s is computed in parts, %d together, and at most %.2g is left", what, c.Parts, c.Left)
	}
	return text
}

// ClosedFormCheck returns what was measured of the present list of spots, nil for the sampled model.
func (s *Simulator) ClosedFormCheck() *ClosedFormCheck {
	if s.list == nil {
		return nil
	}
	return s.list.check
}

// rule measures spots at the present values of the nodes.
type rule struct {
	crystals []cloudNumbers
	sources  []beam.Numbers
	planes   []detector.Plane
	detector *detector.Detector
	options  ClosedFormOptions
	variance float64 // that the nodes of a pixel leave
}

// cloudNumbers are what the clouds of a crystal have in common, at phi = 0; angles are in radians.
type cloudNumbers struct {
	star, point, mosaic [3][3]float64
	strain              float64
	spindle             [3]float64
	phi, osc            float64
}

// newRule reads the nodes.
func (c *closedForm) newRule(s *Simulator) (*rule, error) {
	r := &rule{detector: s.detector, options: c.options}
	_, r.variance = c.options.Pixels.nodes()
	for _, x := range s.crystals {
		own, err := s.cloudNumbers(x)
		if err != nil {
			return nil, s.ofCrystal(x, err)
		}
		r.crystals = append(r.crystals, own)
	}
	var err error
	if r.sources, err = s.beam.At(); err != nil {
		return nil, err
	}
	if c.options.Spectrum == AboutMean {
		// What the sum about the mean adds to the error is known: see AboutMean.
		line, own, _ := meanLine(r.sources)
		line.Width = own
		r.sources = []beam.Numbers{line} // which cannot be cut
	}
	r.planes, err = s.detector.Planes()
	return r, err
}

// cloudNumbers reads those of a crystal.
func (s *Simulator) cloudNumbers(x *crystal.Crystal) (c cloudNumbers, err error) {
	n, err := x.At()
	if err != nil {
		return c, err
	}
	w, err := x.WidthsWith(nanobragg.Deviations{})
	if err != nil {
		return c, err
	}
	b := node.On(s.graph)
	phi, osc, spindle := x.Rotation()
	angles, err := tape.Scalars(b.In(phi))
	if err == nil && osc != nil {
		var more []float64
		more, err = tape.Scalars(b.In(osc))
		angles = append(angles, more...)
	}
	if err != nil {
		return c, fmt.Errorf("simulator: %w", err)
	}
	c = cloudNumbers{star: geom.Columns(n.AStar, n.BStar, n.CStar), point: w.Point, mosaic: w.Mosaic, strain: w.Strain,
		spindle: spindle, phi: angles[0] * geom.Degree}
	if osc != nil {
		c.osc = angles[1] * geom.Degree
	}
	return c, nil
}

// measure returns the list with those spots cut that have to be, and where they are.
func (c *closedForm) measure(s *Simulator, all []Spot) ([]Spot, []seenSpot, *ClosedFormCheck, error) {
	r, err := c.newRule(s)
	if err != nil {
		return nil, nil, nil, err
	}
	found := make([]verdict, len(all))
	parallel.Each(s.settings.workers, len(all), func(i int) { found[i] = r.judge(&all[i]) })
	out := &ClosedFormCheck{Spots: len(all)}
	list := make([]Spot, 0, len(all)+len(all)/4)
	seen := make([]seenSpot, 0, cap(list))
	refused, most, worst := 0, 0.0, 0
	for i := range found {
		v, spot := &found[i], &all[i]
		if v.before.own >= out.Error {
			out.Error, out.Worst = v.before.own, [3]int{spot.H, spot.K, spot.L}
		}
		out.Left = max(out.Left, v.after.own)
		if v.after.serious > r.options.Tolerance {
			refused++
			if v.after.serious > most {
				most, worst = v.after.serious, i
			}
		}
		parts := r.cut(spot, v.phis, lineParts(v.narrow))
		for k := range parts {
			parts[k].slow = v.slow
		}
		if len(parts) > 1 {
			out.Parts += len(parts)
			for k := range parts {
				for _, source := range r.sourcesOf(&parts[k]) {
					seen = append(seen, r.look(&parts[k], source))
				}
			}
		} else {
			seen = append(seen, v.views...)
		}
		if v.phis > 1 {
			out.Rotations++
		}
		if v.narrow < 1 {
			out.Lines++
		}
		list = append(list, parts...)
	}
	if refused > 0 {
		x := &all[worst]
		return nil, nil, nil, fmt.Errorf("simulator: the closed form of %d of %d spots is off by more than %.3g of the peak, that of (%d %d %d) by %.2g, with what parts of the rotation and of the line make better: simulate by steps, or allow more by ClosedFormOptions.Tolerance (physics.closed_form.tolerance)",
			refused, len(all), r.options.Tolerance, x.H, x.K, x.L, most)
	}
	return list, seen, out, nil
}

// verdict is how a spot is computed: in a number of parts of its rotation, and of its line as wide as narrow; and how far
// it is off as it was, and then.
type verdict struct {
	phis          int
	narrow        float64
	before, after deviation
	views         []seenSpot // of the spot as it was, one for each source
	slow          bool       // its spot is thinner along the slow axis than along the fast one
}

// deviation is how far a spot is off, in parts of its own peak, and in parts of one that is not of a mere tail.
type deviation struct{ own, serious float64 }

const (
	// mostPhis is the largest number of parts of a rotation.
	mostPhis = 64
	// worthIt is the part of an error that more parts have to leave at most.
	worthIt = 0.7
	// leastOwn and leastSerious are the smallest peaks of a deviation, in parts of that where the reflection diffracts.
	leastOwn, leastSerious = 1e-6, 1e-3
)

// judge finds the fewest parts of a spot that are within the tolerance.
func (r *rule) judge(spot *Spot) verdict {
	var views []seenSpot
	osc, wide := 0.0, false
	for _, source := range r.sourcesOf(spot) {
		views = append(views, r.look(spot, source))
	}
	for i := range views {
		osc = max(osc, views[i].turns)
		wide = wide || views[i].form.Width > 0 && r.options.Spectrum == EachLine
	}
	off := func(phis int, narrow float64) (worst deviation) {
		parts := r.cut(spot, phis, lineParts(narrow))
		for i := range views {
			d := views[i].off(r, parts)
			worst.own, worst.serious = max(worst.own, d.own), max(worst.serious, d.serious)
		}
		return worst
	}
	thin := &views[0].places // in the order of cloud.Places: the centre, and both ends of the thin direction
	v := verdict{phis: 1, narrow: 1, before: off(1, 1), slow: math.Abs(thin[2][1]-thin[1][1]) > math.Abs(thin[2][0]-thin[1][0])}
	v.after, v.views = v.before, views
	good := func() bool { return v.after.own <= r.options.Tolerance || math.IsInf(r.options.Tolerance, 1) }
	try := func(phis int, narrow float64) bool {
		d := off(phis, narrow)
		better := d.own < worthIt*v.after.own
		if better {
			v.phis, v.narrow, v.after = phis, narrow, d
		}
		return better
	}
	for n := max(2, int(math.Ceil(osc/2))); osc > 0 && n <= mostPhis && !good(); n *= 2 {
		if !try(n, 1) {
			break
		}
	}
	for _, narrow := range []float64{0.7, 0.5, 0.35} {
		if good() || !wide || !try(v.phis, narrow) {
			break
		}
	}
	return v
}

// sourcesOf returns the numbers of the sources of a spot.
func (r *rule) sourcesOf(spot *Spot) (list []int) {
	if spot.Source != AllSources {
		return []int{spot.Source}
	}
	for n := range r.sources {
		list = append(list, n)
	}
	return list
}

// seenSpot is a spot in the light of a source.
type seenSpot struct {
	cloud.View
	hkl    [3]int
	source int
	form   *cloud.Form
	spot   cloud.Spot
	met    bool // by the spot's ray
	places [5][2]float64
	peak   float64 // where the reflection diffracts
	turns  float64 // range of the rotation in standard deviations of the reflection's
}

// look prepares a spot.
func (r *rule) look(spot *Spot, source int) seenSpot {
	panel, fast, slow := r.detector.Place(spot.Pixels[len(spot.Pixels)/2])
	p, src := &r.planes[panel], &r.sources[source]
	v := seenSpot{source: source, hkl: [3]int{spot.H, spot.K, spot.L}, View: cloud.View{Corner: p.Corner, Fast: geom.Scale(p.Pixel, p.Fast), Slow: geom.Scale(p.Pixel, p.Slow), Incident: src.Incident, Wavelength: src.Wavelength}}
	v.form = cloud.New(r.cloud(spot, &v, spot.line.orWhole()))
	if v.spot, v.met = v.form.Spot(&v.View); v.met {
		v.places = v.spot.Places()
	} else { // its own pixels
		for k := range v.places {
			v.places[k] = [2]float64{float64(fast + k%2), float64(slow + k/2)}
		}
	}
	v.peak, v.turns = v.form.Peak()
	return v
}

// off returns how far parts of a spot are off together: as the few nodes of cloud.Estimate say, and, where those might be on
// the wrong side of the tolerance, as all do.
func (v *seenSpot) off(r *rule, parts []Spot) deviation {
	list := v.pieces(r, parts)
	in := func(off, peak float64) deviation {
		return deviation{off / max(peak, leastOwn*v.peak), off / max(peak, leastSerious*v.peak)}
	}
	d := in(cloud.Estimate(list, &v.View, v.places))
	likely := func(off float64) bool { return off > r.options.Tolerance/below }
	if (likely(d.own) || likely(d.serious)) && (v.turns < wideTurn || d.own < r.options.Tolerance*above || d.serious > r.options.Tolerance) {
		d = in(cloud.Measure(list, &v.View, v.places))
	}
	return d
}

// pieces are parts of a spot in numbers.
func (v *seenSpot) pieces(r *rule, parts []Spot) (list []cloud.Piece) {
	if len(parts) == 1 {
		return []cloud.Piece{{Form: v.form, Weight: 1}}
	}
	for i := range parts {
		line := parts[i].line.orWhole()
		c := r.cloud(&parts[i], v, line)
		piece := cloud.Piece{Form: cloud.New(c), Weight: line.share, Shift: line.shift * r.sources[v.source].Width}
		if v.form.Range > 0 {
			piece.Weight *= c.Range / v.form.Range
		}
		list = append(list, piece)
	}
	return list
}

// An estimate is taken for the error if it is below the tolerance by a factor, or above by another, of a rotation that is as wide
// as wideTurn standard deviations, and of a reflection that is not refused for it.
const below, above, wideTurn = 1.3, 1.1, 2

// cloud returns a spot in numbers.
func (r *rule) cloud(spot *Spot, v *seenSpot, line linePart) cloud.Cloud {
	x, src := &r.crystals[spot.Crystal], &r.sources[v.source]
	phi, from, to := x.phi, 0.0, 1.0
	if len(spot.Phi) > 0 {
		phi = spot.Phi[min(v.source, len(spot.Phi)-1)] * geom.Degree
	}
	if spot.To != 0 {
		from, to = spot.From, spot.To
	}
	turn := geom.Rotation(x.spindle, phi)
	back := geom.Transpose(turn)
	p := geom.Apply(turn, geom.Apply(x.star, [3]float64{float64(spot.H), float64(spot.K), float64(spot.L)}))
	energy := 1 + line.shift*src.Width
	c := cloud.Cloud{Center: p, Block: geom.Mul(turn, x.point, back), Spread: geom.Mul(turn, x.mosaic, back), Spindle: x.spindle,
		Width: src.Width * line.narrow / energy}
	pixel := v.Pixel(p, r.variance)
	for i := range 3 {
		for j := range 3 {
			c.Block[i][j] += x.strain*x.strain*p[i]*p[j] + energy*energy*pixel[i][j]
		}
	}
	for a, d := range src.Divergence {
		c.Divergence[a] = geom.Scale(energy/src.Wavelength, d)
	}
	if x.osc > 0 {
		c.Start, c.Range = x.phi+from*x.osc-phi, (to-from)*x.osc
	}
	return c
}

// cut returns a spot in a number of equal parts of its rotation, times those of its line.
func (r *rule) cut(x *Spot, phis int, lines []linePart) (list []Spot) {
	from, to := x.From, x.To
	if to == 0 {
		to = 1
	}
	for k := range phis {
		part := *x
		if phis > 1 {
			part.From, part.To = from+(to-from)*float64(k)/float64(phis), from+(to-from)*float64(k+1)/float64(phis)
			part.Phi = slices.Clone(x.Phi)
			for i := range part.Phi {
				own := &r.crystals[x.Crystal]
				first, last := own.phi+part.From*own.osc, own.phi+part.To*own.osc
				part.Phi[i] = min(max(x.Phi[i], first/geom.Degree), last/geom.Degree)
			}
		}
		for _, part.line = range lines {
			list = append(list, part)
		}
	}
	return list
}
