package nxmx

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// paths are those of the groups of an experiment; empty where there is none.
type paths struct {
	entry, data, instrument, detector, beam, sample string
}

func (r *reader) paths() (p paths) {
	if name := r.word("/", "default"); name != "" && r.object("/"+name) != nil {
		p.entry = path.Join("/", name)
	} else {
		p.entry = r.class("/", "NXentry", "entry")
	}
	if p.entry == "" {
		return p
	}
	if name := r.word(p.entry, "default"); name != "" && r.object(path.Join(p.entry, name)) != nil {
		p.data = path.Join(p.entry, name)
	} else {
		p.data = r.class(p.entry, "NXdata", "data")
	}
	if p.instrument = r.class(p.entry, "NXinstrument", "instrument"); p.instrument != "" {
		p.detector = r.class(p.instrument, "NXdetector", "detector")
		p.beam = r.class(p.instrument, "NXbeam", "beam")
	}
	p.sample = r.class(p.entry, "NXsample", "sample")
	if p.beam == "" && p.sample != "" {
		p.beam = r.class(p.sample, "NXbeam", "beam")
	}
	return p
}

// geometry reads the experiment; nil if the file says nothing of it.
func (r *reader) geometry(p paths, fast, slow, frames int) *format.Geometry {
	g := &format.Geometry{ToSource: [3]float64{0, 0, 1}}
	r.beam(g, p)
	r.panels(g, p, fast, slow)
	r.goniometer(g, p, frames)
	if g.Wavelength == 0 && len(g.Panels) == 0 && g.Rotation == nil {
		return nil
	}
	return g
}

func (r *reader) beam(g *format.Geometry, p paths) {
	for _, where := range []string{path.Join(p.beam, "incident_wavelength"), path.Join(p.instrument, "beam/wavelength"), path.Join(p.instrument, "monochromator/wavelength")} {
		if p.beam == "" && p.instrument == "" || g.Wavelength != 0 {
			continue
		}
		values := r.numbers(where)
		if len(values) == 0 {
			continue
		}
		lambda := values[0]
		if weights := r.numbers(where + "_weights"); len(values) > 1 && len(weights) == len(values) {
			sum, total := 0.0, 0.0
			for i, w := range weights {
				sum, total = sum+w*values[i], total+w
			}
			if total > 0 {
				lambda = sum / total
			}
			r.notice("the beam has a spectrum of %d wavelengths: its mean is taken", len(values))
		} else if len(values) > 1 && slices.Max(values) > slices.Min(values) {
			r.notice("the wavelength differs from image to image: that of the first one is taken")
		}
		g.Wavelength = lambda * r.scale(where, "units", wavelengths, "angstrom")
	}
	if energy, ok := r.number(path.Join(p.detector, "detectorSpecific/photon_energy")); ok && g.Wavelength == 0 && energy > 0 {
		g.Wavelength = format.HC / energy
		r.notice("the wavelength is that of the photon energy, %g eV, for which the detector was set", energy)
	}
	if !(g.Wavelength >= 0) || math.IsInf(g.Wavelength, 0) {
		if r.err == nil {
			r.err = format.Errorf(format.ErrInvalidValue, "%s/incident_wavelength: the wavelength is %g Å", p.beam, g.Wavelength)
		}
	}
}

// goniometer reads the axes of the sample. One of them rotates; those between it and the sample are
// fixed, those between it and the laboratory are its setting.
func (r *reader) goniometer(g *format.Geometry, p paths, frames int) {
	if p.sample == "" || r.err != nil {
		return
	}
	depends := r.follow(p.sample, r.text(path.Join(p.sample, "depends_on")))
	var chain []axis
	for _, a := range r.chain(depends) {
		if a.rotation {
			chain = append(chain, a)
		}
	}
	if len(chain) == 0 {
		r.oldGoniometer(g, p, frames)
		return
	}
	scan := -1
	for i, a := range chain {
		if len(a.values) > 1 && slices.Max(a.values) > slices.Min(a.values) {
			if scan >= 0 {
				r.notice("%s and %s both rotate: the first one is taken", chain[scan].path, a.path)
				break
			}
			scan = i
		}
	}
	for i, a := range chain {
		if scan < 0 && r.width(a.path, a.values, a.path) != 0 {
			scan = i
		}
	}
	if scan < 0 {
		scan = 0
		for i, a := range chain {
			if strings.HasSuffix(a.path, "omega") {
				scan = i
			}
		}
	}
	a := chain[scan]
	values := a.values
	group := path.Join(p.sample, "goniometer", path.Base(a.path))
	if len(values) == 0 {
		// The direction is where NXmx has it, and the angles where older files have them.
		if values = r.numbers(group); len(values) > 0 {
			r.notice("%s has no angles: those of %s are taken", a.path, group)
			factor := r.scale(group, "units", angles, "deg")
			for i := range values {
				values[i] *= factor
			}
		}
	}
	rot := format.NewRotation(mcstas(unit(a.vector)), axis{values: values}.first(), r.width(a.path, values, group), 1, frames)
	for i, other := range chain {
		m := other.matrix(other.first())
		switch {
		case i < scan:
			rot.Fixed = multiply(m, rot.Fixed)
		case i > scan:
			rot.Setting = multiply(m, rot.Setting)
		}
	}
	// The matrices act in NeXus' laboratory.
	rot.Fixed, rot.Setting = turned(rot.Fixed), turned(rot.Setting)
	r.rotate(g, rot)
}

// rotate sets the rotation, unless it is that of a still at 0°.
func (r *reader) rotate(g *format.Geometry, rot *format.Rotation) {
	if still := format.NewRotation(rot.Axis, 0, 0, rot.First, rot.Images); *rot != *still {
		g.Rotation = rot
	}
}

// turned returns a matrix of NeXus' laboratory in that of package format. The change of the frame is
// a diagonal matrix of signs.
func turned(m [3][3]float64) [3][3]float64 {
	for i := range 3 {
		for j := range 3 {
			if (i == 1) != (j == 1) {
				m[i][j] = flip(m[i][j])
			}
		}
	}
	return m
}

// width returns the rotation of an image in degrees: from where an image ends, the increment that was
// set, or from image to image.
func (r *reader) width(where string, values []float64, other string) float64 {
	from := axis{values: values}.first()
	for _, base := range []string{where, other} {
		if end := r.numbers(base + "_end"); len(end) > 0 && len(values) > 0 {
			if w := end[0]*r.scale(base+"_end", "units", angles, "deg") - from; w != 0 {
				return w
			}
		}
		for _, name := range []string{"_increment_set", "_range_average", "_increment"} {
			if w, ok := r.quantity(base+name, angles, "deg"); ok && w != 0 {
				return w
			}
		}
	}
	if n := len(values); n > 1 {
		return (values[n-1] - values[0]) / float64(n-1)
	}
	return 0
}

// oldGoniometer reads the goniometer of files without transformations, as DECTRIS' master files are:
// omega turns about the horizontal axis.
func (r *reader) oldGoniometer(g *format.Geometry, p paths, frames int) {
	group := path.Join(p.sample, "goniometer")
	if r.object(group) == nil {
		return
	}
	where := path.Join(group, "omega")
	values := r.numbers(where)
	if len(values) == 0 {
		return
	}
	factor := r.scale(where, "units", angles, "deg")
	for i := range values {
		values[i] *= factor
	}
	for _, name := range []string{"kappa", "chi", "phi"} {
		if angle, ok := r.number(path.Join(group, name)); ok && math.Abs(angle) > 1e-6 {
			r.notice("%s is at %g°, and the file does not say about which axis: it is left out", name, angle)
		}
	}
	r.rotate(g, format.NewRotation([3]float64{1, 0, 0}, axis{values: values}.first(), r.width(where, values, where), 1, frames))
}
