package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long a run that was interrupted may take to end in order. What blocks it, such as a pipe without a reader,
// or a step of the simulation that takes minutes, must not keep the user.
const grace = time.Second

// statusSignal and the number of a signal are the exit status of a program that the signal ends.
const statusSignal = 128

// interruption is why the context of a run is done.
type interruption struct{ os.Signal }

func (i interruption) Error() string { return "interrupted by " + i.String() }

// supervise runs the program until it has ended, or until a signal has ended it: the first one in order, if that is soon,
// the second one at once.
func supervise(args []string, stdout, stderr *os.File) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	p := &program{stdout: stdout, stderr: stderr}
	ended := make(chan int, 1)
	go func() { ended <- p.run(ctx, args) }()

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
	return p.interrupted(cause)
}

// interrupted says what became of the outputs of a run that was ended, and returns the exit status.
func (p *program) interrupted(cause error) int {
	status := statusFailed
	var by interruption
	if errors.As(cause, &by) {
		if n, ok := by.Signal.(syscall.Signal); ok {
			status = statusSignal + int(n)
		}
	}
	clearLine(p.stderr) // of the ^C that the terminal shows
	if _, err := fmt.Fprintf(p.stderr, "nanobragg: interrupted: %s\n", p.files.String()); err != nil {
		return statusFailed
	}
	return status
}
