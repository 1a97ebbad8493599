package noise

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// readoutStream selects the sequence of [Readout], so that one seed can be that of both.
const readoutStream = stream + 1

// Readout adds the readout noise of a detector to the photons of every pixel: numbers of a normal
// distribution with standard deviation sigma. The same seed gives the same numbers, whatever the
// image. A sigma that is negative or not finite is an error.
func Readout(photons []float64, sigma float64, seed uint64) ([]float64, error) {
	if !(sigma >= 0) || math.IsInf(sigma, 0) {
		return nil, fmt.Errorf("noise: readout noise of %v photons: want 0 or more", sigma)
	}
	return readout(photons, func(int) float64 { return sigma }, seed), nil
}

// ReadoutMap is [Readout] with a standard deviation of its own for each pixel.
func ReadoutMap(photons, sigma []float64, seed uint64) ([]float64, error) {
	if len(sigma) != len(photons) {
		return nil, fmt.Errorf("noise: a map of readout noise of %d pixels for %d", len(sigma), len(photons))
	}
	for i, s := range sigma {
		if !(s >= 0) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("noise: readout noise of %v photons in pixel %d: want 0 or more", s, i)
		}
	}
	return readout(photons, func(i int) float64 { return sigma[i] }, seed), nil
}

func readout(photons []float64, sigma func(i int) float64, seed uint64) []float64 {
	normal := distuv.Normal{Mu: 0, Sigma: 1, Src: rand.NewPCG(seed, readoutStream)}
	out := make([]float64, len(photons))
	for i, p := range photons {
		out[i] = p + float64(sigma(i)*normal.Rand())
	}
	return out
}
