// Package files opens a file of any format that this module reads. It recognises the format by the
// content, and by the name only where the content cannot tell.
package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/structure"
)

// Content is what a file holds, as its reader returns it. Fields are nil for what it does not hold.
type Content struct {
	Path string
	// Format is a word for the format, such as "mtz" or "dials-expt": see [Formats].
	Format string

	Reflections *structure.MillerArray // of a model, calculated
	Images      format.Images
	Members     []Member // of an archive
	Mask        *mask.Mask
	Geometry    *format.Geometry
	Crystals    []format.Crystal
	Experiments []dials.Experiment
	Table       *dials.Table
	Spectrum    []Line
	// Chunks is the number of images that a stream is about.
	Chunks int

	// Notices are what a user should know of how the file was read, sentences without their subject,
	// the file.
	Notices []string

	archive io.Closer // of the members; nil if there are none
}

// Member is an array in an archive: an image, or a single number.
type Member struct {
	Name   string
	Images format.Images
	Number *float64
}

// Line is a line of a spectrum.
type Line struct{ Wavelength, Weight float64 }

// Close closes the file, where frames are read from it later.
func (c *Content) Close() error {
	var err error
	if c.Images != nil {
		err = c.Images.Close()
	}
	for _, m := range c.Members {
		if m.Images != nil {
			err = errors.Join(err, m.Images.Close())
		}
	}
	if c.archive != nil {
		err = errors.Join(err, c.archive.Close())
	}
	return err
}

// Options of Open.
type Options struct {
	// Columns are the labels of the columns of reflections to take, instead of those that the rule of
	// the format chooses.
	Columns []string
	// DMin is the resolution in Å to which amplitudes of a model are calculated. 0 means 2 Å.
	DMin float64
}

// reader reads files of a format into c.
type reader struct {
	format string // for Content.Format
	name   string // in package sniff; "" if the content alone does not show it
	open   func(c *Content, o Options) error
}

// Formats returns the words for the formats that Open reads.
func Formats() []string {
	var list []string
	for _, r := range readers {
		if len(list) == 0 || list[len(list)-1] != r.format {
			list = append(list, r.format)
		}
	}
	return list
}

// Open opens the file at path. Errors have a class: [format.Not] of what the name of the file promises, or of
// "known", if the content is of no format that is read.
func Open(path string, o Options) (*Content, error) {
	start, err := readStart(path)
	if err != nil {
		return nil, err
	}
	r, err := find(path, start)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Content{Path: path, Format: r.format}
	if err := r.open(c, o); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.collect()
	return c, nil
}

// collect adds the notices of the parts.
func (c *Content) collect() {
	if c.Reflections != nil {
		c.Notices = append(c.Notices, c.Reflections.Notices...)
	}
	if c.Geometry == nil && c.Images != nil {
		c.Geometry = c.Images.Geometry()
	}
	if c.Geometry != nil {
		c.Notices = append(c.Notices, c.Geometry.Notices...)
	}
}

// readStart returns the first bytes of the file at path, decompressed.
func readStart(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, format.Errorf(format.ErrNoData, "%s: is a folder", path)
	}
	start, err := sniff.Start(file)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, format.Errorf(format.Classify(err, format.ErrTruncated), "%s: %w", path, err)
	}
	if len(start) == 0 {
		return nil, format.Errorf(format.ErrNoData, "%s: is empty", path)
	}
	return start, nil
}

// find returns the reader for a file that begins with start.
func find(path string, start []byte) (*reader, error) {
	if name := sniff.Name(start); name != "" {
		for i := range readers {
			if readers[i].name == name {
				return &readers[i], nil
			}
		}
		return nil, format.Errorf(promised(path), "looks like %s, which is not read", name)
	}
	if word := textual(path, start); word != "" {
		for i := range readers {
			if readers[i].format == word {
				return &readers[i], nil
			}
		}
	}
	return nil, format.Errorf(promised(path), "is of no format that is read")
}

// extension returns the ending of a name in lower case, without that of a compression.
func extension(path string) string {
	plain := strings.ToLower(path)
	for _, compression := range []string{".gz", ".bz2"} {
		plain = strings.TrimSuffix(plain, compression)
	}
	return filepath.Ext(plain)
}

// promised is the class of the error for a file that is not what its name says.
func promised(path string) error {
	word := map[string]string{
		".mtz": "mtz", ".cbf": "cbf", ".h5": "hdf5", ".nxs": "hdf5", ".hdf5": "hdf5", ".img": "smv", ".smv": "smv", ".tif": "tiff", ".tiff": "tiff", ".npy": "npy",
		".npz": "npz", ".cif": "cif", ".fcf": "cif", ".ent": "cif", ".hkl": "hkl", ".expt": "dials-expt", ".refl": "dials-refl", ".geom": "crystfel-geom",
		".cell": "crystfel-cell", ".stream": "crystfel-stream", ".lam": "spectrum", ".pdb": "pdb", ".png": "png", ".pbm": "pbm", ".xds": "xparm",
	}[extension(path)]
	if word == "" {
		word = "known"
	}
	return format.Not(word)
}
