// Package crystfel reads the files of CrystFEL: geometries of detectors (.geom), which it also writes,
// unit cells (.cell) and streams of indexed images (.stream).
//
// The laboratory of CrystFEL has z along the beam and y upwards. Readers turn it into that of package
// format, (x, y, z) → (−x, y, −z).
package crystfel

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// flip turns a vector from the laboratory of CrystFEL into that of package format, and back.
func flip(v [3]float64) [3]float64 { return [3]float64{-v[0], v[1], -v[2]} }

// ReadGeometryFile reads the geometry in the file at path, as [ReadGeometry] does.
func ReadGeometryFile(path string) (*format.Geometry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadGeometry(file, path)
}

// ReadGeometry reads a geometry from r, decompressed if gzip or bzip2 has compressed it; name stands for
// the file in errors. Panels are in the order in which the file first names them, and have their place in
// the data block. Bad regions become rectangles of the panels.
//
// A distance that is to be found in the images is an error of the class [format.ErrMissingFile] that
// names the place; a photon energy that is gives a notice, and no wavelength.
func ReadGeometry(r io.Reader, name string) (*format.Geometry, error) {
	lines, err := newLines(r, name)
	if err != nil {
		return nil, err
	}
	f := &geometryFile{lines: lines, defaults: newPanel("")}
	for {
		line, ok, err := lines.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := f.read(line); err != nil {
			return nil, err
		}
	}
	return f.geometry()
}

// geometryFile is a file as it is read.
type geometryFile struct {
	lines    *lines
	defaults *panel // values for the panels that are named later
	panels   []*panel
	bad      []*region
	energy   float64 // eV
	lambda   float64 // Å
	source   string  // where the images have the energy
}

// ignored are keys that say nothing about the geometry: how data and masks are stored, and how panels move
// together.
var ignored = []string{"data", "mask", "dim", "peak_list", "event", "cxi", "badrow", "saturation", "flag_", "no_index", "median", "integr", "group_", "rigid_group", "detector_shift",
	"bandwidth", "beam_bandwidth", "max_panel", "ignore_if", "num_pixels", "peakinfo", "clen_", "photon_energy_"}

// region is one that does not count: in pixels of the data block, or in those of the laboratory.
type region struct {
	name   string
	panel  string
	block  [4]float64 // min_fs, min_ss, max_fs, max_ss; ends included
	place  [4]float64 // min_x, min_y, max_x, max_y
	blocks bool
	places bool
}

// read reads a line "key = value" or "panel/key = value".
func (f *geometryFile) read(line string) error {
	left, value, found := strings.Cut(line, "=")
	if !found {
		return f.lines.errorf(format.ErrInvalidValue, "expected key = value, found %q", line)
	}
	left, value = strings.TrimSpace(left), strings.TrimSpace(value)
	owner, key, owned := strings.Cut(left, "/")
	if !owned {
		return f.global(left, value)
	}
	if strings.HasPrefix(owner, "bad") {
		return f.region(owner, key, value)
	}
	if strings.HasPrefix(owner, "rigid_group") || strings.HasPrefix(owner, "group") {
		return nil
	}
	for _, p := range f.panels {
		if p.name == owner {
			return f.set(p, key, value)
		}
	}
	if len(f.panels) >= maxPanels {
		return f.lines.errorf(format.ErrLimit, "more than %d panels", maxPanels)
	}
	p := *f.defaults
	p.name = owner
	f.panels = append(f.panels, &p)
	return f.set(&p, key, value)
}

// Limits: the panels of a detector, or the bad regions, and the rows of pixels of all panels times the bad
// regions.
const (
	maxPanels = 1 << 16
	maxRows   = 1 << 26
)

// global reads a line without a panel.
func (f *geometryFile) global(key, value string) error {
	switch key {
	case "photon_energy":
		if strings.HasPrefix(value, "/") {
			f.source = value
			return nil
		}
		x, err := f.quantity(key, value, map[string]float64{"": 1, "eV": 1, "keV": 1e3, "MeV": 1e6})
		f.energy = x
		return err
	case "wavelength":
		if strings.HasPrefix(value, "/") {
			f.source = value
			return nil
		}
		x, err := f.quantity(key, value, map[string]float64{"": 1e10, "m": 1e10, "A": 1})
		f.lambda = x
		return err
	case "electron_voltage":
		return f.lines.errorf(format.ErrUnsupported, "electron_voltage: electrons are not X-rays")
	}
	for _, prefix := range ignored {
		if strings.HasPrefix(key, prefix) {
			return nil
		}
	}
	return f.set(f.defaults, key, value)
}

// quantity reads a number with a unit, in terms of those given.
func (f *geometryFile) quantity(key, value string, units map[string]float64) (float64, error) {
	text, unit, _ := strings.Cut(value, " ")
	x, err := number(text)
	factor, known := units[strings.TrimSpace(unit)]
	if err != nil || !known {
		return 0, f.lines.errorf(format.ErrInvalidValue, "%s: %q is not a number with a unit that is known", key, value)
	}
	return x * factor, nil
}

// region reads a line of a bad region.
func (f *geometryFile) region(name, key, value string) error {
	var b *region
	for _, known := range f.bad {
		if known.name == name {
			b = known
		}
	}
	if b == nil {
		if len(f.bad) >= maxPanels {
			return f.lines.errorf(format.ErrLimit, "more than %d bad regions", maxPanels)
		}
		inf := math.Inf(1)
		b = &region{name: name, block: [4]float64{-inf, -inf, inf, inf}, place: [4]float64{-inf, -inf, inf, inf}}
		f.bad = append(f.bad, b)
	}
	if key == "panel" {
		b.panel = value
		return nil
	}
	for i, k := range []string{"min_fs", "min_ss", "max_fs", "max_ss", "min_x", "min_y", "max_x", "max_y"} {
		if k != key {
			continue
		}
		x, err := number(value)
		if err != nil {
			return f.lines.errorf(format.ErrInvalidValue, "%s/%s: %q is not a number", name, key, value)
		}
		if i < 4 {
			b.block[i], b.blocks = x, true
		} else {
			b.place[i-4], b.places = x, true
		}
		return nil
	}
	return f.lines.errorf(format.ErrInvalidValue, "%s/%s: a bad region has no such key", name, key)
}

// geometry returns what the file says, once it has been read.
func (f *geometryFile) geometry() (*format.Geometry, error) {
	if len(f.panels) == 0 {
		return nil, format.Errorf(format.ErrNoData, "crystfel: %s: has no panels", f.lines.name)
	}
	g := &format.Geometry{Wavelength: f.lambda, ToSource: [3]float64{0, 0, 1}}
	switch {
	case f.energy > 0:
		g.Wavelength = format.HC / f.energy
	case f.energy < 0 || f.lambda < 0:
		return nil, format.Errorf(format.ErrInvalidValue, "crystfel: %s: a photon energy of %g eV, a wavelength of %g Å", f.lines.name, f.energy, f.lambda)
	case f.lambda == 0 && f.source != "":
		g.Notices = append(g.Notices, fmt.Sprintf("takes the photon energy from the images, %s: it has no wavelength of its own", f.source))
	}
	rows := 0 // that bad regions are compared with
	for _, p := range f.panels {
		out, err := p.complete(g.Wavelength)
		if err != nil {
			return nil, format.Errorf(format.Classify(err, format.ErrInvalidValue), "crystfel: %s: panel %s: %w", f.lines.name, p.name, err)
		}
		if rows += out.Size[1] * len(f.bad); rows > maxRows {
			return nil, format.Errorf(format.ErrLimit, "crystfel: %s: %d bad regions on so many panels", f.lines.name, len(f.bad))
		}
		for _, b := range f.bad {
			if b.panel == "" || b.panel == p.name {
				out.Bad = append(out.Bad, b.in(p, out.Size)...)
			}
		}
		g.Panels = append(g.Panels, out)
	}
	return g, nil
}

// in returns the pixels of a panel in the region, as rectangles of the panel.
func (b *region) in(p *panel, size [2]int) [][4]int {
	if b.blocks == b.places { // nothing is given, or what nobody understands
		return nil
	}
	if b.blocks {
		r := [4]int{clamp(b.block[0]-p.limits[0], size[0]), clamp(b.block[1]-p.limits[1], size[1]),
			clamp(b.block[2]-p.limits[0]+1, size[0]), clamp(b.block[3]-p.limits[1]+1, size[1])}
		if r[0] >= r[2] || r[1] >= r[3] {
			return nil
		}
		return [][4]int{r}
	}
	// Along a row, x and y of the pixels' centres change linearly: those inside are a run.
	var out [][4]int
	for s := range size[1] {
		from, to := 0.0, float64(size[0])
		for k := range 2 {
			at := p.corner[k] + (float64(s)+0.5)*p.slow[k] + 0.5*p.fast[k]
			low, high := b.place[k]-at, b.place[k+2]-at
			switch step := p.fast[k]; {
			case step > 0:
				from, to = math.Max(from, math.Ceil(low/step)), math.Min(to, math.Floor(high/step)+1)
			case step < 0:
				from, to = math.Max(from, math.Ceil(high/step)), math.Min(to, math.Floor(low/step)+1)
			case low > 0 || high < 0:
				to = from
			}
		}
		if from >= to {
			continue
		}
		if n := len(out); n > 0 && out[n-1][3] == s && out[n-1][0] == int(from) && out[n-1][2] == int(to) {
			out[n-1][3]++ // the same run as in the row before
			continue
		}
		out = append(out, [4]int{int(from), s, int(to), s + 1})
	}
	return out
}

// clamp returns the whole number nearest to x within 0 and n.
func clamp(x float64, n int) int { return int(math.Round(math.Min(math.Max(x, 0), float64(n)))) }

// WriteGeometry writes a geometry that CrystFEL reads: panels, photon energy, distance and bad
// rectangles. CrystFEL has the beam along z alone, so that a laboratory where it comes otherwise is
// turned, which changes no image. The panels need square pixels, for CrystFEL has no others. Sizes of
// pixels, directions and corners are written with 17 digits.
func WriteGeometry(w io.Writer, g *format.Geometry) error {
	turn := toZ(g.ToSource)
	var b strings.Builder
	if g.Wavelength > 0 {
		fmt.Fprintf(&b, "photon_energy = %.17g\n", format.HC/g.Wavelength)
	}
	for i := range g.Panels {
		p := &g.Panels[i]
		name := p.Name
		if name == "" || strings.ContainsAny(name, "/= ;") || strings.HasPrefix(name, "bad") || strings.HasPrefix(name, "rigid") || strings.HasPrefix(name, "group") {
			name = fmt.Sprintf("p%d", i)
		}
		if math.Abs(p.Pixel[0]-p.Pixel[1]) > 1e-9*p.Pixel[0] {
			return fmt.Errorf("crystfel: panel %s has pixels of %g × %g mm: CrystFEL has square ones alone", name, p.Pixel[0], p.Pixel[1])
		}
		corner, fast, slow := flip(geom.Apply(turn, p.Origin)), flip(geom.Apply(turn, p.Fast)), flip(geom.Apply(turn, p.Slow))
		fmt.Fprintf(&b, "\n%[1]s/min_fs = %[2]d\n%[1]s/max_fs = %[3]d\n%[1]s/min_ss = %[4]d\n%[1]s/max_ss = %[5]d\n", name,
			p.First[0], p.First[0]+p.Size[0]-1, p.First[1], p.First[1]+p.Size[1]-1)
		fmt.Fprintf(&b, "%[1]s/corner_x = %.17[2]g\n%[1]s/corner_y = %.17[3]g\n%[1]s/clen = %.17[4]g\n%[1]s/res = %.17[5]g\n", name,
			corner[0]/p.Pixel[0], corner[1]/p.Pixel[1], corner[2]/1000, 1000/p.Pixel[0])
		fmt.Fprintf(&b, "%[1]s/fs = %+.17[2]gx %+.17[3]gy %+.17[4]gz\n%[1]s/ss = %+.17[5]gx %+.17[6]gy %+.17[7]gz\n", name,
			fast[0], fast[1], fast[2], slow[0], slow[1], slow[2])
		if p.Gain > 0 {
			fmt.Fprintf(&b, "%s/adu_per_photon = %.17g\n", name, p.Gain)
		}
		if p.Trusted != nil {
			fmt.Fprintf(&b, "%s/max_adu = %.17g\n", name, p.Trusted[1])
		}
		for k, r := range p.Bad {
			fmt.Fprintf(&b, "bad_%[1]s_%[2]d/min_fs = %[3]d\nbad_%[1]s_%[2]d/max_fs = %[4]d\nbad_%[1]s_%[2]d/min_ss = %[5]d\nbad_%[1]s_%[2]d/max_ss = %[6]d\nbad_%[1]s_%[2]d/panel = %[1]s\n",
				name, k, p.First[0]+r[0], p.First[0]+r[2]-1, p.First[1]+r[1], p.First[1]+r[3]-1)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("crystfel: %w", err)
	}
	return nil
}

// toZ returns the rotation that turns a vector to z; none if it is along z already, or zero.
func toZ(v [3]float64) [3][3]float64 {
	across := math.Hypot(v[0], v[1])
	switch {
	case across == 0 && v[2] >= 0:
		return [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	case across == 0:
		return geom.Rotation([3]float64{1, 0, 0}, math.Pi)
	}
	return geom.Rotation([3]float64{v[1] / across, -v[0] / across, 0}, math.Atan2(across, v[2]))
}
