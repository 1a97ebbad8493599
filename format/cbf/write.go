package cbf

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/dectris"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Header is what a written file says beside its pixels and its geometry.
type Header struct {
	// Name is that of the data block. Characters other than letters, digits and _ become _. By
	// default, [WriteFile] takes that of the file without extensions, and [Write] takes "image".
	Name string
	// Detector is the name and the serial number, for instance "PILATUS3 6M, S/N 60-0000". By
	// default it is one whose modules and pixels those of the image can be, else "simulated". DIALS
	// does not open a file of a PILATUS or an EIGER of another size, so that this is an error.
	Detector string
	// Image is the index of the image in the scan of the geometry, from 0.
	Image int
	// Time is when the scan began, by default the first second of 1970.
	Time time.Time
	// Exposure is the time of an image in seconds, by default 1.
	Exposure float64
	// Flux is that of the beam in photons a second; 0 leaves it out.
	Flux float64
}

// padding is how many zeros follow the pixels, so that CBFlib can read in pages.
const padding = 4095

// maxCount is the greatest value whose difference from −2 takes 4 bytes. Of the readers that are
// common, only CBFlib knows the escape to 8.
const maxCount = math.MaxInt32 - 2

// Write writes a frame of integers as miniCBF, compressed by byte offset, in signed integers of 32
// bits. Pixels that are marked as bad become −2, as in files of a PILATUS, unless their value is
// negative or above the trusted range and so says by itself that it does not count; the two greatest
// numbers of uint32, which stand for −1 and −2, become these. Count_cutoff is the end of the trusted
// range, by default 2147483645.
//
// Floats are [format.ErrUnsupported], and so is a value that readers other than CBFlib would misread,
// because it differs by more than 2³¹ − 1 from the one before.
//
// A miniCBF holds one flat detector at right angles to the beam, whose rows lie along the rotation
// axis; any other geometry is [format.ErrUnsupported]. A nil geometry leaves all of it out, and then
// DIALS does not open the file.
func Write(w io.Writer, f *format.Frame, g *format.Geometry, h Header) error {
	if h.Name == "" {
		h.Name = "image"
	}
	text, cutoff, err := h.text(f, g)
	if err != nil {
		return fmt.Errorf("cbf: %w", err)
	}
	data, err := compress(f, cutoff)
	if err != nil {
		return fmt.Errorf("cbf: %w", err)
	}
	digest := md5.Sum(data)
	text += lines(
		"", "_array_data.data", ";", boundary,
		"Content-Type: application/octet-stream;",
		`     conversions="x-CBF_BYTE_OFFSET"`,
		"Content-Transfer-Encoding: BINARY",
		"X-Binary-Size: "+strconv.Itoa(len(data)),
		"X-Binary-ID: 1",
		`X-Binary-Element-Type: "signed 32-bit integer"`,
		"X-Binary-Element-Byte-Order: LITTLE_ENDIAN",
		"Content-MD5: "+base64.StdEncoding.EncodeToString(digest[:]),
		"X-Binary-Number-of-Elements: "+strconv.Itoa(f.Fast*f.Slow),
		"X-Binary-Size-Fastest-Dimension: "+strconv.Itoa(f.Fast),
		"X-Binary-Size-Second-Dimension: "+strconv.Itoa(f.Slow),
		"X-Binary-Size-Padding: "+strconv.Itoa(padding),
		"",
	) + marker
	end := append(make([]byte, padding), lines("", boundary+"--", ";", "")...)
	for _, part := range [][]byte{[]byte(text), data, end} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("cbf: %w", err)
		}
	}
	return nil
}

// WriteFile writes a frame as [Write] does to the file at path, which it replaces atomically. DIALS
// wants digits at the end of its name, before the extension.
func WriteFile(path string, f *format.Frame, g *format.Geometry, h Header) error {
	if h.Name == "" {
		h.Name, _, _ = strings.Cut(filepath.Base(path), ".")
	}
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, f, g, h) })
}

func lines(list ...string) string { return strings.Join(list, "\r\n") + "\r\n" }

// text returns the header, and the largest count to trust.
func (h Header) text(f *format.Frame, g *format.Geometry) (string, int64, error) {
	if f.Fast < 1 || f.Slow < 1 || len(f.Data) != f.Fast*f.Slow*f.Type.Size() {
		return "", 0, format.Errorf(format.ErrInvalidValue, "an image of %d × %d pixels of %v with %d bytes cannot be written", f.Fast, f.Slow, f.Type, len(f.Data))
	}
	start := []string{"###CBF: VERSION 1.5, gobragg", "", "data_" + blockName(h.Name), ""}
	if g == nil {
		return lines(start...), maxCount, nil
	}
	if err := representable(g, f); err != nil {
		return "", 0, err
	}
	cutoff := int64(maxCount)
	if len(g.Panels) > 0 && g.Panels[0].Trusted != nil && g.Panels[0].Trusted[1] < maxCount {
		cutoff = int64(g.Panels[0].Trusted[1])
	}
	detector, convention, err := h.detector(f, g)
	if err != nil {
		return "", 0, err
	}
	list := append(start, `_array_data.header_convention "`+convention+`"`, "_array_data.header_contents", ";", "# Detector: "+detector)
	for _, entry := range h.entries(g, cutoff, f.Masked()) {
		list = append(list, "# "+entry)
	}
	return lines(append(list, ";")...), cutoff, nil
}

// blockName returns name with the characters that names of data blocks have.
func blockName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
			return r
		}
		return '_'
	}, name)
}

// representable returns an error for a geometry that the lines of a miniCBF cannot say.
func representable(g *format.Geometry, f *format.Frame) error {
	const cure = "a miniCBF holds one detector at right angles to the beam, its rows along the rotation axis: write NXmx"
	is := func(v [3]float64, x, y, z float64) bool {
		return math.Abs(v[0]-x) < 1e-7 && math.Abs(v[1]-y) < 1e-7 && math.Abs(v[2]-z) < 1e-7
	}
	if len(g.Panels) > 1 {
		return format.Errorf(format.ErrUnsupported, "%d panels cannot be written: %s", len(g.Panels), cure)
	}
	for _, p := range g.Panels {
		switch {
		case p.Size != [2]int{f.Fast, f.Slow}:
			return format.Errorf(format.ErrInconsistent, "the panel has %d × %d pixels, the image %d × %d", p.Size[0], p.Size[1], f.Fast, f.Slow)
		case !is(g.ToSource, 0, 0, 1) || !is(p.Fast, 1, 0, 0) || !is(p.Slow, 0, -1, 0):
			return format.Errorf(format.ErrUnsupported, "the beam from %v, rows along %v and columns along %v cannot be written: %s", g.ToSource, p.Fast, p.Slow, cure)
		case !(p.Pixel[0] > 0 && p.Pixel[1] > 0 && -p.Origin[2] > 0) || math.IsInf(p.Pixel[0]+p.Pixel[1]-p.Origin[2], 0) || math.IsNaN(p.Origin[0]+p.Origin[1]):
			return format.Errorf(format.ErrInvalidValue, "pixels of %v mm with the first at %v mm cannot be written", p.Pixel, p.Origin)
		}
	}
	if r := g.Rotation; r != nil {
		one := format.NewRotation([3]float64{1, 0, 0}, 0, 0, 0, 0)
		if !is(r.Axis, 1, 0, 0) || r.Setting != one.Setting || r.Fixed != one.Fixed {
			return format.Errorf(format.ErrUnsupported, "a rotation about %v with other axes of the goniometer set cannot be written: %s", r.Axis, cure)
		}
	}
	return nil
}

// detector returns the name of the detector and the convention of the header.
func (h Header) detector(f *format.Frame, g *format.Geometry) (name, convention string, err error) {
	const pilatus, generic = "PILATUS_1.2", "GENERIC_MINI"
	var p format.Panel
	if len(g.Panels) > 0 {
		p = g.Panels[0]
	}
	if strings.ContainsAny(h.Detector, "\r\n") {
		return "", "", format.Errorf(format.ErrInvalidValue, "the name of the detector %.60q is of several lines", h.Detector)
	}
	named := strings.ToUpper(h.Detector)
	for i := range dectris.Layouts {
		l := &dectris.Layouts[i]
		_, _, fits := l.Fits(f.Fast, f.Slow)
		switch {
		case h.Detector != "" && fits && l.Named(h.Detector):
			return h.Detector, pilatus, nil
		case h.Detector == "" && fits && math.Abs(p.Pixel[0]-l.Pixel) < 1e-6 && p.Material != "":
			return l.Name + ", S/N 60-0000", pilatus, nil
		}
	}
	switch {
	case h.Detector == "":
		return "simulated", generic, nil
	case strings.Contains(named, "PILATUS") || strings.Contains(named, "EIGER"):
		return "", "", format.Errorf(format.ErrInvalidValue, "%d × %d pixels are no modules and gaps of the detector %q, and DIALS would not open the file: "+
			"a PILATUS has n·487 + (n−1)·7 by n·195 + (n−1)·17, an EIGER n·1030 + (n−1)·10 by n·514 + (n−1)·37, an EIGER2 n·1028 + (n−1)·12 by n·512 + (n−1)·38", f.Fast, f.Slow, h.Detector)
	}
	return h.Detector, generic, nil
}

// entries are the lines of the header after the detector's.
func (h Header) entries(g *format.Geometry, cutoff int64, masked int) []string {
	exposure := h.Exposure
	if !(exposure > 0) {
		exposure = 1
	}
	began := h.Time
	if began.IsZero() {
		began = time.Unix(0, 0)
	}
	began = began.UTC().Add(time.Duration(float64(h.Image) * exposure * float64(time.Second)))
	list := []string{began.Format("2006-01-02T15:04:05.000")}
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if len(g.Panels) > 0 {
		p := g.Panels[0]
		add("Pixel_size %s m x %s m", short(p.Pixel[0]/1000), short(p.Pixel[1]/1000))
		if p.Material != "" {
			material := p.Material
			if material == "Si" {
				material = "Silicon"
			}
			add("%s sensor, thickness %s m", material, decimals(p.Thickness/1000, 6))
		}
	}
	add("Exposure_time %s s", decimals(exposure, 7))
	add("Exposure_period %s s", decimals(exposure, 7))
	add("Tau = 0 s")
	add("Count_cutoff %d counts", cutoff)
	if g.Wavelength > 0 {
		add("Threshold_setting: %.0f eV", format.HC/g.Wavelength/2)
	}
	add("N_excluded_pixels = %d", masked)
	if g.Wavelength > 0 {
		add("Wavelength %s A", decimals(g.Wavelength, 5))
	}
	if len(g.Panels) > 0 {
		p := g.Panels[0]
		add("Detector_distance %s m", decimals(-p.Origin[2]/1000, 5))
		add("Beam_xy (%s, %s) pixels", decimals(-p.Origin[0]/p.Pixel[0], 2), decimals(p.Origin[1]/p.Pixel[1], 2))
	}
	if h.Flux > 0 {
		add("Flux %s", short(h.Flux))
	}
	add("Filter_transmission 1.0000")
	start, width := 0.0, 0.0
	if r := g.Rotation; r != nil {
		start, width = r.Phi+float64(h.Image)*r.Width, r.Width
	}
	add("Start_angle %s deg.", decimals(start, 4))
	add("Angle_increment %s deg.", decimals(width, 4))
	add("Detector_2theta 0.0000 deg.")
	if p := g.Polarization; p != nil && math.Abs(p.Normal[1]) > 1-1e-6 {
		add("Polarization %s", decimals(p.Fraction, 3))
	}
	for _, axis := range []string{"Alpha", "Kappa", "Phi", "Chi"} {
		add("%s 0.0000 deg.", axis)
		if axis == "Phi" || axis == "Chi" {
			add("%s_increment 0.0000 deg.", axis)
		}
	}
	add("Omega %s deg.", decimals(start, 4))
	add("Omega_increment %s deg.", decimals(width, 4))
	add("Oscillation_axis OMEGA")
	return list
}

// short writes x with at most 9 significant digits.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 9, 64) }

// decimals writes x with 9 decimals less the zeros at their end, but with at least least. Dectris
// writes fewer, which refinement of a geometry can tell.
func decimals(x float64, least int) string {
	s := strconv.FormatFloat(x, 'f', 9, 64)
	for n := 9; n > least && strings.HasSuffix(s, "0"); n-- {
		s = s[:len(s)-1]
	}
	return s
}

// compress returns the pixels of f by byte offset.
func compress(f *format.Frame, cutoff int64) ([]byte, error) {
	if f.Type.Float() {
		return nil, format.Errorf(format.ErrUnsupported, "pixels of %v cannot be compressed by byte offset, which holds integers: round them, or write NXmx or npy", f.Type)
	}
	out := make([]byte, 0, f.Fast*f.Slow+f.Fast*f.Slow/8+maxStored)
	size, signed := f.Type.Size(), f.Type.Signed()
	last := int64(0)
	for i := range f.Fast * f.Slow {
		v := get(f.Data[i*size:], size, signed)
		if size == 4 && !signed && v > math.MaxUint32-2 {
			v -= 1 << 32
		}
		if f.Bad != nil && f.Bad[i] && v >= 0 && v <= cutoff {
			v = -2
		}
		d := v - last
		if v > math.MaxInt32 || v < math.MinInt32 || d > math.MaxInt32 || d < -math.MaxInt32 {
			return nil, format.Errorf(format.ErrUnsupported, "pixel (%d, %d) is %d after %d, which most programs misread: clip values at %d or at the end of the trusted range",
				i%f.Fast, i/f.Fast, v, last, maxCount)
		}
		out = appendDifference(out, d)
		last = v
	}
	return out, nil
}

// get returns an integer of size bytes; those of uint64 beyond int64 are negative.
func get(data []byte, size int, signed bool) int64 {
	var v uint64
	for i := range size {
		v |= uint64(data[i]) << (8 * i)
	}
	if signed {
		return int64(v<<(64-8*size)) >> (64 - 8*size)
	}
	return int64(v)
}
