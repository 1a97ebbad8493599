package gradcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Report is the result of a check. [Report.String] formats it as a table, and it survives a round
// trip through JSON.
type Report struct {
	// Loss that was differentiated, and its value.
	Loss  string
	Value Number
	// Executor computed the derivatives under test; Guard is the state of the environment variable
	// that keeps simulators from compiling.
	Executor, Guard string

	// Elements are the first derivatives, Directions those along the directions of the fast mode,
	// Second the second derivatives.
	Elements   []Element
	Directions []Element `json:",omitempty"`
	Second     []Element `json:",omitempty"`
	// Asymmetry of the Hessian: the largest |H(i,j) − H(j,i)|, relative to the larger of the two.
	Asymmetry Number
	// Taylor is the test of the Taylor remainders; nil unless Options.Taylor asks for it.
	Taylor *Taylor `json:",omitempty"`

	// Unrepeated names what has different bits when it is computed again; "" if nothing has.
	Unrepeated string `json:",omitempty"`
	// Ways are how derivatives that are computed in other ways compare with these.
	Ways []Way `json:",omitempty"`
	// Located is the first operation whose derivative is wrong by itself; nil where none was
	// searched for or found.
	Located *Location `json:",omitempty"`
	// Problems are failures of the check as a whole; Notes are further remarks.
	Problems, Notes []string `json:",omitempty"`
	// Evaluations is the number of evaluations of loss and gradients on the tape.
	Evaluations int
}

// Element is one number of a derivative: that by element Index of a Parameter; Index is −1 for a
// scalar. A second derivative is that of the derivative by element OfIndex of the parameter Of.
type Element struct {
	Parameter string
	Index     int
	Of        string `json:",omitempty"`
	OfIndex   int    `json:",omitempty"`

	Value             Number // of the parameter
	Analytic, Numeric Number
	Estimate          Number // of the numeric derivative's error
	Relative          Number // |analytic − numeric|, relative to the larger
	Step              Number // the smallest step of the differences
	Verdict           Verdict
	Allowed           bool   // the verdict was declared, there is no second derivative, or elements account for a direction
	Why               string `json:",omitempty"`
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
func (r *Report) OK() bool { return r.Err() == nil }

// ErrWrong is the error of a check that found something wrong.
var ErrWrong = errors.New("derivatives do not hold")

// Err returns nil if nothing failed, else an error that wraps [ErrWrong] and contains the whole
// report.
func (r *Report) Err() error {
	if len(r.Failures()) == 0 && len(r.Problems) == 0 {
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
