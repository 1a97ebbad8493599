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

// Schema returns the JSON schema, draft 2020-12, of the files that [Read] reads.
func Schema() []byte { return bytes.Clone(schema) }

// rows matches lists of numbers, and objects of numbers only, as encoding/json indents them. Strings contain no line ends.
var rows = regexp.MustCompile(`\[\n[-+.0-9eE\s,]*\]|\{\n(\s*"[a-z_]+": [-+.0-9eE]+,?\n)+\s*\}`)

// JSON returns the experiment as indented JSON without omitted values, from which [Parse] restores the experiment to the bit.
// It returns an error if [Config.Check] does.
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

// Write writes the experiment to a JSON file, which it replaces as a whole. Relative paths are written unchanged, and thus
// refer to the folder of the file, whatever Folder is: see [Config.Moved]. Tables and masks in memory are not written.
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

// Moved returns the experiment with the paths of its files relative to another folder, or absolute if they cannot be made
// relative.
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
	m.Background.Materials = slices.Clone(c.Background.Materials)
	for i := range m.Background.Materials {
		move(&m.Background.Materials[i].File)
	}
	if b := c.Background.Image; b != nil {
		own := *b
		own.Files = slices.Clone(b.Files)
		for i := range own.Files {
			move(&own.Files[i])
		}
		m.Background.Image = &own
	}
	m.Images = slices.Clone(c.Images)
	for i := range m.Images {
		move(&m.Images[i].File)
		m.Images[i].Files = slices.Clone(m.Images[i].Files)
		for k := range m.Images[i].Files {
			move(&m.Images[i].Files[k])
		}
		move(&m.Images[i].MaskFile)
		move(&m.Images[i].ReadoutFile)
	}
	return &m
}
