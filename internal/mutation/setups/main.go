// Setups checks the derivatives of a documented list of small set-ups as a user would, with
// gradcheck alone. Package mutation builds it with one mistake planted at a time: what it does not
// report, a user of gradcheck would not have seen.
//
//	go run ./internal/mutation/setups             # every check; it ends at the first that fails
//	go run ./internal/mutation/setups -list       # their names, and what each is of
//	go run ./internal/mutation/setups -all        # goes on after a failure
//	go run ./internal/mutation/setups -run still  # those whose name matches
//
// It exits with 1 if a check fails, and prints what gradcheck localised the failure to.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// Outcome is what a check has found.
type Outcome struct {
	Check   string
	Seconds float64
	// Failed is "" if the check has passed, or its first failure.
	Failed string `json:",omitempty"`
	// Located is the operation that is named as wrong, "" if none is.
	Located string `json:",omitempty"`
}

func main() {
	run := flag.String("run", "", "a regular expression: the checks to run")
	list := flag.Bool("list", false, "list the checks")
	all := flag.Bool("all", false, "go on after a failure")
	verbose := flag.Bool("v", false, "print whole reports")
	asJSON := flag.Bool("json", false, "print a line of JSON for each check")
	flag.Parse()
	pattern, err := regexp.Compile(*run)
	if err != nil {
		fmt.Fprintf(os.Stderr, "setups: -run: %v\n", err)
		os.Exit(2)
	}
	failed := false
	var listed []Listed
	for _, c := range checks() {
		if !pattern.MatchString(c.name) {
			continue
		}
		if *list {
			listed = append(listed, Listed{c.name, c.of, c.by})
			continue
		}
		o := c.outcome(*verbose)
		failed = failed || o.Failed != ""
		if *asJSON {
			if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
				fmt.Fprintf(os.Stderr, "setups: %v\n", err)
				os.Exit(2)
			}
		} else {
			fmt.Println(o)
		}
		if failed && !*all {
			break
		}
	}
	if *list {
		if err := print(listed, *asJSON); err != nil {
			fmt.Fprintf(os.Stderr, "setups: %v\n", err)
			os.Exit(2)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// Listed is what a check is of, and by what it differentiates.
type Listed struct{ Check, Of, By string }

func print(list []Listed, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(list)
	}
	for _, l := range list {
		fmt.Printf("%s: %s; by %s\n", l.Check, l.Of, l.By)
	}
	return nil
}

func (o Outcome) String() string {
	if o.Failed == "" {
		return fmt.Sprintf("ok    %5.2f s  %s", o.Seconds, o.Check)
	}
	s := fmt.Sprintf("FAIL  %5.2f s  %s: %s", o.Seconds, o.Check, o.Failed)
	if o.Located != "" {
		s += "\n      located: " + o.Located
	}
	return s
}

// check is one use of gradcheck.
type check struct {
	name, of, by string // by: what it is differentiated by
	run          func(ctx context.Context) (finding, error)
}

// finding is what a check reports. A check that cannot be done is an error.
type finding struct {
	failed  string // "" if nothing failed
	located string
	report  fmt.Stringer
}

// outcome runs a check. An error, and a panic, is a failure: a user sees it.
func (c *check) outcome(verbose bool) (o Outcome) {
	o.Check = c.name
	start := time.Now()
	defer func() {
		if r := recover(); r != nil {
			o.Failed = fmt.Sprintf("panic: %v", r)
			if verbose {
				fmt.Fprintf(os.Stderr, "%s\n", debug.Stack())
			}
		}
		o.Seconds = time.Since(start).Seconds()
	}()
	f, err := c.run(context.Background())
	if err != nil {
		o.Failed = firstLine(err.Error())
		return o
	}
	if verbose && f.report != nil {
		fmt.Println(f.report)
	}
	o.Failed, o.Located = f.failed, f.located
	return o
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
