package files

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// fitter gives frames the type of numbers that a format has.
type fitter struct {
	target string // word of the format
	to     format.Type
	bad    []bool // pixels that do not count by the geometry; nil if all do, or the format says so itself
	own    format.Frame

	unmarked int  // pixels that do not count, and that the files do not mark
	rounded  bool // to float32
}

// frame returns the frame with numbers of the type, which are the same ones.
func (t *fitter) frame(f *format.Frame) (*format.Frame, error) {
	if t.bad != nil {
		marked := *f
		marked.Bad = append(make([]bool, 0, len(t.bad)), t.bad...)
		for i, bad := range f.Bad {
			marked.Bad[i] = marked.Bad[i] || bad
		}
		f = &marked
	}
	if pixelsAlone(t.target) {
		t.unmarked += f.Masked()
	}
	if f.Type == t.to {
		return f, nil
	}
	t.own.Reset(f.Fast, f.Slow, t.to)
	t.own.Bad = f.Bad
	out := t.own.Data
	switch t.to {
	case format.Float32:
		for i := range f.Fast * f.Slow {
			v := f.At(i)
			x := float32(v)
			if math.IsInf(float64(x), 0) && !math.IsInf(v, 0) {
				return nil, t.cannot(f, i, "between ±3.4e38")
			}
			t.rounded = t.rounded || float64(x) != v && v == v
			binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(x))
		}
	case format.Int32:
		for i := range f.Fast * f.Slow {
			v := f.At(i)
			if bad := f.Bad != nil && f.Bad[i]; bad || v != v {
				if !bad {
					t.mark(f, i)
				}
				if v = math.Max(v, -1); v != v || v != math.Trunc(v) || v > math.MaxInt32-2 {
					v = 0 // which the format replaces, as the pixel is marked
				}
			}
			if v != math.Trunc(v) || v < math.MinInt32 || v > math.MaxInt32 {
				return nil, t.cannot(f, i, "whole ones of 32 bits; write NXmx or npy")
			}
			binary.LittleEndian.PutUint32(out[4*i:], uint32(int32(v)))
		}
	case format.Uint16:
		for i := range f.Fast * f.Slow {
			v := f.At(i)
			if fits := v == math.Trunc(v) && v >= 0 && v <= math.MaxUint16; !fits {
				if v == v && (f.Bad == nil || !f.Bad[i]) {
					return nil, t.cannot(f, i, "whole ones from 0 to 65535; write CBF, NXmx or npy")
				}
				t.unmarked++
				if v > math.MaxUint16 {
					v = math.MaxUint16
				} else {
					v = 0
				}
			}
			binary.LittleEndian.PutUint16(out[2*i:], uint16(v))
		}
	default: // booleans
		copy(out, f.Data)
	}
	return &t.own, nil
}

// badOf returns the pixels of a frame in the rectangles of a geometry that do not count; nil if there are none.
func badOf(g *format.Geometry, fast, slow int) (bad []bool) {
	if g == nil {
		return nil
	}
	for i := range g.Panels {
		p := &g.Panels[i]
		for _, r := range p.Bad {
			for y := max(0, p.First[1]+r[1]); y < min(slow, p.First[1]+r[3]); y++ {
				for x := max(0, p.First[0]+r[0]); x < min(fast, p.First[0]+r[2]); x++ {
					if bad == nil {
						bad = make([]bool, fast*slow)
					}
					bad[y*fast+x] = true
				}
			}
		}
	}
	return bad
}

// mark marks a pixel of the frame that is written, and not of the one that was read.
func (t *fitter) mark(f *format.Frame, i int) {
	if t.own.Bad == nil || f.Bad != nil && &t.own.Bad[0] == &f.Bad[0] {
		t.own.Bad = append(make([]bool, 0, f.Fast*f.Slow), f.Bad...)[:f.Fast*f.Slow]
	}
	t.own.Bad[i] = true
}

func (t *fitter) cannot(f *format.Frame, i int, what string) error {
	return format.Errorf(format.ErrUnsupported, "pixel (%d, %d) is %v: the numbers of %s are %s", i%f.Fast, i/f.Fast, f.At(i), t.target, what)
}

// notices returns what the pixels have lost.
func (t *fitter) notices() (list []string) {
	if t.rounded {
		list = append(list, "has numbers that are rounded to 24 bits, those of float32")
	}
	switch {
	case t.unmarked == 0:
	case t.target == "smv":
		list = append(list, fmt.Sprintf("has 0, or 65535 if it was more, in %d pixels that do not count, and that SMV cannot mark", t.unmarked))
	default:
		list = append(list, fmt.Sprintf("does not mark the %d pixels that do not count", t.unmarked))
	}
	return list
}

// lost returns what the files of a format do not hold of a geometry.
func lost(word string, g *format.Geometry) (list []string) {
	if g == nil {
		return nil
	}
	var gain, pedestal, mu, polarization, fixed, bad, sensor bool
	for i := range g.Panels {
		p := &g.Panels[i]
		gain = gain || p.Gain != 0 && p.Gain != 1
		pedestal = pedestal || p.Pedestal != 0
		mu = mu || p.Mu != 0
		sensor = sensor || p.Thickness > 0 && p.Material == ""
		bad = bad || len(p.Bad) > 0
	}
	polarization = g.Polarization != nil
	if r := g.Rotation; r != nil {
		one := format.NewRotation(r.Axis, 0, 0, 0, 0)
		fixed = r.Setting != one.Setting || r.Fixed != one.Fixed
	}
	switch word {
	case "npy", "tiff", "raw":
		list = append(list, "holds pixels alone: the wavelength, the place of the detector and the rotation are left out")
		if len(g.Panels) > 1 {
			list = append(list, fmt.Sprintf("holds the %d panels in one image, each where the geometry says", len(g.Panels)))
		}
		return list
	case "cbf":
		if gain {
			list = append(list, fmt.Sprintf("is CBF, which has no place for the gain of %g counts a photon", g.Panels[0].Gain))
		}
		if pedestal {
			list = append(list, fmt.Sprintf("is CBF, which has no place for the pedestal of %g counts", g.Panels[0].Pedestal))
		}
		polarization = polarization && math.Abs(geom.Unit(g.Polarization.Normal)[1]) <= 1-1e-6
	case "smv":
		polarization, mu = false, false // the header says so
	}
	if polarization {
		list = append(list, "does not hold the polarization")
	}
	if (word == "cbf" || word == "nxmx") && sensor {
		list = append(list, "does not hold the sensor, whose material is not known")
	} else if mu {
		list = append(list, "does not hold the absorption of the sensor: readers calculate it from its material, if they know that")
	}
	if bad && word == "smv" {
		list = append(list, "does not hold the rectangles of the detector that do not count, beside the pixels")
	}
	if fixed && word == "smv" {
		list = append(list, "does not hold the other angles of the goniometer")
	}
	return list
}
