package refine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// ReflectionRestraints are what is known of the intensities s |F|² of reflections whose scales s are refined. A standard
// deviation of 0 leaves a restraint out.
type ReflectionRestraints struct {
	// Bins of resolution, with as many reflections in each, for every channel of the spectrum. 0 means 10.
	Bins int
	// Mean is the standard deviation of a bin's mean intensity, as a part of its mean at the start.
	Mean float64
	// GeometricMean is that of a bin's geometric mean, over the reflections that are not 0.
	GeometricMean float64
	// Start is the standard deviation of the difference of an intensity from the one at the start, as a part of the present mean
	// of its bin, which moves with the scales.
	Start float64
	// Friedel is the standard deviation of half the relative difference of Friedel mates, (I₊ − I₋)/2(I₊ + I₋), where they have
	// scales of their own.
	Friedel float64
}

// reflectionList is what restraints need of the elements of a vector of scales.
type reflectionList struct {
	intensity []float64 // |F|²
	bin       []float64
	count     []float64 // of the reflections in each bin
	mates     [2][]float64
}

// RestrainReflections adds restraints of a crystal's scales to a loss: ½ z² for each bin, reflection or pair of mates, with z the
// distance in standard deviations. The start is the scales' present values. Restrain before [NewProblem].
func (l *Loss) RestrainReflections(x *crystal.Crystal, r ReflectionRestraints) error {
	if x == nil || x.Scale == nil || x.Scale.Graph() != l.Value.Graph() {
		return fmt.Errorf("refine: restraints of reflections are for a crystal with scales (crystal.Config.Scales) in the loss's graph")
	}
	if r.Bins == 0 {
		r.Bins = 10
	}
	for _, sigma := range []float64{r.Mean, r.GeometricMean, r.Start, r.Friedel} {
		if !(sigma >= 0) || math.IsInf(sigma, 0) {
			return fmt.Errorf("refine: restraints of reflections with a standard deviation of %g; want a finite number of 0 or more", sigma)
		}
	}
	if r.Bins < 1 {
		return fmt.Errorf("refine: restraints of reflections in %d bins", r.Bins)
	}
	list, err := listReflections(x, r.Bins)
	if err != nil {
		return err
	}
	start := slices.Clone(x.Scale.Value().Data().([]float64))
	b := node.On(l.Value.Graph())
	s := b.In(x.Scale)
	if b.Err() != nil {
		return fmt.Errorf("refine: %w", b.Err())
	}
	m := reflectionModel{b: b.Builder, s: s, list: list, start: start}
	for _, one := range []struct {
		name  string
		sigma float64
		of    func(sigma float64) (z, squares *expr.Node)
	}{{"mean intensities", r.Mean, m.mean}, {"geometric mean intensities", r.GeometricMean, m.geometricMean}, {"intensities", r.Start, m.toStart}, {"Friedel mates", r.Friedel, m.friedel}} {
		if one.sigma == 0 {
			continue
		}
		if one.name == "Friedel mates" && len(list.mates[0]) == 0 {
			return fmt.Errorf("refine: a restraint of Friedel mates, which have no scales of their own (crystal.Scales.Apart)")
		}
		z, squares := one.of(one.sigma)
		if b.Err() != nil {
			return fmt.Errorf("refine: %w", b.Err())
		}
		if err := l.restrain(b, restraint{name: one.name, z: z, of: s, squares: squares}); err != nil {
			return err
		}
	}
	return nil
}

// listReflections lists the reflections of the elements of a crystal's scales in bins.
func listReflections(x *crystal.Crystal, bins int) (*reflectionList, error) {
	table, n := x.Table(), len(x.ScaleNames())
	if table == nil || n == 0 {
		return nil, fmt.Errorf("refine: restraints of reflections: the crystal has no table of structure factors with scales")
	}
	l := &reflectionList{intensity: make([]float64, n), bin: make([]float64, n)}
	d, channel := make([]float64, n), make([]int, n)
	cell := x.Config().Cell
	seen := make([]bool, n)
	for c := 0; ; c++ {
		any := false
		for i := range table.Cells() {
			h, k, m := table.Indices(i)
			at, ok := x.ScaleElement([3]int{h, k, m}, c)
			if !ok || table.F[i] == 0 {
				continue
			}
			any = true
			if !seen[at] {
				seen[at], channel[at], d[at], l.intensity[at] = true, c, cell.Spacing(h, k, m), table.F[i]*table.F[i]
			}
			if mate, ok := x.ScaleElement([3]int{-h, -k, -m}, c); ok && mate > at && !slices.Contains(l.mates[0][max(0, len(l.mates[0])-1):], float64(at)) {
				l.mates[0], l.mates[1] = append(l.mates[0], float64(at)), append(l.mates[1], float64(mate))
			}
		}
		if !any {
			break
		}
	}
	l.pair()
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(channel[a], channel[b]), cmp.Compare(d[b], d[a]))
	})
	for from := 0; from < n; {
		to := from
		for to < n && channel[order[to]] == channel[order[from]] {
			to++
		}
		own := min(bins, to-from)
		first := len(l.count)
		l.count = append(l.count, make([]float64, own)...)
		for k, i := range order[from:to] {
			bin := first + k*own/(to-from)
			l.bin[i] = float64(bin)
			l.count[bin]++
		}
		from = to
	}
	return l, nil
}

// pair leaves each pair of mates once.
func (l *reflectionList) pair() {
	seen := map[[2]float64]bool{}
	var mates [2][]float64
	for i := range l.mates[0] {
		pair := [2]float64{l.mates[0][i], l.mates[1][i]}
		if !seen[pair] {
			seen[pair] = true
			mates[0], mates[1] = append(mates[0], pair[0]), append(mates[1], pair[1])
		}
	}
	l.mates = mates
}

// reflectionModel writes the restraints.
type reflectionModel struct {
	b     *expr.Builder
	s     *expr.Node
	list  *reflectionList
	start []float64
}

// leaves counts the inputs of restraints, whose names have to differ in a graph.
var leaves atomic.Int64

func (m *reflectionModel) leaf(list []float64) *expr.Node {
	return m.b.Leaf(fmt.Sprintf("refine.reflections.%d", leaves.Add(1)), list, len(list))
}

// means are those of the bins, of values of the reflections. counts may differ from those of all reflections.
func (m *reflectionModel) means(values *expr.Node, counts []float64) *expr.Node {
	inverse := make([]float64, len(counts))
	for i, n := range counts {
		if n > 0 {
			inverse[i] = 1 / n
		}
	}
	return m.b.Mul(m.b.Put(values, m.leaf(m.list.bin), 0, len(counts)), m.leaf(inverse))
}

// atStart are the means of the bins at the start.
func (m *reflectionModel) atStart() []float64 {
	out := make([]float64, len(m.list.count))
	for i, s := range m.start {
		bin := int(m.list.bin[i])
		out[bin] += s * m.list.intensity[i] / m.list.count[bin]
	}
	return out
}

func (m *reflectionModel) mean(sigma float64) (z, squares *expr.Node) {
	b, start := m.b, m.atStart()
	weight, square := make([]float64, len(start)), make([]float64, len(m.start))
	for i, v := range start {
		if v > 0 {
			weight[i] = 1 / (v * sigma)
		}
	}
	for i, v := range m.list.intensity {
		bin := int(m.list.bin[i])
		d := v * weight[bin] / m.list.count[bin]
		square[i] = d * d
	}
	mean := m.means(b.Mul(m.s, m.leaf(m.list.intensity)), m.list.count)
	return b.Mul(b.Sub(mean, m.leaf(start)), m.leaf(weight)), m.leaf(square)
}

func (m *reflectionModel) geometricMean(sigma float64) (z, squares *expr.Node) {
	b := m.b
	counts, lit, from := make([]float64, len(m.list.count)), make([]float64, len(m.start)), make([]float64, len(m.list.count))
	for i, v := range m.list.intensity {
		if v > 0 && m.start[i] > 0 {
			lit[i] = 1
			counts[int(m.list.bin[i])]++
			from[int(m.list.bin[i])] += math.Log(m.start[i])
		}
	}
	for i, n := range counts {
		from[i] /= max(n, 1)
	}
	lits := m.leaf(lit)
	positive := b.Where(b.Less(b.Const(0), m.s), m.s, b.Const(math.SmallestNonzeroFloat64))
	log := m.means(b.Mul(lits, b.Log(positive)), counts)
	ratio := b.Exp(b.Sub(log, m.leaf(from))) // to the start
	inverse := make([]float64, len(counts))
	for i, n := range counts {
		inverse[i] = 1 / (sigma * max(n, 1))
	}
	each := b.Take(b.Mul(ratio, m.leaf(inverse)), m.leaf(m.list.bin), 0)
	return b.Scale(1/sigma, b.Sub(ratio, b.Const(1))), b.Square(b.Mul(lits, b.Div(each, positive)))
}

func (m *reflectionModel) toStart(sigma float64) (z, squares *expr.Node) {
	b := m.b
	intensity := m.leaf(m.list.intensity)
	mean := b.Take(m.means(b.Mul(m.s, intensity), m.list.count), m.leaf(m.list.bin), 0)
	part := b.Scale(1/sigma, b.Div(intensity, mean))
	return b.Mul(b.Sub(m.s, m.leaf(m.start)), part), b.Square(part) // of the own term; the mean's share is of the order of 1/count
}

func (m *reflectionModel) friedel(sigma float64) (z, squares *expr.Node) {
	b := m.b
	var own [2]*expr.Node
	var index [2]*expr.Node
	for k, mates := range m.list.mates {
		factors := make([]float64, len(mates))
		for i, at := range mates {
			factors[i] = m.list.intensity[int(at)]
		}
		index[k] = m.leaf(mates)
		own[k] = b.Mul(b.Take(m.s, index[k], 0), m.leaf(factors))
	}
	total := b.Add(own[0], own[1])
	z = b.Scale(0.5/sigma, b.Div(b.Sub(own[0], own[1]), total))
	for k, mates := range m.list.mates {
		factors := make([]float64, len(mates))
		for i, at := range mates {
			factors[i] = m.list.intensity[int(at)] / sigma
		}
		d := b.Div(b.Mul(m.leaf(factors), own[1-k]), b.Square(total))
		put := b.Put(b.Square(d), index[k], 0, len(m.start))
		if squares == nil {
			squares = put
		} else {
			squares = b.Add(squares, put)
		}
	}
	return z, squares
}

// Share is what a part of a loss adds to it.
type Share struct {
	Name  string
	Value float64
}

// Shares returns what the data and each restraint add to the loss at the present values: the weights of restraints do not grow
// with the number of pixels, so that they are to be looked at.
func (p *Problem) Shares(ctx context.Context) ([]Share, error) {
	b := node.On(p.sim.Graph())
	nodes := []*expr.Node{b.In(p.loss.Value)}
	for i := range p.loss.restraints {
		nodes = append(nodes, p.loss.restraints[i].value(b.Builder))
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	values, err := p.numbers(ctx, nodes)
	if err != nil {
		return nil, err
	}
	if values == nil {
		return nil, fmt.Errorf("refine: the loss is not finite at the present values")
	}
	list := []Share{{"data", values[0]}}
	for i, r := range p.loss.restraints {
		list[0].Value -= values[i+1]
		list = append(list, Share{r.name, values[i+1]})
	}
	now, err := p.params.Values()
	if err != nil {
		return nil, err
	}
	for k, e := range p.params.each {
		if r := e.Restraint; r != nil {
			z := (now[k] - e.centre()) / r.Sigma
			list = append(list, Share{e.element(e.index), z * z / 2})
		}
	}
	return list, nil
}
