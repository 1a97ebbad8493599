// Package cli holds what the commands have in common: exit statuses, signals, terminals, and
// suggestions for misspelt names.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/term"
)

// Exit statuses of a command. One that a signal ends has 128 and the signal's number: see [StatusOf].
const (
	StatusFailed = 1
	StatusUsage  = 2
)

// UsageError is a mistake in the arguments, as opposed to a run that fails.
type UsageError struct{ error }

func (e UsageError) Unwrap() error { return e.error }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// IsUsage reports whether an error is a UsageError, or wraps one.
func IsUsage(err error) bool {
	var usage UsageError
	return errors.As(err, &usage)
}

// Printer writes lines and keeps the first error.
type Printer struct {
	W   io.Writer
	Err error
}

// Printf writes as [fmt.Fprintf] does, unless an earlier call has failed.
func (p *Printer) Printf(format string, args ...any) {
	if p.Err == nil {
		_, p.Err = fmt.Fprintf(p.W, format, args...)
	}
}

// IsTerminal reports whether a writer is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ClearLine empties the line that the cursor is on, if w is a terminal: of a progress bar, and of what the terminal echoes,
// such as ^C.
func ClearLine(w io.Writer) {
	if IsTerminal(w) && runtime.GOOS != "windows" {
		_, _ = io.WriteString(w, "\r\x1b[K") // a line that cannot be cleared is no reason to stop
	}
}
