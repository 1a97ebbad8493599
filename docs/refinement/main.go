// Command refinement measures how well refinement works: how often and how truly it recovers made-up crystals, from how far
// away, and how fast next to other methods. From the module's root, on a machine that does nothing else:
//
//	go run ./docs/refinement
//
// takes minutes, writes its tables into docs/refine.md, each between its own marks, and draws docs/images/basin.png and
// docs/images/speed.png. All but the times is determined by seeds.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("refinement: ")
	doc := flag.String("doc", "docs/refine.md", "the page that the tables go to")
	images := flag.String("o", "docs/images", "folder of the pictures")
	crystals := flag.Int("n", 50, "crystals that are recovered")
	starts := flag.Int("starts", 20, "crystals that each point of the basin is of")
	only := flag.String("only", "recovery,basin,speed", "what to measure")
	flag.Parse()

	ctx := context.Background()
	for _, m := range []struct {
		name    string
		measure func() (string, error)
	}{
		{"recovery", func() (string, error) { return recovery(ctx, *crystals) }},
		{"basin", func() (string, error) { return basin(ctx, *starts, filepath.Join(*images, "basin.png")) }},
		{"speed", func() (string, error) { return speed(ctx, filepath.Join(*images, "speed.png")) }},
	} {
		if !strings.Contains(","+*only+",", ","+m.name+",") {
			continue
		}
		table, err := m.measure()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(table)
		if err := insert(*doc, m.name, table); err != nil {
			log.Fatal(err)
		}
	}
}

// insert puts a table between its marks in a page.
func insert(path, name, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	begin, end := fmt.Sprintf("<!-- %s: written by go run ./docs/refinement -->\n", name), fmt.Sprintf("<!-- end of %s -->\n", name)
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has no marks for %s", path, name)
	}
	return os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin), []byte(table), []byte(end), after}, nil), 0o644)
}
