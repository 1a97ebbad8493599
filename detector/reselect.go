package detector

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Reselect makes other pixels the simulated ones: for each panel, the positions slow·(pixels along fast) + fast in its image,
// rising. There may be as many as when the detector was made, or fewer: the pixel axis keeps its length, and its last elements
// repeat the last pixel, for which [Detector.Select] gives 0 and which count in no loss if their weight is 0. What was built of
// the detector is then the model of the new pixels; nothing is built or compiled again.
//
// It is for a detector of pixels that differ in their places alone: with gains or a point spread function it returns an error.
func (d *Detector) Reselect(positions [][]int32) error {
	px := &d.pixels
	switch {
	case len(d.Gains) > 0 || d.PointSpread != nil:
		return fmt.Errorf("detector: gains and a point spread function are of the pixels that the detector was made with: make another one")
	case len(positions) != len(px.sizes):
		return fmt.Errorf("detector: positions on %d panels, of %d", len(positions), len(px.sizes))
	}
	n := px.count
	next, from := px.newListed(n), []int{0}
	for k, list := range positions {
		last := int32(-1)
		width := px.sizes[k][0]
		for _, at := range list {
			if at <= last || int(at) >= width*px.sizes[k][1] {
				return fmt.Errorf("detector: panel %d has no pixel at position %d after %d", k, at, last)
			}
			last = at
			next.add(Place{k, int(at) % width, int(at) / width})
		}
		from = append(from, len(next.fast))
	}
	used := len(next.fast)
	if used == 0 || used > n {
		return fmt.Errorf("detector: %d pixels for an axis of %d", used, n)
	}
	own := pixels{listed: next}
	for range n - used {
		next.add(own.place(used - 1))
	}
	for i, list := range next.values() {
		if err := G.Let(px.leaves[i], node.AsValue(px.leaves[i].Shape(), slices.Clone(list))); err != nil {
			return fmt.Errorf("detector: %w", err)
		}
	}
	px.numbering = &numbering{}
	px.rows, px.width, px.listed, px.from = nil, 0, next, from
	return nil
}

// Selected returns the number of pixels that the axis stands for: all, unless [Detector.Reselect] was given fewer.
func (d *Detector) Selected() int { return d.pixels.from[len(d.pixels.from)-1] }
