package experiment

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/numbered"
)

// addImages makes the images those of the experiment.
func (o *opener) addImages(c *Config) error {
	switch {
	case o.many != nil:
		return o.placeStills(c)
	case len(o.images) == 0:
		return o.templates(c)
	}
	first := o.images[0]
	fast, slow, _ := first.Images.Size()
	for _, m := range o.images[1:] {
		if f, s, _ := m.Images.Size(); f != fast || s != slow {
			return fmt.Errorf("experiment: %s has %d × %d pixels, and %s %d × %d: they are not images of one detector", first.Path, fast, slow, m.Path, f, s)
		}
	}
	frames, path := len(o.images), first.Path
	if frames > 1 {
		name, number, err := sequence(o.images)
		if err != nil {
			return err
		}
		path = name
		if c.Scan != nil && c.Scan.Images != frames && o.geometry == nil {
			c.Scan.First, c.Scan.Images = number, frames
		}
		if c.Scan == nil {
			g := first.Geometry
			if g == nil || g.Rotation == nil {
				return fmt.Errorf("experiment: %s and %d more images do not say how the crystal turns: several stills need a list of experiments of DIALS (.expt), which has the orientation of each", first.Path, frames-1)
			}
			c.Scan = &Scan{First: number, Images: frames, Phi: g.Rotation.Phi, Width: g.Rotation.Width}
			for i := range c.Crystals {
				c.Crystals[i].Phi, c.Crystals[i].Osc = 0, 0
			}
		}
	}
	o.report.Images = path
	if o.geometry != nil && first.Geometry != nil {
		o.contradictions(o.geometry.Path, o.geometry.Geometry, first.Path, first.Geometry)
	}
	return c.imagesOf(path, first, fast, slow)
}

// templates takes the names of the images from an experiment list, if the files are there.
func (o *opener) templates(c *Config) error {
	if o.geometry == nil || len(o.geometry.Experiments) == 0 {
		return nil
	}
	s := o.geometry.Experiments[0].Images
	if s == nil {
		return nil
	}
	name := s.Template
	if name == "" && len(s.Files) > 0 {
		name = s.Files[0]
	}
	if name == "" {
		return nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(o.geometry.Path), path)
	}
	file := path
	if n, err := numbered.Parse(path); err == nil {
		first := c.Scan.FirstImage()
		if r := o.geometry.Geometry.Rotation; c.Scan == nil && r != nil {
			first = r.First
		}
		if file = n.Path(first); c.Scan == nil { // a single image, whose name has its number
			path = file
		}
	}
	content, err := files.Open(file, files.Options{})
	if err != nil {
		o.report.Lost = err
		o.notice(o.geometry.Path, "names the images %s, which cannot be read here: %v", name, err)
		return nil
	}
	defer content.Close()
	if content.Images == nil {
		o.report.Lost = fmt.Errorf("%s holds none", path)
		o.notice(o.geometry.Path, "names the images %s, which hold none", name)
		return nil
	}
	o.report.Images = path
	fast, slow, _ := content.Images.Size()
	return c.imagesOf(path, content, fast, slow)
}

// imagesOf makes a file, or numbered files, the images: one a panel.
func (c *Config) imagesOf(path string, content *files.Content, fast, slow int) error {
	d := &c.Detector
	c.Images = nil
	if len(d.Panels) == 0 {
		if or(d.Fast, fast) != fast || or(d.Slow, slow) != slow {
			return fmt.Errorf("experiment: %s has %d × %d pixels, the detector %d × %d", path, fast, slow, d.Fast, d.Slow)
		}
		c.Images = []Image{{File: path}}
		return nil
	}
	g := content.Geometry
	for i := range d.Panels {
		m := Image{File: path}
		if g != nil && len(g.Panels) == len(d.Panels) {
			at := g.Panels[i].First
			m.First = &at
		}
		c.Images = append(c.Images, m)
	}
	return nil
}

// sequence returns the name of numbered files, with # for the digits, and the first number. They have to follow each other.
func sequence(list []*files.Content) (name string, first int, err error) {
	for i, c := range list {
		folder, base := filepath.Split(c.Path)
		stem := strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".bz2")
		end := len(stem) - len(filepath.Ext(stem))
		start := end
		for start > 0 && stem[start-1] >= '0' && stem[start-1] <= '9' {
			start--
		}
		if start == end {
			return "", 0, fmt.Errorf("experiment: %s is one of several images, and its name has no number", c.Path)
		}
		number := 0
		if _, err := fmt.Sscanf(stem[start:end], "%d", &number); err != nil {
			return "", 0, fmt.Errorf("experiment: %s: its number: %w", c.Path, err)
		}
		template := folder + base[:start] + strings.Repeat("#", end-start) + base[end:]
		switch {
		case i == 0:
			name, first = template, number
		case template != name || number != first+i:
			return "", 0, fmt.Errorf("experiment: %s is not the image that follows %s: images of one sweep are numbered", c.Path, list[i-1].Path)
		}
	}
	return name, first, nil
}

// contradictions adds a notice for each quantity that differs between a geometry and what an image says of itself.
func (o *opener) contradictions(path string, g *format.Geometry, image string, h *format.Geometry) {
	differ := func(what, unit string, a, b, within float64) {
		if a != 0 && b != 0 && math.Abs(a-b) > within {
			o.notice(image, "has %s %g %s, and %s, which counts, %g %s", what, b, unit, path, a, unit)
		}
	}
	differ("a wavelength of", "Å", g.Wavelength, h.Wavelength, 1e-3*g.Wavelength)
	if len(g.Panels) > 0 && len(h.Panels) > 0 {
		distance := func(p *format.Panel) float64 { return math.Abs(geom.Dot(p.Origin, geom.Cross(p.Fast, p.Slow))) }
		differ("a distance of", "mm", distance(&g.Panels[0]), distance(&h.Panels[0]), 0.01*distance(&g.Panels[0]))
		differ("pixels of", "mm", g.Panels[0].Pixel[0], h.Panels[0].Pixel[0], 1e-4*g.Panels[0].Pixel[0])
	}
	if g.Rotation != nil && h.Rotation != nil {
		differ("a width of", "°", g.Rotation.Width, h.Rotation.Width, 1e-4)
	}
}
