// Package figure composes pictures of images for reports: side by side, each with a title, axes in
// pixels or mm, a colour bar that says what the colours are, and, where the detector's geometry is
// given, the beam and rings of equal resolution.
//
// Small images are enlarged by integer factors, so that single pixels are visible. Large ones are
// reduced: each dot shows the value in its block that is farthest from 0, so that no spot is lost,
// and a line below the image says so.
package figure

import (
	"fmt"
	"image/png"
	"io"
	"math"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Figure is an image with its annotations.
type Figure struct {
	// Title is printed above the image.
	Title string
	// Data holds Fast × Slow pixels, fast axis first.
	Data       []float64
	Fast, Slow int
	// Missing are the pixels without a value, such as masked ones, drawn in green; their Data may be
	// anything. nil means none.
	Missing []bool
	// Options determine the colours. With [picture.BlueRed] the bar extends from −High to High.
	Options picture.Options
	// Label says beside the colour bar what the values are, and their unit: "photons per pixel".
	// Triangles at the ends of the bar mean that there are values beyond them.
	Label string

	// First is the index of the first pixel along fast and slow, where Data is a part of a panel.
	First [2]int
	// Pixel is the side of a pixel in mm, for axes in mm from the outer corner of the panel's first
	// pixel. 0 means axes in pixels, the first of which is pixel 0.
	Pixel float64

	// Geometry is the place of the panel; nil means that it is unknown. The point where the beam
	// meets the panel is marked by a cross.
	Geometry Geometry
	// Wavelength of the rings, Å.
	Wavelength float64
	// Rings are the resolutions d in Å of the contours that are drawn. On a tilted panel they are no
	// circles. Those that do not cross the image are left out.
	Rings []float64
}

// Geometry is where a panel is. Coordinates are in pixels from the outer corner of its first pixel:
// the centre of pixel (f, s) is (f + 0.5, s + 0.5). A detector.Plane is a Geometry.
type Geometry interface {
	// Resolution returns d in Å for a wavelength in Å.
	Resolution(fast, slow, wavelength float64) float64
	// BeamSpot returns where the direct beam meets the panel's plane, and reports whether it does.
	BeamSpot() (fast, slow float64, ok bool)
}

// WriteFile writes figures as one PNG to the file at path, as [Encode] does, replacing the file
// atomically.
func WriteFile(path string, columns int, figures ...Figure) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, columns, figures...) })
}

// Encode writes figures as one PNG to w, row by row in the given number of columns. The same figures
// give the same bytes. No figures, fewer than one column, a pixel size that is negative or not
// finite, rings without a geometry, and any error of [picture.Paint] are errors.
func Encode(w io.Writer, columns int, figures ...Figure) error {
	p, err := compose(columns, figures)
	if err != nil {
		return err
	}
	if err := png.Encode(w, p.small()); err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	return nil
}

// compose draws figures on a page.
func compose(columns int, figures []Figure) (*page, error) {
	if len(figures) == 0 || columns < 1 {
		return nil, fmt.Errorf("figure: %d figures in %d columns", len(figures), columns)
	}
	columns = min(columns, len(figures))
	panels := make([]*panel, len(figures))
	widths, heights := make([]int, columns), make([]int, (len(figures)+columns-1)/columns)
	for i, f := range figures {
		p, err := f.panel()
		if err != nil {
			return nil, fmt.Errorf("figure: %q: %w", f.Title, err)
		}
		panels[i] = p
		widths[i%columns] = max(widths[i%columns], p.width())
		heights[i/columns] = max(heights[i/columns], p.height())
	}
	page := newPage(sum(widths), sum(heights))
	y := 0
	for row, height := range heights {
		x := 0
		for column, width := range widths {
			if i := row*columns + column; i < len(panels) {
				panels[i].x, panels[i].y = x+left, y+top
				if err := page.draw(panels[i]); err != nil {
					return nil, fmt.Errorf("figure: %w", err)
				}
			}
			x += width
		}
		y += height
	}
	return page, nil
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

// check refuses what cannot be drawn.
func (f *Figure) check() error {
	switch {
	case f.Fast < 1 || f.Slow < 1 || len(f.Data)/f.Fast != f.Slow || len(f.Data)%f.Fast != 0:
		return fmt.Errorf("%d values are not an image of %d × %d pixels", len(f.Data), f.Fast, f.Slow)
	case f.Missing != nil && len(f.Missing) != len(f.Data):
		return fmt.Errorf("%d pixels in Missing, but %d in the image", len(f.Missing), len(f.Data))
	case !(f.Pixel >= 0) || math.IsInf(f.Pixel, 0):
		return fmt.Errorf("the pixel size %g mm is negative or not finite", f.Pixel)
	case len(f.Rings) > 0 && f.Geometry == nil:
		return fmt.Errorf("resolution rings need a geometry")
	case len(f.Rings) > 0 && !(f.Wavelength > 0 && f.Wavelength < math.Inf(1)):
		return fmt.Errorf("resolution rings need a wavelength; %g Å is not positive and finite", f.Wavelength)
	}
	for _, d := range f.Rings {
		if !(d > 0) || math.IsInf(d, 0) {
			return fmt.Errorf("the resolution %g Å is not positive and finite", d)
		}
	}
	for i, v := range f.Data {
		if !f.missing(i) && (math.IsNaN(v) || math.IsInf(v, 0)) {
			return fmt.Errorf("pixel %d is %v", i, v)
		}
	}
	return nil
}

func (f *Figure) missing(i int) bool { return f.Missing != nil && f.Missing[i] }
