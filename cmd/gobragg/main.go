// Command gobragg works with experiments as package experiment reads them from JSON, which docs/experiment.md documents, and
// with images.
//
//	gobragg gradcheck experiment.json
//
// compares the derivatives by all parameters of an experiment with finite differences.
//
//	gobragg compare A.img B.bin
//
// compares two images, such as those of two programs. gobragg help lists the subcommands, gobragg help compare the flags of one.
//
// Exit status: 0 where all went well, 1 where a run failed or found something wrong, 2 for wrong usage, and where compare could
// not compare, 130 and 143 where it was interrupted from the terminal or terminated.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
)

// commands in the order of help. Each has a file of its own.
var commands = []*command{&compareCommand, &gradcheckCommand}

func main() {
	s := &session{stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(cli.Supervise(func(ctx context.Context) int { return s.run(ctx, os.Args[1:]) }, s.interrupted))
}

// session is one run of the command.
type session struct{ stdout, stderr io.Writer }

// errFound is the error of a run that has found something wrong, and has said so.
var errFound = errors.New("something is wrong")

// run returns the exit status.
func (s *session) run(ctx context.Context, args []string) int {
	err := s.dispatch(ctx, args)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return s.interrupted(context.Cause(ctx))
	case errors.Is(err, errFound):
		return cli.StatusFailed
	}
	status := cli.StatusFailed
	if cli.IsUsage(err) {
		status = cli.StatusUsage
	}
	if _, err := fmt.Fprintf(s.stderr, "gobragg: %v\n", err); err != nil {
		return cli.StatusFailed
	}
	return status
}

// interrupted returns the exit status of a run that a signal has ended.
func (s *session) interrupted(cause error) int {
	cli.ClearLine(s.stderr) // of the ^C that the terminal shows
	if _, err := fmt.Fprintln(s.stderr, "gobragg: interrupted"); err != nil {
		return cli.StatusFailed
	}
	return cli.StatusOf(cause)
}

// dispatch runs a subcommand.
func (s *session) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return cli.Usagef("a subcommand is needed: %s; gobragg help describes them", strings.Join(names(), ", "))
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return s.help(rest)
	case "version", "-version", "--version":
		_, err := fmt.Fprintln(s.stdout, "gobragg", gobragg.Version())
		return err
	}
	c, err := find(name)
	if err != nil {
		return err
	}
	return c.run(ctx, s, c, rest)
}

// help describes all subcommands, or the one that is named.
func (s *session) help(args []string) error {
	switch len(args) {
	case 0:
		return s.list()
	case 1:
		c, err := find(args[0])
		if err != nil {
			return err
		}
		return c.run(context.Background(), s, c, []string{"-help"})
	}
	return cli.Usagef("help is about one subcommand; got %s", strings.Join(args, " "))
}

// list prints the subcommands.
func (s *session) list() error {
	p := &cli.Printer{W: s.stdout}
	p.Printf("gobragg works with experiments of X-ray diffraction, as JSON files, and with images.\n\nusage: gobragg SUBCOMMAND [flags] …\n\n")
	for _, c := range commands {
		p.Printf("  %-12s %s\n", c.name, c.about)
	}
	p.Printf("  %-12s %s\n  %-12s %s\n", "help", "list the subcommands, or the flags of one", "version", "print the version")
	return p.Err
}

// writeJSON writes a result as JSON to a file, or for "-" to standard output, unless there is no path.
func (s *session) writeJSON(path string, result any) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "\t")
	if err != nil {
		return err
	}
	put := func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}
	if path == "-" {
		return put(s.stdout)
	}
	return atomicfile.Write(path, put)
}
