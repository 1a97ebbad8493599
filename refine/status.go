package refine

import "fmt"

// Status is why a search ended.
type Status uint8

const (
	// Running is a search that has not ended.
	Running Status = iota
	// Converged: the loss cannot fall by more than the tolerances.
	Converged
	// NoProgress: no step that the method knows makes the loss smaller, though it has not converged.
	NoProgress
	// IterationLimit: Settings.MaxIterations are done.
	IterationLimit
	// Interrupted: the context was cancelled; the result is the best point until then.
	Interrupted
)

var statusNames = [...]string{"running", "converged", "no progress", "iteration limit", "interrupted"}

func (s Status) String() string {
	if int(s) >= len(statusNames) {
		return fmt.Sprintf("status %d", uint8(s))
	}
	return statusNames[s]
}
