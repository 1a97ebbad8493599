package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/smv"
)

// camera is what the headers of -mask and -img say about the experiment. Options take precedence over
// it, and -img over -mask.
type camera struct {
	pixels                  [2]optional[int]
	pixel                   entry    // mm
	distance, closeDistance entry    // mm
	wavelength              entry    // Å
	beamCentre              [2]entry // mm
	org                     [2]entry // pixels
	phi, osc, twoTheta      entry    // degrees
	mask                    *smv.Image

	// meant is whether the header is read as it is meant, with -exact or because a program of this module wrote it for others
	// to read, and not as the reference program reads headers.
	meant      bool
	convention detector.Convention
	notices    []string // that do not depend on what is used
}

// entry is a number that a header may have. What is wrong with it matters only where it is used.
type entry struct {
	optional[float64]
	key  string // of the header
	err  error  // if it is no number, or one that makes no sense
	note string // on what it is taken from; "" if that is obvious
}

func readCamera(o *options) (camera, error) {
	c := camera{meant: o.exact, convention: o.convention}
	if o.mask.given {
		img, err := smv.ReadFile(o.mask.value)
		if err != nil {
			return c, err
		}
		for _, n := range img.Notices {
			c.notices = append(c.notices, o.mask.value+" "+n)
		}
		c.read(o.mask.value, img, o.exact)
		if !o.image.given {
			c.dtrek(o.mask.value, &img.Header, o)
		}
		// The reference program measures a mask's BEAM_CENTER_Y from the other end.
		if y := &c.beamCentre[1]; y.given && (!c.meant || y.key == "BEAM_CENTER_Y") {
			y.value = float64(img.Slow)*c.pixel.or(detector.DefaultPixel) - y.value
		}
		c.mask = img
	}
	if o.image.given {
		img, err := smv.ReadHeaderFile(o.image.value)
		if err != nil {
			return c, err
		}
		c.read(o.image.value, img, o.exact)
		c.dtrek(o.image.value, &img.Header, o)
	}
	return c, nil
}

// dtrek notes what a header of d*TREK, which has keys of its own, leaves to options.
func (c *camera) dtrek(path string, h *smv.Header, o *options) {
	if _, ok := h.Get("Data_type"); !ok {
		return
	}
	var missing []string
	for _, row := range []struct {
		key    string
		option string
		given  bool
	}{
		{"PIXEL_SIZE", "-pixel", o.pixel.given}, {"DISTANCE", "-distance", o.distance.given || o.closeDistance.given || o.pix0.given},
		{"WAVELENGTH", "-lambda", o.wavelength.given},
		{"BEAM_CENTER_X", "-Xbeam and -Ybeam", o.beamCentre[0].given || o.closeCentre[0].given || o.org[0].given || o.pix0.given},
	} {
		if _, ok := h.Get(row.key); !ok && !row.given {
			missing = append(missing, row.option)
		}
	}
	if missing != nil {
		c.notices = append(c.notices, fmt.Sprintf("%s is of d*TREK, of whose header the size alone is read: give %s", path, strings.Join(missing, ", ")))
	}
}

// read takes the values that a header has.
func (c *camera) read(path string, img *smv.Image, exact bool) {
	_, forReaders := img.Header.Get(smv.CentreConvention)
	c.meant = exact || forReaders
	c.pixels = [2]optional[int]{some(img.Fast), some(img.Slow)}
	for _, row := range []struct {
		key     string
		to      *entry
		allowed bound
	}{
		{"PIXEL_SIZE", &c.pixel, positive},
		{"DISTANCE", &c.distance, positive},
		{"CLOSE_DISTANCE", &c.closeDistance, nonzero},
		{"WAVELENGTH", &c.wavelength, positive},
		{"BEAM_CENTER_X", &c.beamCentre[0], anyReal},
		{"BEAM_CENTER_Y", &c.beamCentre[1], anyReal},
		{"ORGX", &c.org[0], anyReal},
		{"ORGY", &c.org[1], anyReal},
		{"PHI", &c.phi, anyReal},
		{"OSC_RANGE", &c.osc, anyReal},
		{"TWOTHETA", &c.twoTheta, anyReal},
	} {
		e, ok := c.entry(path, &img.Header, row.key)
		if !ok {
			continue
		}
		if e.given && row.allowed(e.value) != nil {
			e.given, e.err = false, fmt.Errorf("%s: %s is %g", path, e.key, e.value)
		}
		*row.to = e
	}
}

// entry returns the entry that stands for name: as it is meant that of the key itself, and of the run's convention for the
// beam centre, else the one that the reference program finds.
func (c *camera) entry(path string, h *smv.Header, name string) (entry, bool) {
	own := newEntry(path, h, name)
	if !c.meant {
		return c.found(path, h, name, own)
	}
	if org, ok := h.Get("XDS_" + name); ok && org != "" && strings.HasPrefix(name, "ORG") {
		own = newEntry(path, h, "XDS_"+name)
	}
	if key := centreKey(c.convention, name); key != "" {
		if better := newEntry(path, h, key); better.given {
			if _, forReaders := h.Get(smv.CentreConvention); own.given && own.value != better.value && !forReaders {
				better.note = fmt.Sprintf("%s: the beam centre is that of %s, %g mm; %s is %g mm", path, key, better.value, name, own.value)
			}
			own = better
		}
	}
	return own, own.key != ""
}

// centreKey is the key that a convention has for a coordinate of BEAM_CENTER, which has no convention of its own.
func centreKey(c detector.Convention, name string) string {
	axis, ok := strings.CutPrefix(name, "BEAM_CENTER_")
	if !ok {
		return ""
	}
	switch c {
	case detector.MOSFLM:
		return "MOSFLM_CENTER_" + axis
	case detector.ADXV:
		return "ADXV_CENTER_" + axis
	case detector.DENZO:
		return "DENZO_" + axis + "_BEAM"
	}
	// Along the fast and slow axes, which DENZO has the other way round.
	return map[string]string{"X": "DENZO_Y_BEAM", "Y": "DENZO_X_BEAM"}[axis]
}

// found returns the entry of the last key that contains name, as the reference program finds it: ORGX in XDS_ORGX. Where
// that one is no number, it is the key itself.
func (c *camera) found(path string, h *smv.Header, name string, own entry) (entry, bool) {
	keys := h.Keys()
	slices.Reverse(keys)
	i := slices.IndexFunc(keys, func(k string) bool { return strings.Contains(k, name) })
	if i < 0 || keys[i] == name {
		return own, own.key != ""
	}
	e := newEntry(path, h, keys[i])
	if own.key != "" && !e.given {
		return own, true
	}
	if e.err != nil { // of several numbers the reference program takes the first
		value, _ := h.Get(e.key)
		if x := leadingNumber(value); x != 0 {
			e.optional, e.err = some(x), nil
		}
	}
	meant := strings.HasPrefix(name, "ORG") && e.key == "XDS_"+name || name == "DISTANCE" && e.key == "CLOSE_DISTANCE"
	switch {
	case own.given && e.given && own.value != e.value:
		e.note = fmt.Sprintf("%s: the reference program takes %s, %g, for %s, which is %g, and so it is done; -exact takes %[4]s", path, e.key, e.value, name, own.value)
	case own.key == "" && e.given && !meant:
		e.note = fmt.Sprintf("%s: the reference program takes %s, %g, for %s, and so it is done; -exact does not", path, e.key, e.value, name)
	}
	return e, true
}

// newEntry returns the entry of a key; its key is "" if the header does not have it.
func newEntry(path string, h *smv.Header, key string) entry {
	value, ok := h.Get(key)
	if !ok {
		return entry{}
	}
	e := entry{key: key}
	switch x, err := h.Float(key); {
	case errors.Is(err, smv.ErrAbsent):
		e.note = fmt.Sprintf("%s: %s is %q: it counts as missing", path, key, value)
	case err != nil:
		e.err = fmt.Errorf("%s: %w", path, err)
	default:
		e.optional = some(x)
	}
	return e
}

// header returns an option if it was given, else the entry of a header, which is used then.
func (r *resolver) header(option optional[float64], e entry) (optional[float64], error) {
	if option.given {
		return option, nil
	}
	return r.use(e)
}

// use returns the number of an entry, with the notice that belongs to it.
func (r *resolver) use(e entry) (optional[float64], error) {
	if e.err != nil {
		return optional[float64]{}, e.err
	}
	if e.note != "" && !slices.Contains(r.s.notices, e.note) {
		r.note("%s", e.note)
	}
	return e.optional, nil
}
