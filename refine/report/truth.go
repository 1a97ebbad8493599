package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/symmetry"
)

// Truth returns the true values of a fit's parameters, by their names, for data that were simulated from an experiment. Where the
// beam and the detector's rows of pixels are is the common frame of the two, since a rotation of the whole laboratory changes no
// image: the true missets and the true place of the detector are those that give the same orientation and the same corner in it.
// Scales are compared with what multiplies them. Parameters that the true experiment does not have, such as those of a background
// of another form, are left out.
//
// groups are the space groups of the crystals, nil and missing ones where they are not known: of the settings that the symmetry makes
// equal, the one that is nearest to the fit's counts.
func Truth(f *refine.Fit, truth *experiment.Config, groups ...*symmetry.Group) (map[string]float64, error) {
	own := *truth
	own.Crystals = slices.Clone(own.Crystals)
	for i := range own.Crystals { // amplitudes are no parameters here
		own.Crystals[i].Structure = experiment.Structure{Default: 1}
	}
	e, err := own.Nodes(G.NewGraph())
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	t := &comparison{fit: f, own: f.Experiment, truth: e, groups: groups, values: map[string]float64{}}
	for _, step := range []func() error{t.turn, t.same, t.scales, t.missets, t.place} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
	}
	return t.values, nil
}

// comparison is of a fit with the truth.
type comparison struct {
	fit        *refine.Fit
	own, truth *experiment.Experiment
	groups     []*symmetry.Group
	toOwn      [3][3]float64 // rotation from the truth's laboratory
	values     map[string]float64
}

// turn finds the rotation between the laboratories.
func (t *comparison) turn() error {
	frame := func(e *experiment.Experiment) (m [3][3]float64, err error) {
		planes, err := e.Detector.Planes()
		if err != nil {
			return m, err
		}
		z := planes[0].Beam
		x := planes[0].Fast
		x = geom.Unit(geom.Add(x, geom.Scale(-geom.Dot(x, z), z)))
		return geom.Columns(x, geom.Cross(z, x), z), nil
	}
	own, err := frame(t.own)
	if err != nil {
		return err
	}
	other, err := frame(t.truth)
	if err != nil {
		return err
	}
	t.toOwn = geom.Mul(own, geom.Transpose(other))
	return nil
}

// free are the scalar parameters of the fit.
func (t *comparison) free() (list G.Nodes) {
	for _, q := range t.fit.Problem.Parameters().List() {
		if !q.Fixed && q.Node.IsScalar() {
			list = append(list, q.Node)
		}
	}
	return list
}

// placed reports whether a parameter says where something is in its laboratory.
func placed(name string) bool {
	return strings.Contains(name, "misset.") || strings.Contains(name, "rotxyz.") || strings.HasPrefix(name, "detector.")
}

// same takes the values of parameters that both have.
func (t *comparison) same() error {
	for _, n := range t.free() {
		name := n.Name()
		if placed(name) || strings.HasPrefix(name, "background.") || name == "beam.fluence" || strings.HasSuffix(name, "spot_scale") {
			continue
		}
		other, err := t.truth.Parameter(name)
		if err != nil {
			continue // one that the truth does not have
		}
		v, err := valueOf(other)
		if err != nil {
			return err
		}
		t.values[name] = v
	}
	return nil
}

// scales compares the scale of a single crystal, with the fluence and the crystal's own scale.
func (t *comparison) scales() error {
	if len(t.own.Crystals) != 1 || len(t.truth.Crystals) != 1 {
		return nil
	}
	product := 1.0
	for i, e := range []*experiment.Experiment{t.truth, t.own} {
		for _, n := range []*G.Node{e.Beam.Fluence, e.Crystals[0].SpotScale} {
			v, err := valueOf(n)
			if err != nil {
				return err
			}
			if i == 1 {
				v = 1 / v
			}
			product *= v
		}
	}
	c, err := t.truth.Config()
	if err != nil {
		return err
	}
	if c.Scale != 0 {
		product *= c.Scale
	}
	t.values[t.fit.Model.Scale.Name()] = product
	return nil
}

// orthogonal returns the rotation part U of reciprocal axes U·B, where a* is along x and b* in the x-y plane of B.
func orthogonal(aStar, bStar [3]float64) [3][3]float64 {
	x := geom.Unit(aStar)
	z := geom.Unit(geom.Cross(aStar, bStar))
	return geom.Columns(x, geom.Cross(z, x), z)
}

// nearest returns the orientation of the reciprocal axes of true crystal i, in the setting that is nearest to the refined one.
func (t *comparison) nearest(i int, axes, refined [3][3]float64) [3][3]float64 {
	settings := [][3][3]int{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	if i < len(t.groups) && t.groups[i] != nil {
		settings = t.groups[i].ProperRotations()
	}
	var best [3][3]float64
	most := math.Inf(-1)
	for _, s := range settings {
		var m [3][3]float64
		for r := range m { // rotations act on columns of coordinates, and so their transposes on indices
			for c := range m[r] {
				m[r][c] = float64(s[c][r])
			}
		}
		at := geom.Mul(t.toOwn, axes, m)
		u := orthogonal(geom.Column(at, 0), geom.Column(at, 1))
		turn := geom.Mul(u, geom.Transpose(refined))
		if trace := turn[0][0] + turn[1][1] + turn[2][2]; trace > most { // 1 + 2 cos of the angle between them
			best, most = u, trace
		}
	}
	return best
}

func (t *comparison) missets() error {
	for i, x := range t.own.Crystals {
		if i >= len(t.truth.Crystals) {
			return nil
		}
		is, err := x.At()
		if err != nil {
			return err
		}
		should, err := t.truth.Crystals[i].At()
		if err != nil {
			return err
		}
		var now [3]float64
		for k, n := range x.Misset {
			if now[k], err = valueOf(n); err != nil {
				return err
			}
			now[k] *= math.Pi / 180
		}
		refined := orthogonal(is.AStar, is.BStar)
		target := t.nearest(i, geom.Columns(should.AStar, should.BStar, should.CStar), refined)
		start := geom.Mul(geom.Transpose(geom.RotationXYZ(now[0], now[1], now[2])), refined)
		var angles [3]float64
		angles[0], angles[1], angles[2] = geom.AnglesXYZ(geom.Mul(target, geom.Transpose(start)))
		for k, n := range x.Misset {
			t.values[n.Name()] = angles[k] * 180 / math.Pi
		}
	}
	return nil
}

// place finds the values of the free parameters of the detector with which the corners of its panels are at their true places,
// nearly where these are not all that places it.
func (t *comparison) place() error {
	var free G.Nodes
	for _, n := range t.free() {
		if strings.HasPrefix(n.Name(), "detector.") {
			free = append(free, n)
		}
	}
	truth, err := t.truth.Detector.Planes()
	if err != nil || len(free) == 0 {
		return err
	}
	if len(t.own.Detector.Sizes()) != len(truth) {
		return nil
	}
	off := func() (list []float64, err error) {
		planes, err := t.own.Detector.Planes()
		if err != nil {
			return nil, err
		}
		for k := range planes {
			d := geom.Add(geom.Apply(t.toOwn, truth[k].Corner), geom.Scale(-1, planes[k].Corner))
			list = append(list, d[:]...)
		}
		return list, nil
	}
	simulator := t.own.Simulator()
	at := make([]float64, len(free))
	set := func(list []float64) error {
		for i, n := range free {
			if err := simulator.Set(n, list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i, n := range free {
		if at[i], err = valueOf(n); err != nil {
			return err
		}
	}
	kept := append([]float64(nil), at...)
	const rounds, step = 4, 1e-4
	for range rounds {
		r, err := off()
		if err != nil {
			return err
		}
		j := mat.NewDense(len(r), len(free), nil)
		for i := range free {
			at[i] += step
			if err := set(at); err != nil {
				return err
			}
			moved, err := off()
			if err != nil {
				return err
			}
			at[i] -= step
			for k := range r {
				j.Set(k, i, (r[k]-moved[k])/step)
			}
		}
		var change mat.VecDense
		if err := change.SolveVec(j, mat.NewVecDense(len(r), r)); err != nil {
			return set(kept) // what cannot be found is left out
		}
		for i := range at {
			at[i] += change.AtVec(i)
		}
		if err := set(at); err != nil {
			return err
		}
	}
	for i, n := range free {
		t.values[n.Name()] = at[i]
	}
	return set(kept)
}

// valueOf is the number of a scalar node.
func valueOf(n *G.Node) (float64, error) {
	if v, ok := n.Value().Data().(float64); ok {
		return v, nil
	}
	return 0, fmt.Errorf("%s is not a number", n.Name())
}
