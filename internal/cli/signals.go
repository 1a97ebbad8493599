package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// grace is how long a run that was interrupted may take to end in order. What blocks it, such as a pipe without a reader,
// or a step of the simulation that takes minutes, must not keep the user.
const grace = 400 * time.Millisecond

// statusSignal and the number of a signal are the exit status of a program that the signal ends.
const statusSignal = 128

// interruption is why the context of a run is done.
type interruption struct{ os.Signal }

func (i interruption) Error() string { return "interrupted by " + i.String() }

// patience is the key of a context's value of type *atomic.Bool: whether the run may take its time to end.
type patience struct{}

// TakeTime says that a run that [Supervise] supervises has results to write if a signal interrupts it from now on: it is then given
// the time that it needs to end, until a second signal.
func TakeTime(ctx context.Context) {
	if patient, ok := ctx.Value(patience{}).(*atomic.Bool); ok {
		patient.Store(true)
	}
}

// Supervise runs a command until it has ended, or until a signal has ended it: the first one in order, if that is soon or the run has
// said that it takes its time ([TakeTime]), the second one at once. It returns the exit status, that of interrupted where the run has not ended
// itself. The cause is that of the context, for [StatusOf].
func Supervise(run func(ctx context.Context) int, interrupted func(cause error) int) int {
	collectLate()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var patient atomic.Bool
	ctx, cancel := context.WithCancelCause(context.WithValue(context.Background(), patience{}, &patient))
	defer cancel(nil)
	ended := make(chan int, 1)
	go func() { ended <- run(ctx) }()

	var cause interruption
	select {
	case status := <-ended:
		return status
	case received := <-signals:
		cause = interruption{received}
		cancel(cause)
	}
	limit := time.After(grace)
	if patient.Load() {
		limit = nil
	}
	select {
	case status := <-ended:
		return status
	case <-signals:
	case <-limit:
	}
	return interrupted(cause)
}

// StatusOf returns the exit status of a command that ends because of a signal, the cause of its context.
func StatusOf(cause error) int {
	var by interruption
	if errors.As(cause, &by) {
		if n, ok := by.Signal.(syscall.Signal); ok {
			return statusSignal + int(n)
		}
	}
	return StatusFailed
}
