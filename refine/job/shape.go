package job

import (
	"context"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
)

// The crystals that are tried where no file says how large its blocks and its mosaic spread are: the length of a block in Å, and the
// spread in degrees.
var (
	blocks  = []float64{200, 350, 600, 1000, 1700, 3000}
	spreads = []float64{0.01, 0.03, 0.06, 0.12, 0.25, 0.5}
)

const (
	windowHalf  = 7  // pixels of a window to each side of a spot
	mostWindows = 40 // in which crystals are tried
)

// guessCrystals gives crystals that no file gives a size Gaussian blocks and a mosaic spread, those of the list whose spots have the
// shapes of the brightest ones of the image.
func (j *job) guessCrystals(ctx context.Context) error {
	c := j.said
	if !j.guessed {
		return nil
	}
	j.setSize(c, blocks[0], spreads[len(spreads)-1])
	broad := *c
	broad.Crystals = slices.Clone(c.Crystals)
	e, err := j.nodes(&broad)
	if err != nil {
		return err
	}
	lists, err := e.Predict(&experiment.PredictOptions{Widths: 3})
	if err != nil {
		return err
	}
	block, spread := 600.0, 0.1
	windows := j.windows(lists)
	if len(windows) >= 3 {
		if block, spread, err = j.bestSize(ctx, &broad, windows); err != nil {
			return err
		}
		j.notice("the crystals' blocks of %.0f Å and mosaic spread of %g°, where the search starts, are those whose spots have the shapes of %d bright ones", block, spread, len(windows))
	} else {
		j.notice("no file gives the size of the crystals, and the image has too few bright spots to show it: the search starts at blocks of %g Å and a mosaic spread of %g°", block, spread)
	}
	j.setSize(c, block, spread)
	return nil
}

// setSize gives all crystals blocks of a length in all directions, and a spread.
func (j *job) setSize(c *experiment.Config, block, spread float64) {
	for i := range c.Crystals {
		x := &c.Crystals[i]
		cell := j.cells[i]
		x.Shape = crystal.Gauss
		x.Cells = experiment.Cells{A: max(1, block/cell.A), B: max(1, block/cell.B), C: max(1, block/cell.C)}
		x.Mosaic.Spread = spread
	}
}

// windows are squares about the brightest predicted spots, apart from each other.
func (j *job) windows(lists []experiment.Predicted) []prediction.Box {
	type candidate struct {
		box   prediction.Box
		above float64
	}
	var list []candidate
	for _, l := range lists {
		for i := range l.Reflections {
			r := &l.Reflections[i]
			f, s := int(math.Floor(r.Fast)), int(math.Floor(r.Slow))
			b := prediction.Box{Panel: r.Panel, Fast: [2]int{f - windowHalf, f + windowHalf + 1}, Slow: [2]int{s - windowHalf, s + windowHalf + 1}}
			if size := j.sizes[r.Panel]; b.Fast[0] < 0 || b.Slow[0] < 0 || b.Fast[1] > size[0] || b.Slow[1] > size[1] {
				continue
			}
			if above, ok := j.bright(b); ok {
				list = append(list, candidate{b, above})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.above > b.above:
			return -1
		case a.above < b.above:
			return 1
		}
		return 0
	})
	var out []prediction.Box
	for _, c := range list {
		apart := func(b prediction.Box) bool {
			return b.Panel != c.box.Panel || b.Fast[1] <= c.box.Fast[0] || c.box.Fast[1] <= b.Fast[0] || b.Slow[1] <= c.box.Slow[0] || c.box.Slow[1] <= b.Slow[0]
		}
		if len(out) < mostWindows && !slices.ContainsFunc(out, func(b prediction.Box) bool { return !apart(b) }) {
			out = append(out, c.box)
		}
	}
	return out
}

// bright returns the photons above the median in the middle of a window, and reports whether they are a spot: by far more than
// noise, and not a single pixel.
func (j *job) bright(b prediction.Box) (above float64, ok bool) {
	fast := j.sizes[b.Panel][0]
	photons := j.data.Photons[b.Panel].Float64s()
	var all []float64
	for row := b.Slow[0]; row < b.Slow[1]; row++ {
		for column := b.Fast[0]; column < b.Fast[1]; column++ {
			i := row*fast + column
			if !j.counts(b.Panel, i) {
				return 0, false
			}
			all = append(all, photons[i])
		}
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	level := sorted[len(sorted)/2]
	side := 2*windowHalf + 1
	largest := 0.0
	for row := 3; row < side-3; row++ {
		for column := 3; column < side-3; column++ {
			v := all[row*side+column] - level
			above += v
			largest = max(largest, v)
		}
	}
	middle := float64((side - 6) * (side - 6))
	return above, above > 10*math.Sqrt(max(level, 0.1)*middle+max(above, 0)) && largest < 0.9*above
}

// bestSize returns the block and the spread whose spots are most like those in the windows: by the correlation of counts and model in
// each, whatever its scale and background.
func (j *job) bestSize(ctx context.Context, c *experiment.Config, windows []prediction.Box) (block, spread float64, err error) {
	c.Physics.ClosedForm = &experiment.ClosedForm{Widths: 4, Tolerance: 1}
	some, err := on(c, windows)
	if err != nil {
		return 0, 0, err
	}
	e, err := j.build(some)
	if err != nil {
		return 0, 0, err
	}
	counts, err := e.Detector.Select(j.data.Photons...)
	if err != nil {
		return 0, 0, err
	}
	owner := make([]int, len(counts))
	numbers := e.Detector.Numbers()
	for k, b := range windows {
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				owner[numbers[b.Panel][row*j.sizes[b.Panel][0]+column]] = k
			}
		}
	}
	sim := e.Simulator()
	set := func(n *G.Node, v float64) {
		if err == nil && n != nil {
			err = sim.Set(n, v)
		}
	}
	least := math.Inf(1)
	for _, length := range blocks {
		for _, degrees := range spreads {
			for i, x := range e.Crystals {
				cell := j.cells[i]
				for k, a := range []float64{cell.A, cell.B, cell.C} {
					set(x.N[k], max(1, length/a))
				}
				set(x.MosaicSpread, degrees)
			}
			if err != nil {
				return 0, 0, err
			}
			model, _, err := parts(ctx, e)
			if err != nil {
				return 0, 0, err
			}
			if unlike := unlikeness(counts, model, owner, len(windows)); unlike < least {
				least, block, spread = unlike, length, degrees
			}
		}
	}
	return block, spread, nil
}

// unlikeness is the mean of 1 − r over the windows, with the correlation r of counts and model in each.
func unlikeness(counts, model []float64, owner []int, windows int) float64 {
	type sums struct{ n, x, y, xx, xy, yy float64 }
	list := make([]sums, windows)
	for i, k := range owner {
		s := &list[k]
		x, y := model[i], counts[i]
		s.n, s.x, s.y, s.xx, s.xy, s.yy = s.n+1, s.x+x, s.y+y, s.xx+x*x, s.xy+x*y, s.yy+y*y
	}
	total := 0.0
	for _, s := range list {
		xx, xy, yy := s.xx-s.x*s.x/s.n, s.xy-s.x*s.y/s.n, s.yy-s.y*s.y/s.n
		r := 0.0
		if xx > 0 && yy > 0 {
			r = xy / math.Sqrt(xx*yy)
		}
		total += 1 - r
	}
	return total / float64(windows)
}
