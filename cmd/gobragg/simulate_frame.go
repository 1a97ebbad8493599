package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/noise"
)

// layout is how the panels lie in a frame: one below the other.
type layout struct {
	fast, slow int
	first      []int  // row of each panel
	bad        []bool // pixels that are not simulated, or of no panel; nil if there are none
}

// lay makes the layout, which the geometry then has too, and the background.
func (r *simulation) lay(g *format.Geometry) error {
	l := &r.layout
	sizes := r.Detector.Sizes()
	for i, size := range sizes {
		l.first = append(l.first, l.slow)
		g.Panels[i].First = [2]int{0, l.slow}
		l.fast, l.slow = max(l.fast, size[0]), l.slow+size[1]
	}
	if l.fast > format.MaxPixels/l.slow {
		return fmt.Errorf("simulate: %d panels in one image are %d × %d pixels: %d is the limit", len(sizes), l.fast, l.slow, format.MaxPixels)
	}
	ones := make([]float64, r.Detector.Pixels())
	for i := range ones {
		ones[i] = 1
	}
	panels, err := r.Detector.Images(ones)
	if err != nil {
		return err
	}
	simulated := l.join(panels)
	if len(ones) < len(simulated) {
		l.bad = make([]bool, len(simulated))
		for i, v := range simulated {
			l.bad[i] = v == 0
		}
	}
	r.ramp = r.background()
	return nil
}

// join puts the images of the panels into one.
func (l *layout) join(panels []*tensor.Dense) []float64 {
	if len(panels) == 1 {
		return panels[0].Float64s()
	}
	out := make([]float64, l.fast*l.slow)
	for i, p := range panels {
		slow, fast := p.Shape()[0], p.Shape()[1]
		values := p.Float64s()
		for s := range slow {
			copy(out[(l.first[i]+s)*l.fast:], values[s*fast:(s+1)*fast])
		}
	}
	return out
}

// scale returns that of the experiment.
func (r *simulation) scale() float64 {
	if s, varies := r.Varying("scale"); varies {
		return s
	}
	if s := r.config.Scale; s != 0 {
		return s
	}
	return 1
}

// background returns the photons under the intensity of each pixel, as refinements have them; nil if there are none.
func (r *simulation) background() []float64 {
	own, l := r.config.Background, &r.layout
	b := &own
	for name, to := range map[string]*float64{"background.flat": &b.Flat, "background.fast": &b.Fast, "background.slow": &b.Slow} {
		if v, varies := r.Varying(name); varies {
			*to = v
		}
	}
	if b.Flat == 0 && !(b.Tilted && (b.Fast != 0 || b.Slow != 0)) {
		return nil
	}
	out := make([]float64, l.fast*l.slow)
	// A slope counts from the middle of the simulated pixels.
	low, high := [2]int{l.fast, l.slow}, [2]int{-1, -1}
	for i := range out {
		if l.bad != nil && l.bad[i] {
			continue
		}
		for axis, at := range [2]int{i % l.fast, i / l.fast} {
			low[axis], high[axis] = min(low[axis], at), max(high[axis], at)
		}
	}
	for i := range out {
		if l.bad != nil && l.bad[i] {
			continue
		}
		out[i] = b.Flat
		if b.Tilted {
			fast, slow := float64(i%l.fast)-float64(low[0]+high[0])/2, float64(i/l.fast)-float64(low[1]+high[1])/2
			out[i] += float64(b.Fast*fast) + float64(b.Slow*slow)
		}
	}
	return out
}

// expect makes an intensity the photons that are expected.
func (r *simulation) expect(intensity []float64) {
	if scale := r.scale(); scale != 1 {
		for i := range intensity {
			intensity[i] *= scale
		}
	}
	for i, b := range r.ramp {
		intensity[i] += b
	}
}

// draw returns the counts of an image.
func (r *simulation) draw(photons []float64, number int) ([]float64, error) {
	seed := r.flags.seed + uint64(number-r.config.Scan.FirstImage())
	drawn, err := noise.Poisson(photons, seed)
	if err != nil {
		return nil, err
	}
	if sigma := r.config.Counts.Readout; sigma > 0 {
		if drawn, err = noise.Readout(drawn, sigma, seed); err != nil {
			return nil, err
		}
	}
	counts := r.config.Counts.Values(drawn)
	for i := range counts {
		counts[i] = math.Round(counts[i])
		if r.layout.bad != nil && r.layout.bad[i] {
			counts[i] = 0
		}
	}
	return counts, nil
}

// write writes the values of an output as a frame.
func (r *simulation) write(o *output) error {
	l := &r.layout
	if !o.counts {
		o.frame.Reset(l.fast, l.slow, format.Float32)
		for i, v := range o.values {
			x := float32(v)
			if math.IsInf(float64(x), 0) {
				return fmt.Errorf("pixel (%d, %d) is %g, which does not fit a float32", i%l.fast, i/l.fast, v)
			}
			binary.LittleEndian.PutUint32(o.frame.Data[4*i:], math.Float32bits(x))
		}
	} else {
		o.frame.Reset(l.fast, l.slow, format.Int32)
		least, most := float64(math.MinInt32), float64(math.MaxInt32-2)
		if o.word == "smv" {
			least, most = 0, math.MaxUint16
		}
		if top := r.config.Counts.Overload; top > 0 {
			most = math.Min(most, math.Ceil(top)) // from which on pixels do not count
		}
		for i, v := range o.values {
			if v >= most && o == r.overloaded {
				r.over++
			}
			binary.LittleEndian.PutUint32(o.frame.Data[4*i:], uint32(int32(math.Min(math.Max(v, least), most))))
		}
	}
	o.frame.Bad = l.bad
	return o.writer.Write(&o.frame)
}
