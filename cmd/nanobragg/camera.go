package main

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/smv"
)

// camera is what the headers of -mask and -img say about the experiment. Options take precedence over
// it, and -img over -mask.
type camera struct {
	pixels                  [2]optional[int]
	pixel                   optional[float64]    // mm
	distance, closeDistance optional[float64]    // mm
	wavelength              optional[float64]    // Å
	beamCentre              [2]optional[float64] // mm
	org                     [2]optional[float64] // pixels
	phi, osc                optional[float64]    // degrees
	mask                    *smv.Image
}

func readCamera(o *options) (camera, error) {
	var c camera
	if o.mask.given {
		img, err := smv.ReadFile(o.mask.value)
		if err != nil {
			return c, err
		}
		if err := c.read(o.mask.value, img); err != nil {
			return c, err
		}
		// The reference program measures a mask's BEAM_CENTER_Y from the other end.
		if y := &c.beamCentre[1]; y.given {
			y.value = float64(img.Slow)*c.pixel.or(detector.DefaultPixel) - y.value
		}
		c.mask = img
	}
	if o.image.given {
		img, err := smv.ReadFile(o.image.value)
		if err != nil {
			return c, err
		}
		if err := c.read(o.image.value, img); err != nil {
			return c, err
		}
	}
	return c, nil
}

// read takes the values that a header has.
func (c *camera) read(path string, img *smv.Image) error {
	c.pixels = [2]optional[int]{some(img.Fast), some(img.Slow)}
	for _, entry := range []struct {
		key string
		to  *optional[float64]
	}{
		{"PIXEL_SIZE", &c.pixel},
		{"DISTANCE", &c.distance},
		{"CLOSE_DISTANCE", &c.closeDistance},
		{"WAVELENGTH", &c.wavelength},
		{"BEAM_CENTER_X", &c.beamCentre[0]},
		{"BEAM_CENTER_Y", &c.beamCentre[1]},
		{"ORGX", &c.org[0]},
		{"ORGY", &c.org[1]},
		{"PHI", &c.phi},
		{"OSC_RANGE", &c.osc},
	} {
		key, ok := findKey(&img.Header, entry.key)
		if !ok {
			continue
		}
		x, err := img.Header.Float(key)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		*entry.to = some(x)
	}
	for _, length := range []struct {
		key   string
		value optional[float64]
	}{{"PIXEL_SIZE", c.pixel}, {"DISTANCE", c.distance}, {"WAVELENGTH", c.wavelength}} {
		if length.value.given && length.value.value <= 0 {
			return fmt.Errorf("%s: %s is %g", path, length.key, length.value.value)
		}
	}
	if c.closeDistance.given && c.closeDistance.value == 0 {
		return fmt.Errorf("%s: CLOSE_DISTANCE is 0", path)
	}
	if c.osc.given && c.osc.value < 0 {
		return fmt.Errorf("%s: OSC_RANGE is %g", path, c.osc.value)
	}
	return nil
}

// findKey returns the last key that contains name: the reference program finds ORGX in XDS_ORGX.
func findKey(h *smv.Header, name string) (string, bool) {
	keys := h.Keys()
	for i := len(keys) - 1; i >= 0; i-- {
		if strings.Contains(keys[i], name) {
			return keys[i], true
		}
	}
	return "", false
}
