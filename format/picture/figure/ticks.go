package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/picture"
)

// closest is the distance of ticks on the colour bar, in dots.
const closest = 24

// barTicks returns the ticks of a colour bar of that many dots, in ascending order.
func (p *panel) barTicks(low, high float64, height int) []float64 {
	n := min(8, max(2, height/40))
	signed := p.Options.ColourMap == picture.BlueRed
	var list []float64
	switch {
	case p.Options.Scale == picture.Linear:
		list = ticks(low, high, n)
	case p.Options.Scale == picture.Log && !signed:
		list = decades(low, high)
	case p.Options.Scale == picture.Log:
		list = decades(p.painted.Low, high)
	default: // denser where the bar is steeper
		for e := math.Floor(math.Log10(high)); len(list) < 30; e-- {
			for _, m := range []float64{5, 2, 1} {
				if v := m * math.Pow(10, e); v <= high*(1+1e-9) && v >= low {
					list = append(list, v)
				}
			}
			if !(high > 0) || e < math.Log10(high)-8 {
				break
			}
		}
		if low <= 0 {
			list = append([]float64{0}, list...)
		}
		if len(list) < 2 {
			list = []float64{low, high}
		}
	}
	if signed && p.Options.Scale != picture.Linear {
		mirrored := []float64{0}
		for _, v := range list {
			if v > 0 {
				mirrored = append(mirrored, v, -v)
			}
		}
		list = mirrored
	}
	return p.apart(list, height)
}

// apart leaves out the ticks that are too close to one before them in the list, and sorts the rest.
func (p *panel) apart(list []float64, height int) []float64 {
	var kept []float64
	for _, v := range list {
		near := func(w float64) bool {
			return max(p.barAt(v, height)-p.barAt(w, height), p.barAt(w, height)-p.barAt(v, height)) < closest
		}
		if !slices.ContainsFunc(kept, near) {
			kept = append(kept, v)
		}
	}
	slices.Sort(kept)
	return kept
}

// ticks returns at most n + 1 round numbers from low to high.
func ticks(low, high float64, n int) []float64 {
	width := high - low
	if !(width > 1e-9*max(math.Abs(low), math.Abs(high))) || math.IsInf(width, 0) {
		return []float64{low}
	}
	step := math.Pow(10, math.Floor(math.Log10(width/float64(n))))
	for _, f := range []float64{1, 2, 5, 10} {
		if width/(f*step) <= float64(n) {
			step *= f
			break
		}
	}
	var list []float64
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*width; k++ {
		list = append(list, k*step)
	}
	return list
}

// decades returns the powers of ten from low to high and, if there are few, also two and five times
// those.
func decades(low, high float64) []float64 {
	factors := []float64{1}
	if high/low < 1000 {
		factors = []float64{1, 2, 5}
	}
	var list []float64
	for e := math.Floor(math.Log10(low)); e <= math.Log10(high); e++ {
		for _, f := range factors {
			if v := f * math.Pow(10, e); v >= low*(1-1e-9) && v <= high*(1+1e-9) {
				list = append(list, v)
			}
		}
	}
	if list == nil {
		return []float64{low, high}
	}
	return list
}

// label formats a tick without the digits that rounding adds.
func label(v float64) string {
	if v == 0 {
		return "0"
	}
	text := fmt.Sprintf("%.6g", v)
	if a := math.Abs(v); a >= 1e5 || a < 1e-3 {
		number, power, _ := strings.Cut(fmt.Sprintf("%.5e", v), "e")
		text = strings.TrimSuffix(strings.TrimRight(number, "0"), ".") + "e" + strings.Replace(strings.TrimLeft(power, "+"), "-0", "−", 1)
		text = strings.Replace(strings.Replace(text, "e0", "e", 1), "e-", "e−", 1)
	}
	if v < 0 {
		return "−" + text[1:]
	}
	return text
}
