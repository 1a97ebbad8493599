package crystfel

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// panel has the values of a panel as a file gives them; NaN where it gives none.
type panel struct {
	name       string
	limits     [4]float64 // min_fs, min_ss, max_fs, max_ss
	corner     [2]float64 // pixels
	fast, slow [3]float64 // pixels of the laboratory a pixel
	res        float64    // pixels/m
	clen       float64    // m
	source     string     // where the images have the distance
	coffset    float64    // m
	perEV      float64    // counts
	perPhoton  float64    // counts
	most       float64    // counts
}

func newPanel(name string) *panel {
	nan := math.NaN()
	return &panel{name: name, limits: [4]float64{nan, nan, nan, nan}, corner: [2]float64{nan, nan}, fast: [3]float64{1, 0, 0}, slow: [3]float64{0, 1, 0},
		res: nan, clen: nan, perEV: nan, perPhoton: nan, most: nan}
}

// set reads the value of a key of a panel, or that of all panels that follow.
func (f *geometryFile) set(p *panel, key, value string) error {
	numbers := map[string]*float64{"min_fs": &p.limits[0], "min_ss": &p.limits[1], "max_fs": &p.limits[2], "max_ss": &p.limits[3], "corner_x": &p.corner[0], "corner_y": &p.corner[1],
		"res": &p.res, "coffset": &p.coffset, "adu_per_eV": &p.perEV, "adu_per_photon": &p.perPhoton, "max_adu": &p.most}
	if at, known := numbers[key]; known {
		x, err := number(value)
		if err != nil {
			return f.lines.errorf(format.ErrInvalidValue, "%s: %q is not a number", key, value)
		}
		*at = x
		return nil
	}
	switch key {
	case "fs", "ss":
		v, err := vector(value)
		if err != nil {
			return f.lines.errorf(format.ErrInvalidValue, "%s: %w", key, err)
		}
		if key == "fs" {
			p.fast = v
		} else {
			p.slow = v
		}
		return nil
	case "clen":
		p.source = ""
		if text, _, _ := strings.Cut(value, " "); strings.HasPrefix(text, "/") {
			p.source = text
			return nil
		}
		x, err := f.quantity(key, value, map[string]float64{"": 1, "m": 1, "mm": 1e-3})
		p.clen = x
		return err
	}
	for _, prefix := range ignored {
		if strings.HasPrefix(key, prefix) {
			return nil
		}
	}
	return f.lines.errorf(format.ErrInvalidValue, "%s: there is no such key", key)
}

// number reads a finite number.
func number(text string) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = fmt.Errorf("%s is not finite", text)
	}
	return x, err
}

// component is a term of a vector, such as "-0.005902x", "y" or "+ 0.01 z".
var component = regexp.MustCompile(`^\s*([+-]?)\s*([0-9.]*(?:[eE][+-]?[0-9]+)?)\s*([xyz])\s*`)

// vector reads a vector such as "-0.005902x + 0.999983y".
func vector(text string) (v [3]float64, err error) {
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := component.FindStringSubmatch(rest)
		if m == nil || m[1] == "" && len(rest) < len(text) {
			return v, fmt.Errorf("%q is not a sum of multiples of x, y and z", text)
		}
		x := 1.0
		if m[2] != "" {
			if x, err = number(m[2]); err != nil {
				return v, fmt.Errorf("%q is not a number", m[2])
			}
		}
		if m[1] == "-" {
			x = -x
		}
		v[m[3][0]-'x'] += x
		rest = rest[len(m[0]):]
	}
	if !(geom.Norm(v) > 0) {
		return v, fmt.Errorf("%q has no direction", text)
	}
	return v, nil
}

// maxExtent is the largest number of pixels of a data block along an axis.
const maxExtent = 1 << 20

// complete returns the panel for a wavelength in Å, 0 if it is unknown.
func (p *panel) complete(wavelength float64) (format.Panel, error) {
	out := format.Panel{Name: p.name}
	for i, key := range []string{"min_fs", "min_ss", "max_fs", "max_ss"} {
		if x := p.limits[i]; !(x >= 0 && x == math.Trunc(x) && x < maxExtent) {
			return out, fmt.Errorf("%s is %g, not a pixel", key, x)
		}
	}
	for k, axis := range []string{"fs", "ss"} {
		low, high := p.limits[k], p.limits[k+2]
		if high < low {
			return out, fmt.Errorf("max_%s, %g, is below min_%s, %g", axis, high, axis, low)
		}
		out.First[k], out.Size[k] = int(low), int(high-low)+1
	}
	switch {
	case !(p.res > 0):
		return out, fmt.Errorf("res is %g, not a number of pixels a metre", p.res)
	case math.IsNaN(p.corner[0]) || math.IsNaN(p.corner[1]):
		return out, fmt.Errorf("has no corner_x, corner_y")
	case p.source != "":
		return out, format.Errorf(format.ErrMissingFile, "its distance, clen, is to be taken from the images, %s: put a number in its place", p.source)
	case math.IsNaN(p.clen):
		return out, fmt.Errorf("has no distance, clen")
	}
	fast, slow := geom.Norm(p.fast), geom.Norm(p.slow)
	if product := geom.Dot(p.fast, p.slow) / (fast * slow); math.Abs(product) > 0.02 {
		return out, fmt.Errorf("fs and ss are not perpendicular: the cosine of their angle is %.3g", product)
	}
	out.Fast, out.Slow = flip(geom.Scale(1/fast, p.fast)), flip(geom.Scale(1/slow, p.slow))
	out.Pixel = [2]float64{1000 * fast / p.res, 1000 * slow / p.res}
	out.Origin = flip([3]float64{1000 * p.corner[0] / p.res, 1000 * p.corner[1] / p.res, 1000 * (p.clen + p.coffset)})
	switch {
	case p.perPhoton > 0:
		out.Gain = p.perPhoton
	case p.perEV > 0 && wavelength > 0:
		out.Gain = p.perEV * format.HC / wavelength
	}
	if !math.IsNaN(p.most) {
		out.Trusted = &[2]float64{math.MinInt32, p.most}
	}
	return out, nil
}
