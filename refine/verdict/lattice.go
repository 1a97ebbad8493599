package verdict

import (
	"errors"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/pages"
)

// match is how the image's spots and the model's go together.
type match struct {
	observed    []blob  // spots of the image
	predicted   []blob  // those that the model would show if it made all of the image's light
	explained   int     // spots of the image that the model has, if only as a third
	found       int     // spots of the model that the image has, if only as a third
	correlation float64 // of the two over the spots of the model
	scale       float64 // photons of the image's spots for one of the pattern
	unexplained []blob
}

// compare finds the spots of image and model, and which of them are the same.
func (a *analysis) compare() *match {
	var m match
	var light, pattern float64
	var model []blob
	for k := range a.panels {
		p := &a.panels[k]
		// A sum of 9 pixels with noise like that of the middle one is more than half as visible as it has to be.
		at, sums := p.peaks(func(i int) float64 { return p.counts[i] - p.background(i) },
			func(i int) float64 {
				return visible / 2 * 3 * math.Sqrt(a.dispersion*max(p.background(i), 0.01)+p.readout[i])
			})
		for n, i := range at {
			x, y := i%p.fast, i/p.fast
			noise := p.square(x, y, 1, func(i int) float64 { return a.dispersion*max(p.background(i), 0.01) + p.readout[i] })
			if sums[n] < visible*math.Sqrt(noise) {
				continue
			}
			b := a.blob(k, x, y, a.above(k, x, y))
			if b.z > visible {
				m.observed = append(m.observed, b)
				light += b.seen
			}
		}
		at, _ = p.peaks(func(i int) float64 { return p.pattern[i] }, func(int) float64 { return 0 })
		for _, i := range at {
			b := a.blob(k, i%p.fast, i/p.fast, a.above(k, i%p.fast, i/p.fast))
			model = append(model, b)
			pattern += b.pattern
		}
	}
	if pattern > 0 {
		m.scale = light / pattern
	}
	const part = 1. / 3
	for _, b := range m.observed {
		if max(m.scale, a.scale)*b.pattern > part*b.seen {
			m.explained++
		} else {
			m.unexplained = append(m.unexplained, b)
		}
	}
	const clear = 10 // standard deviations at which a spot of the model should be seen, so that a third of it is
	for _, b := range model {
		if want := m.scale * b.pattern; want > clear*math.Sqrt(b.noise) {
			m.predicted = append(m.predicted, b)
			if b.seen > part*want {
				m.found++
			}
		}
	}
	m.correlation = correlation(m.predicted)
	return &m
}

// correlation is that of the square roots of what is seen and expected of the model's spots: roots, since a few spots are most of the light.
func correlation(list []blob) float64 {
	var n, x, y, xx, yy, xy float64
	for _, b := range list {
		u, v := math.Sqrt(max(b.seen, 0)), math.Sqrt(max(b.pattern, 0))
		n++
		x, y, xx, yy, xy = x+u, y+v, xx+u*u, yy+v*v, xy+u*v
	}
	if n < 3 {
		return math.NaN()
	}
	xx, yy, xy = xx-x*x/n, yy-y*y/n, xy-x*y/n
	if xx <= 0 || yy <= 0 {
		return math.NaN()
	}
	return xy / math.Sqrt(xx*yy)
}

// patternSignificance is by how many standard deviations the model's pattern is in the image: the best scale of it over the
// standard deviation of that, with counts of the background's variance.
func (a *analysis) patternSignificance() float64 {
	var along, square float64
	a.each(func(p *panel, i int) {
		v := a.dispersion*max(p.background(i), 0.01) + p.readout[i]
		along += p.pattern[i] * (p.counts[i] - p.background(i)) / v
		square += p.pattern[i] * p.pattern[i] / v
	})
	if square <= 0 {
		return 0
	}
	return along / math.Sqrt(square)
}

// strays is the part of the image's spots that may have no spot of the model: fragments beside those of a crystal of few blocks.
const strays = 0.08

// latticeReasons are those that the spots' places give.
func (a *analysis) latticeReasons(m *match) ([]Reason, error) {
	const fewest = 3 // spots, of which one or two may be something else
	if len(m.observed) < fewest {
		// A search picks the model whose noise looks most like spots, out of many: 5 standard deviations are beyond that.
		if z := a.patternSignificance(); z < significance {
			return []Reason{{Kind: NoSpots, Value: z, Limit: significance,
				Text: fmt.Sprintf("the image has no spots: those of the model are seen with %.2g standard deviations, all together, and %d others", z, len(m.observed))}}, nil
		}
		return nil, nil
	}
	explained, found := m.parts()
	apart := explained < 0.5 && found < 0.5
	unlike := m.correlation < 0.5 && len(m.predicted) >= fewest
	more := len(m.unexplained) >= fewest && explained < 1-strays
	if !apart && !unlike && !more {
		return nil, nil
	}
	if list, err := a.swappedReasons(m); list != nil || err != nil {
		return list, err
	}
	switch {
	case apart:
		return []Reason{{Kind: NoOverlap, Value: explained, Limit: 0.5, Text: m.String() +
			": the orientation, the cell or the geometry is too far off, or the lattice is another one; start nearer, or index again"}}, nil
	case unlike:
		return []Reason{{Kind: Indexing, Value: m.correlation, Limit: 0.5, Text: m.String() +
			": the lattice is right and its indices are not, or the structure factors are another crystal's; try the other settings of the axes"}}, nil
	}
	wider, err := a.wider(m)
	if err != nil || wider {
		return nil, err
	}
	return []Reason{{Kind: SecondLattice, Value: float64(len(m.unexplained)), Limit: fewest, Text: m.String() +
		fmt.Sprintf(": %d spots belong to another lattice; add a crystal, or mask them", len(m.unexplained))}}, nil
}

// parts are those of the image's spots that the model has, and of the model's that are in the image; 0 if there are none to be seen.
func (m *match) parts() (explained, found float64) {
	explained = float64(m.explained) / float64(max(1, len(m.observed)))
	if len(m.predicted) > 0 {
		found = float64(m.found) / float64(len(m.predicted))
	}
	return explained, found
}

// String is how many spots of image and model go together.
func (m *match) String() string {
	return fmt.Sprintf("%d of the image's %d spots are where the model has one, and %d of the model's %d are in the image; their intensities correlate by %.2f",
		m.explained, len(m.observed), m.found, len(m.predicted), m.correlation)
}

// wider reports whether the spots that the model does not have are most of them its own, if its crystals had fewer cells and more
// mosaic spread: spots beside the Ewald sphere of a model that is too sharp.
func (a *analysis) wider(m *match) (bool, error) {
	sim := a.fit.Experiment.Simulator()
	type old struct {
		node  *G.Node
		value float64
	}
	var changed []old
	set := func(n *G.Node, by float64) error {
		if n == nil || n.Op() != nil || scalar(n) == 0 {
			return nil
		}
		v := scalar(n)
		if err := sim.Set(n, v*by); err != nil {
			return fmt.Errorf("verdict: %w", err)
		}
		changed = append(changed, old{n, v})
		return nil
	}
	var err error
	for _, x := range a.fit.Experiment.Crystals {
		for _, n := range x.N {
			if n != nil && scalar(n) > 2 {
				err = errors.Join(err, set(n, 0.55))
			}
		}
		err = errors.Join(err, set(x.MosaicSpread, 1.5))
	}
	var pattern [][]float64
	if err == nil {
		pattern, err = a.patterns()
	}
	for _, o := range changed {
		err = errors.Join(err, sim.Set(o.node, o.value))
	}
	if err != nil {
		return false, err
	}
	// Its light is less for the same scale: the scale is that of all spots of the image.
	light := func(b *blob) float64 {
		p := &a.panels[b.panel]
		return p.square(b.x, b.y, near, func(i int) float64 { return pattern[b.panel][i] })
	}
	seen, all := 0.0, 0.0
	for i := range m.observed {
		seen, all = seen+m.observed[i].seen, all+light(&m.observed[i])
	}
	if all <= 0 {
		return false, nil
	}
	top := make([][]bool, len(a.panels)) // where the wider spots have their middles
	covered, places := 0, 0
	for k := range a.panels {
		p := &a.panels[k]
		top[k] = make([]bool, len(p.use))
		at, _ := p.peaks(func(i int) float64 { return pattern[k][i] }, func(int) float64 { return 0 })
		for _, i := range at {
			p.around(i%p.fast, i/p.fast, near, func(j int) { top[k][j] = true })
		}
		for i, seen := range p.seen {
			if seen {
				places++
				if top[k][i] {
					covered++
				}
			}
		}
	}
	const part, most = 0.1, 0.7
	own := 0
	for i := range m.unexplained {
		b := &m.unexplained[i]
		if top[b.panel][b.y*a.panels[b.panel].fast+b.x] && seen/all*light(b) > part*b.seen {
			own++
		}
	}
	// So many places are near the middle of a wide spot by chance.
	const clear = 2 // standard deviations
	n, chance := float64(len(m.unexplained)), float64(covered)/float64(max(1, places))
	return float64(own) > most*n && float64(own) > chance*n+clear*math.Sqrt(chance*(1-chance)*n), nil
}

// patterns computes what the spots of the model are for a scale of 1, at the present values of the inputs.
func (a *analysis) patterns() ([][]float64, error) {
	background, unit, err := a.parts()
	if err != nil {
		return nil, err
	}
	numbers := a.fit.Experiment.Detector.Numbers()
	out := make([][]float64, len(numbers))
	for k := range numbers {
		out[k] = pages.Make[float64](len(numbers[k]))
		for i, n := range numbers[k] {
			if n >= 0 {
				out[k][i] = unit[n] - background[n]
			}
		}
	}
	return out, nil
}

// swappedReasons is the reason of swapped alone, or nil.
func (a *analysis) swappedReasons(m *match) ([]Reason, error) {
	r, err := a.swapped(m)
	if r == nil || err != nil {
		return nil, err
	}
	return []Reason{*r}, nil
}

// swapped returns the reason where the spots are those of the start with axes exchanged, or nil.
func (a *analysis) swapped(m *match) (*Reason, error) {
	f := a.fit
	if len(f.Experiment.Crystals) != 1 {
		return nil, nil
	}
	params := f.Problem.Parameters()
	now, err := params.Values()
	if err != nil {
		return nil, err
	}
	if err := params.Set(a.result.Start); err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	c, err := f.Experiment.Config()
	if back := params.Set(now); err == nil {
		err = back
	}
	if err != nil {
		return nil, err
	}
	x := c.Crystals[0]
	if x.Matrix != nil || x.MatrixFile != "" {
		return nil, nil
	}
	// Nothing else than the cell may change with it.
	x.Structure = experiment.Structure{Table: f.Experiment.Crystals[0].Table(), Default: x.Structure.Default}
	cell := experiment.Cell(f.Experiment.Crystals[0].Config().Cell)
	if x.Cell != (experiment.Cell{}) && x.Cell.B != 0 && x.Cell.C != 0 && x.Cell.Alpha != 0 && x.Cell.Beta != 0 && x.Cell.Gamma != 0 {
		cell = x.Cell
	}
	c.Background, c.Result = experiment.Background{}, nil
	if form := c.Physics.ClosedForm; form != nil { // places of spots matter, not their last per cent
		rough := *form
		rough.Tolerance = 1
		c.Physics.ClosedForm = &rough
	}
	lengths, angles := [3]float64{cell.A, cell.B, cell.C}, [3]float64{cell.Alpha, cell.Beta, cell.Gamma}
	// parts are those of the image's and of the model's spots that go together with another cell at the start.
	parts := func(p [3]int) (o *match, err error) {
		x.Cell = experiment.Cell{A: lengths[p[0]], B: lengths[p[1]], C: lengths[p[2]], Alpha: angles[p[0]], Beta: angles[p[1]], Gamma: angles[p[2]]}
		c.Crystals = []experiment.Crystal{x}
		e, err := c.Build(G.NewGraph())
		if err != nil {
			return nil, nil // a cell that cannot be
		}
		images, err := e.Images(a.ctx)
		if err != nil {
			return nil, err
		}
		other := *a
		other.panels = slices.Clone(a.panels)
		for k := range other.panels {
			other.panels[k].pattern = images[k].Float64s()
		}
		return other.compare(), nil
	}
	first, err := parts([3]int{0, 1, 2})
	if first == nil || err != nil {
		return nil, err
	}
	// The search may have come near the truth from the wrong start.
	const clearly, better = 0.3, 0.05
	sum := func(m *match) float64 {
		explained, found := m.parts()
		return explained + found
	}
	best := max(sum(first)+clearly, sum(m)+better)
	var reason *Reason
	for _, p := range [][3]int{{1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}} {
		o, err := parts(p)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		if explained, found := o.parts(); explained > 0.5 && found > 0.5 && explained+found > best {
			best = explained + found
			reason = &Reason{Kind: Indexing, Value: explained, Limit: 0.5, Text: m.String() +
				fmt.Sprintf(": the axes are swapped: with a, b, c of %.4g, %.4g, %.4g Å %d of the image's spots are the model's", x.Cell.A, x.Cell.B, x.Cell.C, o.explained)}
		}
	}
	return reason, nil
}
