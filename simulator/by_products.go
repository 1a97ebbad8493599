package simulator

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// ByProducts say of each pixel where its diffracted intensity comes from: an image (slow, fast) for each panel. All are NaN in
// pixels without diffracted intensity, which those outside regions and masks are. The scattering of water does not count, and
// that between reflections counts for the nearest one.
type ByProducts struct {
	// Wavelength is the mean over the intensity, Σ I λ / Σ I, in Å.
	Wavelength []*tensor.Dense
	// Crystal is the number of the crystal, from 0, with the reflection that contributes most, and Reflection that one's
	// Miller indices h, k, l. Of reflections that contribute alike it is the one of the lower crystal, then of lower indices.
	Crystal    []*tensor.Dense
	Reflection [3][]*tensor.Dense
	// Share is that of the reflection, 0 to 1.
	Share []*tensor.Dense
	// HKL are the mean fractional Miller indices over the intensity of that crystal, Σ I h / Σ I.
	HKL [3][]*tensor.Dense
}

// reflection is one of a crystal.
type reflection struct{ crystal, h, k, l int }

func (r reflection) before(s reflection) bool {
	return slices.Compare([]int{r.crystal, r.h, r.k, r.l}, []int{s.crystal, s.h, s.k, s.l}) < 0
}

// ByProducts computes them from the present values of all inputs. It goes over the pixels a batch at a time, node by node on
// the processor, and takes the time of an image on the tape; nothing is kept of a step but the sums of its pixel.
func (s *Simulator) ByProducts(ctx context.Context) (*ByProducts, error) {
	if s.settings.closed != nil {
		return nil, fmt.Errorf("simulator: by-products are sums over steps, which a closed form has none of")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	c, roots, err := s.contributions()
	if err != nil {
		return nil, err
	}
	p, err := plan.New(s.isPixelLeaf, s.detector.Pixels(), roots...)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	sources, err := s.beam.At()
	if err != nil {
		return nil, err
	}
	for _, n := range sources {
		c.wavelengths = append(c.wavelengths, n.Wavelength)
	}
	for i := range c.of {
		for k, n := range c.of[i].nodes {
			at, ok := p.Find(n)
			if !ok || !p.Node(at).Pixel {
				return nil, fmt.Errorf("simulator: %s has no value in each pixel", n)
			}
			c.of[i].at[k] = at
		}
	}
	for i := range c.out {
		c.out[i] = make([]float64, s.detector.Pixels())
	}
	engine := tape.NewEngine(p, tape.Options{Batch: s.settings.batch, Visit: c.visit})
	if err := engine.FitInto(s.settings.memory, s.settings.workers); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if _, err := p.Run(ctx, engine, s.settings.workers, s.settings.progress); err != nil {
		return nil, err
	}
	return s.arrange(c)
}

// contribution is the diffracted intensity of each step of a crystal, with its Miller indices: I, h, k, l and the nearest ones.
type contribution struct {
	nodes [7]*expr.Node
	at    [7]int // in the plan
}

// The numbers of the results of contributions.
const (
	meanWavelength = iota
	ofCrystal
	ofH
	ofK
	ofL
	ofShare
	meanH
	meanK
	meanL
	results
)

type contributions struct {
	of          []contribution // of each crystal
	wavelengths []float64      // of each source, Å
	out         [results][]float64
}

// contributions builds the expressions, and sums over the steps of each, by which a plan computes them and keeps none.
func (s *Simulator) contributions() (*contributions, []*expr.Node, error) {
	sources, err := s.beam.Sources()
	if err != nil {
		return nil, nil, err
	}
	b := node.On(s.graph)
	c := &contributions{of: make([]contribution, len(s.parts))}
	var roots []*expr.Node
	for i := range s.parts {
		p := &s.parts[i]
		scale := b.Scale(1/p.Steps, b.In(s.crystals[i].SpotScale))
		factors := []*expr.Node{b.Mul(scale, p.Scattered), p.Polarization, p.SolidAngle}
		if !s.settings.deviations.EqualWeights {
			factors = append(factors, sources.Weight)
		}
		if p.Capture != nil {
			factors = append(factors, p.Capture)
		}
		c.of[i].nodes = [7]*expr.Node{b.Product(factors[0], factors[1:]...), p.H, p.K, p.L, p.H0, p.K0, p.L0}
		for _, n := range c.of[i].nodes {
			roots = append(roots, b.SumAxes(n, expr.Orientation, expr.Source, expr.Point))
		}
	}
	if b.Err() != nil {
		return nil, nil, fmt.Errorf("simulator: %w", b.Err())
	}
	return c, roots, nil
}

// visit adds up the steps of a batch of pixels.
func (c *contributions) visit(lo, hi int, local func(node int) expr.Array) {
	values := make([][7]expr.Array, len(c.of))
	for i := range c.of {
		for k, at := range c.of[i].at {
			values[i][k] = local(at)
		}
	}
	each := map[reflection]float64{}
	for pixel := range hi - lo {
		clear(each)
		var total, wavelength float64
		means := make([][4]float64, len(c.of)) // Σ I, Σ I h, Σ I k, Σ I l
		for i := range values {
			total, wavelength = c.add(&values[i], i, pixel, each, &means[i], total, wavelength)
		}
		c.finish(lo+pixel, each, means, total, wavelength)
	}
}

// add adds the steps of a crystal in a pixel of the batch.
func (c *contributions) add(v *[7]expr.Array, crystal, pixel int, each map[reflection]float64, mean *[4]float64, total, wavelength float64) (sum, ofWavelength float64) {
	d := expr.Dims{1, len(c.wavelengths), 1, 1}
	for k := range v {
		for a := range expr.Pixel {
			d[a] = max(d[a], v[k].Dims[a])
		}
	}
	for o := range d[expr.Orientation] {
		for s := range d[expr.Source] {
			for p := range d[expr.Point] {
				at := func(k int) float64 {
					a := &v[k]
					n := a.Dims
					return a.Data[((o%n[0]*n[1]+s%n[1])*n[2]+p%n[2])*n[3]+pixel]
				}
				w := at(0)
				if w == 0 {
					continue
				}
				total += w
				wavelength += w * c.wavelengths[s]
				mean[0] += w
				for k := range 3 {
					mean[1+k] += w * at(1+k)
				}
				each[reflection{crystal, int(at(4)), int(at(5)), int(at(6))}] += w
			}
		}
	}
	return total, wavelength
}

// finish writes the results of a pixel.
func (c *contributions) finish(pixel int, each map[reflection]float64, means [][4]float64, total, wavelength float64) {
	if !(total > 0) {
		for i := range c.out {
			c.out[i][pixel] = math.NaN()
		}
		return
	}
	var best reflection
	most := -1.0
	for r, sum := range each {
		if sum > most || sum == most && r.before(best) {
			best, most = r, sum
		}
	}
	m := &means[best.crystal]
	for i, v := range [results]float64{wavelength / total, float64(best.crystal), float64(best.h), float64(best.k), float64(best.l), most / total, m[1] / m[0], m[2] / m[0], m[3] / m[0]} {
		c.out[i][pixel] = v
	}
}

// arrange makes images of the results.
func (s *Simulator) arrange(c *contributions) (*ByProducts, error) {
	ones := make([]float64, s.detector.Pixels())
	for i := range ones {
		ones[i] = 1
	}
	simulated, err := s.detector.Images(ones)
	if err != nil {
		return nil, err
	}
	var images [results][]*tensor.Dense
	for i, list := range c.out {
		if images[i], err = s.detector.Images(list); err != nil {
			return nil, err
		}
		for k, panel := range images[i] {
			values := panel.Float64s()
			for j, one := range simulated[k].Float64s() {
				if one == 0 {
					values[j] = math.NaN()
				}
			}
		}
	}
	return &ByProducts{Wavelength: images[meanWavelength], Crystal: images[ofCrystal], Share: images[ofShare],
		Reflection: [3][]*tensor.Dense{images[ofH], images[ofK], images[ofL]}, HKL: [3][]*tensor.Dense{images[meanH], images[meanK], images[meanL]}}, nil
}
