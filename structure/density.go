package structure

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/gobragg/gobragg/internal/geom"
)

// Structure factors by a Fourier transform: L. F. Ten Eyck, Acta Cryst. A33, 486 (1977). The atoms of
// one kind are smeared into Gaussians of their displacements and an artificial one, blur, on a grid
// over the cell. The form factor and the inverse of the blur multiply the transform. One asymmetric
// unit is smeared, since
//
//	F(h) = Σ over operations F₁(h R) exp(2πi h·t)
//
// A wave h is mixed with those of h plus multiples of the grid. They are the weaker the wider the
// Gaussians are, with a displacement of B in all: by exp(−B n(n−2)/(4d²)), n points in the wavelength
// d. Where the Gaussians are cut off, they are exp(−gridCut) of their peaks. Compared with the direct
// sum, amplitudes are right to 1e-5 of the largest.
const (
	gridRate  = 3  // points in the wavelength dmin
	gridWidth = 18 // the smallest B with blur, in dmin²
	gridCut   = 20
)

// smeared are sites as Gaussians on the grid.
type smeared struct {
	kind     int
	centre   [3]float64 // in grid points
	extent   [3]float64 // half sizes of the box, in grid points
	inverse  [6]float64 // of the covariance, in grid points
	strength float64    // at the centre
}

// density is a plan of transforms for all reflections to dmin.
type density struct {
	c     *calculator
	dmin  float64
	blur  float64 // Å²
	shape [3]int
	// keep are the largest indices that the transform has.
	keep  [3]int
	atoms []smeared
}

// plan returns the plan for the spacing dmin, and nil if Gaussians are no way to compute the
// model: the grid would be too large or a displacement is absurd.
func (c *calculator) plan(dmin float64) *density {
	d := &density{c: c, dmin: dmin}
	lengths := c.model.Cell.Parameters()
	points := 1.0
	for j := range 3 {
		d.keep[j] = int(lengths[j] / dmin)
		d.shape[j] = smooth(int(math.Ceil(gridRate*lengths[j]/dmin)) + 1)
		points *= float64(d.shape[j])
	}
	if points > MaxCells {
		return nil
	}
	// U* of B = 1 Å², of which the blur is a multiple.
	metric := reciprocalMetric(c.star)
	least := math.Inf(1)
	covariances := make([][6]float64, len(c.sites))
	for i := range c.sites {
		s := &c.sites[i]
		for n := range 6 {
			covariances[i][n] = s.u[n] / (2 * math.Pi * math.Pi)
			if s.isotropic {
				covariances[i][n] = s.b * metric[n]
			}
		}
		if s.isotropic {
			least = min(least, s.b)
		} else {
			least = min(least, smallestB(covariances[i], c.star))
		}
	}
	d.blur = max(0, gridWidth*dmin*dmin-least)
	if d.blur > 4*gridWidth*dmin*dmin {
		return nil // the inverse of the blur would multiply rounding errors
	}
	d.atoms = make([]smeared, len(c.sites))
	for i := range c.sites {
		a := &d.atoms[i]
		a.kind = c.sites[i].kind
		var grid [6]float64
		for n, ij := range tensor {
			grid[n] = (covariances[i][n] + d.blur*metric[n]) * float64(d.shape[ij[0]]) * float64(d.shape[ij[1]])
		}
		var det float64
		a.inverse, det = invertSymmetric(grid)
		a.strength = c.sites[i].weight / math.Sqrt(8*math.Pi*math.Pi*math.Pi*det)
		for j := range 3 {
			x := c.sites[i].position[j]
			a.centre[j] = (x - math.Floor(x)) * float64(d.shape[j])
			a.extent[j] = math.Sqrt(2 * gridCut * grid[j])
		}
	}
	return d
}

// work estimates the time of the transforms in nanoseconds of one core.
func (d *density) work() float64 {
	points := float64(d.shape[0]) * float64(d.shape[1]) * float64(d.shape[2])
	sum := 40 * points * float64(len(d.c.kinds))
	for i := range d.atoms {
		e := &d.atoms[i].extent
		sum += 4 * e[0] * e[1] * (20 + 2*1.2*e[2])
	}
	return sum
}

// factors returns the structure factors of the reflections, none of which may lie beyond dmin.
func (d *density) factors(indices [][3]int32) []factors {
	out := make([]factors, len(indices))
	nz := d.keep[2] + 1
	wave := make([]complex128, d.shape[0]*(2*d.keep[1]+1)*nz)
	operations := d.c.model.Group.Primitive()
	for k, kind := range d.c.kinds {
		d.transform(k, wave)
		inParallel(len(indices), func(first, end int) {
			for i := first; i < end; i++ {
				h := [3]int{int(indices[i][0]), int(indices[i][1]), int(indices[i][2])}
				var sum complex128
				for _, o := range operations {
					sin, cos := math.Sincos(float64(o.Shift(h)) * (math.Pi / 12))
					sum += d.at(wave, o.Index(h)) * complex(cos, sin)
				}
				s := inverseSpacing(d.c.star, h[0], h[1], h[2])
				sum *= complex(math.Exp(d.blur*s*s/4), 0)
				out[i].normal += complex(kind.factor.At(s*s)+real(kind.anomalous), 0) * sum
				out[i].absorptive += complex(imag(kind.anomalous), 0) * sum
			}
		})
	}
	return out
}

// at returns the wave h, with the sign exp(+2πi h x), of transforms with exp(−2πi h x) for l ≥ 0.
func (d *density) at(wave []complex128, h [3]int) complex128 {
	mate := h[2] < 0
	if mate {
		h = [3]int{-h[0], -h[1], -h[2]}
	}
	if h[0] < 0 {
		h[0] += d.shape[0]
	}
	f := wave[(h[0]*(2*d.keep[1]+1)+h[1]+d.keep[1])*(d.keep[2]+1)+h[2]]
	if !mate {
		return conj(f)
	}
	return f
}

// transform fills wave with the transform of the atoms of a kind: h over the whole grid, k from
// −keep to keep, l from 0 to keep.
func (d *density) transform(kind int, wave []complex128) {
	nx, ny, nz := d.shape[0], d.shape[1], d.shape[2]
	ky, kz := 2*d.keep[1]+1, d.keep[2]+1
	// Planes of x: density, then transforms along z and y.
	inParallel(nx, func(first, end int) {
		alongZ, alongY := fourier.NewFFT(nz), fourier.NewCmplxFFT(ny)
		plane := make([]float64, ny*nz)
		half := make([]complex128, nz/2+1)
		lines := make([]complex128, kz*ny)
		line := make([]complex128, ny)
		for x := first; x < end; x++ {
			clear(plane)
			any := false
			for i := range d.atoms {
				if a := &d.atoms[i]; a.kind == kind && a.addTo(plane, x, d.shape) {
					any = true
				}
			}
			if !any {
				clear(wave[x*ky*kz : (x+1)*ky*kz])
				continue
			}
			for y := range ny {
				half = alongZ.Coefficients(half, plane[y*nz:(y+1)*nz])
				for l := range kz {
					lines[l*ny+y] = half[l]
				}
			}
			for l := range kz {
				line = alongY.Coefficients(line, lines[l*ny:(l+1)*ny])
				for k := -d.keep[1]; k <= d.keep[1]; k++ {
					wave[(x*ky+k+d.keep[1])*kz+l] = line[(k+ny)%ny]
				}
			}
		}
	})
	// Lines of x, a row of l at a time.
	inParallel(ky, func(first, end int) {
		alongX := fourier.NewCmplxFFT(nx)
		lines, line := make([]complex128, kz*nx), make([]complex128, nx)
		for k := first; k < end; k++ {
			for x := range nx {
				for l, v := range wave[(x*ky+k)*kz : (x*ky+k+1)*kz] {
					lines[l*nx+x] = v
				}
			}
			for l := range kz {
				line = alongX.Coefficients(line, lines[l*nx:(l+1)*nx])
				copy(lines[l*nx:], line)
			}
			for x := range nx {
				to := wave[(x*ky+k)*kz : (x*ky+k+1)*kz]
				for l := range to {
					to[l] = lines[l*nx+x]
				}
			}
		}
	})
}

// addTo adds the Gaussian, and those of the neighbouring cells, to the plane x of the grid and
// reports whether it reaches there.
func (a *smeared) addTo(plane []float64, x int, shape [3]int) bool {
	reached := false
	p := &a.inverse
	low := int(math.Ceil(a.centre[0] - a.extent[0]))
	// The first plane from low on that is x modulo the cell.
	for gx := low + mod(x-low, shape[0]); float64(gx) <= a.centre[0]+a.extent[0]; gx += shape[0] {
		dx := float64(gx) - a.centre[0]
		for gy := int(math.Ceil(a.centre[1] - a.extent[1])); float64(gy) <= a.centre[1]+a.extent[1]; gy++ {
			dy := float64(gy) - a.centre[1]
			// Along z the exponent is (q2 z² + 2 q1 z + q0)/2.
			q2, q1, q0 := p[2], p[4]*dx+p[5]*dy, p[0]*dx*dx+p[1]*dy*dy+2*p[3]*dx*dy
			root := q1*q1 - q2*(q0-2*gridCut)
			if root <= 0 {
				continue
			}
			root = math.Sqrt(root)
			from, to := math.Ceil(a.centre[2]+(-q1-root)/q2), math.Floor(a.centre[2]+(-q1+root)/q2)
			if from > to {
				continue
			}
			reached = true
			z := from - a.centre[2]
			value := a.strength * math.Exp(-(q2*z*z+2*q1*z+q0)/2)
			// The ratio of neighbours, and the ratio of ratios.
			ratio, step := math.Exp(-(q2*(2*z+1)+2*q1)/2), math.Exp(-q2)
			to -= from
			at := mod(int(from), shape[2])
			line := plane[mod(gy, shape[1])*shape[2]:][:shape[2]]
			for range int(to) + 1 {
				line[at] += value
				value *= ratio
				ratio *= step
				if at++; at == len(line) {
					at = 0
				}
			}
		}
	}
	return reached
}

func mod(v, n int) int {
	if v %= n; v < 0 {
		v += n
	}
	return v
}

// smooth returns the smallest number from n on without prime factors above 5.
func smooth(n int) int {
	for ; ; n++ {
		m := n
		for _, p := range []int{2, 3, 5} {
			for m%p == 0 {
				m /= p
			}
		}
		if m == 1 {
			return n
		}
	}
}

// reciprocalMetric returns the covariance of fractional coordinates of B = 1 Å²: a*·a* and so on, by
// 8π².
func reciprocalMetric(star [3][3]float64) (metric [6]float64) {
	for n, ij := range tensor {
		for i := range 3 {
			metric[n] += star[i][ij[0]] * star[i][ij[1]] / (8 * math.Pi * math.Pi)
		}
	}
	return metric
}

// invertSymmetric returns the inverse and the determinant of a symmetric matrix.
func invertSymmetric(m [6]float64) (inverse [6]float64, det float64) {
	a, b, c, d, e, f := m[0], m[1], m[2], m[3], m[4], m[5]
	det = a*(b*c-f*f) - d*(d*c-f*e) + e*(d*f-b*e)
	return [6]float64{(b*c - f*f) / det, (a*c - e*e) / det, (a*b - d*d) / det,
		(e*f - c*d) / det, (d*f - b*e) / det, (d*e - a*f) / det}, det
}

// smallestB returns 8π² times the smallest mean square displacement of a covariance of fractional
// coordinates along any direction, in Å².
func smallestB(u [6]float64, star [3][3]float64) float64 {
	var full [3][3]float64
	for n, ij := range tensor {
		full[ij[0]][ij[1]], full[ij[1]][ij[0]] = u[n], u[n]
	}
	axes := geom.Inverse(star) // its rows are the axes
	var c [6]float64
	for n, ij := range tensor {
		for p := range 3 {
			for q := range 3 {
				c[n] += axes[p][ij[0]] * full[p][q] * axes[q][ij[1]]
			}
		}
	}
	// The eigenvalues of a symmetric matrix by trigonometry: O. K. Smith, Commun. ACM 4, 168 (1961).
	mean := (c[0] + c[1] + c[2]) / 3
	x, y, z := c[0]-mean, c[1]-mean, c[2]-mean
	size := math.Sqrt((x*x + y*y + z*z + 2*(c[3]*c[3]+c[4]*c[4]+c[5]*c[5])) / 6)
	if size == 0 {
		return 8 * math.Pi * math.Pi * mean
	}
	_, det := invertSymmetric([6]float64{x / size, y / size, z / size, c[3] / size, c[4] / size, c[5] / size})
	angle := math.Acos(max(-1, min(1, det/2))) / 3
	return 8 * math.Pi * math.Pi * (mean + 2*size*math.Cos(angle+2*math.Pi/3))
}
