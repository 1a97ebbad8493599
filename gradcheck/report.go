package gradcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Report is what a check found. It is written as a table by String, and survives a round trip through JSON.
type Report struct {
	// Loss that was differentiated, and its value.
	Loss  string
	Value Number
	// Executor is what the derivatives under test were computed on, and Guard the value of the environment variable that
	// keeps simulators from compiling.
	Executor, Guard string

	// Elements are those of the first derivatives, Directions what the fast mode looked at, Second the second derivatives.
	Elements   []Element
	Directions []Element `json:",omitempty"`
	Second     []Element `json:",omitempty"`
	// Asymmetry of the Hessian: the largest |H(i,j) − H(j,i)|, as a part of the larger of the two.
	Asymmetry Number
	// Taylor is the remainders' test; nil unless asked for.
	Taylor *Taylor `json:",omitempty"`

	// Unrepeated tells what has other bits when it is computed again; "" if nothing has.
	Unrepeated string `json:",omitempty"`
	// Compiled is how the compiled gradient compares with the tape's.
	Compiled Compiled
	// Located is the first operation whose derivative is wrong by itself; nil where none was looked for or found.
	Located *Location `json:",omitempty"`
	// Problems are failures of the check as a whole, Notes what else the reader should know.
	Problems, Notes []string `json:",omitempty"`
	// Evaluations of the loss and gradients on the tape.
	Evaluations int
}

// Element is one number of a derivative: by element Index of a Parameter, −1 for a scalar. For a second derivative it is
// that of the derivative by Of, element OfIndex.
type Element struct {
	Parameter string
	Index     int
	Of        string `json:",omitempty"`
	OfIndex   int    `json:",omitempty"`

	Value             Number // of the parameter
	Analytic, Numeric Number
	Estimate          Number // of the numeric derivative's error
	Relative          Number // |analytic − numeric| as a part of the larger
	Step              Number // the smallest of the differences
	Verdict           Verdict
	Allowed           bool   // the verdict was declared, there is no second derivative, or elements account for a direction
	Why               string `json:",omitempty"`
}

// OK tells whether the element passes, or does what was declared.
func (e Element) OK() bool { return e.Verdict == Pass || e.Allowed }

// Name is the parameter's, with the index of the element where it is an array.
func (e Element) Name() string { return indexed(e.Parameter, e.Index) }

func indexed(name string, i int) string {
	if i < 0 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, i)
}

// Compiled tells how compiled gradients compare with those of the tape.
type Compiled struct {
	// Checked tells that there was a compiled program to compare.
	Checked bool
	// Why there was none.
	Why string `json:",omitempty"`
	// Worst is the largest difference, as a part of the largest element of its gradient, and Where it is.
	Worst Number
	Where string `json:",omitempty"`
}

// OK tells whether nothing failed.
func (r *Report) OK() bool { return r.Err() == nil }

// ErrWrong says that a check found something wrong.
var ErrWrong = errors.New("derivatives do not hold")

// Err is nil if nothing failed, else an error that wraps ErrWrong and tells everything.
func (r *Report) Err() error {
	if len(r.Failures()) == 0 && len(r.Problems) == 0 {
		return nil
	}
	return fmt.Errorf("gradcheck: %w:\n%s", ErrWrong, r)
}

// Failures are the elements, of first and second order, that do not pass, and the directions that do not and that no
// element accounts for.
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

// Count is how many elements, of first and second order, have a verdict.
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

// Number is a float64 that JSON can hold where it is not finite.
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

// relative is the difference of two numbers as a part of the larger.
func relative(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a-b) / max(math.Abs(a), math.Abs(b))
}
