package figure

import (
	"fmt"
	"math"
)

// ticks returns at most n + 1 round numbers from low to high.
func ticks(low, high float64, n int) []float64 {
	width := high - low
	if !(width > 0) || math.IsInf(width, 0) {
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
	if v < 0 {
		return "−" + text[1:]
	}
	return text
}
