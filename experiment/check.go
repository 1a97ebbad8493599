package experiment

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"

	"github.com/gobragg/gobragg/detector"
)

// Check returns the first error that can be found without reading a file: a number out of range, keys that exclude each
// other, a missing value. Errors have type [*Error]. Build finds all others.
func (c *Config) Check() error {
	if err := walk(reflect.ValueOf(c).Elem(), "", rules{}, checkLeaf); err != nil {
		return err
	}
	if len(c.Crystals) == 0 {
		return problem("crystals", "is empty: there has to be one crystal at least")
	}
	// Prefixes of the names of parameters, which must be unique.
	names := map[string]bool{"background": true, "scale": true}
	if err := checkName("beam.name", or(c.Beam.Name, "beam"), names); err != nil {
		return err
	}
	if err := checkName("detector.name", or(c.Detector.Name, "detector"), names); err != nil {
		return err
	}
	for i := range c.Crystals {
		x := &c.Crystals[i]
		path := fmt.Sprintf("crystals[%d]", i)
		if err := x.check(path); err != nil {
			return err
		}
		if err := checkName(path+".name", x.Name, names); x.Name != "" && err != nil {
			return err
		}
	}
	if err := c.Beam.check(); err != nil {
		return err
	}
	if err := c.Detector.check(); err != nil {
		return err
	}
	if len(c.Physics.PerSample) > 0 && !c.Physics.Reference {
		return problem("physics.per_sample", "has no meaning without physics.reference: the exact physics takes every correction at every sample")
	}
	if panels := max(1, len(c.Detector.Panels)); len(c.Images) > 0 && len(c.Images) != panels {
		return problem("images", "has %d elements for %d panels", len(c.Images), panels)
	}
	if s := c.Scan; s != nil && math.IsInf(s.Start(s.LastImage()), 0) {
		return problem("scan.width", "%g° is too wide for %d images", s.Width, s.Images)
	}
	if err := c.Scan.check(); err != nil {
		return err
	}
	for i := range c.Images {
		if err := c.Images[i].check(fmt.Sprintf("images[%d]", i), c.Scan); err != nil {
			return err
		}
	}
	if b := c.Background; !b.Tilted && (b.Fast != 0 || b.Slow != 0) {
		return problem("background", "has slopes and is not tilted")
	}
	if c.Background.Tilted && len(c.Detector.Panels) > 0 {
		return problem("background.tilted", "is for a detector without panels")
	}
	if err := c.checkLikelihood(); err != nil {
		return err
	}
	return c.Result.check()
}

// checkLikelihood checks that the likelihood is one of the counts' noise.
func (c *Config) checkLikelihood() error {
	files := 0
	for i := range c.Images {
		if c.Images[i].ReadoutFile != "" {
			files++
		}
	}
	noisy := files > 0 || c.Counts.Readout > 0
	switch kind := c.Refine.Likelihood; {
	case files > 0 && files < len(c.Images):
		return problem("images", "have a readout_file in %d of %d: want all or none", files, len(c.Images))
	case files > 0 && c.Counts.Readout > 0:
		return problem("counts.readout", "is given and so is images[0].readout_file: there can be one of the two")
	case kind == "poisson" && noisy:
		return problem("refine.likelihood", "poisson is for counts without readout noise, and there is some: gaussian, shifted_poisson and poisson_gaussian take it")
	case strings.Contains(kind, "_poisson") && !noisy, strings.Contains(kind, "gaussian") && !noisy:
		return problem("refine.likelihood", "%s needs the readout noise: counts.readout, or images.readout_file", kind)
	case c.Refine.Tuning > 0 && kind != "huber" && kind != "geman_mcclure":
		return problem("refine.tuning", "is for huber and geman_mcclure")
	}
	return nil
}

func (r *Result) check() error {
	if r == nil || len(r.Correlation) == 0 {
		return nil
	}
	n := len(r.Parameters)
	if len(r.Correlation) != n {
		return problem("result.correlation", "has %d rows for %d parameters", len(r.Correlation), n)
	}
	for i, row := range r.Correlation {
		if len(row) != n {
			return problem(fmt.Sprintf("result.correlation[%d]", i), "has %d elements for %d parameters", len(row), n)
		}
	}
	return nil
}

// checkLeaf checks a number or word by the rules of its field.
func checkLeaf(path string, v reflect.Value, r rules) error {
	var p string
	if n, ok := asNumber(v); ok {
		p = r.refuse(n, false)
	} else if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		if _, err := m.MarshalText(); err != nil {
			p = fmt.Sprintf("%v is unknown", v.Interface())
		}
	} else if v.Kind() == reflect.String {
		p = r.refuseText(v.String(), false)
	}
	if p == "" {
		return nil
	}
	return problem(path, "%s", p)
}

// given is one of several settings that exclude each other.
type given struct {
	key string
	is  bool
}

// one returns an error if more than one of them is given.
func one(path string, list ...given) error {
	first := ""
	for _, g := range list {
		switch {
		case !g.is:
		case first == "":
			first = g.key
		default:
			return problem(join(path, g.key), "is given and so is %s: there can be one of the two", join(path, first))
		}
	}
	return nil
}

// prefix matches the valid prefixes of names of nodes.
var prefix = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// checkName returns an error for an invalid prefix, and for one that other parameters have.
func checkName(key, name string, taken map[string]bool) error {
	switch {
	case !prefix.MatchString(name):
		return problem(key, "%q holds other characters than letters, digits, _ and -", name)
	case taken[name]:
		return problem(key, "%q is what the names of other parameters begin with", name)
	}
	taken[name] = true
	return nil
}

// hasCell reports whether something gives the cell.
func (x *Crystal) hasCell() bool {
	return x.Cell != (Cell{}) || x.Matrix != nil || x.MatrixFile != "" || x.Structure.readsCell()
}

func (x *Crystal) check(path string) error {
	switch {
	case !x.hasCell():
		return problem(path+".cell", "is missing: give it, matrix or matrix_file")
	case x.Cell != (Cell{}) && x.Cell.A == 0:
		return problem(path+".cell.a", "is missing")
	}
	if err := one(path, given{"matrix", x.Matrix != nil}, given{"matrix_file", x.MatrixFile != ""}, given{"orientation", x.Orientation != nil}); err != nil {
		return err
	}
	return x.Structure.check(path + ".structure")
}

func (b *Beam) check() error {
	if err := one("beam", given{"wavelength", b.Wavelength != 0}, given{"energy", b.Energy != 0}); err != nil {
		return err
	}
	if err := one("beam", given{"fluence", b.Fluence != 0}, given{"flux", b.Flux != 0}); err != nil {
		return err
	}
	list := []given{{"spectrum", len(b.Spectrum) > 0}, {"sources", len(b.Sources) > 0}, {"sources_file", b.SourcesFile != ""}, {"gaussian_spectrum", b.GaussianSpectrum != nil}}
	if err := one("beam", list...); err != nil {
		return err
	}
	for _, g := range list {
		for _, s := range []given{{"dispersion", b.Dispersion != (Spread{})}, {"divergence_h", b.DivergenceH != (Spread{})}, {"divergence_v", b.DivergenceV != (Spread{})}} {
			if g.key == "gaussian_spectrum" && s.key != "dispersion" {
				continue
			}
			if err := one("beam", g, s); err != nil {
				return err
			}
		}
	}

	if b.Downsampling != nil && len(b.Spectrum) == 0 && b.SourcesFile == "" {
		return problem("beam.downsampling", "is given without spectrum or sources_file")
	}
	if b.FreeSum && !b.FreeSources {
		return problem("beam.free_sum", "is given without free_sources")
	}
	if b.FreeSources && len(b.Spectrum) == 0 && len(b.Sources) == 0 && b.SourcesFile == "" {
		return problem("beam.free_sources", "is given without spectrum, sources or sources_file")
	}
	for i, s := range b.Sources {
		if s.Position == [3]float64{} {
			return problem(fmt.Sprintf("beam.sources[%d].position", i), "is the crystal's: it has no direction")
		}
	}
	return nil
}

func (d *Detector) check() error {
	if err := one("detector", given{"distance", d.Distance != 0}, given{"close_distance", d.CloseDistance != 0}, given{"origin", d.Origin != nil}); err != nil {
		return err
	}
	for _, g := range []given{{"beam_centre", d.BeamCentre != nil}, {"close_centre", d.CloseCentre != nil}} {
		if err := one("detector", given{"origin", d.Origin != nil}, g); err != nil {
			return err
		}
	}
	for _, g := range []given{{"region", d.Region != nil}, {"mask_file", d.MaskFile != ""}, {"mask", d.Mask != nil}, {"curved", d.Curved}} {
		if err := one("detector", given{"panels", len(d.Panels) > 0}, g); err != nil {
			return err
		}
	}
	if err := one("detector", given{"mask_file", d.MaskFile != ""}, given{"mask", d.Mask != nil}); err != nil {
		return err
	}
	if g := d.Gas; g.Density != 0 {
		for _, other := range []given{{"temperature", g.Temperature != 0}, {"pressure", g.Pressure != 0}} {
			if err := one("detector.gas", given{"density", true}, other); err != nil {
				return err
			}
		}
	}
	if g := d.Gas; g.Name == "" && g != (Gas{}) {
		return problem("detector.gas.name", "is missing")
	}
	names := map[string]bool{}
	if err := d.Region.check("detector", or(d.Fast, detector.DefaultPixels), or(d.Slow, detector.DefaultPixels)); err != nil {
		return err
	}
	for i := range d.Panels {
		p := &d.Panels[i]
		path := fmt.Sprintf("detector.panels[%d]", i)
		name := p.Name
		if name == "" {
			name = fmt.Sprint(i)
		}
		switch {
		case strings.ContainsAny(name, ". \t\n"):
			return problem(path+".name", "%q holds a dot or a blank", name)
		case names[name]:
			return problem(path+".name", "%q is that of another panel too", name)
		}
		names[name] = true
		if err := p.Region.check(path, p.Fast, p.Slow); err != nil {
			return err
		}
		if err := one(path, given{"mask_file", p.MaskFile != ""}, given{"mask", p.Mask != nil}); err != nil {
			return err
		}
	}
	for i := range d.Groups {
		if name := d.Groups[i].Name; strings.ContainsAny(name, "[]. \t\n") {
			return problem(fmt.Sprintf("detector.groups[%d].name", i), "%q holds a dot, a bracket or a blank", name)
		}
	}
	return nil
}

// check returns an error for a region outside a panel of the given size; nil is valid.
func (r *Region) check(path string, fast, slow int) error {
	if r == nil {
		return nil
	}
	for _, q := range []struct {
		key, least     string
		from, to, size int
	}{{".region.fast_max", ".region.fast_min", r.FastMin, r.FastMax, fast}, {".region.slow_max", ".region.slow_min", r.SlowMin, r.SlowMax, slow}} {
		switch {
		case q.to < q.from:
			return problem(path+q.key, "%d is below %s %d", q.to, path+q.least, q.from)
		case q.to >= q.size:
			return problem(path+q.key, "%d is outside 0 to %d", q.to, q.size-1)
		}
	}
	return nil
}

// or returns the first of two values that is not zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
