package gradcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Report is the result of a check. [Report.String] formats it as a table. As JSON it has the fields
// named below, and survives the round trip; docs/gradcheck.md describes them.
type Report struct {
	// Loss that was differentiated, and its value.
	Loss  string `json:"loss"`
	Value Number `json:"value"`
	// Executor computed the derivatives under test; Guard is the state of the environment variable
	// that keeps simulators from compiling.
	Executor string `json:"executor"`
	Guard    string `json:"guard"`

	// Elements are the first derivatives, Directions those along the directions of the fast mode,
	// Second the second derivatives.
	Elements   []Element `json:"elements"`
	Directions []Element `json:"directions,omitempty"`
	Second     []Element `json:"second,omitempty"`
	// Asymmetry of the Hessian: the largest |H(i,j) − H(j,i)|, relative to the larger of the two.
	Asymmetry Number `json:"asymmetry"`
	// Taylor is the test of the Taylor remainders; nil unless Options.Taylor asks for it.
	Taylor *Taylor `json:"taylor,omitempty"`

	// Unrepeated names what has different bits when it is computed again; "" if nothing has.
	Unrepeated string `json:"unrepeated,omitempty"`
	// Ways are how derivatives that are computed in other ways compare with these.
	Ways []Way `json:"ways,omitempty"`
	// Located is the first operation whose derivative is wrong by itself; nil where none was
	// searched for or found.
	Located *Location `json:"located,omitempty"`
	// Problems are failures of the check as a whole; Notes are further remarks.
	Problems []string `json:"problems,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	// Evaluations is the number of evaluations of loss and gradients on the tape.
	Evaluations int `json:"evaluations"`
}

// MarshalJSON adds whether the check found nothing wrong, and the version of the format.
func (r Report) MarshalJSON() ([]byte, error) {
	type fields Report
	return json.Marshal(struct {
		Version int  `json:"version"`
		OK      bool `json:"ok"`
		fields
	}{1, r.OK(), fields(r)})
}

// Element is one number of a derivative: that by element Index of a Parameter; Index is −1 for a
// scalar. A second derivative is that of the derivative by element OfIndex of the parameter Of.
type Element struct {
	Parameter string `json:"parameter"`
	Index     int    `json:"index"`
	Of        string `json:"of,omitempty"`
	OfIndex   int    `json:"of_index,omitempty"`

	Value    Number  `json:"value"` // of the parameter
	Analytic Number  `json:"analytic"`
	Numeric  Number  `json:"numeric"`
	Estimate Number  `json:"estimate"` // of the numeric derivative's error
	Relative Number  `json:"relative"` // |analytic − numeric|, relative to the larger
	Step     Number  `json:"step"`     // the smallest step of the differences
	Verdict  Verdict `json:"verdict"`
	// Allowed means that the verdict was declared, that there is no second derivative, or that
	// elements account for a direction.
	Allowed bool   `json:"allowed"`
	Why     string `json:"why,omitempty"`
}

// OK reports whether the element passes, or has a verdict that is allowed.
func (e Element) OK() bool { return e.Verdict == Pass || e.Allowed }

// Name returns the parameter's name, with the index of the element for an array.
func (e Element) Name() string { return indexed(e.Parameter, e.Index) }

func indexed(name string, i int) string {
	if i < 0 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i)
}

// OK reports whether nothing failed.
func (r *Report) OK() bool { return len(r.Failures()) == 0 && len(r.Problems) == 0 }

// ErrWrong is the error of a check that found something wrong.
var ErrWrong = errors.New("derivatives do not hold")

// Err returns nil if nothing failed, else an error that wraps [ErrWrong] and contains the whole
// report.
func (r *Report) Err() error {
	if r.OK() {
		return nil
	}
	return fmt.Errorf("gradcheck: %w:\n%s", ErrWrong, r)
}

// Failures returns the elements, of first and second order, that do not pass, and the directions
// that do not pass and are not explained by elements.
func (r *Report) Failures() []Element {
	var out []Element
	for _, list := range [][]Element{r.Elements, r.Second, r.Directions} {
		for _, e := range list {
			if !e.OK() {
				out = append(out, e)
			}
		}
	}
	return out
}

// Count returns the number of elements, of first and second order, that have a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, list := range [][]Element{r.Elements, r.Second} {
		for _, e := range list {
			if e.Verdict == v {
				n++
			}
		}
	}
	return n
}

// Number is a float64 that can be written as JSON even where it is not finite.
type Number float64

// MarshalJSON writes NaN and infinities as strings.
func (n Number) MarshalJSON() ([]byte, error) {
	if x := float64(n); !finite(x) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	var x float64
	if err := json.Unmarshal(text, &x); err == nil {
		*n = Number(x)
		return nil
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	x, err := strconv.ParseFloat(s, 64)
	*n = Number(x)
	return err
}

// relative returns the difference of two numbers, relative to the larger.
func relative(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a-b) / max(math.Abs(a), math.Abs(b))
}
