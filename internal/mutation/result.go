package mutation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Results has the results of mutants by name.
type Results map[string]Result

// ReadResults reads results, of which there are none where there is no file.
func ReadResults(path string) (Results, error) {
	all := Results{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("mutation: %s: %w", path, err)
	}
	return all, nil
}

// Write writes the results.
func (all Results) Write(path string) error {
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func (r Result) String() string {
	return fmt.Sprintf("%s\n            gradcheck: %s\n            tests: %s", r.Mutant, r.Gradcheck, r.Tests)
}

func (c *Catch) String() string {
	switch {
	case c == nil:
		return "not run"
	case !c.Caught:
		return fmt.Sprintf("SURVIVES (%.0f s)", c.Seconds)
	}
	s := fmt.Sprintf("%s: %s (%.0f s)", c.By, c.What, c.Seconds)
	if c.Located != "" {
		s += ", located: " + c.Located
	}
	return s
}

// Add adds what a run has found out to what was known.
func (all Results) Add(r Result) {
	old := all[r.Mutant]
	if r.Gradcheck == nil {
		r.Gradcheck = old.Gradcheck
	}
	if r.Tests == nil {
		r.Tests = old.Tests
	}
	all[r.Mutant] = r
}

// score counts mutants that both parts have been run with.
type score struct {
	planted, gpu  int // gpu: those that gradcheck sees on a GPU only
	caught        int // by the tests
	seen, located int // by gradcheck
}

func (all Results) score(list []Mutant) (s score) {
	for i := range list {
		r := all[list[i].Name]
		if r.Tests == nil || r.Gradcheck == nil {
			continue
		}
		s.planted++
		if r.Tests.Caught {
			s.caught++
		}
		if r.Gradcheck.Caught {
			s.seen++
		}
		if r.Gradcheck.Located != "" {
			s.located++
		}
		if list[i].Blind == onGPU {
			s.gpu++
		}
	}
	return s
}

// String is the score and the survivors.
func (all Results) String() string {
	var b strings.Builder
	table := Table()
	s := all.score(table)
	fmt.Fprintf(&b, "planted %d of %d; the tests catch %d; gradcheck alone catches %d of the %d that need no GPU, %d of them located to an operation\n",
		s.planted, len(table), s.caught, s.seen, s.planted-s.gpu, s.located)
	for _, m := range table {
		r := all[m.Name]
		if r.Tests != nil && !r.Tests.Caught {
			fmt.Fprintf(&b, "survives the tests: %s\n", m.Name)
		}
		switch {
		case r.Gradcheck == nil:
		case !r.Gradcheck.Caught:
			fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("survives gradcheck: %s. %s", m.Name, m.Blind)))
		case m.Blind != "":
			fmt.Fprintf(&b, "is caught by gradcheck, though it should not see it: %s\n", m.Name)
		}
	}
	return strings.TrimSpace(b.String())
}
