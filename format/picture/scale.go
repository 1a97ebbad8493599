package picture

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Scale is the mapping of values between the limits to colours.
type Scale int

const (
	Log    Scale = iota // equal ratios look equal; values up to Low, including negative ones, have the first colour
	Linear              // equal differences look equal
)

var scaleNames = []string{Log: "log", Linear: "linear"}

// String returns the name that [ParseScale] accepts.
func (s Scale) String() string { return name(scaleNames, int(s), "Scale") }

// ParseScale returns the scale named log or linear.
func ParseScale(text string) (Scale, error) {
	i := slices.Index(scaleNames, text)
	if i < 0 {
		return 0, fmt.Errorf("picture: unknown scale %q: want one of %s", text, strings.Join(scaleNames, ", "))
	}
	return Scale(i), nil
}

const (
	lowPercentile  = 0.10  // of the positive pixels, logarithmic scale
	highPercentile = 0.999 // of all pixels, linear scale
	// maxRatio limits the ratio of the automatic limits, so that the tails of spots, which fall to
	// zero, do not use up the scale.
	maxRatio = 1e6
)

// limits returns the given or automatic limits. An automatic limit that contradicts a given one is
// moved.
func (o Options) limits(data []float64, absolute bool) (low, high float64, err error) {
	if o.Scale != Log && o.Scale != Linear {
		return 0, 0, fmt.Errorf("unknown scale %v", o.Scale)
	}
	if err := o.checkLimits(); err != nil {
		return 0, 0, err
	}
	if o.Low == nil || o.High == nil {
		low, high = o.Scale.automatic(data, absolute)
	}
	if o.High != nil {
		high = *o.High
		if low >= high {
			low = math.Nextafter(high, math.Inf(-1))
		}
	}
	if o.Low != nil {
		low = *o.Low
	}
	return low, high, nil
}

func (o Options) checkLimits() error {
	for _, limit := range []struct {
		name  string
		value *float64
	}{{"low", o.Low}, {"high", o.High}} {
		switch {
		case limit.value == nil:
		case math.IsNaN(*limit.value) || math.IsInf(*limit.value, 0):
			return fmt.Errorf("the %s limit is %v", limit.name, *limit.value)
		case o.Scale == Log && *limit.value <= 0:
			return fmt.Errorf("the %s limit %g is not positive, which the logarithmic scale requires", limit.name, *limit.value)
		}
	}
	if o.Low != nil && o.High != nil && *o.Low >= *o.High {
		return fmt.Errorf("the low limit %g is not below the high limit %g", *o.Low, *o.High)
	}
	return nil
}

// automatic returns the limits documented by Options, low ≤ high.
func (s Scale) automatic(data []float64, absolute bool) (low, high float64) {
	sorted := make([]float64, 0, len(data))
	for _, x := range data {
		if absolute {
			x = math.Abs(x)
		}
		if s == Linear || x > 0 {
			sorted = append(sorted, x)
		}
	}
	if len(sorted) == 0 {
		return 1, 1 // a dark image: every value is below
	}
	slices.Sort(sorted)
	largest := sorted[len(sorted)-1]
	if s == Linear {
		low = min(0, sorted[0])
		if high = percentile(sorted, highPercentile); high <= low {
			high = largest
		}
		return low, high
	}
	floor := max(largest/maxRatio, math.SmallestNonzeroFloat64)
	if low = percentile(sorted, lowPercentile); low < floor || low == largest {
		low = floor
	}
	return low, largest
}

func percentile(sorted []float64, fraction float64) float64 {
	return sorted[int(fraction*float64(len(sorted)-1))]
}

// between returns the function that maps values up to low to 0, and values from high on to 1.
func (s Scale) between(low, high float64) func(float64) float64 {
	transform := func(x float64) float64 { return x / 2 } // so that differences do not overflow
	if s == Log {
		transform = math.Log
	}
	origin, width := transform(low), transform(high)-transform(low)
	return func(x float64) float64 {
		switch {
		case x <= low:
			return 0
		case x >= high:
			return 1
		default:
			return min(max((transform(x)-origin)/width, 0), 1)
		}
	}
}

func name(names []string, i int, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}
