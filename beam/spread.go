package beam

import (
	"fmt"
	"math"
)

// maxSources bounds every count of samples, to name the mistake before memory runs out.
const maxSources = 1 << 20

// resolve decides range, step and steps from those that are given; see Spread.
func (s *Spread) resolve(what string) error {
	if s.Range < 0 || s.Step < 0 || s.Steps < 0 {
		return fmt.Errorf("beam: %s of range %g, step %g, %d steps: none may be negative", what, s.Range, s.Step, s.Steps)
	}
	switch {
	case s.Range == 0 && s.Step == 0:
		s.Steps = 1
		return nil
	case s.Range == 0:
		s.Range, s.Steps = s.Step, 2
	case s.Step == 0:
		s.Steps = max(2, s.Steps)
		s.Step = s.Range / float64(s.Steps-1)
	case s.Steps == 0:
		steps := math.Ceil(s.Range / s.Step)
		if steps > maxSources {
			return fmt.Errorf("beam: %s of range %g in steps of %g is %g steps, more than %d", what, s.Range, s.Step, steps, maxSources)
		}
		s.Steps = int(steps)
	}
	if s.Steps > maxSources {
		return fmt.Errorf("beam: %s in %d steps, more than %d", what, s.Steps, maxSources)
	}
	return nil
}

// fraction is where sample i lies, in units of the range: 0 is the centre, −½ and ½ the ends. Kept apart from the range,
// it leaves the range differentiable.
func (s Spread) fraction(i int) float64 {
	if s.Range == 0 {
		return 0
	}
	return s.Step*float64(i)/s.Range - 0.5
}

// ellipse is the sample's share of the elliptical trimming: four times the squared fraction, less half a step's where
// the number of steps is even, as the reference program has it.
func (s Spread) ellipse(i int) float64 {
	if s.Range == 0 {
		return 0
	}
	f := s.fraction(i)
	half := s.Step / s.Range
	return 4 * (f*f - half*half/4*float64(1-s.Steps%2))
}
