package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// suspect is a pixel and how it is wrong.
type suspect struct {
	panel, at int
	excess    float64 // in standard deviations
	saturated bool
}

// suspects finds single pixels that cannot be right: hot ones, whose counts no spot explains since their neighbours have none of
// them; dead ones, which miss the background that the pixels about them have, since that of the model may be one that hot pixels have
// raised; and those of the largest number there is, if too many have it.
func (a *analysis) suspects() []suspect {
	n := 0
	a.each(func(*panel, int) { n++ })
	// One pixel of all exceeds this by chance in one of a thousand images: the tail of a normal variable is below exp(−z²/2)/2.
	certain := math.Sqrt(2 * math.Log(1000*float64(max(n, 1))))
	const half = 0.5 // of what the neighbours of a spot's middle have
	alone := half * a.ownNeighbours()
	var list []suspect
	for k := range a.panels {
		p := &a.panels[k]
		for y := range p.slow {
			for x := range p.fast {
				i := y*p.fast + x
				if !p.use[i] {
					continue
				}
				excess := p.residual(i)
				if excess > 0 {
					z := rootDeviance(p.counts[i], p.expected[i], p.readout[i], a.dispersion)
					if z > certain && p.isolated(x, y, alone) {
						list = append(list, suspect{k, i, z, false})
					}
					continue
				}
				b := p.background(i)
				if p.counts[i] > 0.3*b {
					continue
				}
				if z := rootDeviance(p.counts[i], b, p.readout[i], a.dispersion); z < -certain && p.usual(x, y) > half*b {
					list = append(list, suspect{k, i, z, false})
				}
			}
		}
	}
	return append(list, a.saturated(list)...)
}

// usual is the median of what the pixels about a place count.
func (p *panel) usual(x, y int) float64 {
	const reach = 4
	var list []float64
	p.around(x, y, reach, func(i int) {
		if p.use[i] {
			list = append(list, p.counts[i])
		}
	})
	slices.Sort(list)
	return list[len(list)/2]
}

// isolated reports whether the pixel's counts are not those of a spot: its neighbours have less of what it has above the background
// than the part alone, and the spots that are expected there are smaller.
func (p *panel) isolated(x, y int, alone float64) bool {
	i := y*p.fast + x
	above := p.counts[i] - p.background(i)
	near, count, noise, largest := 0.0, 0.0, 0.0, 0.0
	p.around(x, y, 1, func(j int) {
		largest = max(largest, p.spots[j])
		if straight := j == i-1 || j == i+1 || j == i-p.fast || j == i+p.fast; straight && p.use[j] {
			near += p.counts[j] - p.background(j)
			noise += p.variance[j]
			count++
		}
	})
	const sharper = 5 // than the model's: such a spot looks alone, too
	return count > 0 && p.residual(i) > sharper*largest && near/count < alone*above+math.Sqrt(noise)/count
}

// ownNeighbours is what the four neighbours of the brightest pixels of spots have of these, in the model or the image, whichever is
// less: of a tenth of the spots it is less still.
func (a *analysis) ownNeighbours() float64 {
	type peak struct {
		height      float64
		model, seen float64
	}
	var peaks []peak
	around := func(p *panel, i int, of []float64) float64 {
		return (of[i-1] + of[i+1] + of[i-p.fast] + of[i+p.fast]) / 4
	}
	for k := range a.panels {
		p := &a.panels[k]
		for y := 2; y+2 < p.slow; y++ {
			for x := 2; x+2 < p.fast; x++ {
				i := y*p.fast + x
				if v := p.pattern[i]; !p.use[i] || v <= 0 || v < max(p.pattern[i-1], p.pattern[i+1], p.pattern[i-p.fast], p.pattern[i+p.fast]) {
					continue
				}
				top := i // where the image has the spot's middle
				p.around(x, y, 1, func(j int) {
					if p.counts[j] > p.counts[top] {
						top = j
					}
				})
				q := peak{height: p.pattern[i], model: around(p, i, p.pattern) / p.pattern[i], seen: 1}
				b := p.background(top)
				if above := p.counts[top] - b; above > 5*math.Sqrt(p.variance[top]) { // else noise says nothing of the spot's form
					q.seen = (around(p, top, p.counts) - b) / above
				}
				peaks = append(peaks, q)
			}
		}
	}
	const most, few = 100, 0.1
	if len(peaks) == 0 {
		return 0.2
	}
	slices.SortFunc(peaks, func(x, y peak) int { return cmp.Compare(y.height, x.height) })
	peaks = peaks[:min(len(peaks), most)]
	lower := func(of func(q peak) float64) float64 {
		list := make([]float64, len(peaks))
		for i, q := range peaks {
			list[i] = of(q)
		}
		slices.Sort(list)
		return list[int(few*float64(len(list)))]
	}
	return min(0.5, max(0.04, min(lower(func(q peak) float64 { return q.model }), lower(func(q peak) float64 { return q.seen }))))
}

// saturated finds the pixels of the largest count, if more have it than happens by chance: those suspected already are left aside, and
// a few others may have more, which are hot ones that are not alone. Counts just below the largest, V, are as dense as d = n/(V/4),
// for n pixels above ¾ V, so that another d have that one.
func (a *analysis) saturated(others []suspect) []suspect {
	known := map[[2]int]bool{}
	for _, s := range others {
		known[[2]int{s.panel, s.at}] = true
	}
	const smallest, ties, most = 20, 3, 20 // photons, and pixels that have the largest and that have more
	var counts []float64
	for k := range a.panels {
		p := &a.panels[k]
		for i, use := range p.use {
			if use && p.counts[i] > 0.75*smallest && !known[[2]int{k, i}] {
				counts = append(counts, p.counts[i])
			}
		}
	}
	slices.Sort(counts)
	largest := math.Inf(1)
	for above := 0; above <= most && above < len(counts); {
		top := len(counts) - above
		v := counts[top-1]
		first, _ := slices.BinarySearch(counts, v)
		near, _ := slices.BinarySearch(counts, math.Nextafter(0.75*v, math.Inf(1)))
		if v < smallest {
			break
		}
		if n := top - first; n >= ties && poissonTail(n-1, float64(first-near+1)/(0.25*v)) <= 1e-5 {
			largest = v
			break
		}
		above = len(counts) - first
	}
	if math.IsInf(largest, 1) {
		return nil
	}
	var list []suspect
	for k := range a.panels {
		p := &a.panels[k]
		for i, use := range p.use {
			if use && p.counts[i] == largest && !known[[2]int{k, i}] {
				list = append(list, suspect{k, i, rootDeviance(p.counts[i], p.expected[i], p.readout[i], a.dispersion), true})
			}
		}
	}
	return list
}

// clipped is the reason where the model expects clearly more than the largest count in some pixels, all of which have exactly that: too
// few of them, or too many others about as bright, for [analysis.saturated]. One pixel is enough where its neighbours have more of what the model
// expects than it has, and nothing else explains the misfit.
func (a *analysis) clipped(explained bool) *Reason {
	largest := 0.0
	a.each(func(p *panel, i int) { largest = max(largest, p.counts[i]) })
	const clear, smallest, ties = 3, 20, 2 // standard deviations, photons, and pixels
	r := &Reason{Kind: Saturation}
	other, flat := false, false
	for k := range a.panels {
		p := &a.panels[k]
		for i, use := range p.use {
			if !use || p.expected[i]-clear*math.Sqrt(a.dispersion*p.variance[i]) <= largest {
				continue
			}
			if p.counts[i] != largest {
				other = true
				continue
			}
			flat = a.flatTop(p, i)
			r.Pixels = append(r.Pixels, a.pixel(suspect{panel: k, at: i}))
		}
	}
	if other || len(r.Pixels) == 0 || len(r.Pixels) < ties && (explained || !flat) || largest < smallest {
		return nil
	}
	slices.SortStableFunc(r.Pixels, func(x, y Pixel) int { return cmp.Compare(y.Expected, x.Expected) })
	r.Text = fmt.Sprintf("the model expects more than the largest count of %.6g photons in %d of the pixels, which have exactly that, as if they could not count more: set counts.overload, or reject them",
		largest, len(r.Pixels))
	return r
}

// flatTop reports whether a pixel has clearly less of what is expected of a spot than its neighbours have.
func (a *analysis) flatTop(p *panel, i int) bool {
	const clear, reach = 4, 2 // standard deviations, and pixels
	part := (p.counts[i] - p.background(i)) / p.spots[i]
	more, variance := 0.0, 0.0
	p.around(i%p.fast, i/p.fast, reach, func(j int) {
		if j == i || !p.use[j] {
			return
		}
		more += p.counts[j] - p.background(j) - part*p.spots[j]
		variance += a.dispersion*p.variance[j] + p.softness[j]*p.spots[j]*p.spots[j]
	})
	return more > clear*math.Sqrt(variance)
}

// poissonTail is the probability that a Poisson variable of mean m is n or more.
func poissonTail(n int, m float64) float64 {
	p, sum := math.Exp(-m), 0.0
	for k := range n {
		sum += p
		p *= m / float64(k+1)
	}
	return max(0, 1-sum)
}

// pixel is the suspect as a reason lists it.
func (a *analysis) pixel(s suspect) Pixel {
	p := &a.panels[s.panel]
	return Pixel{Panel: s.panel, Fast: s.at % p.fast, Slow: s.at / p.fast, Counts: p.counts[s.at], Expected: p.expected[s.at]}
}

// suspectReasons are those of the hot and of the saturated pixels, as a list each, the worst first.
func (a *analysis) suspectReasons(list []suspect) []Reason {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y suspect) int { return cmp.Compare(math.Abs(y.excess), math.Abs(x.excess)) })
	var hot, full Reason
	dead := 0
	for _, s := range list {
		if s.saturated {
			full.Pixels = append(full.Pixels, a.pixel(s))
			continue
		}
		if s.excess < 0 {
			dead++
		}
		hot.Pixels = append(hot.Pixels, a.pixel(s))
	}
	var out []Reason
	if n := len(full.Pixels); n > 0 {
		full.Kind = Saturation
		full.Text = fmt.Sprintf("%d pixels have counted exactly %.6g photons, the largest number, as if they could not count more: set counts.overload, or reject them", n, full.Pixels[0].Counts)
		out = append(out, full)
	}
	if n := len(hot.Pixels); n > 0 {
		hot.Kind = HotPixels
		hot.Text = fmt.Sprintf("%d single pixels cannot be right", n)
		if dead > 0 {
			hot.Text += fmt.Sprintf(", %d of them dead", dead)
		}
		hot.Text += ", since their neighbours do not share what they have: mask them, or reject them"
		if n == 1 {
			hot.Text = "a single pixel cannot be right, since its neighbours do not share what it has: mask it, or reject it"
		}
		out = append(out, hot)
	}
	return out
}
