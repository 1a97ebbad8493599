package noise

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// MaxMean is the largest expected number of photons in a pixel. Near it, float64 still represents
// every integer.
const MaxMean = 1e15

// normalMean is the mean above which the Poisson distribution is taken as normal (its skewness,
// 1/√mean, is 3e-5 there). distuv's rejection method subtracts terms near mean·log(mean) and is
// visibly wrong from 1e13 on.
const normalMean = 1e9

// stream is an arbitrary constant that selects the PCG sequence; seeds select its start.
const stream = 0x6e616e6f42726167 // "nanoBrag"

// Poisson draws a number of photons for every pixel, with the pixel's value as the expected number.
// The same image and seed give the same photons. A pixel that is negative, NaN, infinite or above
// [MaxMean] is an error that names its index.
//
// Up to an expectation of 1e9 the distribution is exact; above, it is the normal distribution with
// the same mean and variance, rounded.
func Poisson[T float32 | float64](image []T, seed uint64) ([]float64, error) {
	if err := checkMeans(image); err != nil {
		return nil, err
	}
	source := rand.NewPCG(seed, stream)
	normal := distuv.Normal{Mu: 0, Sigma: 1, Src: source}
	photons := make([]float64, len(image))
	for i, x := range image {
		switch mean := float64(x); {
		case mean == 0: // photons[i] is already 0
		case mean <= normalMean:
			photons[i] = distuv.Poisson{Lambda: mean, Src: source}.Rand()
		default:
			photons[i] = math.Round(mean + math.Sqrt(mean)*normal.Rand())
		}
	}
	return photons, nil
}

func checkMeans[T float32 | float64](image []T) error {
	for i, x := range image {
		switch mean := float64(x); {
		case math.IsNaN(mean) || math.IsInf(mean, 0):
			return fmt.Errorf("noise: pixel %d expects %v photons", i, mean)
		case mean < 0:
			return fmt.Errorf("noise: pixel %d expects a negative number of photons, %g", i, mean)
		case mean > MaxMean:
			return fmt.Errorf("noise: pixel %d expects %g photons; the limit is %g", i, mean, float64(MaxMean))
		}
	}
	return nil
}
