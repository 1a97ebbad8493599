package gobragg_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadme compares the programs in README.md and docs/refine.md with the examples, which are
// compiled and run.
func TestReadme(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	source := read("example_test.go")
	for _, c := range []struct{ page, function string }{
		{"README.md", "Example"},
		{"docs/refine.md", "Example_refine"},
	} {
		_, body, found := strings.Cut(source, "func "+c.function+"() {\n")
		body, _, ended := strings.Cut(body, "\n}\n")
		if !found || !ended {
			t.Fatalf("example_test.go has no func %s", c.function)
		}
		body = strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
		if !strings.Contains(read(c.page), "```go\n"+body+"\n```\n") {
			t.Errorf("%s does not show the body of %s as it is:\n%s", c.page, c.function, body)
		}
		if n := strings.Count(read(c.page), "```go\n"); n != 1 {
			t.Errorf("%s has %d blocks of Go, of which one is compiled", c.page, n)
		}
	}
}
