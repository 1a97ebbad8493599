package experiment

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/gobragg/gobragg/internal/atomicfile"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON schema, draft 2020-12, of what [Read] reads.
func Schema() []byte { return bytes.Clone(schema) }

// rows are lists of numbers, and objects with numbers alone, as encoding/json indents them; texts hold no line ends.
var rows = regexp.MustCompile(`\[\n[-+.0-9eE\s,]*\]|\{\n(\s*"[a-z_]+": [-+.0-9eE]+,?\n)+\s*\}`)

// JSON is the experiment as a file holds it: indented, what is left out is left out, and [Parse] gives the same
// experiment back to the bit. A configuration that [Config.Check] refuses is an error.
func (c *Config) JSON() ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("experiment: %w", err)
	}
	return rows.ReplaceAllFunc(b.Bytes(), func(row []byte) []byte { return bytes.Join(bytes.Fields(row), []byte(" ")) }), nil
}

// Write writes the experiment to a JSON file, replacing it as a whole. Relative paths in it start from the file's folder,
// whatever Folder is; tables and masks in memory are not written.
func (c *Config) Write(path string) error {
	text, err := c.JSON()
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	return nil
}

// Moved is the experiment with the files that it names found from another folder: with relative paths where one can be found from
// the other, else with absolute ones.
func (c *Config) Moved(folder string) *Config {
	m := *c
	m.Folder = folder
	move := func(name *string) {
		if *name == "" || filepath.IsAbs(*name) {
			return
		}
		path := c.path(*name)
		if from, err := filepath.Rel(folder, path); err == nil {
			*name = from
		} else if whole, err := filepath.Abs(path); err == nil {
			*name = whole
		}
	}
	m.Crystals = slices.Clone(c.Crystals)
	for i := range m.Crystals {
		move(&m.Crystals[i].MatrixFile)
		move(&m.Crystals[i].Structure.File)
	}
	move(&m.Beam.SourcesFile)
	move(&m.Detector.MaskFile)
	m.Detector.Panels = slices.Clone(c.Detector.Panels)
	for i := range m.Detector.Panels {
		move(&m.Detector.Panels[i].MaskFile)
	}
	m.Images = slices.Clone(c.Images)
	for i := range m.Images {
		move(&m.Images[i].File)
		move(&m.Images[i].MaskFile)
	}
	return &m
}
