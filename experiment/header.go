package experiment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/noise"
)

// Header returns the header of an SMV image of the experiment at the current values of the nodes, as other programs read
// it: see [smv.Geometry.Header]. A detector with panels is an error.
func (e *Experiment) Header() (smv.Header, error) {
	g, err := e.headerGeometry(true)
	if err != nil {
		return smv.Header{}, err
	}
	return g.Header()
}

// headerGeometry is what headers say of the experiment; of its distance and beam after a two-theta rotation, where the beam
// meets the detector or what the reference program says.
func (e *Experiment) headerGeometry(alongBeam bool) (smv.Geometry, error) {
	if len(e.config.Detector.Panels) > 0 {
		return smv.Geometry{}, problem("detector.panels", "are more than the header of an SMV image can hold")
	}
	d, err := e.Detector.At()
	if err != nil {
		return smv.Geometry{}, refused("detector", err)
	}
	if alongBeam {
		d = d.AlongBeam()
	}
	turn := geom.Laboratory(d.Beam, e.Crystals[0].Config().Spindle, d.Fast)
	wavelength, err := e.value(e.Beam.Wavelength)
	if err != nil {
		return smv.Geometry{}, err
	}
	phi, osc, err := e.rotation()
	if err != nil {
		return smv.Geometry{}, err
	}
	return smv.Geometry{
		Fast: d.FastPixels, Slow: d.SlowPixels, Pixel: d.Pixel, Distance: d.Distance, CloseDistance: d.CloseDistance, Wavelength: wavelength,
		BeamX: d.BeamX, BeamY: d.BeamY, AdxvX: d.ADXV[0], AdxvY: d.ADXV[1], MosflmX: d.MOSFLM[0], MosflmY: d.MOSFLM[1],
		DenzoX: d.DENZO[0], DenzoY: d.DENZO[1], DialsOrigin: geom.Apply(turn, d.Corner), XDSOrgX: d.OrgX, XDSOrgY: d.OrgY,
		Phi: phi, OscRange: osc, TwoTheta: d.TwoTheta,
		Pedestal: e.config.Counts.Pedestal, Gain: or(e.config.Counts.Gain, 1),
	}, nil
}

// rotation returns the start and the width of the image.
func (e *Experiment) rotation() (phi, osc float64, err error) {
	if phi, err = e.ownPhi(0); err != nil {
		return 0, 0, err
	}
	if s := e.config.Scan; s != nil {
		return phi + s.Start(e.selected), s.Width, nil
	}
	osc, err = e.value(e.Crystals[0].Osc)
	return phi, osc, err
}

// WriteImage writes photons, fast axis first, as an SMV image with the experiment's pedestal, gain and header. Values are
// limited to 65535; overloads is the number of those above.
func (e *Experiment) WriteImage(path string, photons []float64) (overloads int, err error) {
	header, err := e.Header()
	if err != nil {
		return 0, err
	}
	pixels, overloads, err := noise.Digitise(e.config.Counts.Values(photons), 0)
	if err != nil {
		return 0, fmt.Errorf("experiment: %w", err)
	}
	size := e.Detector.Sizes()[0]
	return overloads, smv.WriteFile(path, &smv.Image{Header: header, Fast: size[0], Slow: size[1], Pixels: pixels})
}

// compareHeader returns the entries of an image's header that contradict the experiment. Headers of the reference program
// have six significant digits and, after a two-theta rotation, the distance and the beam as they would be without it.
func (e *Experiment) compareHeader(file string, h *smv.Header) ([]string, error) {
	if len(e.config.Detector.Panels) > 0 {
		return nil, nil // a header describes a single panel
	}
	g, err := e.headerGeometry(true)
	if err != nil {
		return nil, err
	}
	own, err := g.Header()
	if err != nil {
		return nil, err
	}
	allowed := []smv.Header{own}
	if _, forReaders := h.Get(smv.CentreConvention); !forReaders {
		if g, err = e.headerGeometry(false); err != nil {
			return nil, err
		}
		reference, err := g.ReferenceHeader()
		if err != nil {
			return nil, err
		}
		allowed = append(allowed, reference)
	}
	pixel, err := own.Float("PIXEL_SIZE")
	if err != nil {
		return nil, fmt.Errorf("experiment: %w", err)
	}
	phi, osc := "crystals[0].phi", "crystals[0].osc"
	if e.config.Scan != nil {
		phi, osc = "scan.phi", "scan.width"
	}
	var list []string
	for _, k := range []struct {
		header, key string
		unit        string
		within      float64 // tolerance
	}{
		{"PIXEL_SIZE", "detector.pixel", "mm", 0},
		{"DISTANCE", "detector.distance", "mm", 0},
		{"WAVELENGTH", "beam.wavelength", "Å", 0},
		{"TWOTHETA", "detector.twotheta", "°", 1e-3},
		{"PHI", phi, "°", 1e-3},
		{"OSC_START", phi, "°", 1e-3},
		{"OSC_RANGE", osc, "°", 1e-3},
		{"MOSFLM_CENTER_X", "detector.beam_centre", "mm", pixel / 2},
		{"MOSFLM_CENTER_Y", "detector.beam_centre", "mm", pixel / 2},
		{"DENZO_X_BEAM", "detector.beam_centre", "mm", pixel / 2},
		{"DENZO_Y_BEAM", "detector.beam_centre", "mm", pixel / 2},
		{"ADXV_CENTER_X", "detector.beam_centre", "mm", pixel / 2},
		{"ADXV_CENTER_Y", "detector.beam_centre", "mm", pixel / 2},
		{smv.Pedestal, "counts.pedestal", "", 1e-6},
		{smv.Gain, "counts.gain", "", 0},
	} {
		text, there := h.Get(k.header)
		if !there {
			continue
		}
		got, err := h.Float(k.header)
		if errors.Is(err, smv.ErrAbsent) {
			continue
		}
		if err != nil {
			list = append(list, fmt.Sprintf("%s: its header has %s=%s, which is not a number", file, k.header, text))
			continue
		}
		want, err := own.Float(k.header)
		if err != nil {
			return nil, fmt.Errorf("experiment: %w", err)
		}
		agrees := func(h smv.Header) bool {
			want, err := h.Float(k.header)
			return err == nil && math.Abs(got-want) <= max(k.within, 1e-5*math.Abs(want))
		}
		if !slices.ContainsFunc(allowed, agrees) {
			list = append(list, fmt.Sprintf("%s: its header has %s=%s, the experiment's would be %s (%s)",
				file, k.header, text, strings.TrimSpace(fmt.Sprintf("%g %s", want, k.unit)), k.key))
		}
	}
	return list, nil
}
