package noise

import (
	"fmt"
	"math"
)

const (
	// saturation is the largest count of a 16-bit image.
	saturation = math.MaxUint16
	// Brightest is where the automatic scale of Scaled puts the brightest pixel.
	Brightest = 55000
	// GreyLevels of an 8-bit picture are what GreyDeviations standard deviations span with PGM's automatic scale.
	GreyLevels     = 250
	GreyDeviations = 5
)

// Digitise adds the offset of the analogue-to-digital converter (40 is usual) to
// every pixel, cuts it to 0..65535 and rounds down. overloads is the number of
// pixels that were above 65535. A pixel or offset that is not finite is an error.
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
		counts[i] = uint16(cut(x, saturation))
	}
	return counts, overloads, nil
}

// Scaled makes an image without noise: scale times every pixel plus the offset,
// cut to 0..65535 and rounded, halves up. A scale of 0 or less stands for one
// that brings the brightest pixel to 55000 (for 1 if none is positive). It
// returns the scale used. Numbers that are not finite are an error.
func Scaled(image []float64, scale, offset float64) (counts []uint16, used float64, err error) {
	if err := checkFinite(image, scale, offset); err != nil {
		return nil, 0, err
	}
	if scale <= 0 {
		scale = autoScale(image)
	}
	counts = make([]uint16, len(image))
	for i, x := range image {
		// Rounded in single precision, as the files of the original program are. What is cut is not negative, so that the
		// conversion rounds down.
		counts[i] = uint16(float32(cut(x*scale+offset, saturation) + 0.5))
	}
	return counts, scale, nil
}

// PGM makes an 8-bit picture: scale times every pixel, cut to 0..255 and rounded
// down. A scale of 0 or less stands for one that spreads five times the standard
// deviation of the pixels (with n−1) over 250 grey levels; where all pixels are
// alike, that of Scaled is taken. It returns the scale used. Numbers that are not
// finite are an error.
func PGM(image []float64, scale float64) (picture []uint8, used float64, err error) {
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
		picture[i] = uint8(cut(x*scale, math.MaxUint8))
	}
	return picture, scale, nil
}

func autoScale(image []float64) float64 {
	brightest := 0.0
	for _, x := range image {
		brightest = max(brightest, x)
	}
	if brightest == 0 {
		return 1
	}
	return finiteScale(Brightest / brightest)
}

// finiteScale keeps images of denormal numbers from a scale that would make NaN
// of their zeros.
func finiteScale(scale float64) float64 { return min(scale, math.MaxFloat64) }

func standardDeviation(image []float64) float64 {
	sum := 0.0
	for _, x := range image {
		sum += x
	}
	mean := sum / float64(len(image))
	squares := 0.0
	for _, x := range image {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares / float64(max(len(image)-1, 1)))
}

// cut of a number that is not NaN. The built-in min and max, which look for NaN and the sign of 0, would double the time of Scaled.
func cut(x, high float64) float64 {
	if x > high {
		return high
	}
	if x < 0 {
		return 0
	}
	return x
}

func checkFinite(image []float64, scale, offset float64) error {
	if !finite(scale) {
		return fmt.Errorf("noise: the scale is %v", scale)
	}
	if !finite(offset) {
		return fmt.Errorf("noise: the offset is %v", offset)
	}
	for i, x := range image {
		if !finite(x) {
			return fmt.Errorf("noise: pixel %d is %v", i, x)
		}
	}
	return nil
}

// finite tells a number from NaN and infinities by its exponent.
func finite(x float64) bool {
	const exponent = 0x7ff << 52
	return math.Float64bits(x)&exponent != exponent
}
