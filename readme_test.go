package gobragg_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadme holds the program in README.md against the example, which is compiled and run.
func TestReadme(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := func(text []byte) string { return strings.ReplaceAll(string(text), "\r\n", "\n") }
	_, body, found := strings.Cut(lines(source), "func Example() {\n")
	body, _, ended := strings.Cut(body, "\n}\n")
	if !found || !ended {
		t.Fatal("example_test.go has no func Example")
	}
	body = strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
	if !strings.Contains(lines(readme), "```go\n"+body+"\n```\n") {
		t.Errorf("README.md does not show the body of Example as it is:\n%s", body)
	}
}
