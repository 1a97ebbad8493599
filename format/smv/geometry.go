package smv

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/text"
)

// Geometry holds the quantities of an experiment that a header describes. The centres are the
// position of the direct beam in the convention of each program; this package does not convert
// between them.
type Geometry struct {
	Fast, Slow int // pixels along each axis

	Pixel         float64 // mm
	Distance      float64 // crystal to detector along the beam, mm
	CloseDistance float64 // crystal to the nearest point of the detector plane, mm
	Wavelength    float64 // Å

	BeamX, BeamY     float64    // as given by the user, mm: BEAM_CENTER_X, _Y of ReferenceHeader alone
	AdxvX, AdxvY     float64    // ADXV_CENTER_X, _Y, mm
	MosflmX, MosflmY float64    // MOSFLM_CENTER_X, _Y, mm
	DenzoX, DenzoY   float64    // DENZO_X_BEAM, DENZO_Y_BEAM, mm; BEAM_CENTER_X, _Y of Header
	DialsOrigin      [3]float64 // first pixel from the crystal, mm
	XDSOrgX, XDSOrgY float64    // XDS_ORGX, _ORGY: nearest point, pixels

	Phi      float64 // start of the rotation, degrees: PHI and OSC_START
	OscRange float64 // rotation range, degrees
	TwoTheta float64 // detector swing, degrees

	Pedestal float64 // pixel value without photons; not in ReferenceHeader
	Gain     float64 // pixel value a photon adds; not in ReferenceHeader, nor in Header if it is 0
}

// Keys of [Geometry.Header] that the reference program does not write.
const (
	// CentreConvention is the key that says of what BEAM_CENTER_X and BEAM_CENTER_Y are: denzo, the
	// distance of the direct beam from the corner of the first pixel, X along the slow axis and Y
	// along the fast axis. Where it is missing, BEAM_CENTER is as the user gave it.
	CentreConvention = "BEAM_CENTER_CONVENTION"
	// Pedestal is the key of the pixel value without photons; IMAGE_PEDESTAL has the same value.
	Pedestal = "ADC_OFFSET"
	// Gain is the key of the pixel value that a photon adds.
	Gain = "GAIN"
)

// digits of the numbers of [Geometry.Header], enough for 1e-5 of a pixel.
const digits = 10

// entries are numbers under one key.
type entries struct {
	key    string
	values []float64
}

// Header returns the header of g as other programs read it. They take it for an ADSC detector's, so
// that BEAM_CENTER_X and _Y are those of DENZO, from the corner of the first pixel; the detector is
// perpendicular to the beam, and the rotation is about its fast axis: no key says otherwise. A
// negative range, which they refuse, is given from its lower end. Numbers have ten significant
// digits. Numbers that are not finite and sizes below 1 are errors.
func (g Geometry) Header() (Header, error) {
	if g.OscRange < 0 {
		g.Phi, g.OscRange = g.Phi+g.OscRange, -g.OscRange
	}
	fields := []entries{{Pedestal, []float64{g.Pedestal}}, {"IMAGE_PEDESTAL", []float64{g.Pedestal}}}
	if g.Gain != 0 {
		fields = append(fields, entries{Gain, []float64{g.Gain}})
	}
	h, err := g.header(g.DenzoX, g.DenzoY, fields, func(x float64) string { return strconv.FormatFloat(x, 'g', digits, 64) })
	if err != nil {
		return Header{}, err
	}
	h.Set(CentreConvention, "denzo")
	// dxtbx has a reader of its own for BEAMLINE=fake, which takes BEAM_CENTER for ADXV's less a pixel.
	h.Set("DETECTOR_SN", "000")
	h.Set("BEAMLINE", "simulation")
	return h, nil
}

// ReferenceHeader returns the header of g with nanoBragg's keys, in its order and with its six
// significant digits. Numbers that are not finite and sizes below 1 are errors.
func (g Geometry) ReferenceHeader() (Header, error) {
	h, err := g.header(g.BeamX, g.BeamY, nil, text.FormatG)
	if err != nil {
		return Header{}, err
	}
	// The simulated detector has no serial number and no beamline.
	h.Set("DETECTOR_SN", "000")
	h.Set("BEAMLINE", "fake")
	return h, nil
}

// header returns what all headers have, and further fields.
func (g Geometry) header(beamX, beamY float64, more []entries, number func(float64) string) (Header, error) {
	if g.Fast < 1 || g.Slow < 1 {
		return Header{}, fmt.Errorf("smv: an image of %d × %d pixels cannot be written", g.Fast, g.Slow)
	}
	h := structure(g.Fast, g.Slow)
	for _, entry := range append([]entries{
		{"PIXEL_SIZE", []float64{g.Pixel}},
		{"DISTANCE", []float64{g.Distance}},
		{"WAVELENGTH", []float64{g.Wavelength}},
		{"BEAM_CENTER_X", []float64{beamX}},
		{"BEAM_CENTER_Y", []float64{beamY}},
		{"ADXV_CENTER_X", []float64{g.AdxvX}},
		{"ADXV_CENTER_Y", []float64{g.AdxvY}},
		{"MOSFLM_CENTER_X", []float64{g.MosflmX}},
		{"MOSFLM_CENTER_Y", []float64{g.MosflmY}},
		{"DENZO_X_BEAM", []float64{g.DenzoX}},
		{"DENZO_Y_BEAM", []float64{g.DenzoY}},
		{"DIALS_ORIGIN", g.DialsOrigin[:]},
		{"XDS_ORGX", []float64{g.XDSOrgX}},
		{"XDS_ORGY", []float64{g.XDSOrgY}},
		{"CLOSE_DISTANCE", []float64{g.CloseDistance}},
		{"PHI", []float64{g.Phi}},
		{"OSC_START", []float64{g.Phi}},
		{"OSC_RANGE", []float64{g.OscRange}},
		{"TWOTHETA", []float64{g.TwoTheta}},
	}, more...) {
		value := ""
		for i, x := range entry.values {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return Header{}, fmt.Errorf("smv: %s is %v", entry.key, x)
			}
			if i > 0 {
				value += ","
			}
			value += number(x)
		}
		h.Set(entry.key, value)
	}
	return h, nil
}
