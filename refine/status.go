package refine

import "fmt"

// Status is the reason why a search ended.
type Status uint8

const (
	// Running means that the search has not ended.
	Running Status = iota
	// Converged means that the predicted decrease of the loss is within the tolerances of Settings.
	Converged
	// NoProgress means that the method found no step that decreases the loss, though it has not
	// converged.
	NoProgress
	// IterationLimit means that the search took Settings.MaxIterations.
	IterationLimit
	// Interrupted means that the context was cancelled. The result is the best point until then.
	Interrupted
)

var statusNames = [...]string{"running", "converged", "no progress", "iteration limit", "interrupted"}

func (s Status) String() string {
	if int(s) >= len(statusNames) {
		return fmt.Sprintf("status %d", uint8(s))
	}
	return statusNames[s]
}
