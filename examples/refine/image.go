package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// read reads an image as photons, and which of its pixels count.
func (s *setup) read(path string) (counts []float64, mask []bool, err error) {
	var pixels []float64
	switch fast, slow := s.Detector.Fast, s.Detector.Slow; strings.ToLower(filepath.Ext(path)) {
	case ".img":
		img, err := smv.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		if img.Fast != fast || img.Slow != slow {
			return nil, nil, fmt.Errorf("refine: %s has %d × %d pixels, the geometry's detector %d × %d", path, img.Fast, img.Slow, fast, slow)
		}
		pixels = floats(img.Pixels)
	case ".bin":
		image, err := raw.ReadFile(path, fast, slow)
		if err != nil {
			return nil, nil, err
		}
		pixels = floats(image)
	default:
		return nil, nil, fmt.Errorf("refine: image %s is neither .img (SMV) nor .bin (raw float32)", path)
	}
	mask = make([]bool, len(pixels))
	for i, v := range pixels {
		mask[i] = !(s.Counts.Overload > 0 && v >= s.Counts.Overload) && !(s.Counts.Missing && v == 0)
		pixels[i] = (v - s.Counts.Offset) / s.Counts.Gain
	}
	return pixels, mask, nil
}

func floats[T uint16 | float32](values []T) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// median of the counts that are not masked; at least 0.1 photons, since a Poisson variable's mean is above 0.
func median(counts []float64, mask []bool) float64 {
	var v []float64
	for i, x := range counts {
		if mask == nil || mask[i] {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return 0.1
	}
	slices.Sort(v)
	return max(v[len(v)/2], 0.1)
}
