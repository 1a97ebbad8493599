package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/numbered"
	"github.com/gobragg/gobragg/structure"
)

// input is what the files to convert hold together.
type input struct {
	paths   []string // of all files
	notices []string // which begin with the name of the file

	images      format.Images
	imagePaths  []string
	named       []string         // the files of images that an experiment names, which are not read
	geometry    *format.Geometry // of a file of its own, else of the images
	crystals    []format.Crystal
	experiments []dials.Experiment
	reflections *structure.MillerArray
	from        string // the file with the reflections
	mask        *mask.Mask

	opened []interface{ Close() error }
}

func (in *input) close() (err error) {
	for _, c := range in.opened {
		err = errors.Join(err, c.Close())
	}
	return err
}

func (in *input) notice(path, text string, args ...any) {
	in.notices = append(in.notices, path+" "+fmt.Sprintf(text, args...))
}

// openInput opens files, and joins what they hold.
func openInput(ctx context.Context, paths []string, o files.Options) (*input, error) {
	in := &input{}
	if err := in.open(ctx, paths, o); err != nil {
		return nil, errors.Join(err, in.close())
	}
	return in, nil
}

func (in *input) open(ctx context.Context, paths []string, o files.Options) (err error) {
	if in.paths, err = expand(paths); err != nil {
		return err
	}
	var images []*files.Content
	geometry := ""
	for _, path := range in.paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if isExperiment(path) {
			if geometry != "" {
				return fmt.Errorf("%s and %s both give a geometry: name one of them", geometry, path)
			}
			geometry = path
			if err := in.readExperiment(path); err != nil {
				return err
			}
			continue
		}
		if len(images) > 0 && one(images[0].Format) && extension(path) == extension(images[0].Path) {
			images = append(images, &files.Content{Path: path, Format: images[0].Format}) // opened when it is read
			continue
		}
		options := o
		if len(paths) > 1 && !in.takesColumns(path) {
			options.Columns = nil
		}
		c, err := files.Open(path, options)
		if err != nil {
			return classed(path, err)
		}
		in.opened = append(in.opened, c)
		for _, n := range c.Notices {
			in.notice(path, "%s", n)
		}
		switch {
		case c.Images != nil:
			images = append(images, c)
			continue
		case c.Reflections != nil && in.reflections != nil:
			return fmt.Errorf("%s and %s both hold reflections: name one of them", in.from, path)
		case c.Reflections != nil:
			in.reflections, in.from = c.Reflections, path
		case c.Mask != nil:
			in.mask = c.Mask
		case len(c.Members) > 0:
			return fmt.Errorf("%s is an archive of %d arrays, which is not converted: write the one that is wanted to a file of its own", path, len(c.Members))
		case c.Geometry == nil && c.Crystals == nil:
			return fmt.Errorf("%s is of the format %s, which is not converted", path, c.Format)
		}
		if c.Geometry != nil && len(c.Geometry.Panels) > 0 {
			if geometry != "" {
				return fmt.Errorf("%s and %s both give a geometry: name one of them", geometry, path)
			}
			geometry, in.geometry, in.experiments = path, c.Geometry, c.Experiments
		}
		in.crystals = append(in.crystals, c.Crystals...)
	}
	return in.join(images, geometry)
}

// takesColumns reports whether a file among others may have labels of columns.
func (in *input) takesColumns(path string) bool {
	return slices.Contains([]string{".mtz", ".cif", ".ent", ".fcf"}, extension(path))
}

// extension returns the ending of a name, without that of a compression.
func extension(path string) string {
	plain := strings.ToLower(path)
	for _, c := range []string{".gz", ".bz2"} {
		plain = strings.TrimSuffix(plain, c)
	}
	return filepath.Ext(plain)
}

// one reports whether a file of a format holds one image.
func one(word string) bool { return word == "cbf" || word == "smv" || word == "tiff" }

// isExperiment reports whether a file is an experiment of this program.
func isExperiment(path string) bool { return strings.EqualFold(filepath.Ext(path), ".json") }

// readExperiment takes the geometry and the crystals of an experiment.
func (in *input) readExperiment(path string) error {
	c, err := experiment.Read(path)
	if err != nil {
		return err
	}
	for i := range c.Crystals { // which the geometry does not need
		c.Crystals[i].Structure = experiment.Structure{Default: 1}
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	g, crystals, err := e.Geometry()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	in.geometry, in.crystals = g, append(in.crystals, crystals...)
	if len(c.Images) == 1 { // several images of one exposure are panels
		files := c.Images[0].Files
		if files == nil {
			files = []string{c.Images[0].File}
		}
		for _, file := range files {
			if !filepath.IsAbs(file) {
				file = filepath.Join(c.Folder, file)
			}
			in.named = append(in.named, file)
		}
	}
	return nil
}

// expand replaces names with a place for a number by those of the files that are there.
func expand(paths []string) (list []string, err error) {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			list = append(list, path)
			continue
		}
		name, err := numbered.Parse(path)
		if errors.Is(err, numbered.ErrNoPlace) {
			list = append(list, path) // whose opening returns the error
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s %w", path, err)
		}
		found, err := name.Files()
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, format.Errorf(format.ErrMissingFile, "%s: there is no such file with any number", path)
		}
		list = append(list, found...)
	}
	return list, nil
}

// join joins the images, and gives them the geometry of another file.
func (in *input) join(list []*files.Content, geometry string) error {
	if len(list) == 0 {
		return nil
	}
	for _, c := range list {
		in.imagePaths = append(in.imagePaths, c.Path)
	}
	var images format.Images
	var err error
	switch first := list[0]; {
	case len(list) == 1:
		images = first.Images
	case first.Format == "cbf" || first.Format == "smv":
		open := cbf.Open
		if first.Format == "smv" {
			open = smv.Open
		}
		if images, err = open(in.imagePaths...); err == nil {
			in.opened = append(in.opened, images)
		}
	default:
		images, err = in.concatenate(list)
	}
	if err != nil {
		return err
	}
	own := images.Geometry()
	switch {
	case in.geometry == nil:
		in.geometry = own
	case in.geometry.Rotation == nil && own != nil && own.Rotation != nil:
		g := *in.geometry
		g.Rotation = own.Rotation
		in.geometry = &g
		in.notice(geometry, "does not say how the crystal turns: the rotation is that of %s", list[0].Path)
	}
	if g := in.geometry; g != nil && g.Wavelength == 0 && own != nil && own.Wavelength != 0 {
		whole := *g
		whole.Wavelength = own.Wavelength
		in.geometry = &whole
		in.notice(geometry, "does not give the wavelength: it is that of %s", list[0].Path)
	}
	if in.mask != nil {
		if fast, slow, _ := images.Size(); fast != in.mask.Fast || slow != in.mask.Slow {
			return fmt.Errorf("the mask has %d × %d pixels, the images %d × %d", in.mask.Fast, in.mask.Slow, fast, slow)
		}
	}
	in.images = images
	return nil
}

// sequence is images of several files, one after the other.
type sequence struct {
	fast, slow int
	kind       format.Type
	frames     int
	geometry   *format.Geometry
	parts      []part
}

// part is a file of a sequence. Files of one image are opened when it is read.
type part struct {
	path   string
	images format.Images
}

// concatenate joins files of one image or several each.
func (in *input) concatenate(list []*files.Content) (format.Images, error) {
	s := &sequence{geometry: list[0].Images.Geometry()}
	s.fast, s.slow, s.kind = list[0].Images.Size()
	for _, c := range list {
		if c.Images != nil {
			if err := s.check(c.Path, c.Images); err != nil {
				return nil, err
			}
			s.frames += c.Images.Frames()
		} else {
			s.frames++
		}
		s.parts = append(s.parts, part{c.Path, c.Images})
	}
	if g := s.geometry; g != nil && g.Rotation != nil {
		whole, r := *g, *g.Rotation
		r.Images = s.frames
		whole.Rotation = &r
		s.geometry = &whole
	}
	return s, nil
}

// check returns an error for images that are not like the first.
func (s *sequence) check(path string, images format.Images) error {
	if fast, slow, kind := images.Size(); fast != s.fast || slow != s.slow || kind != s.kind {
		return format.Errorf(format.ErrInconsistent, "%s has %d × %d pixels of %v, and the images before %d × %d of %v: they are not of one sweep", path, fast, slow, kind, s.fast, s.slow, s.kind)
	}
	return nil
}

func (s *sequence) Size() (fast, slow int, t format.Type) { return s.fast, s.slow, s.kind }
func (s *sequence) Frames() int                           { return s.frames }
func (s *sequence) Geometry() *format.Geometry            { return s.geometry }
func (s *sequence) Close() error                          { return nil } // the parts are closed by themselves

func (s *sequence) Read(i int, f *format.Frame) error {
	for _, p := range s.parts {
		frames := 1
		if p.images != nil {
			frames = p.images.Frames()
		}
		if i >= frames {
			i -= frames
			continue
		}
		if p.images != nil {
			return p.images.Read(i, f)
		}
		return s.readAlone(p.path, f)
	}
	return format.Errorf(format.ErrNoData, "there are %d images", s.frames)
}

// readAlone reads the image of a file that is opened for it.
func (s *sequence) readAlone(path string, f *format.Frame) error {
	c, err := files.Open(path, files.Options{})
	if err != nil {
		return classed(path, err)
	}
	switch {
	case c.Images == nil || c.Images.Frames() != 1:
		err = fmt.Errorf("%s does not hold one image, as the files before it", path)
	default:
		if err = s.check(path, c.Images); err == nil {
			err = c.Images.Read(0, f)
		}
	}
	return errors.Join(err, c.Close())
}
