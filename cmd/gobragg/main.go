// Command gobragg works with experiments as package experiment reads them from JSON, which docs/experiment.md documents, and
// with images.
//
//	gobragg gradcheck experiment.json
//
// compares the derivatives by all parameters of an experiment with finite differences.
//
//	gobragg compare A.img B.bin
//
// compares two images, such as those of two programs.
//
//	gobragg simulate experiment.json --out sweep_####.cbf --noise 1
//	gobragg convert sweep_####.cbf sweep.nxs
//	gobragg inspect sweep.nxs
//
// make the images of an experiment, write what files hold in another format, and show it.
//
//	gobragg predict experiment.json --out spots.refl
//
// lists the reflections that diffract.
//
//	gobragg refine refined.expt --structure merged.mtz
//
// refines a crystal against its images, and says whether it fits. gobragg help lists the subcommands, gobragg help compare the flags of one.
//
// Exit status: 0 where all went well, 1 where a run failed or found something wrong, 2 for wrong usage, and where compare could
// not compare, 3 where a refined model does not fit its data, 130 and 143 where it was interrupted from the terminal or terminated.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	_ "github.com/gobragg/gobragg/cmd/gobragg/internal/help" // prints --help before anything else
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
)

func main() {
	s := &session{stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(cli.Supervise(func(ctx context.Context) int { return s.run(ctx, os.Args[1:]) }, s.interrupted))
}

// session is one run of the command.
type session struct{ stdout, stderr io.Writer }

// errFound is the error of a run that has found something wrong, and has said so.
var errFound = errors.New("something is wrong")

// errNoFit is the error of a refinement whose model does not fit, and which has said so.
var errNoFit = errors.New("the model does not fit")

// statusNoFit is its exit status.
const statusNoFit = 3

// run returns the exit status.
func (s *session) run(ctx context.Context, args []string) int {
	root := s.command()
	root.SetArgs(longFlags(args))
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return s.interrupted(context.Cause(ctx))
	case errors.Is(err, errFound):
		return cli.StatusFailed
	case errors.Is(err, errNoFit):
		return statusNoFit
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
