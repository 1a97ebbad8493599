package picture

import (
	"fmt"
	"strconv"
	"strings"
)

// Limit is the value of the first or the last colour. The zero value is automatic.
type Limit struct {
	kind  limitKind
	value float64
}

type limitKind uint8

const (
	automatic limitKind = iota
	fixed
	percentage
)

// At is a limit given as a value.
func At(value float64) Limit { return Limit{fixed, value} }

// Percentile is the value that the given percentage, 0 to 100, of the pixels do not exceed: of the
// positive ones with the logarithmic scale, of absolute values with BlueRed.
func Percentile(percent float64) Limit { return Limit{percentage, percent} }

// String returns what [ParseLimit] accepts: auto, a number, or a number with %.
func (l Limit) String() string {
	switch l.kind {
	case automatic:
		return "auto"
	case percentage:
		return fmt.Sprintf("%g%%", l.value)
	}
	return fmt.Sprintf("%g", l.value)
}

// ParseLimit returns the limit that is written as auto, as a value such as 5, or as a percentile such as 99.9%.
func ParseLimit(text string) (Limit, error) {
	if text == "auto" {
		return Limit{}, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return Limit{}, fmt.Errorf("picture: the limit %q is neither a number, nor a percentile such as 99.9%%, nor auto", text)
	case percent && !(v >= 0 && v <= 100):
		return Limit{}, fmt.Errorf("picture: the percentile %s is not from 0%% to 100%%", text)
	case percent:
		return Percentile(v), nil
	}
	return At(v), nil
}

// among returns the limit for sorted values.
func (l Limit) among(sorted []float64, automatically float64) float64 {
	switch {
	case l.kind == fixed:
		return l.value
	case l.kind == percentage && len(sorted) > 0:
		return percentile(sorted, l.value/100)
	}
	return automatically
}
