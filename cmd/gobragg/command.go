package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/cli"
)

// command returns the command with its subcommands, each of which has a file of its own.
func (s *session) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "gobragg",
		Short: "Work with experiments of X-ray diffraction, and with images",
		Long:  "gobragg works with experiments of X-ray diffraction, as JSON files, and with images.",
		Args:  cobra.ArbitraryArgs, // so that what is no subcommand comes to RunE
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usagef("a subcommand is needed: %s; gobragg help describes them", strings.Join(names(c), ", "))
			}
			return unknown(c, args[0])
		},
		Version:       gobragg.Version(),
		SilenceErrors: true, // run prints them, on one line
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("gobragg {{.Version}}\n")
	root.SetOut(s.stdout)
	root.SetErr(s.stderr)
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(s.compareCommand(), s.convertCommand(), s.gradcheckCommand(), s.inspectCommand(), s.predictCommand(), s.refineCommand(), s.simulateCommand(), s.viewCommand())
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [SUBCOMMAND]",
		Short: "Describe all subcommands, or the flags of one",
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			switch {
			case err != nil || len(rest) == 1:
				return unknown(root, rest[0])
			case len(rest) > 0:
				return cli.Usagef("help is about one subcommand; got %s", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.stdout, "gobragg", gobragg.Version())
			return err
		},
	})
	return root
}

// names returns those of all subcommands.
func names(root *cobra.Command) []string {
	var list []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" && c.Name() != "completion" && c.Name() != "version" {
			list = append(list, c.Name())
		}
	}
	return list
}

// unknown is the error for a name that is none of a subcommand.
func unknown(root *cobra.Command, name string) error {
	if near := cli.Nearest(name, append(names(root), "help", "version", "completion")); near != "" {
		return cli.Usagef("unknown subcommand %s; did you mean %s?", name, near)
	}
	return cli.Usagef("unknown subcommand %s; there are %s", name, strings.Join(names(root), ", "))
}

// exactly is the check of the arguments of a subcommand that needs each of those named.
func exactly(needed ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != len(needed) {
			return wrongArguments(c, args)
		}
		return nil
	}
}

// wrongArguments is the error for too many or too few arguments of a subcommand.
func wrongArguments(c *cobra.Command, args []string) error {
	got := strings.Join(args, " ")
	if got == "" {
		got = "nothing"
	}
	return cli.Usagef("usage: %s; got %s", c.UseLine(), got)
}

// wrongFlag is the error for flags that cannot be parsed.
func wrongFlag(c *cobra.Command, err error) error {
	name, isUnknown := strings.CutPrefix(err.Error(), "unknown flag: ")
	if !isUnknown {
		return cli.Usagef("%s: %v", c.Name(), err)
	}
	var all []string
	c.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, "--"+f.Name) })
	if near := cli.Nearest(name, all); near != "" {
		return cli.Usagef("%s: unknown flag %s; did you mean %s?", c.Name(), name, near)
	}
	return cli.Usagef("%s: unknown flag %s; gobragg help %s lists them", c.Name(), name, c.Name())
}

// longFlags returns arguments in which names of flags with a single dash, as those of nanobragg, have two.
func longFlags(args []string) []string {
	out := append([]string(nil), args...)
	for i, arg := range out {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(arg, "=")
		letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
		if len(name) > 2 && name[0] == '-' && letter(name[1]) && letter(name[2]) {
			out[i] = "-" + arg
		}
	}
	return out
}

// jsonFlag adds the flag for a result as JSON: to standard output, or to a file that follows "=".
func jsonFlag(fs *pflag.FlagSet, path *string) {
	fs.StringVar(path, "json", "", "write the result as JSON to standard output, and nothing else; --json=`FILE` writes it to a file besides")
	fs.Lookup("json").NoOptDefVal = standardOutput
}

// standardOutput is the name of a file that stands for it.
const standardOutput = "-"

// note prints a line about what a user should know.
func (s *session) note(text string, args ...any) error {
	_, err := io.WriteString(s.stderr, "gobragg: notice: "+fmt.Sprintf(text, args...)+"\n")
	return err
}
