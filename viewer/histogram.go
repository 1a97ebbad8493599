package viewer

import (
	"math"
	"slices"
)

// histogram describes the values of a layer.
type histogram struct {
	Least    float64 `json:"least"`
	Greatest float64 `json:"greatest"`
	// Percentiles are values that so many hundredths of the pixels do not exceed, by magnitude where values have signs.
	Percentiles map[string]float64 `json:"percentiles"`
	// Counts of pixels in bins of equal width from the first to the last percentile.
	Counts []int   `json:"counts"`
	Signed bool    `json:"signed"`
	Pixels int     `json:"pixels"`
	From   float64 `json:"from"`
	To     float64 `json:"to"`
}

const histogramBins = 128

// mostSampled is how many values are sorted: one in so many of a larger layer.
const mostSampled = 1 << 20

func (l *layer) histogram() *histogram {
	out := &histogram{Percentiles: map[string]float64{}, Signed: l.signed, Counts: make([]int, histogramBins)}
	total := 0
	for _, p := range l.levels[0] {
		total += len(p)
	}
	stride := max(1, total/mostSampled)
	var sample []float64
	for _, p := range l.levels[0] {
		for i, v := range p {
			if v != v {
				continue
			}
			x := float64(v)
			if out.Pixels == 0 {
				out.Least, out.Greatest = x, x
			}
			out.Pixels++
			out.Least, out.Greatest = min(out.Least, x), max(out.Greatest, x)
			if i%stride == 0 {
				if l.signed {
					x = math.Abs(x)
				}
				sample = append(sample, x)
			}
		}
	}
	if len(sample) == 0 {
		return out
	}
	slices.Sort(sample)
	for name, part := range map[string]float64{"1": 0.01, "50": 0.5, "90": 0.9, "99": 0.99, "99.9": 0.999, "99.99": 0.9999} {
		out.Percentiles[name] = sample[int(part*float64(len(sample)-1))]
	}
	out.From, out.To = out.Percentiles["1"], out.Percentiles["99.9"]
	if l.signed {
		out.From = -out.To
	}
	if width := out.To - out.From; width > 0 {
		for _, p := range l.levels[0] {
			for _, v := range p {
				if k := int((float64(v) - out.From) / width * histogramBins); v == v && k >= 0 && k < histogramBins {
					out.Counts[k]++
				}
			}
		}
	}
	return out
}
