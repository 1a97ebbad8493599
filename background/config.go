package background

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/detector"
)

// Config describes backgrounds, which add up. Its zero value is none.
type Config struct {
	// Name is the prefix of the names of the nodes. "" means "background".
	Name string
	// Materials in the beam.
	Materials []Material
	// Boxes have a plane each. A pixel in several boxes belongs to that with the nearest middle, and so
	// counts once. Pixels outside of all boxes have none.
	Boxes []Shoebox
	// Level leaves the planes without slopes.
	Level bool
	// Radial is a curve in |q|. nil means none.
	Radial *Radial
	// Image times a scale. nil means none.
	Image *Image
}

// Shoebox is a rectangle of pixels, both ends included, with a background in photons a pixel: Level in
// its middle, and Fast and Slow more with each pixel along the axes.
type Shoebox struct {
	Panel             int
	Region            detector.Region
	Level, Fast, Slow float64
}

// middle of the box, fast and slow.
func (s Shoebox) middle() (fast, slow float64) {
	r := s.Region
	return float64(r.FastMin+r.FastMax) / 2, float64(r.SlowMin+r.SlowMax) / 2
}

// Radial is a background that depends on |q| alone: the natural cubic spline through its knots, and the
// values of the first and the last knot beyond these.
type Radial struct {
	// Knots in Å⁻¹, rising.
	Knots []float64
	// Values at the knots in photons a pixel: the mean around the beam.
	Values []float64
	// Polarized multiplies the curve by the polarization factor of the beam, relative to its mean around the beam: what air and
	// liquids scatter is polarized as spots are.
	Polarized bool
}

// Image is a background known from elsewhere.
type Image struct {
	// Photons is an image (slow, fast) for each panel.
	Photons []*tensor.Dense
	// Scale multiplies it. 0 means 1.
	Scale float64
}

// complete returns the configuration with defaults filled in, and copies of its lists.
func (c Config) complete() Config {
	if c.Name == "" {
		c.Name = "background"
	}
	c.Boxes = slices.Clone(c.Boxes)
	c.Materials = slices.Clone(c.Materials)
	for i := range c.Materials {
		c.Materials[i] = c.Materials[i].complete(i)
	}
	if r := c.Radial; r != nil {
		c.Radial = &Radial{slices.Clone(r.Knots), slices.Clone(r.Values), r.Polarized}
	}
	if m := c.Image; m != nil {
		own := Image{slices.Clone(m.Photons), m.Scale}
		if own.Scale == 0 {
			own.Scale = 1
		}
		c.Image = &own
	}
	return c
}

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("background", field, format, args...)
}

// check rejects what makes no sense for a detector whose panels have the given sizes, fast and slow.
func (c *Config) check(sizes [][2]int) error {
	names := map[string]bool{}
	for i, m := range c.Materials {
		if err := m.check(fmt.Sprintf("materials.%d", i)); err != nil {
			return err
		}
		if names[m.Name] {
			return refuse(fmt.Sprintf("materials.%d.name", i), "material %q is there twice", m.Name)
		}
		names[m.Name] = true
	}
	for i, s := range c.Boxes {
		field, r := fmt.Sprintf("boxes.%d", i), s.Region
		if s.Panel < 0 || s.Panel >= len(sizes) {
			return refuse(field+".panel", "panel %d is none of 0 to %d", s.Panel, len(sizes)-1)
		}
		size := sizes[s.Panel]
		if r.FastMin < 0 || r.SlowMin < 0 || r.FastMax < r.FastMin || r.SlowMax < r.SlowMin || r.FastMax >= size[0] || r.SlowMax >= size[1] {
			return refuse(field, "the box %d to %d along fast and %d to %d along slow is not within the %d × %d pixels of panel %d", r.FastMin, r.FastMax, r.SlowMin, r.SlowMax, size[0], size[1], s.Panel)
		}
		if !finite(s.Level, s.Fast, s.Slow) {
			return refuse(field, "the plane %g, %g, %g is not finite", s.Level, s.Fast, s.Slow)
		}
		if c.Level && (s.Fast != 0 || s.Slow != 0) {
			return refuse(field, "has slopes and is level")
		}
	}
	if r := c.Radial; r != nil {
		if err := checkTable("radial", r.Knots, r.Values); err != nil {
			return err
		}
	}
	if m := c.Image; m != nil {
		if !finite(m.Scale) {
			return refuse("image.scale", "a scale of %g", m.Scale)
		}
	}
	return nil
}

// checkTable rejects tables whose arguments do not rise.
func checkTable(field string, at, values []float64) error {
	if len(at) == 0 || len(at) != len(values) {
		return refuse(field, "%d values at %d places: want one for each, and at least one", len(values), len(at))
	}
	for i, x := range at {
		if !finite(x, values[i]) || x < 0 {
			return refuse(field, "place %d of the table is %g and its value %g: want finite numbers, and places of 0 or more", i, x, values[i])
		}
		if i > 0 && !(x > at[i-1]) {
			return refuse(field, "place %d of the table, %g, is not above the one before, %g", i, x, at[i-1])
		}
	}
	return nil
}

func finite(list ...float64) bool {
	for _, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
