package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/gobragg/gobragg/internal/cli"
)

// command is a subcommand.
type command struct {
	name string
	// args are the arguments besides flags, and about what it does, in a line of help; more is the rest of its own help.
	args, about, more string
	run               func(ctx context.Context, s *session, c *command, args []string) error
}

// names returns those of all subcommands.
func names() []string {
	var list []string
	for _, c := range commands {
		list = append(list, c.name)
	}
	return list
}

// find returns the subcommand with a name.
func find(name string) (*command, error) {
	for _, c := range commands {
		if c.name == name {
			return c, nil
		}
	}
	if near := cli.Nearest(name, append(names(), "help", "version")); near != "" {
		return nil, cli.Usagef("unknown subcommand %s; did you mean %s?", name, near)
	}
	return nil, cli.Usagef("unknown subcommand %s; there are %s", name, strings.Join(names(), ", "))
}

// flags returns a set for the flags of the subcommand, for [command.parse].
func (c *command) flags() *flag.FlagSet {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are returned
	return fs
}

// parse reads flags and other arguments in any order, of which there have to be as many as the subcommand names. With -help
// it prints the help of the subcommand, and helped is true.
func (c *command) parse(s *session, fs *flag.FlagSet, args []string) (rest []string, helped bool, err error) {
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, true, c.help(s.stdout, fs)
		}
		if err != nil {
			return nil, false, c.wrong(fs, err)
		}
		if fs.NArg() == 0 {
			break
		}
		if ended := len(args) > fs.NArg() && args[len(args)-fs.NArg()-1] == "--"; ended {
			rest = append(rest, fs.Args()...)
			break
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
	if want := len(strings.Fields(c.args)); len(rest) != want {
		return nil, false, cli.Usagef("usage: gobragg %s [flags] %s; got %s", c.name, c.args, orNothing(strings.Join(rest, " ")))
	}
	return rest, false, nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// wrong is the error for flags that cannot be parsed.
func (c *command) wrong(fs *flag.FlagSet, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: ")
	if !unknown {
		return cli.Usagef("%s: %v", c.name, err)
	}
	var all []string
	fs.VisitAll(func(f *flag.Flag) { all = append(all, "-"+f.Name) })
	if near := cli.Nearest(name, all); near != "" {
		return cli.Usagef("%s: unknown flag %s; did you mean %s?", c.name, name, near)
	}
	return cli.Usagef("%s: unknown flag %s; gobragg help %s lists them", c.name, name, c.name)
}

// help prints what the subcommand does, and its flags.
func (c *command) help(w io.Writer, fs *flag.FlagSet) error {
	p := &cli.Printer{W: w}
	p.Printf("gobragg %s [flags] %s\n\n%s.\n%s\nflags:\n", c.name, c.args, strings.ToUpper(c.about[:1])+c.about[1:], c.more)
	fs.VisitAll(func(f *flag.Flag) {
		value, about := flag.UnquoteUsage(f)
		preset := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			preset = fmt.Sprintf(" (default %s)", f.DefValue)
		}
		p.Printf("  %-22s %s%s\n", strings.TrimSpace("-"+f.Name+" "+value), about, preset)
	})
	return p.Err
}
