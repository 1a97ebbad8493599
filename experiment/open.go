package experiment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// DefaultCells is the number of unit cells along each axis of a crystal of which files give the lattice, but not the size.
const DefaultCells = 50

// Opened is what [Open] has taken from which file.
type Opened struct {
	// Base is the experiment in JSON that the files were added to; "" without one.
	Base string
	// Geometry, Crystals, Structure and Images are the files of each; "" if none has any.
	Geometry, Crystals, Structure, Images string
	// Stills is the number of images that lists of experiments give, each of a crystal in an orientation of its own; 0 for one image
	// and for a scan.
	Stills int
	// Lost is why the images that a list of experiments names, and no other file gives, cannot be read; nil if there are none.
	Lost error
	// Groups are the space groups of the crystals that a file gives, nil where it does not.
	Groups []*symmetry.Group
	// Sizeless are the numbers of the crystals whose size no file gives: they are blocks of [DefaultCells] along each axis.
	Sizeless []int
	// SizeNotice is the one among Notices that says so, for those who find the sizes themselves.
	SizeNotice string
	// Notices say what was assumed, what contradicts what, and which files were not used, a line each.
	Notices []string
}

// Open makes an experiment of files of any format that package format/files reads, recognised by their content, and of an
// experiment in JSON, whose values are kept where no file says something else; what others give it may leave out, cells too.
//
//   - The geometry is that of the list of experiments, or the description of a detector, that is given; otherwise that of
//     the images. Crystals come with it. Several images are those of a sweep, and are numbered. Lists of several images, each with a
//     crystal in an orientation of its own, are a scan without a rotation, in which the missets vary; cell and detector are common.
//   - Structure factors, and the cell if nothing gives an orientation, come from a file of reflections or a model.
//   - A mask is that of all images.
//   - A crystal whose size no file gives is a block of [DefaultCells] along each axis, with Gaussian spots unless an
//     experiment in JSON has the crystal: a notice says so.
//
// Two files that each give a geometry, or structure factors, are an error, except that images may repeat what another file
// says: where they contradict it a notice says so. A file of which nothing was used is a notice too.
func Open(paths ...string) (*Config, *Opened, error) { return OpenWith(files.Options{}, paths...) }

// OpenWith is [Open] with options for files of structure factors.
func OpenWith(options files.Options, paths ...string) (*Config, *Opened, error) {
	o := &opener{options: options, report: &Opened{}}
	for _, path := range paths {
		if err := o.add(path); err != nil {
			return nil, nil, errors.Join(err, o.close())
		}
	}
	c, err := o.join()
	if err := errors.Join(err, o.close()); err != nil {
		return nil, nil, err
	}
	if err := c.Check(); err != nil {
		return nil, nil, err
	}
	return c, o.report, nil
}

// opener collects what files hold.
type opener struct {
	options    files.Options
	base       *Config
	geometry   *files.Content   // an experiment list or a geometry
	lists      []*files.Content // all experiment lists
	many       []still          // of several images, each in an orientation of its own
	structure  *files.Content
	images     []*files.Content
	mask, beam *files.Content
	unused     []*files.Content
	known      int // crystals of the experiment in JSON
	report     *Opened
}

func (o *opener) close() error {
	var err error
	for _, c := range o.images {
		err = errors.Join(err, c.Close())
	}
	return err
}

// notice adds a line about a file.
func (o *opener) notice(path, text string, args ...any) {
	o.report.Notices = append(o.report.Notices, path+" "+fmt.Sprintf(text, args...))
}

// twice is the error for two files that give the same.
func twice(what, first, second string) error {
	return fmt.Errorf("experiment: %s and %s both give %s: name one of them", first, second, what)
}

// add opens a file and puts it where it belongs.
func (o *opener) add(path string) error {
	if isConfig(path) {
		if o.base != nil {
			return twice("an experiment", o.report.Base, path)
		}
		c, err := readPart(path)
		if err != nil {
			return err
		}
		o.known = len(c.Crystals)
		o.base, o.report.Base = c.Moved("."), path // where the names of the other files start
		return nil
	}
	c, err := files.Open(path, o.options)
	if err != nil {
		return err
	}
	for _, n := range c.Notices {
		o.notice(path, "%s", n)
	}
	put := func(at **files.Content, what string) error {
		if *at != nil {
			return errors.Join(twice(what, (*at).Path, path), c.Close())
		}
		*at = c
		return nil
	}
	switch {
	case c.Images != nil:
		o.images = append(o.images, c)
		return nil
	case c.Reflections != nil && c.Format != "xds-integrate":
		return put(&o.structure, "structure factors")
	case len(c.Experiments) > 0 && len(o.lists) > 0:
		o.lists = append(o.lists, c)
		return nil
	case c.Geometry != nil && len(c.Geometry.Panels) > 0:
		if len(c.Experiments) > 0 {
			o.lists = append(o.lists, c)
		}
		return put(&o.geometry, "a geometry")
	case c.Mask != nil:
		return put(&o.mask, "a mask")
	case c.Spectrum != nil:
		return put(&o.beam, "a spectrum")
	}
	o.unused = append(o.unused, c)
	return nil
}

// isConfig reports whether a file is an experiment in JSON.
func isConfig(path string) bool {
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return true // Read returns the error
	}
	defer file.Close()
	start := make([]byte, 200)
	n, _ := file.Read(start)
	return !strings.Contains(string(start[:n]), `"__id__"`)
}

// join makes the experiment of what was opened.
func (o *opener) join() (*Config, error) {
	c, err := o.placed()
	if err != nil {
		return nil, err
	}
	if err := o.addImages(c); err != nil {
		return nil, err
	}
	if err := o.addStructure(c); err != nil {
		return nil, err
	}
	if len(c.Crystals) == 0 {
		return nil, fmt.Errorf("experiment: no file gives a crystal: name a list of experiments of DIALS (.expt), an XPARM.XDS, an experiment in JSON, or a file of structure factors with a cell")
	}
	o.addSizes(c)
	if s := c.Crystals[0].Structure; s.File == "" && s.Wilson == nil && s.Default == 0 {
		o.report.Notices = append(o.report.Notices, "no file gives structure factors: all are 0, and so is the image")
	}
	if o.mask != nil {
		for i := range c.Images {
			c.Images[i].MaskFile = o.mask.Path
		}
		if len(c.Images) == 0 {
			o.unused = append(o.unused, o.mask)
		}
	}
	if o.beam != nil {
		if len(o.beam.Spectrum) == 0 {
			o.unused = append(o.unused, o.beam)
		}
		c.Beam.SourcesFile, c.Beam.Sources, c.Beam.Spectrum = o.beam.Path, nil, nil
	}
	for _, f := range o.unused {
		o.notice(f.Path, "is of the format %s: nothing of it was used", f.Format)
	}
	return c, nil
}

// addSizes gives the crystals whose lattice is a file's, and whose size nothing says, one.
func (o *opener) addSizes(c *Config) {
	if o.report.Crystals == "" { // the experiment in JSON has them, with its own default
		return
	}
	for i := range c.Crystals {
		x := &c.Crystals[i]
		if x.Cells != (Cells{}) || x.Size != [3]float64{} {
			continue
		}
		x.Cells = Cells{A: DefaultCells, B: DefaultCells, C: DefaultCells}
		if i >= o.known {
			x.Shape = crystal.Gauss
		}
		o.report.Sizeless = append(o.report.Sizeless, i)
	}
	if n := len(o.report.Sizeless); n > 0 {
		which := "the crystal"
		if n < len(c.Crystals) {
			which = fmt.Sprintf("%d of %d crystals", n, len(c.Crystals))
		} else if n > 1 {
			which = "the crystals"
		}
		o.report.SizeNotice = fmt.Sprintf("no file gives the size of %s: blocks of %d × %d × %d cells are taken (crystals[].cells of an experiment in JSON)", which, DefaultCells, DefaultCells, DefaultCells)
		o.report.Notices = append(o.report.Notices, o.report.SizeNotice)
	}
}

// placed returns the experiment with its geometry and crystals.
func (o *opener) placed() (*Config, error) {
	var g *format.Geometry
	var crystals []format.Crystal
	from := ""
	switch {
	case o.geometry != nil:
		g, crystals, from = o.geometry.Geometry, o.geometry.Crystals, o.geometry.Path
	case len(o.images) > 0 && o.base == nil:
		g, from = o.images[0].Geometry, o.images[0].Path
		if g == nil {
			return nil, fmt.Errorf("experiment: %s says nothing of the experiment, and no other file does: name one with its geometry", from)
		}
		if n := len(g.Panels); n > 0 && geom.Dot(g.Panels[0].Origin, geom.Cross(g.Panels[0].Fast, g.Panels[0].Slow)) == 0 {
			return nil, fmt.Errorf("experiment: %s does not say the distance of the detector: name a file with the geometry", from)
		}
	}
	if g == nil {
		if o.base == nil {
			return nil, fmt.Errorf("experiment: no file gives the geometry of the experiment: name a list of experiments of DIALS (.expt), images whose headers have it, an XPARM.XDS, or an experiment in JSON")
		}
		return o.base, nil
	}
	build := func() (*Config, []string, error) { return FromGeometry(g, crystals...) }
	if o.many = o.stills(); o.many != nil {
		crystals = o.many[0].crystals
		build = func() (*Config, []string, error) { return fromStills(o.many) }
	} else if len(o.lists) > 1 {
		return nil, twice("a geometry", o.lists[0].Path, o.lists[1].Path)
	}
	c, notices, err := build()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	for _, n := range notices {
		o.notice(from, "%s", n)
	}
	o.report.Geometry = from
	for i := range crystals {
		group, err := groupOf(&crystals[i])
		if err != nil {
			o.notice(from, "has a crystal of an unknown space group: %v", err)
		}
		o.report.Groups = append(o.report.Groups, group)
	}
	if len(crystals) > 0 {
		o.report.Crystals = from
	}
	switch n := experimentsOf(o.geometry); {
	case o.many != nil:
		o.report.Stills = len(o.many)
		o.notice(from, "is the first of %d images, each of a crystal in an orientation of its own: cell and detector are common to all", len(o.many))
	case n > 1:
		o.notice(from, "has %d experiments of one image or scan: the geometry is that of the first one, with the crystals of all", n)
	}
	if o.base != nil {
		o.base.replace(c)
		c = o.base
	}
	return c, nil
}

// groupOf returns the space group of a crystal; nil if the file does not name it.
func groupOf(x *format.Crystal) (*symmetry.Group, error) {
	if hall, ok := strings.CutPrefix(x.SpaceGroup, "Hall:"); ok {
		return symmetry.FromHall(strings.TrimSpace(hall))
	}
	if x.SpaceGroup == "" {
		return nil, nil
	}
	cell, err := structure.CellOf(x.A)
	if err != nil {
		return nil, err
	}
	return symmetry.Lookup(x.SpaceGroup, cell.Parameters())
}

// replace gives an experiment the geometry of another one, and its crystals if it has any, with what else is known of the
// crystals before: their number of cells, shape, mosaic spread and structure factors.
func (c *Config) replace(by *Config) {
	by.Beam.Name, by.Beam.Fluence, by.Beam.Flux, by.Beam.Exposure, by.Beam.Size = c.Beam.Name, c.Beam.Fluence, c.Beam.Flux, c.Beam.Exposure, c.Beam.Size
	by.Beam.Calibration = c.Beam.Calibration
	by.Detector.Oversample = c.Detector.Oversample
	by.Counts.Readout, by.Counts.Missing = c.Counts.Readout, c.Counts.Missing
	c.Beam, c.Detector, c.Scan, c.Counts = by.Beam, by.Detector, by.Scan, by.Counts
	for i := range by.Crystals {
		x := by.Crystals[i]
		if i < len(c.Crystals) {
			known := c.Crystals[i]
			known.Cell, known.Matrix, known.MatrixFile, known.Misset = Cell{}, x.Matrix, "", Misset{}
			known.Phi, known.Osc = x.Phi, x.Osc
			known.SpaceGroup = or(x.SpaceGroup, known.SpaceGroup)
			x = known
		}
		by.Crystals[i] = x
	}
	if len(by.Crystals) > 0 {
		c.Crystals = by.Crystals
	}
}

// experimentsOf returns the number of experiments of a list; 0 for other files.
func experimentsOf(c *files.Content) int {
	if c == nil {
		return 0
	}
	return len(c.Experiments)
}

// rotation returns that of the geometry that counts; nil for a still.
func (o *opener) rotation() *format.Rotation {
	switch {
	case o.geometry != nil:
		return o.geometry.Geometry.Rotation
	case len(o.images) > 0 && o.images[0].Geometry != nil:
		return o.images[0].Geometry.Rotation
	}
	return nil
}

// addStructure makes the reflections those of the crystals.
func (o *opener) addStructure(c *Config) error {
	s := o.structure
	if s == nil {
		return nil
	}
	o.report.Structure = s.Path
	cell := s.Reflections.Cell
	if len(c.Crystals) == 0 {
		if cell == (structure.Cell{}) {
			return fmt.Errorf("experiment: %s has no cell, and no file gives a crystal", s.Path)
		}
		x := Crystal{Cell: Cell(cell)}
		if g := o.rotation(); c.Scan == nil {
			x.Phi, x.Osc = slice(g)
		}
		c.Crystals = []Crystal{x}
		o.report.Crystals = s.Path
		o.notice(s.Path, "gives the cell, and no file an orientation: a* is along x, and b* in the x-y plane")
	}
	for i := range c.Crystals {
		c.Crystals[i].Structure = Structure{File: s.Path, Columns: o.options.Columns, DMin: o.options.DMin, Default: c.Crystals[i].Structure.Default, Lookup: c.Crystals[i].Structure.Lookup}
	}
	return nil
}
