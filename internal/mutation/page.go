package mutation

import (
	"fmt"
	"os"
	"strings"
)

// The place of the table in docs/gradcheck.md.
const (
	pageBegins = "<!-- mutants: written by go run ./internal/mutation/mutate -update -->\n"
	pageEnds   = "<!-- end of mutants -->\n"
)

// Setup is what one check of the program setups is of.
type Setup struct{ Check, Of, By string }

// UpdatePage writes the results into the documentation.
func UpdatePage(path string, all Results, setups []Setup) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(strings.ReplaceAll(string(page), "\r\n", "\n"), pageBegins)
	_, after, ended := strings.Cut(rest, pageEnds)
	if !ok || !ended {
		return fmt.Errorf("mutation: %s has no place for the table", path)
	}
	return os.WriteFile(path, []byte(before+pageBegins+all.page(setups)+pageEnds+after), 0o644)
}

// page is the list of set-ups, the score by kind, then every mutant.
func (all Results) page(setups []Setup) string {
	var b strings.Builder
	b.WriteString("| set-up | model or graph | derivatives by |\n|---|---|---|\n")
	for _, s := range setups {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", s.Check, s.Of, s.By)
	}
	b.WriteByte('\n')
	table := Table()
	byKind := map[Kind][]Mutant{}
	for _, m := range table {
		byKind[m.Kind] = append(byKind[m.Kind], m)
	}
	s := all.score(table)
	fmt.Fprintf(&b, "Of %d mistakes the tests catch %d. %d are in what is compiled for GPUs, which gradcheck sees only where there is one. Of the other %d gradcheck\nalone catches %d (%.0f %%), and names the operation of %d; for others it names the call and the executor.\n\n",
		s.planted, s.caught, s.gpu, s.planted-s.gpu, s.seen, 100*float64(s.seen)/float64(max(1, s.planted-s.gpu)), s.located)
	b.WriteString("| kind | planted | tests | gradcheck | located |\n|---|---|---|---|---|\n")
	for _, k := range Kinds {
		s := all.score(byKind[k])
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", k, s.planted, s.caught, s.seen, s.located)
	}
	b.WriteString("\nThose that gradcheck alone does not catch:\n\n| mistake | why | test that catches it |\n|---|---|---|\n")
	for _, m := range table {
		r := all[m.Name]
		if r.Tests == nil || r.Gradcheck == nil || r.Gradcheck.Caught {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Name, m.Blind, r.Tests.by())
	}
	b.WriteString("\nThe others:\n\n| mistake | caught by the set-up | located to | test that catches it |\n|---|---|---|---|\n")
	for _, m := range table {
		r := all[m.Name]
		if r.Tests == nil || r.Gradcheck == nil || !r.Gradcheck.Caught {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.Name, r.Gradcheck.By, r.Gradcheck.located(), r.Tests.by())
	}
	return b.String()
}

// by is the package and the test that caught a mistake.
func (c *Catch) by() string {
	if !c.Caught {
		return "none"
	}
	return fmt.Sprintf("`%s`, %s", c.By, c.What)
}

// located is the operation that gradcheck named, or the executor and the call.
func (c *Catch) located() string {
	if c.Located != "" {
		return c.Located
	}
	if call, _, ok := strings.Cut(c.What, ": the "); ok {
		return call
	}
	if strings.HasPrefix(c.What, "compiled, ") {
		return "compiled"
	}
	return "—"
}
