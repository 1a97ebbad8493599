// Package noise turns expected photons into the counts that a detector reports: [Poisson] adds
// counting noise, [Digitise] the offset of the analogue-to-digital converter, and both [Scaled] and
// [PGM] map images to the integers of image files.
//
// Images are flat slices in any pixel order, one element per pixel. To restrict processing to a
// region of interest, pass only its pixels.
package noise

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/pages"
)

const (
	// saturation is the largest count of a 16-bit image.
	saturation = math.MaxUint16
	// Brightest is the count that the automatic scale of [Scaled] gives to the brightest pixel.
	Brightest = 55000
	// GreyLevels is the number of grey levels that GreyDeviations standard deviations span with the
	// automatic scale of [PGM].
	GreyLevels     = 250
	GreyDeviations = 5
)

// Digitise adds the offset of the analogue-to-digital converter (typically 40) to every pixel,
// clamps the result to 0..65535 and rounds down. overloads is the number of pixels that were above
// 65535. A pixel or offset that is not finite is an error.
func Digitise(photons []float64, offset float64) (counts []uint16, overloads int, err error) {
	if err := checkFinite(photons, 1, offset); err != nil {
		return nil, 0, err
	}
	counts = make([]uint16, len(photons))
	for i, x := range photons {
		x += offset
		if x > saturation {
			overloads++
		}
		counts[i] = uint16(clamp(x, saturation))
	}
	return counts, overloads, nil
}

// Scaled returns a noise-free image: scale times every pixel plus the offset, clamped to 0..65535
// and rounded, halves up. If scale is 0 or less, it is chosen so that the brightest pixel becomes
// [Brightest], 55000, or is 1 if no pixel is positive. used is the scale. Numbers that are not
// finite are errors.
func Scaled[T float32 | float64](image []T, scale, offset float64) (counts []uint16, used float64, err error) {
	if err := checkFinite(image, scale, offset); err != nil {
		return nil, 0, err
	}
	if scale <= 0 {
		scale = autoScale(image)
	}
	counts = pages.Make[uint16](len(image))
	for i, v := range image {
		x := float64(v)
		// Round in single precision, as the reference program does. The clamped value is not
		// negative, so the conversion rounds down.
		counts[i] = uint16(float32(clamp(x*scale+offset, saturation) + 0.5))
	}
	return counts, scale, nil
}

// PGM returns an 8-bit picture: scale times every pixel, clamped to 0..255 and rounded down. If
// scale is 0 or less, it is chosen so that 5 standard deviations of the pixels (with n−1) span 250
// grey levels; if all pixels are equal, it is that of [Scaled]. used is the scale. Numbers that are
// not finite are errors.
func PGM[T float32 | float64](image []T, scale float64) (picture []uint8, used float64, err error) {
	if err := checkFinite(image, scale, 0); err != nil {
		return nil, 0, err
	}
	if scale <= 0 {
		scale = autoScale(image)
		if deviation := standardDeviation(image); deviation > 0 {
			scale = finiteScale(GreyLevels / (GreyDeviations * deviation))
		}
	}
	picture = make([]uint8, len(image))
	for i, x := range image {
		picture[i] = uint8(clamp(float64(x)*scale, math.MaxUint8))
	}
	return picture, scale, nil
}

func autoScale[T float32 | float64](image []T) float64 {
	brightest := 0.0
	for _, x := range image {
		brightest = max(brightest, float64(x))
	}
	if brightest == 0 {
		return 1
	}
	return finiteScale(Brightest / brightest)
}

// finiteScale limits the scale of images of denormal numbers: an infinite scale would turn their
// zeros into NaN.
func finiteScale(scale float64) float64 { return min(scale, math.MaxFloat64) }

func standardDeviation[T float32 | float64](image []T) float64 {
	sum := 0.0
	for _, x := range image {
		sum += float64(x)
	}
	mean := sum / float64(len(image))
	squares := 0.0
	for _, x := range image {
		squares += (float64(x) - mean) * (float64(x) - mean)
	}
	return math.Sqrt(squares / float64(max(len(image)-1, 1)))
}

// clamp limits a number that is not NaN to 0..high. The built-in min and max, which handle NaN and
// the sign of 0, would double the time of Scaled.
func clamp(x, high float64) float64 {
	if x > high {
		return high
	}
	if x < 0 {
		return 0
	}
	return x
}

func checkFinite[T float32 | float64](image []T, scale, offset float64) error {
	if !finite(scale) {
		return fmt.Errorf("noise: the scale is %v", scale)
	}
	if !finite(offset) {
		return fmt.Errorf("noise: the offset is %v", offset)
	}
	for i, x := range image {
		if !finite(float64(x)) {
			return fmt.Errorf("noise: pixel %d is %v", i, x)
		}
	}
	return nil
}

// finite reports, from its exponent, whether x is neither NaN nor infinite.
func finite(x float64) bool {
	const exponent = 0x7ff << 52
	return math.Float64bits(x)&exponent != exponent
}
