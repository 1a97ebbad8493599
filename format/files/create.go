package files

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/numbered"
)

// Target is what images are written to.
type Target struct {
	// Path of the file. One with a place for a number, sweep_####.cbf, stands for a file for each image.
	Path string
	// Format is a word of [ImageFormats]; "" means that of the ending of Path.
	Format string
	// Geometry of the experiment, nil if it is unknown; one without the place of a panel is left out. The number of the first file is that of its scan.
	Geometry *format.Geometry
	// Fast, Slow and Type are those of the frames that are written.
	Fast, Slow int
	Type       format.Type
	// Frames is their number.
	Frames int
	// Numbers of the images that are written, in ascending order; nil means all of the scan, and Frames are counted then.
	Numbers []int
}

// imageFormat is a format that images are written in.
type imageFormat struct {
	word    string
	endings []string
	many    bool // a file holds several images
	open    func(path string, t *Target, image int) (frameWriter, error)
	// check returns the error that writing would end with, as far as it does not depend on the pixels.
	check func(t *Target) error
	// stored is the type of the numbers that frames of a type become in a file.
	stored func(format.Type) format.Type
}

// frameWriter writes the frames of a file.
type frameWriter interface {
	Write(f *format.Frame) error
	Close() error
	Discard() error
}

// ImageFormats returns the words for the formats that images are written in.
func ImageFormats() (words []string) {
	for i := range imageFormats {
		words = append(words, imageFormats[i].word)
	}
	return words
}

// ImageFormat returns the word for the format that the ending of a name stands for, "" if it stands
// for none that images are written in.
func ImageFormat(path string) string {
	for i := range imageFormats {
		for _, ending := range imageFormats[i].endings {
			if strings.HasSuffix(strings.ToLower(path), ending) {
				return imageFormats[i].word
			}
		}
	}
	return ""
}

// HoldsFloats reports whether images of a format may have numbers that are not whole.
func HoldsFloats(word string) bool { return word == "nxmx" || pixelsAlone(word) }

// pixelsAlone reports whether files of a format hold nothing but numbers of pixels.
func pixelsAlone(word string) bool { return word == "npy" || word == "tiff" || word == "raw" }

// Writer writes images to files, one after another.
type Writer struct {
	target Target
	format *imageFormat
	name   *numbered.Name // of the files; nil if all images go to one
	first  int            // number of the first image
	file   frameWriter    // that is being written
	fit    fitter
	frames int
	list   []string // of notices
}

// Create begins the files of a target. Each appears when it is complete.
func Create(t Target) (*Writer, error) {
	if t.Format == "" {
		t.Format = ImageFormat(t.Path)
	}
	unplaced := t.Geometry != nil && !placed(t.Geometry)
	scan := t.Geometry
	if unplaced {
		t.Geometry = nil
	}
	w := &Writer{first: 1}
	for i := range imageFormats {
		if imageFormats[i].word == t.Format {
			w.format = &imageFormats[i]
		}
	}
	if w.format == nil {
		return nil, fmt.Errorf("%s: the name ends in none of %s", t.Path, strings.Join(endings(), " "))
	}
	if g := scan; g != nil && g.Rotation != nil {
		w.first = g.Rotation.First
	}
	if t.Numbers != nil {
		t.Frames = len(t.Numbers)
	} else {
		for i := range t.Frames {
			t.Numbers = append(t.Numbers, w.first+i)
		}
	}
	name, err := numbered.Parse(t.Path)
	switch {
	case err == nil:
		w.name = &name
		if n := len(t.Numbers); n > 0 {
			if err := name.Room(t.Numbers[n-1]); err != nil {
				return nil, fmt.Errorf("%s %w", t.Path, err)
			}
		}
	case !errors.Is(err, numbered.ErrNoPlace):
		return nil, fmt.Errorf("%s %w", t.Path, err)
	case t.Frames > 1 && !w.format.many:
		return nil, fmt.Errorf("%s %w, and a file of the format %s holds one of the %d images: write image_####", t.Path, err, w.format.word, t.Frames)
	}
	if w.name == nil {
		if err := t.narrow(w.first); err != nil {
			return nil, err
		}
	}
	w.target = t
	for _, path := range w.Paths() {
		if err := atomicfile.Check(path); err != nil {
			return nil, fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	if err := w.format.check(&t); err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", t.Path, err)
	}
	w.fit = fitter{target: w.format.word, to: w.format.stored(t.Type)}
	if t.Format == "cbf" {
		w.fit.bad = badOf(t.Geometry, t.Fast, t.Slow)
	}
	if unplaced && (t.Format == "cbf" || t.Format == "smv") {
		w.list = append(w.list, "does not hold what is known of the experiment, since the place of the detector is not")
	}
	w.list = append(w.list, lost(w.format.word, t.Geometry)...)
	return w, nil
}

// narrow makes the scan of a file of some of its images one of these.
func (t *Target) narrow(first int) error {
	n := len(t.Numbers)
	if t.Geometry == nil || t.Geometry.Rotation == nil || n == 0 || t.Numbers[0] == first && n >= t.Geometry.Rotation.Images {
		return nil
	}
	if t.Format == "nxmx" && t.Numbers[n-1]-t.Numbers[0] != n-1 {
		return fmt.Errorf("%s cannot be written: images %d to %d of one file are one rotation, and some between them are left out: write a file for each, image_####", t.Path, t.Numbers[0], t.Numbers[n-1])
	}
	t.Geometry = frameOf(t.Geometry, t.Numbers[0]-first)
	t.Geometry.Rotation.Images = n
	return nil
}

// placed reports whether a geometry says where all panels are.
func placed(g *format.Geometry) bool {
	for i := range g.Panels {
		if p := &g.Panels[i]; !(p.Pixel[0] > 0 && p.Pixel[1] > 0) || p.Origin == [3]float64{} {
			return false
		}
	}
	return len(g.Panels) > 0
}

func endings() (list []string) {
	for i := range imageFormats {
		list = append(list, imageFormats[i].endings...)
	}
	return list
}

// Paths returns those of the files.
func (w *Writer) Paths() []string {
	if w.name == nil {
		return []string{w.target.Path}
	}
	list := make([]string, w.target.Frames)
	for i, number := range w.target.Numbers {
		list[i] = w.PathOf(number)
	}
	return list
}

// PathOf returns that of the file with the image of a number.
func (w *Writer) PathOf(number int) string {
	if w.name == nil {
		return w.target.Path
	}
	return w.name.Path(number)
}

// Write appends an image. A value that the format cannot hold is an error that names the pixel.
func (w *Writer) Write(f *format.Frame) error {
	if w.frames == len(w.target.Numbers) {
		return fmt.Errorf("%s: there are more images than the %d that were to be written", w.target.Path, w.frames)
	}
	number := w.target.Numbers[w.frames]
	if w.file == nil {
		path, t := w.target.Path, w.target
		if w.name != nil {
			path = w.PathOf(number)
			if w.format.many { // the file describes itself alone
				t.Geometry = frameOf(t.Geometry, number-w.first)
			}
		}
		t.Type = w.fit.to
		var err error
		if w.file, err = w.format.open(path, &t, number-w.first); err != nil {
			return err
		}
	}
	fitted, err := w.fit.frame(f)
	if err != nil {
		return fmt.Errorf("image %d: %w", number, err)
	}
	if err := w.file.Write(fitted); err != nil {
		return err
	}
	w.frames++
	if w.name != nil {
		return w.finish()
	}
	return nil
}

// frameOf returns the geometry of an image of a scan.
func frameOf(g *format.Geometry, image int) *format.Geometry {
	if g == nil || g.Rotation == nil {
		return g
	}
	own, r := *g, *g.Rotation
	r.Phi, r.First, r.Images = r.Phi+float64(float64(image)*r.Width), r.First+image, 1
	own.Rotation = &r
	return &own
}

// finish completes a file.
func (w *Writer) finish() error {
	file := w.file
	w.file = nil
	if err := file.Close(); err != nil {
		return err
	}
	switch file := file.(type) {
	case *nxmx.Writer:
		w.notice(file.Notices...)
	case *single:
		w.notice(file.notices...)
	}
	return nil
}

// notice adds notices that are not there yet.
func (w *Writer) notice(list ...string) {
	for _, n := range list {
		if !slices.Contains(w.list, n) {
			w.list = append(w.list, n)
		}
	}
}

// Close completes the last file.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	return w.finish()
}

// Discard gives up the file that is not complete. After [Writer.Close] it does nothing, so it can be
// deferred.
func (w *Writer) Discard() error {
	if w.file == nil {
		return nil
	}
	return w.file.Discard()
}

// Notices returns, after [Writer.Close], what the files do not hold, sentences without their subject,
// the file.
func (w *Writer) Notices() []string { return append(slices.Clone(w.list), w.fit.notices()...) }
