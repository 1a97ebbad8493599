package smv

import (
	"fmt"
	"math"

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

	BeamX, BeamY     float64    // BEAM_CENTER_X, _Y: as given by the user, mm
	AdxvX, AdxvY     float64    // ADXV_CENTER_X, _Y, mm
	MosflmX, MosflmY float64    // MOSFLM_CENTER_X, _Y, mm
	DenzoX, DenzoY   float64    // DENZO_X_BEAM, DENZO_Y_BEAM, mm
	DialsOrigin      [3]float64 // first pixel from the crystal, mm
	XDSOrgX, XDSOrgY float64    // XDS_ORGX, _ORGY: nearest point, pixels

	Phi      float64 // start of the rotation, degrees: PHI and OSC_START
	OscRange float64 // rotation range, degrees
	TwoTheta float64 // detector swing, degrees
}

// Header returns the header of g with nanoBragg's keys, in its order and with its six significant
// digits. Numbers that are not finite and sizes below 1 are errors.
func (g Geometry) Header() (Header, error) {
	if g.Fast < 1 || g.Slow < 1 {
		return Header{}, fmt.Errorf("smv: an image of %d × %d pixels cannot be written", g.Fast, g.Slow)
	}
	h := structure(g.Fast, g.Slow)
	for _, entry := range []struct {
		key    string
		values []float64
	}{
		{"PIXEL_SIZE", []float64{g.Pixel}},
		{"DISTANCE", []float64{g.Distance}},
		{"WAVELENGTH", []float64{g.Wavelength}},
		{"BEAM_CENTER_X", []float64{g.BeamX}},
		{"BEAM_CENTER_Y", []float64{g.BeamY}},
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
	} {
		value := ""
		for i, x := range entry.values {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return Header{}, fmt.Errorf("smv: %s is %v", entry.key, x)
			}
			if i > 0 {
				value += ","
			}
			value += text.FormatG(x)
		}
		h.Set(entry.key, value)
	}
	// The simulated detector has no serial number and no beamline.
	h.Set("DETECTOR_SN", "000")
	h.Set("BEAMLINE", "fake")
	return h, nil
}
