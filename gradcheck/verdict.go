package gradcheck

import (
	"fmt"
	"math"
)

// Verdict is the outcome for one element of a derivative. The zero value means that there is none.
type Verdict uint8

const (
	// Pass means that the analytic and the numerical derivative agree.
	Pass Verdict = iota + 1
	// Fail means that they do not agree.
	Fail
	// Kink means that the one-sided slopes differ however small the step is, or that the loss
	// jumps. There is no derivative here.
	Kink
	// Vacuous means that the derivative is 0: the loss does not depend on the parameter, or has a
	// stationary point here. Zero agrees with zero whatever the rules are, so nothing is tested.
	Vacuous
	// NonFinite means that the loss or the derivative is infinite or NaN, here or next to here.
	NonFinite
	// Undecided means that the differences are too coarse to decide.
	Undecided
	// Zero means that an element of an array has no effect, and is allowed to: the derivative is 0,
	// by its rule and by differences, and other elements of the array pass, so that the rules on the
	// way are tested. It takes the place of Vacuous where Options.Zeros or Options.Expect say so.
	Zero
)

var verdictNames = [...]string{"none", "pass", "FAIL", "kink", "vacuous", "non-finite", "undecided", "zero"}

func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// MarshalText returns the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) {
	if int(v) >= len(verdictNames) {
		return nil, fmt.Errorf("gradcheck: no verdict has the number %d", uint8(v))
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads a verdict's name.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdictNames {
		if name == string(text) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("gradcheck: no verdict is called %q", text)
}

// settled reports whether the estimated error of a slope is too small to matter.
func (o *Options) settled(s slope) bool {
	if s.value == 0 {
		return o.Trust*s.estimate <= max(o.Atol, 1e-3*o.Rtol*s.rise)
	}
	return o.Trust*s.estimate <= 0.1*max(o.Atol, o.Rtol*math.Abs(s.value))
}

// coarsest is the estimate, in units of the tolerance, beyond which agreement means nothing.
const coarsest = 100

// tolerance returns the difference allowed between two derivatives.
func (o *Options) tolerance(analytic, numeric float64) float64 {
	return max(o.Atol, o.Rtol*max(math.Abs(analytic), math.Abs(numeric)))
}

// judge compares an analytic derivative with differences. scale is the largest derivative by an
// element of the same array.
func (o *Options) judge(analytic float64, s slope, scale float64) (Verdict, string) {
	switch {
	case !finite(analytic):
		return NonFinite, "the analytic derivative is"
	case !s.found && s.missing != nil:
		return NonFinite, "the loss cannot be computed on both sides: " + s.missing.Error()
	case !s.found:
		return NonFinite, "the loss is, beside the parameter's value, however small the step"
	case s.constant && analytic == 0:
		return Vacuous, "the loss does not change with the parameter"
	case s.constant && !(math.Abs(analytic) <= o.Trust*s.estimate):
		return Fail, "the loss does not change with the parameter"
	case s.jumps && !o.settled(s):
		return Kink, "the loss jumps, or is infinitely steep"
	}
	off := math.Abs(analytic - s.value)
	tolerance := o.tolerance(analytic, s.value)
	trusted := o.Trust * s.estimate
	agrees := off <= max(tolerance, trusted)
	gap := math.Abs(s.forward - s.backward)
	if o.kink(s, gap, agrees) {
		return Kink, fmt.Sprintf("one-sided slopes are %.6g and %.6g", s.backward, s.forward)
	}
	tooCoarse := !(trusted <= max(o.Atol, coarsest*o.Rtol*max(math.Abs(analytic), math.Abs(s.value), s.rise, scale)))
	switch {
	case agrees && analytic == 0:
		return Vacuous, "the derivative is 0 here, whatever its rule: move the parameter"
	case agrees && !tooCoarse:
		return Pass, ""
	case tooCoarse:
		return Undecided, fmt.Sprintf("differences are good to ± %.2g only: give a step (Options.Steps) or Options.Atol, move the parameter, or make the loss less noisy", s.estimate)
	}
	return Fail, ""
}

// kink reports whether one-sided slopes differ by more than their errors, and do not approach each
// other as steps shrink.
func (o *Options) kink(s slope, gap float64, agrees bool) bool {
	return s.bent && o.suspicious(s, gap, agrees)
}

// suspicious reports whether one-sided slopes seem to differ. Small differences are tolerated where
// the two-sided slope agrees with the analytic derivative.
func (o *Options) suspicious(s slope, gap float64, agrees bool) bool {
	if !finite(gap) || gap <= o.Trust*s.oneSided {
		return false
	}
	tolerance := o.tolerance(s.forward, s.backward)
	if agrees {
		tolerance *= 10
	}
	return gap > tolerance
}
