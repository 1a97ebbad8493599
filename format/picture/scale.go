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
	Sqrt                // equal differences of the square root of what exceeds Low: of counts, equal numbers of σ
)

var scaleNames = []string{Log: "log", Linear: "linear", Sqrt: "sqrt"}

// String returns the name that [ParseScale] accepts.
func (s Scale) String() string { return name(scaleNames, int(s), "Scale") }

// ParseScale returns the scale named log, linear or sqrt.
func ParseScale(text string) (Scale, error) {
	i := slices.Index(scaleNames, text)
	if i < 0 {
		return 0, fmt.Errorf("picture: unknown scale %q: want one of %s", text, strings.Join(scaleNames, ", "))
	}
	return Scale(i), nil
}

const (
	lowPercentile  = 0.10  // of the positive pixels, logarithmic scale
	highPercentile = 0.999 // of all pixels, other scales
	// maxRatio limits the ratio of the automatic limits, so that the tails of spots, which fall to
	// zero, do not use up the scale.
	maxRatio = 1e6
)

// Fixed returns the options with the limits that they have for data, which [Paint] then takes for
// other data too: a second image, or one in which some pixels have no value. The same errors.
func (o Options) Fixed(data []float64) (Options, error) {
	low, high, err := o.limits(data)
	if err != nil {
		return o, fmt.Errorf("picture: %w", err)
	}
	o.Low, o.High = At(low), At(high)
	return o, nil
}

// limits returns the limits as numbers, low < high.
func (o Options) limits(data []float64) (low, high float64, err error) {
	if o.Scale < Log || o.Scale > Sqrt {
		return 0, 0, fmt.Errorf("unknown scale %v", o.Scale)
	}
	if err := o.checkLimits(); err != nil {
		return 0, 0, err
	}
	if o.Low.kind == fixed && o.High.kind == fixed {
		return o.Low.value, o.High.value, nil
	}
	sorted := o.sorted(data)
	low, high = o.Scale.automatic(sorted)
	low, high = o.Low.among(sorted, low), o.High.among(sorted, high)
	switch {
	case low < high:
	case o.High.kind == fixed:
		low = math.Nextafter(high, math.Inf(-1))
	case len(sorted) > 0 && sorted[len(sorted)-1] > low:
		high = sorted[len(sorted)-1]
	default:
		high = math.Nextafter(low, math.Inf(1))
	}
	return low, high, nil
}

func (o Options) checkLimits() error {
	for _, limit := range []struct {
		name string
		Limit
	}{{"low", o.Low}, {"high", o.High}} {
		switch v := limit.value; {
		case limit.kind == automatic:
		case limit.kind == percentage && !(v >= 0 && v <= 100):
			return fmt.Errorf("the %s limit is the %gth percentile, which is not from 0 to 100", limit.name, v)
		case limit.kind == percentage:
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("the %s limit is %v", limit.name, v)
		case o.Scale == Log && v <= 0:
			return fmt.Errorf("the %s limit %g is not positive, which the logarithmic scale requires", limit.name, v)
		case o.ColourMap == BlueRed && v < 0:
			return fmt.Errorf("the %s limit %g is negative, and with %v it is one of absolute values", limit.name, v, BlueRed)
		}
	}
	if o.Low.kind == o.High.kind && o.Low.kind != automatic && o.Low.value >= o.High.value {
		return fmt.Errorf("the low limit %v is not below the high limit %v", o.Low, o.High)
	}
	return nil
}

// sorted returns the values that limits are percentiles of.
func (o Options) sorted(data []float64) []float64 {
	sorted := make([]float64, 0, len(data))
	for _, x := range data {
		if o.ColourMap == BlueRed {
			x = math.Abs(x)
		}
		if o.Scale != Log || x > 0 {
			sorted = append(sorted, x)
		}
	}
	slices.Sort(sorted)
	return sorted
}

// automatic returns the limits documented by Options, low ≤ high.
func (s Scale) automatic(sorted []float64) (low, high float64) {
	if len(sorted) == 0 {
		return 1, 1 // a dark image: every value is below
	}
	largest := sorted[len(sorted)-1]
	if s != Log {
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
		if x <= low {
			return 0
		}
		if x >= high {
			return 1
		}
		share := min(max((transform(x)-origin)/width, 0), 1)
		if s == Sqrt {
			return math.Sqrt(share)
		}
		return share
	}
}

func name(names []string, i int, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}
