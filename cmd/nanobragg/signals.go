package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gobragg/gobragg/internal/cli"
)

// supervise runs the program until it or a signal has ended it.
func supervise(args []string, stdout, stderr *os.File) int {
	p := &program{stdout: stdout, stderr: stderr}
	return cli.Supervise(func(ctx context.Context) int { return p.run(ctx, args) }, p.interrupted)
}

// interrupted says what became of the outputs of a run that was ended, and returns the exit status.
func (p *program) interrupted(cause error) int {
	cli.ClearLine(p.stderr) // of the ^C that the terminal shows
	if _, err := fmt.Fprintf(p.stderr, "nanobragg: interrupted: %s\n", p.files.String()); err != nil {
		return cli.StatusFailed
	}
	return cli.StatusOf(cause)
}
