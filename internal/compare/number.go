package compare

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a float64 that may be undefined, which is a NaN here, or too large, and then null in JSON.
type Number float64

func undefined() Number { return Number(math.NaN()) }

// Defined reports whether the number is finite.
func (n Number) Defined() bool { return finite(float64(n)) }

// String returns the number with at most eight digits.
func (n Number) String() string {
	switch {
	case math.IsNaN(float64(n)):
		return "undefined"
	case math.IsInf(float64(n), 0):
		return "too large"
	}
	return strconv.FormatFloat(float64(n), 'g', 8, 64)
}

func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Defined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = undefined()
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// total is a sum without the rounding of all that went before: A. Neumaier, ZAMM 54, 39 (1974).
type total struct{ sum, lost float64 }

func (t *total) add(x float64) {
	s := t.sum + x
	if math.Abs(t.sum) >= math.Abs(x) {
		t.lost += t.sum - s + x
	} else {
		t.lost += x - s + t.sum
	}
	t.sum = s
}

func (t *total) value() float64 { return t.sum + t.lost }

// unit returns the power of 2 that brings a number to about 1, so that squares neither overflow nor vanish.
func unit(x float64) float64 {
	const most = 1000
	_, e := math.Frexp(x)
	return math.Ldexp(1, -min(max(e, -most), most))
}
