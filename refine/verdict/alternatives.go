package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
)

// Which change of the model would explain the residuals? For each there is the change of the expected image: by a parameter that is
// held, or by a second difference, which is what a width makes of it. By how much freeing it would decrease χ² follows to first
// order from the residuals alone (the score test of C. R. Rao, Proc. Cambridge Phil. Soc. 44, 50 (1948)): g² / (f − c F⁻¹ c), with
// the free parameters' Fisher matrix F, what the change has in common with them c, and its own Fisher information f and slope g.

// alternative is a change of the model that would explain residuals.
type alternative struct {
	kind       Kind
	parameters []string
	text       string      // what it is, for a reason
	images     [][]float64 // at the active pixels
	steps      []float64   // the changes that the images are of
	gain       float64     // decrease of χ²
	robust     float64     // of one image: its slope in standard deviations that are taken from the residuals themselves
	moves      []float64   // by how much it would move, in steps
}

// alternatives is the state of the search for them.
type alternatives struct {
	*analysis
	active   []int // numbers of the simulated pixels that take part
	residual []float64
	weight   []float64
	base     []float64
	square   []int // of each simulated pixel
	geometry bool  // no alternatives of other kinds

	// Of the free parameters, once for all alternatives.
	normal *mat.SymDense
	slope  []float64
}

// explain returns the alternatives that would decrease χ² the most first, and the excess of χ² that there is to explain. Where
// nothing but the geometry is asked for, others are left out: each is two images more.
func (a *analysis) explain(geometry bool) (list []alternative, excess float64, err error) {
	s := &alternatives{analysis: a, square: a.groups(), geometry: geometry}
	whole, err := a.prediction()
	if err != nil {
		return nil, 0, err
	}
	s.choose(whole)
	for i := range s.active {
		excess += s.residual[i]*s.residual[i]*s.weight[i] - 1
	}
	free, err := s.free()
	if err != nil {
		return nil, 0, err
	}
	if list, err = s.candidates(); err != nil {
		return nil, 0, err
	}
	for i := range list {
		s.score(&list[i], free)
	}
	slices.SortStableFunc(list, func(x, y alternative) int {
		return cmp.Compare(y.gain, x.gain)
	})
	return list, excess, nil
}

// choose picks the active pixels: those that spots reach.
func (s *alternatives) choose(whole []float64) {
	det := s.fit.Experiment.Detector
	for i, at := range det.Places()[:det.Selected()] {
		p := &s.panels[at.Panel]
		if k := at.Slow*p.fast + at.Fast; p.use[k] && !p.dark[k] {
			s.active = append(s.active, i)
			s.residual = append(s.residual, p.residual(k))
			s.weight = append(s.weight, 1/(s.dispersion*p.variance[k]))
		}
	}
	s.base = s.pick(whole)
}

func (s *alternatives) pick(whole []float64) []float64 {
	out := make([]float64, len(s.active))
	for k, i := range s.active {
		out[k] = whole[i]
	}
	return out
}

// at computes the active pixels with other values of some inputs.
func (s *alternatives) at(nodes []*G.Node, values []float64) ([]float64, error) {
	sim := s.fit.Experiment.Simulator()
	old := make([]float64, len(nodes))
	for i, n := range nodes {
		old[i] = scalar(n)
	}
	back := func() error {
		for i, n := range nodes {
			if err := sim.Set(n, old[i]); err != nil {
				return fmt.Errorf("verdict: %w", err)
			}
		}
		return nil
	}
	for i, n := range nodes {
		if err := sim.Set(n, values[i]); err != nil {
			return nil, back()
		}
	}
	if sim.Check() != nil {
		return nil, back()
	}
	whole, err := s.prediction()
	if back := back(); err == nil {
		err = back
	}
	if err != nil {
		return nil, err
	}
	return s.pick(whole), nil
}

// scalar is the value of a scalar input.
func scalar(n *G.Node) float64 {
	v, _ := n.Value().Data().(float64)
	return v
}

// difference is the change of the image by a step of a node: nil where it is none, or not possible.
func (s *alternatives) difference(n *G.Node, step float64) ([]float64, error) {
	v := scalar(n)
	up, err := s.at([]*G.Node{n}, []float64{v + step})
	if err != nil || up == nil {
		return nil, err
	}
	down, err := s.at([]*G.Node{n}, []float64{v - step})
	if err != nil {
		return nil, err
	}
	half := 2.0
	if down == nil { // at the end of what is possible
		down, half = s.base, 1
	}
	any := false
	for i := range up {
		up[i] = (up[i] - down[i]) / half
		any = any || up[i] != 0
	}
	if !any {
		return nil, nil
	}
	return up, nil
}

// second is half the second difference by a common relative or absolute step of some nodes.
func (s *alternatives) second(nodes []*G.Node, values func(sign float64) []float64) ([]float64, error) {
	up, err := s.at(nodes, values(1))
	if err != nil || up == nil {
		return nil, err
	}
	down, err := s.at(nodes, values(-1))
	if err != nil || down == nil {
		return nil, err
	}
	for i := range up {
		up[i] = (up[i]+down[i])/2 - s.base[i]
	}
	return up, nil
}

// free are the changes of the image by the free scalars, each by a part of its uncertainty.
func (s *alternatives) free() ([][]float64, error) {
	var out [][]float64
	u := s.result.Uncertainty
	for _, q := range s.fit.Problem.Parameters().List() {
		if q.Fixed || len(q.Node.Shape()) != 0 {
			continue
		}
		step := q.Scale
		if u != nil {
			if k := slices.Index(u.Names, q.Name); k >= 0 && isFinite(u.Sigma[k]) && u.Sigma[k] > 0 {
				step = u.Sigma[k] / 2
			}
		}
		d, err := s.at([]*G.Node{q.Node}, []float64{scalar(q.Node) + step})
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		for i := range d {
			d[i] -= s.base[i]
		}
		out = append(out, d)
	}
	return out, nil
}

// heldStatistic is the largest decrease of χ² that freeing one held parameter of the geometry would give. An error of the
// geometry that a cell and an orientation make good for shows in no other statistic, though it is many standard deviations.
func (a *analysis) heldStatistic(list []alternative) Statistic {
	const clear, alike = 40, 4 // χ² of one degree of freedom: 2.5e-10; and standard deviations of the robust slope, which is a t variable
	t := Statistic{Name: Held, Mean: 1, Sigma: math.Sqrt2, Number: len(list), Limit: clear}
	for _, c := range list {
		if c.kind == Geometry && c.robust > alike {
			t.Value = max(t.Value, c.gain)
		}
	}
	return t
}

// score computes the decrease of χ² that an alternative would give.
func (s *alternatives) score(c *alternative, free [][]float64) {
	all := append(slices.Clone(free), c.images...)
	n, m := len(free), len(all)
	normal := mat.NewSymDense(m, nil)
	slope := make([]float64, m)
	known := 0 // of the sums, those of the free parameters among each other
	if s.normal != nil {
		known = n
		copy(slope, s.slope)
		for i := range n {
			for j := i; j < n; j++ {
				normal.SetSym(i, j, s.normal.At(i, j))
			}
		}
	}
	for i := range all {
		if i >= known {
			for k, v := range all[i] {
				slope[i] += v * s.residual[k] * s.weight[k]
			}
		}
		for j := max(i, known); j < m; j++ {
			sum := 0.0
			for k, v := range all[i] {
				sum += v * all[j][k] * s.weight[k]
			}
			normal.SetSym(i, j, sum)
		}
	}
	if s.normal == nil {
		s.normal, s.slope = normal, slope[:n]
	}
	without, _ := decrease(normal, slope[:n])
	with, moves := decrease(normal, slope)
	c.gain = with - without
	c.moves = moves[n:]
	if len(c.images) == 1 {
		c.robust = s.robust(normal, free, c.images[0])
	}
}

// robust is the slope by an image, as far as the free parameters do not have it, in standard deviations that are those of its sums
// over squares of pixels: where the model's spots have errors of their own, they are as alike or unlike as these make them.
func (s *alternatives) robust(normal *mat.SymDense, free [][]float64, image []float64) float64 {
	n := len(free)
	common := make([]float64, n)
	for i := range n {
		common[i] = normal.At(i, n)
	}
	_, share := decrease(normal, common)
	sums := map[int]float64{}
	total := 0.0
	for k, v := range image {
		for i := range free {
			v -= share[i] * free[i][k]
		}
		g := v * s.residual[k] * s.weight[k]
		total += g
		sums[s.square[s.active[k]]] += g
	}
	variance := 0.0
	for _, at := range slices.Sorted(maps.Keys(sums)) {
		variance += sums[at] * sums[at]
	}
	if variance == 0 {
		return 0
	}
	return math.Abs(total) / math.Sqrt(variance)
}

// decrease is gᵀ F⁺ g and F⁺ g, along the directions that are determined. Of F the first len(g) rows and columns are used.
func decrease(f *mat.SymDense, g []float64) (float64, []float64) {
	n := len(g)
	out := make([]float64, n)
	if n == 0 {
		return 0, out
	}
	scaled := mat.NewSymDense(n, nil)
	unit := make([]float64, n)
	for i := range n {
		if d := f.At(i, i); d > 0 {
			unit[i] = 1 / math.Sqrt(d)
		}
	}
	for i := range n {
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, f.At(i, j)*unit[i]*unit[j])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(scaled, true) {
		return 0, out
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	total := 0.0
	const determined = 1e-7 // differences of images have that precision
	for k, v := range e.Values(nil) {
		if v < determined {
			continue
		}
		along := 0.0
		for i := range n {
			along += vectors.At(i, k) * g[i] * unit[i]
		}
		total += along * along / v
		for i := range n {
			out[i] += along / v * vectors.At(i, k) * unit[i]
		}
	}
	return total, out
}
