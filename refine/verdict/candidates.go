package verdict

import (
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"
)

// candidates are the alternatives, with their images.
func (s *alternatives) candidates() ([]alternative, error) {
	held := s.held()
	var list []alternative
	one := func(kind Kind, n *G.Node, step float64, text string) error {
		if s.geometry && kind != Geometry {
			return nil
		}
		d, err := s.difference(n, step)
		if err != nil || d == nil {
			return err
		}
		list = append(list, alternative{kind: kind, parameters: []string{n.Name()}, text: text, images: [][]float64{d}, steps: []float64{step}})
		return nil
	}
	const small = 1e-3 // of a length, and radians
	e := s.fit.Experiment
	for _, n := range held {
		v := scalar(n)
		name := n.Name()
		last := name[strings.LastIndexByte(name, '.')+1:]
		var err error
		switch {
		case slices.Contains(e.Detector.Parameters(), n):
			switch last {
			case "distance", "close_distance":
				err = one(Geometry, n, small*v, "the distance is held")
			case "beam_x", "beam_y", "close_fast", "close_slow", "x", "y", "z":
				err = one(Geometry, n, s.pixelSide()/5, name+" is held")
			case "rotx", "roty", "rotz", "twotheta":
				err = one(Geometry, n, 0.1, name+" is held")
			}
		case n == e.Beam.Wavelength:
			err = one(Geometry, n, small*v, "the wavelength is held")
		case n == e.Beam.Dispersion || n == e.Beam.FWHM || n == e.Beam.LineWidth:
			if v > 0 {
				err = one(Spectrum, n, 0.1*v, "the width of the spectrum is held")
			}
		}
		if err != nil {
			return nil, err
		}
	}
	for _, x := range e.Crystals {
		var size alternative
		for _, n := range x.N {
			if !s.geometry && n != nil && slices.Contains(held, n) && scalar(n) > 1 {
				d, err := s.difference(n, 0.05*scalar(n))
				if err != nil {
					return nil, err
				}
				if d != nil {
					size.images, size.steps, size.parameters = append(size.images, d), append(size.steps, 0.05*scalar(n)), append(size.parameters, n.Name())
				}
			}
		}
		if size.images != nil {
			size.kind, size.text = Size, "the numbers of cells are held"
			list = append(list, size)
		}
		for _, n := range append(x.Cell.List(), x.Misset[:]...) {
			if !slices.Contains(held, n) {
				continue
			}
			step := small * scalar(n)
			if slices.Contains(x.Misset[:], n) || scalar(n) == 0 {
				step = 0.03
			}
			if err := one(Geometry, n, step, n.Name()+" is held"); err != nil {
				return nil, err
			}
		}
		if n := x.MosaicSpread; !s.geometry && n != nil && slices.Contains(held, n) {
			if scalar(n) > 0 {
				if err := one(Mosaicity, n, 0.1*scalar(n), "the mosaic spread is held"); err != nil {
					return nil, err
				}
			} else if d, err := s.blurredTurning(x.Misset[:]); err != nil {
				return nil, err
			} else if d != nil {
				list = append(list, alternative{kind: Mosaicity, parameters: []string{n.Name()}, images: [][]float64{d}, steps: []float64{1}, text: "there is no mosaic spread"})
			}
		}
	}
	if s.geometry || s.freeWidth() {
		return list, nil
	}
	if d, err := s.blurredWavelength(); err != nil {
		return nil, err
	} else if d != nil {
		list = append(list, alternative{kind: Spectrum, images: [][]float64{d}, steps: []float64{1}, text: "the spectrum is held"})
	}
	return list, nil
}

// freeWidth reports whether a width of the spectrum is free.
func (s *alternatives) freeWidth() bool {
	b := s.fit.Experiment.Beam
	for _, q := range s.fit.Problem.Parameters().List() {
		if n := q.Node; !q.Fixed && n != nil && (n == b.Dispersion || n == b.FWHM || n == b.LineWidth || n == b.Weights) {
			return true
		}
	}
	return false
}

// held are the scalar inputs of the experiment that are not free.
func (s *alternatives) held() []*G.Node {
	var list []*G.Node
	free := map[*G.Node]bool{}
	for _, q := range s.fit.Problem.Parameters().List() {
		if !q.Fixed {
			free[q.Node] = true
		}
	}
	for _, n := range s.fit.Experiment.Parameters() {
		if n.Op() == nil && len(n.Shape()) == 0 && !free[n] {
			list = append(list, n)
		}
	}
	return list
}

func (s *alternatives) pixelSide() float64 {
	if v := scalar(s.fit.Experiment.Detector.Pixel); v > 0 {
		return v
	}
	return 0.1
}

// spread is a small relative change of lengths that moves the outer spots by about half a pixel.
func (s *alternatives) spread() float64 {
	largest := 0.0
	for k := range s.panels {
		p := &s.panels[k]
		for i := range p.use {
			largest = max(largest, p.twoTheta(i))
		}
	}
	planes, err := s.fit.Experiment.Detector.Planes()
	if err != nil || largest == 0 {
		return 1e-3
	}
	distance := 0.0
	for _, p := range planes {
		corner := p.Corner
		distance = max(distance, math.Abs(corner[0]*p.Beam[0]+corner[1]*p.Beam[1]+corner[2]*p.Beam[2]))
	}
	return min(0.01, max(1e-4, 0.5*s.pixelSide()/(distance*math.Tan(largest))))
}

// blurredWavelength is what a width of the spectrum makes of the image: the second difference by the wavelength, which is that by the
// lengths of the cell, since q a alone matters.
func (s *alternatives) blurredWavelength() ([]float64, error) {
	var nodes []*G.Node
	for _, x := range s.fit.Experiment.Crystals {
		for _, n := range x.Cell.List()[:3] {
			if n.Op() == nil && !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	if nodes == nil {
		return nil, nil
	}
	d := s.spread()
	return s.second(nodes, func(sign float64) []float64 {
		out := make([]float64, len(nodes))
		for i, n := range nodes {
			out[i] = scalar(n) * (1 + sign*d)
		}
		return out
	})
}

// blurredTurning is what a mosaic spread makes of the image: the sum of the second differences by rotations.
func (s *alternatives) blurredTurning(misset []*G.Node) ([]float64, error) {
	var out []float64
	for _, n := range misset {
		if n.Op() != nil {
			return nil, nil
		}
		v, d := scalar(n), s.spread()*180/math.Pi
		one, err := s.second([]*G.Node{n}, func(sign float64) []float64 { return []float64{v + sign*d} })
		if err != nil || one == nil {
			return nil, err
		}
		if out == nil {
			out = one
			continue
		}
		for i := range out {
			out[i] += one[i]
		}
	}
	return out, nil
}
