package viewer

import (
	"math"
	"runtime"
	"slices"

	"github.com/gobragg/gobragg/internal/parallel"
)

// histogram describes the values of a layer.
type histogram struct {
	Least    float64 `json:"least"`
	Greatest float64 `json:"greatest"`
	// Percentiles are values that so many hundredths of the pixels do not exceed, by magnitude where values have signs.
	Percentiles map[string]float64 `json:"percentiles"`
	// Counts of pixels in bins of equal width from From to To; of a sample of a large layer, times the pixels for which one stands.
	Counts []int   `json:"counts"`
	Signed bool    `json:"signed"`
	Pixels int     `json:"pixels"`
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	// Sigma is that of the parameter, of a layer of what one σ of it changes.
	Sigma float64 `json:"sigma,omitempty"`
}

const histogramBins = 128

// mostSampled is how many values are sorted: one in so many of a larger layer.
const mostSampled = 1 << 17

// percentiles are those that the page offers for the last colour.
var percentiles = map[string]float64{"1": 0.01, "50": 0.5, "90": 0.9, "99": 0.99, "99.5": 0.995, "99.9": 0.999, "99.99": 0.9999}

func (l *layer) histogram() *histogram {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.values == nil {
		l.values = l.count()
	}
	return l.values
}

func (l *layer) count() *histogram {
	out := &histogram{Percentiles: map[string]float64{}, Signed: l.signed, Counts: make([]int, histogramBins), Sigma: l.sigma}
	stride := l.pixels() / mostSampled
	stride |= 1 // an even one would keep to some columns
	var sample []float64
	for _, p := range l.levels[0] {
		out.extremes(p)
		for i := 0; i < len(p); i += stride {
			if v := p[i]; v == v {
				sample = append(sample, float64(v))
			}
		}
	}
	if len(sample) == 0 {
		return out
	}
	sorted := slices.Clone(sample)
	if l.signed {
		for i, v := range sorted {
			sorted[i] = math.Abs(v)
		}
	}
	slices.Sort(sorted)
	for name, part := range percentiles {
		out.Percentiles[name] = sorted[int(part*float64(len(sorted)-1))]
	}
	out.From, out.To = out.Percentiles["1"], out.Percentiles["99.9"]
	if l.signed {
		out.From = -out.To
	}
	if width := out.To - out.From; width > 0 {
		for _, v := range sample {
			if k := int(math.Floor((v - out.From) / width * histogramBins)); k >= 0 && k < histogramBins {
				out.Counts[k] += stride
			}
		}
	}
	return out
}

// extremes counts the values of a panel, and finds the least and the greatest.
func (h *histogram) extremes(p []float32) {
	const part = 1 << 18
	type found struct {
		least, greatest float32
		pixels          int
	}
	parts := make([]found, (len(p)+part-1)/part)
	parallel.Each(runtime.GOMAXPROCS(0), len(parts), func(k int) {
		var f found
		for _, v := range p[k*part : min(len(p), (k+1)*part)] {
			if v != v {
				continue
			}
			if f.pixels == 0 {
				f.least, f.greatest = v, v
			}
			f.pixels++
			f.least, f.greatest = min(f.least, v), max(f.greatest, v)
		}
		parts[k] = f
	})
	for _, f := range parts {
		if f.pixels == 0 {
			continue
		}
		if h.Pixels == 0 {
			h.Least, h.Greatest = float64(f.least), float64(f.greatest)
		}
		h.Pixels += f.pixels
		h.Least, h.Greatest = min(h.Least, float64(f.least)), max(h.Greatest, float64(f.greatest))
	}
}
