package structure

import (
	"math"
	"runtime"
	"sync"
)

// calculator computes structure factors of a model.
type calculator struct {
	model *Model
	sites []site
	kinds []kind
	star  [3][3]float64
}

func (m *Model) calculator() (*calculator, error) {
	sites, kinds, err := m.sites()
	if err != nil {
		return nil, err
	}
	return &calculator{m, sites, kinds, m.Cell.Reciprocal()}, nil
}

// factors are the structure factors of a reflection, without and of f″ alone: with real form factors
// and displacements,
//
//	F(h) = normal + i absorptive, F(−h) = conj normal + i conj absorptive
type factors struct{ normal, absorptive complex128 }

func (f factors) plus() complex128  { return f.normal + 1i*f.absorptive }
func (f factors) minus() complex128 { return conj(f.normal) + 1i*conj(f.absorptive) }

func conj(z complex128) complex128 { return complex(real(z), -imag(z)) }

// inParallel calls do for parts of the numbers from 0 to n−1, in several goroutines.
func inParallel(n int, do func(first, end int)) {
	workers := max(1, min(runtime.GOMAXPROCS(0), n))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { do(w*n/workers, (w+1)*n/workers) })
	}
	wg.Wait()
}

// direct sums over atoms and operations. Every reflection is the sum over the atoms in their order.
func (c *calculator) direct(indices [][3]int32) []factors {
	out := make([]factors, len(indices))
	var extent [3]int
	for _, h := range indices {
		for j := range 3 {
			extent[j] = max(extent[j], int(h[j]), -int(h[j]))
		}
	}
	inParallel(len(indices), func(first, end int) {
		const block = 1024 // reflections whose factors of kinds are in memory
		for ; first < end; first += block {
			c.block(indices[first:min(first+block, end)], out[first:min(first+block, end)], extent)
		}
	})
	return out
}

// waves are exp(2πi n x) of one coordinate, for n from −extent to extent.
type waves struct {
	values []complex128
	extent int
}

func (w *waves) fill(x float64) {
	x -= math.Floor(x)
	for n := 0; n <= w.extent; n++ {
		// The product in turns loses nothing when whole turns are taken off.
		turns := float64(n) * x
		sin, cos := math.Sincos(2 * math.Pi * (turns - math.Round(turns)))
		w.values[w.extent+n], w.values[w.extent-n] = complex(cos, sin), complex(cos, -sin)
	}
}

func (c *calculator) block(indices [][3]int32, out []factors, extent [3]int) {
	operations := c.model.Group.Primitive()
	s2 := make([]float64, len(indices))
	scattering := make([][]float64, len(c.kinds)) // f + f′
	for k := range c.kinds {
		scattering[k] = make([]float64, len(indices))
	}
	for i, h := range indices {
		s := inverseSpacing(c.star, int(h[0]), int(h[1]), int(h[2]))
		s2[i] = s * s
		for k := range c.kinds {
			scattering[k][i] = c.kinds[k].factor.At(s2[i]) + real(c.kinds[k].anomalous)
		}
	}
	var axes [3]waves
	for j := range axes {
		axes[j] = waves{make([]complex128, 2*extent[j]+1), extent[j]}
	}
	sums := make([]complex128, len(indices)) // of one atom over its images
	for n := range c.sites {
		s := &c.sites[n]
		clear(sums)
		for _, o := range operations {
			x := o.Position(s.position)
			for j := range axes {
				axes[j].fill(x[j])
			}
			// An image at R x has the displacement tensor R U Rᵀ.
			u := turnedTensor(s.u, o.R)
			alongA, alongB, alongC := axes[0].values, axes[1].values, axes[2].values
			for i, h := range indices {
				wave := alongA[int(h[0])+extent[0]] * alongB[int(h[1])+extent[1]] * alongC[int(h[2])+extent[2]]
				if !s.isotropic {
					wave *= complex(math.Exp(-quadratic(&u, h)), 0)
				}
				sums[i] += wave
			}
		}
		f, absorption := scattering[s.kind], imag(c.kinds[s.kind].anomalous)
		for i := range indices {
			w := s.weight
			if s.isotropic {
				w *= math.Exp(-s.b * s2[i] / 4)
			}
			out[i].normal += complex(w*f[i], 0) * sums[i]
			if absorption != 0 {
				out[i].absorptive += complex(w*absorption, 0) * sums[i]
			}
		}
	}
}

// quadratic returns h u h.
func quadratic(u *[6]float64, h [3]int32) float64 {
	x, y, z := float64(h[0]), float64(h[1]), float64(h[2])
	return u[0]*x*x + u[1]*y*y + u[2]*z*z + 2*(u[3]*x*y+u[4]*x*z+u[5]*y*z)
}

// turnedTensor returns R u Rᵀ.
func turnedTensor(u [6]float64, r [3][3]int) (out [6]float64) {
	var full [3][3]float64
	for n, ij := range tensor {
		full[ij[0]][ij[1]], full[ij[1]][ij[0]] = u[n], u[n]
	}
	for n, ij := range tensor {
		for p := range 3 {
			for q := range 3 {
				out[n] += float64(r[ij[0]][p]) * full[p][q] * float64(r[ij[1]][q])
			}
		}
	}
	return out
}
