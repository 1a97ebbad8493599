package noise

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// MaxMean is the largest expected number of photons in a pixel. Near it float64
// still holds every integer.
const MaxMean = 1e15

// normalMean is where the Poisson distribution is as good as normal (skewness
// 1/√mean = 3e-5). The rejection method of distuv takes the difference of terms
// near mean·log(mean); from 1e13 on it goes visibly wrong.
const normalMean = 1e9

// stream is the PCG sequence, any fixed number, that the seeds select a start in.
const stream = 0x6e616e6f42726167 // "nanoBrag"

// Poisson draws for every pixel a number of photons with the pixel's value as
// its expectation. The same image and seed give the same photons. A pixel that
// is negative, NaN, infinite or above MaxMean is an error that names its index.
//
// Up to 1e9 the distribution is exact; above, it is the normal distribution of
// the same mean and variance, rounded.
func Poisson(image []float64, seed uint64) ([]float64, error) {
	if err := checkMeans(image); err != nil {
		return nil, err
	}
	source := rand.NewPCG(seed, stream)
	normal := distuv.Normal{Mu: 0, Sigma: 1, Src: source}
	photons := make([]float64, len(image))
	for i, mean := range image {
		switch {
		case mean == 0: // photons[i] is 0 already
		case mean <= normalMean:
			photons[i] = distuv.Poisson{Lambda: mean, Src: source}.Rand()
		default:
			photons[i] = math.Round(mean + math.Sqrt(mean)*normal.Rand())
		}
	}
	return photons, nil
}

func checkMeans(image []float64) error {
	for i, mean := range image {
		switch {
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
