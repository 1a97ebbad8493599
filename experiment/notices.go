package experiment

import (
	"fmt"
	"math"
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// Notices returns what is valid but looks like a mistake, as far as it can be found without reading a file: mostly unusual
// numbers, which may be in a wrong unit. Each notice begins with its key.
func (c *Config) Notices() []string {
	var list []string
	_ = walk(reflect.ValueOf(c).Elem(), "", rules{}, func(path string, v reflect.Value, r rules) error {
		if n, ok := asNumber(v); ok {
			if text := r.unusual(n); text != "" {
				list = append(list, path+" "+text)
			}
		}
		return nil
	})
	for i, x := range c.Crystals {
		path := fmt.Sprintf("crystals[%d]", i)
		// No lattice spacing is larger than the longest edge.
		longest := max(x.Cell.A, x.Cell.B, x.Cell.C)
		if lambda := c.Beam.wavelength(); longest > 0 && lambda > 2*longest {
			list = append(list, fmt.Sprintf("%s.cell has no axis above %g Å: a wavelength of %.6g Å is not diffracted by it", path, longest, lambda))
		}
		if s := x.Structure; s.File == "" && s.Wilson == nil && s.Table == nil && s.Default == 0 && x.Water == 0 {
			list = append(list, path+".structure is empty and its default 0: the crystal does not diffract")
		}
	}
	if d := c.Detector; len(d.Panels) == 0 && d.BeamCentre != nil && d.TwoTheta == 0 && d.RotX == 0 && d.RotY == 0 && d.RotZ == 0 {
		side := or(d.Pixel, detector.DefaultPixel) * float64(max(or(d.Fast, detector.DefaultPixels), or(d.Slow, detector.DefaultPixels)))
		if b := *d.BeamCentre; b[0] < 0 || b[1] < 0 || b[0] > side || b[1] > side {
			list = append(list, fmt.Sprintf("detector.beam_centre (%g, %g) mm is not on the detector, whose longer side is %g mm; is it in pixels?", b[0], b[1], side))
		}
	}
	return list
}

// wavelength returns the configured wavelength in Å.
func (b *Beam) wavelength() float64 {
	if b.Energy > 0 {
		return beam.HC / b.Energy
	}
	return or(b.Wavelength, 1)
}

// crystalNotices returns what looks wrong in the matrix file that crystal i was made from, if it has no cell of its own.
func (e *Experiment) crystalNotices(i int) ([]string, error) {
	c, x := &e.config.Crystals[i], e.Crystals[i].Config()
	if x.Matrix == nil || c.Cell == (Cell{}) {
		return nil, nil
	}
	path := fmt.Sprintf("crystals[%d]", i)
	alone, err := crystal.New(G.NewGraph(), crystal.Config{Matrix: x.Matrix})
	if err != nil {
		return nil, refused(path, err)
	}
	own, given := alone.Config().Cell, x.Cell
	for _, l := range [][2]float64{{own.A, given.A}, {own.B, given.B}, {own.C, given.C}} {
		if math.Abs(l[0]/l[1]-1) > 0.02 {
			return []string{fmt.Sprintf("%s.cell is %.5g × %.5g × %.5g Å, that of the matrix %.5g × %.5g × %.5g Å; is it of another wavelength?",
				path, given.A, given.B, given.C, own.A, own.B, own.C)}, nil
		}
	}
	return nil, nil
}
