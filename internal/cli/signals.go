package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
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

// Supervise runs a command until it has ended, or until a signal has ended it: the first one in order, if that is soon, the
// second one at once. It returns the exit status, that of interrupted where the run has not ended itself. The cause is that
// of the context, for [StatusOf].
func Supervise(run func(ctx context.Context) int, interrupted func(cause error) int) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
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
	select {
	case status := <-ended:
		return status
	case <-signals:
	case <-time.After(grace):
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
