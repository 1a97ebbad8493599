package simulator_test

import (
	"math"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/deviates"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// plain computes exact intensities one number at a time, straight from the sums of physics.md: a second opinion
// that shares no code with the graphs. It knows detectors of the MOSFLM convention that pivot about the beam, and wants
// numbers of steps, not their sizes.
type plain struct {
	setup
	layers    int     // of the sensor, at least 1
	layerStep float64 // in units of its thickness
}

const degree = math.Pi / 180

type vec [3]float64

func (u vec) dot(v vec) float64 { return u[0]*v[0] + u[1]*v[1] + u[2]*v[2] }
func (u vec) norm() float64     { return math.Sqrt(u.dot(u)) }
func (u vec) cross(v vec) vec {
	return vec{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
}
func (u vec) times(k float64) vec { return vec{k * u[0], k * u[1], k * u[2]} }
func (u vec) plus(vs ...vec) vec {
	for _, v := range vs {
		u = vec{u[0] + v[0], u[1] + v[1], u[2] + v[2]}
	}
	return u
}

// about turns v right-handed by an angle in radians about an axis.
func (u vec) about(axis vec, angle float64) vec {
	n := axis.times(1 / axis.norm())
	s, c := math.Sincos(angle)
	along := n.times(n.dot(u))
	return along.plus(u.plus(along.times(-1)).times(c), n.cross(u).times(s))
}

// xyz turns v about the laboratory's axes, in degrees.
func (u vec) xyz(angles [3]float64) vec {
	for i, axis := range []vec{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}} {
		u = u.about(axis, angles[i]*degree)
	}
	return u
}

// plainSource is where X-rays come from.
type plainSource struct {
	incident           vec
	wavelength, weight float64
}

func (p plain) sources() (list []plainSource) {
	wavelength := orDefault(p.beam.Wavelength, 1)
	if len(p.beam.Sources) > 0 {
		total := 0.0
		for _, s := range p.beam.Sources {
			total += s.Weight
		}
		for _, s := range p.beam.Sources {
			v := vec(s.Position)
			list = append(list, plainSource{v.times(-1 / v.norm()), orDefault(s.Wavelength, wavelength), s.Weight * float64(len(p.beam.Sources)) / total})
		}
		return list
	}
	steps := func(n int) int { return max(1, n) }
	at := func(width float64, i, n int) float64 { // from −width/2 to width/2
		if n < 2 {
			return 0
		}
		return width * (float64(i)/float64(n-1) - 0.5)
	}
	nh, nv, nd := steps(p.beam.Horizontal.Steps), steps(p.beam.Vertical.Steps), steps(p.beam.Dispersion.Steps)
	for h := range nh {
		for v := range nv {
			for d := range nd {
				// About the polarization axis, +z, then about beam × polarization, −y.
				ray := vec{1, 0, 0}.about(vec{0, 0, 1}, at(p.beam.Vertical.Range*1e-3, v, nv))
				ray = ray.about(vec{0, -1, 0}, at(p.beam.Horizontal.Range*1e-3, h, nh))
				list = append(list, plainSource{ray, wavelength * (1 + at(p.beam.Dispersion.Range/100, d, nd)), 1})
			}
		}
	}
	return list
}

// cell gives the cell vectors a, b, c (Å) without the misset: c is along z, b in the y-z plane.
func (p plain) cell() (abc [3]vec) {
	c := p.crystal.Cell
	al, be, ga := c.Alpha*degree, c.Beta*degree, c.Gamma*degree
	ay := (math.Cos(ga) - math.Cos(be)*math.Cos(al)) / math.Sin(al)
	az := math.Cos(be)
	abc = [3]vec{
		vec{math.Sqrt(1 - ay*ay - az*az), ay, az}.times(c.A),
		vec{0, math.Sin(al), math.Cos(al)}.times(c.B),
		vec{0, 0, c.C},
	}
	return abc
}

// lattice gives the cell vectors with the misset.
func (p plain) lattice() (abc [3]vec) {
	for i, v := range p.cell() {
		abc[i] = v.xyz(p.crystal.Misset)
	}
	return abc
}

// orientations are the lattices of all phi steps and mosaic domains.
func (p plain) orientations() (list [][3]vec) {
	phis, count := max(1, p.crystal.PhiSteps), max(1, p.crystal.Mosaic.Domains)
	reference := nanobragg.Domains(nanobragg.DefaultMosaicSeed, count)
	normal := deviates.Normal(count, p.crystal.Mosaic.Seed)
	spread := p.crystal.Mosaic.Spread * degree
	spindle := vec(p.crystal.Spindle)
	if spindle == (vec{}) {
		spindle = vec{0, 0, 1}
	}
	place := 0.5
	if p.crystal.PhiPoints == crystal.Start {
		place = 0
	}
	for t := range phis {
		phi := (p.crystal.Phi + p.crystal.Osc*(float64(t)+place)/float64(phis)) * degree
		for m := range count {
			var abc [3]vec
			for i, v := range p.cell() {
				if p.crystal.Mosaic.Kind == crystal.ReferenceDomains {
					d := reference[m]
					abc[i] = v.xyz(p.crystal.Misset).about(spindle, phi).about(vec(d.Axis), d.Magnitude*spread)
					continue
				}
				if r := vec(normal[m]).times(spread); r.norm() > 0 {
					v = v.about(r, r.norm())
				}
				abc[i] = v.xyz(p.crystal.Misset).about(spindle, phi)
			}
			list = append(list, abc)
		}
	}
	return list
}

// latticeFactor is F_latt.
func (p plain) latticeFactor(h [3]float64) float64 {
	n := [3]float64{}
	for i := range n {
		n[i] = max(1, p.crystal.N[i])
	}
	cells, fudge := n[0]*n[1]*n[2], orDefault(p.crystal.Fudge, 1)
	delta := [3]float64{}
	for i := range delta {
		delta[i] = h[i] - math.Ceil(h[i]-0.5)
	}
	switch p.crystal.Shape {
	case crystal.Square:
		f := 1.0
		for i := range n {
			if n[i] > 1 && delta[i] == 0 {
				f *= n[i]
			} else if n[i] > 1 {
				f *= math.Sin(math.Pi*n[i]*h[i]) / math.Sin(math.Pi*h[i])
			}
		}
		return f
	case crystal.Round:
		r2 := 0.0
		for i := range n {
			r2 += delta[i] * n[i] * delta[i] * n[i]
		}
		x := math.Pi * math.Sqrt(r2*fudge)
		if x == 0 {
			return cells * 0.723601254558268
		}
		return cells * 0.723601254558268 * 3 * (math.Sin(x)/x - math.Cos(x)) / (x * x)
	}
	abc := p.lattice()
	volume := abc[0].dot(abc[1].cross(abc[2]))
	var r vec
	for i := range 3 {
		star := abc[(i+1)%3].cross(abc[(i+2)%3]).times(1 / volume)
		r = r.plus(star.times(delta[i]))
	}
	rho2 := r.dot(r) * cells * cells
	if p.crystal.Shape == crystal.GaussStar {
		return cells * math.Exp(-fudge*rho2/0.63)
	}
	if fudge*rho2 < 0.3969 {
		return cells
	}
	return 0
}

// structureFactor is F_cell.
func (p plain) structureFactor(h [3]float64) float64 {
	t := p.crystal.Structure
	if t == nil {
		return p.crystal.DefaultF
	}
	at := func(h, k, l int) float64 {
		if i, ok := t.Index(h, k, l); ok {
			return t.F[i]
		}
		return p.crystal.DefaultF
	}
	lo, hi := [3]int{t.HMin, t.KMin, t.LMin}, [3]int{t.HMax, t.KMax, t.LMax}
	safe := p.crystal.Lookup == crystal.Tricubic
	for i := range h {
		safe = safe && h[i] >= float64(lo[i]+2) && h[i] <= float64(hi[i]-2)
	}
	if !safe {
		return at(int(math.Ceil(h[0]-0.5)), int(math.Ceil(h[1]-0.5)), int(math.Ceil(h[2]-0.5)))
	}
	// Neville's scheme through four points, l innermost.
	neville := func(x float64, y [4]float64) float64 {
		first := math.Floor(x) - 1
		for step := 1; step < 4; step++ {
			for i := range 4 - step {
				xi, xj := first+float64(i), first+float64(i+step)
				y[i] = ((x-xj)*y[i] - (x-xi)*y[i+1]) / (xi - xj)
			}
		}
		return y[0]
	}
	f := [3]int{int(math.Floor(h[0])) - 1, int(math.Floor(h[1])) - 1, int(math.Floor(h[2])) - 1}
	var inH, inK, inL [4]float64
	for i := range 4 {
		for j := range 4 {
			for k := range 4 {
				inL[k] = at(f[0]+i, f[1]+j, f[2]+k)
			}
			inK[j] = neville(h[2], inL)
		}
		inH[i] = neville(h[1], inK)
	}
	return neville(h[0], inH)
}

// polarized is Kahn's factor, with the angle that is usually written out.
func (p plain) polarized(incident, d vec) float64 {
	if p.beam.NoPolarization {
		return 1
	}
	magnetic := vec{0, 0, 1}.cross(incident)
	magnetic = magnetic.times(1 / magnetic.norm())
	electric := incident.cross(magnetic)
	c := incident.dot(d)
	psi := math.Atan2(d.dot(magnetic), d.dot(electric))
	return (1 + c*c - p.beam.Kahn*math.Cos(2*psi)*(1-c*c)) / 2
}

// pixel is the intensity of one pixel.
func (p plain) pixel(f, s int) float64 {
	d := p.detector
	side, n := d.Pixel*1e-3, max(1, d.Oversample)
	turn := func(v vec) vec {
		return v.xyz([3]float64{d.RotX, d.RotY, d.RotZ}).about(vec{0, 0, -1}, d.TwoTheta*degree)
	}
	fast, slow, normal := turn(vec{0, 0, 1}), turn(vec{0, -1, 0}), turn(vec{1, 0, 0})
	// The beam falls on the middle of the frame, half a pixel further; the shift moves all.
	beamAt := [2]float64{(float64(d.Fast)/2 + 1) * side, (float64(d.Slow)/2 + 1) * side}
	corner := vec{1, 0, 0}.times(d.Distance*1e-3).plus(fast.times(-beamAt[0]), slow.times(-beamAt[1]), vec(d.Shift).times(1e-3))
	closest := corner.dot(normal)

	const thomson, fluence = 7.94079248018965e-30, 1.25932015286227086360700001280e29
	water := p.crystal.Water * 1e-6
	background := 2.57 * 2.57 * water * water * water * 1e6 * 6.02214179e23 / 18
	sources, orientations := p.sources(), p.orientations()
	total := 0.0
	for t := range p.layers {
		depth := p.layerStep * d.Sensor.Thickness
		for j := range n * n {
			at := corner.plus(
				fast.times(side*(float64(f)+(float64(j%n)+0.5)/float64(n))),
				slow.times(side*(float64(s)+(float64(j/n)+0.5)/float64(n))),
				normal.times(float64(t)*depth*1e-6))
			r := at.norm()
			ray := at.times(1 / r)
			omega := side * side / (r * r)
			if !d.PointPixel {
				omega *= closest / r
			}
			capture := 1.0
			if d.Sensor.Thickness > 0 {
				path := depth / d.Sensor.Attenuation / ray.dot(normal)
				capture = math.Exp(-float64(t)*path) - math.Exp(-float64(t+1)*path)
			}
			crystalSum := 0.0
			for _, src := range sources {
				q := ray.plus(src.incident.times(-1)).times(1 / src.wavelength)
				if p.crystal.DMin > 0 && q.norm() > 1/p.crystal.DMin {
					continue
				}
				for _, abc := range orientations {
					h := [3]float64{abc[0].dot(q), abc[1].dot(q), abc[2].dot(q)}
					a := p.structureFactor(h) * p.latticeFactor(h)
					crystalSum += src.weight * p.polarized(src.incident, ray) * a * a
				}
			}
			steps := float64(len(sources) * len(orientations) * n * n)
			total += omega * capture * (crystalSum/steps + p.polarized(sources[0].incident, ray)*background/float64(n*n))
		}
	}
	return thomson * orDefault(p.beam.Fluence, fluence) * total
}

// plain is the exact physics of the setup.
func (s setup) plain() plain {
	p := plain{setup: s, layers: max(1, s.detector.Sensor.Layers)}
	p.layerStep = 1 / float64(p.layers)
	return p
}

func (p plain) image() []float64 {
	out := make([]float64, 0, p.detector.Fast*p.detector.Slow)
	for s := range p.detector.Slow {
		for f := range p.detector.Fast {
			out = append(out, p.pixel(f, s))
		}
	}
	return out
}

func orDefault(v, other float64) float64 {
	if v == 0 {
		return other
	}
	return v
}
