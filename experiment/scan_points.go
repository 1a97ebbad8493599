package experiment

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// followScan makes the orientations of a crystal in the scan varying missets, one for each image: the mean of those at its ends,
// with respect to the middle of the scan. The cell is that of the middle.
func (c *Config) followScan(i int, x *format.Crystal, r *format.Rotation) []string {
	points := x.ScanPoints
	if len(points) == 0 {
		return nil
	}
	if c.Scan == nil || len(points) != c.Scan.Images+1 {
		return []string{fmt.Sprintf("has an orientation that varies in the scan: that of the middle is taken, of %d", len(points))}
	}
	setting := geom.Mul(r.Setting, r.Fixed)
	back := geom.Inverse(points[len(points)/2])
	var misset [3][]float64
	for n := range c.Scan.Images {
		var mean [3][3]float64
		for k := range mean {
			mean[k] = geom.Scale(0.5, geom.Add(points[n][k], points[n+1][k]))
		}
		turn := geom.Mul(setting, rotationOf(geom.Mul(mean, back)), geom.Transpose(setting))
		x, y, z := geom.AnglesXYZ(turn)
		for k, v := range [3]float64{x, y, z} {
			misset[k] = append(misset[k], v/geom.Degree)
		}
	}
	c.varyMisset(i, misset)
	return []string{"has an orientation that varies in the scan: every image has a misset of its own, and the cell is that of the middle"}
}

// varyMisset gives a crystal a misset in each image of the scan: the values about x, y and z, in degrees.
func (c *Config) varyMisset(crystal int, misset [3][]float64) {
	prefix := ""
	if len(c.Crystals) > 1 {
		prefix = c.prefix(crystal) + "."
	}
	for k, axis := range []string{"x", "y", "z"} {
		c.Scan.Varying = append(c.Scan.Varying, Varying{Parameter: prefix + "misset." + axis, Values: misset[k]})
	}
}

// rotationOf returns the rotation that is nearest to a matrix, which is close to one: by Newton's iteration for the polar
// decomposition.
func rotationOf(m [3][3]float64) [3][3]float64 {
	for range 10 {
		inverse := geom.Transpose(geom.Inverse(m))
		for k := range m {
			m[k] = geom.Scale(0.5, geom.Add(m[k], inverse[k]))
		}
	}
	return m
}

// Lattices returns A of each crystal in every image of the scan, with the missets of the image, in a laboratory turned by turn: columns
// a*, b*, c* in Å⁻¹.
func (e *Experiment) Lattices(turn [3][3]float64) ([][][3][3]float64, error) {
	s, selected := e.config.Scan, e.selected
	images := make([][][3][3]float64, len(e.Crystals))
	for n := s.FirstImage(); n <= s.LastImage(); n++ {
		if err := e.SelectImage(n); err != nil {
			return nil, err
		}
		for i, x := range e.Crystals {
			a, err := x.At()
			if err != nil {
				return nil, refused(e.config.prefix(i), err)
			}
			images[i] = append(images[i], geom.Mul(turn, geom.Columns(a.AStar, a.BStar, a.CStar)))
		}
	}
	return images, e.SelectImage(selected)
}

// scanPoints returns A of each crystal at the start of every image and at the end of the last one, in a laboratory turned by
// turn; nil for crystals that do not change along the scan, and for stills. Edges are the means of the images on both sides.
func (e *Experiment) scanPoints(turn [3][3]float64) ([][][3][3]float64, error) {
	out := make([][][3][3]float64, len(e.Crystals))
	s := e.config.Scan
	if s == nil || len(s.Varying) == 0 || s.Images < 2 || s.Width == 0 {
		return out, nil
	}
	images, err := e.Lattices(turn)
	if err != nil {
		return nil, err
	}
	for i, list := range images {
		if !slices.ContainsFunc(list, func(a [3][3]float64) bool { return a != list[0] }) {
			continue
		}
		between := func(n int, at float64) (a [3][3]float64) { // of the images n and n + 1
			for k := range a {
				a[k] = geom.Add(geom.Scale(1-at, list[n][k]), geom.Scale(at, list[n+1][k]))
			}
			return a
		}
		out[i] = append(out[i], between(0, -0.5))
		for n := range len(list) - 1 {
			out[i] = append(out[i], between(n, 0.5))
		}
		out[i] = append(out[i], between(len(list)-2, 1.5))
	}
	return out, nil
}

// resting calls f with the parameters that vary along the scan at the values that they have elsewhere in the configuration.
func (e *Experiment) resting(f func() error) error {
	var back []func() error
	slots := e.slots()
	for k, s := range slots {
		if s.node == nil || !e.config.Scan.varies(s.node.Name()) || s.node.Op() != nil {
			continue
		}
		now := s.node.Value()
		back = append(back, func() error { return G.Let(s.node, now) })
		if err := G.Let(s.node, G.NewF64(e.made[k])); err != nil {
			return err
		}
	}
	err := f()
	for _, restore := range back {
		if rerr := restore(); err == nil {
			err = rerr
		}
	}
	return err
}
