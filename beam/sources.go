package beam

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// ray is one source: a grid sample or a list entry.
type ray struct {
	h, v, dispersion float64    // fractions of the ranges
	direction        [3]float64 // of travel; list entries only
	weight           float64    // mean 1
	wavelength       float64    // Å; 0 means the beam's
	energy           float64    // eV from the centre of a Gaussian spectrum
	width            float64    // relative, of the energy; list entries only
}

// trim is the value of the ellipse equation up to which samples of the divergence are kept, as in
// the reference program.
const trim = 1.1

// along is the sine of the angle below which a source counts as parallel to the polarization axis,
// where the directions of the fields are undefined.
const along = 1e-6

// travel returns the direction in which sample r travels at the configured divergence.
func (c *Config) travel(r ray) [3]float64 {
	vertical := geom.Rotation(c.Polarization, Milliradian*c.Vertical.Range*r.v)
	horizontal := geom.Rotation(geom.Unit(geom.Cross(c.Direction, c.Polarization)), Milliradian*c.Horizontal.Range*r.h)
	return geom.Apply(horizontal, geom.Apply(vertical, c.Direction))
}

func makeRays(cfg Config) ([]ray, error) {
	if len(cfg.Sources) > 0 {
		return listed(cfg)
	}
	energies := cfg.Dispersion.Steps
	if g := cfg.GaussianSpectrum; g != nil {
		energies = g.Channels
	}
	if n := float64(cfg.Horizontal.Steps) * float64(cfg.Vertical.Steps) * float64(energies); n > MaxSources {
		return nil, refuse("divergence_h.steps", "%d × %d directions × %d wavelengths are more than %d sources", cfg.Horizontal.Steps, cfg.Vertical.Steps, energies, MaxSources)
	}
	// With divergence in only one direction there is no ellipse, and the reference program trims
	// nothing.
	elliptical := !cfg.Square && cfg.Horizontal.Range > 0 && cfg.Vertical.Range > 0
	var rays []ray
	for i := range cfg.Horizontal.Steps {
		for j := range cfg.Vertical.Steps {
			if elliptical && cfg.Horizontal.ellipse(i)+cfg.Vertical.ellipse(j) > trim {
				continue
			}
			for k := range energies {
				r := ray{h: cfg.Horizontal.fraction(i), v: cfg.Vertical.fraction(j), dispersion: cfg.Dispersion.fraction(k), weight: 1}
				if g := cfg.GaussianSpectrum; g != nil {
					r.energy = g.offset(k)
					r.weight = math.Exp(-4 * math.Ln2 * r.energy * r.energy / (g.FWHM * g.FWHM))
				}
				rays = append(rays, r)
			}
		}
	}
	for _, r := range rays {
		if geom.Norm(geom.Cross(cfg.travel(r), cfg.Polarization)) < along {
			return nil, refuse("divergence_v", "with this divergence a source shines along the polarization axis")
		}
	}
	if len(rays) == 0 {
		return nil, refuse("square_divergence", "none of the %d × %d samples lies inside the ellipse of the divergence: set Config.Square", cfg.Horizontal.Steps, cfg.Vertical.Steps)
	}
	return rays, nil
}

func listed(cfg Config) ([]ray, error) {
	if len(cfg.Sources) > MaxSources {
		return nil, refuse("sources", "%d sources are more than %d", len(cfg.Sources), MaxSources)
	}
	rays := make([]ray, len(cfg.Sources))
	total := 0.0
	for i, s := range cfg.Sources {
		switch r := geom.Norm(s.Position); {
		case !(r > 0) || math.IsInf(r, 0):
			return nil, refuse(fmt.Sprintf("sources.%d.position", i), "source %d at %v has no direction", i, s.Position)
		case !(s.Weight >= 0) || math.IsInf(s.Weight, 0):
			return nil, refuse(fmt.Sprintf("sources.%d.weight", i), "source %d has weight %g; want 0 or more", i, s.Weight)
		case !(s.Width >= 0 && s.Width <= MaxLineWidth):
			return nil, refuse(fmt.Sprintf("sources.%d.width", i), "source %d has line width %g; want 0 to %g", i, s.Width, MaxLineWidth)
		case !(s.Wavelength >= 0) || math.IsInf(s.Wavelength, 0):
			return nil, refuse(fmt.Sprintf("sources.%d.wavelength", i), "source %d has wavelength %g Å; want 0 (the beam's) or more", i, s.Wavelength)
		}
		rays[i] = ray{direction: geom.Scale(-1, geom.Unit(s.Position)), weight: s.Weight, wavelength: s.Wavelength, width: s.Width}
		if geom.Norm(geom.Cross(rays[i].direction, cfg.Polarization)) < along {
			return nil, refuse(fmt.Sprintf("sources.%d.position", i), "source %d shines along the polarization axis", i)
		}
		total += s.Weight
	}
	if math.IsInf(total, 0) {
		return nil, refuse("sources", "the weights of %d sources have no finite sum", len(cfg.Sources))
	}
	for i := range rays {
		if total == 0 {
			rays[i].weight = 1
		} else {
			rays[i].weight = rays[i].weight / total * float64(len(rays))
		}
	}
	return rays, nil
}

// Weighted reports whether the sources differ in weight.
func (s *Beam) Weighted() bool {
	for _, r := range s.rays {
		if r.weight != s.rays[0].weight {
			return true
		}
	}
	return false
}

// Sources holds the sources as expressions. A quantity that differs between sources is an array on
// the source axis; one that all share is a scalar. With several sources, the direction or the
// wavelength is always an array, so that a sum over the axis counts every source.
type Sources struct {
	Incident   expr.Vec   // unit vectors of travel
	Wavelength *expr.Node // Å
	Energy     *expr.Node // of the photons in eV
	Weight     *expr.Node // mean 1
	// Count is the number of sources, and Lines that of wavelengths: without a list, sources are directions × wavelengths,
	// wavelengths fastest; with one, each has its own.
	Count, Lines int
}

// Sources returns the expressions of all sources.
func (s *Beam) Sources() (*Sources, error) { return s.sources("source", s.rays) }

// First returns the expressions of the first source, whose polarization the reference program uses
// for all (physics.md, deviation 2). With Config.FreeSources its weight and wavelength are those of
// the configuration.
func (s *Beam) First() (*Sources, error) { return s.sources("first", s.rays[:1]) }

func (s *Beam) sources(name string, rays []ray) (*Sources, error) {
	b := node.On(s.g)
	// values returns a constant if all rays agree, otherwise an array on the source axis.
	values := func(what string, of func(ray) float64) *expr.Node {
		data := make([]float64, len(rays))
		same := true
		for i, r := range rays {
			data[i] = of(r)
			same = same && data[i] == data[0]
		}
		if same {
			return b.Const(data[0])
		}
		full := s.prefix + "." + name + "." + what
		if s.leaves[full] == nil {
			s.leaves[full] = b.Leaf(full, data, 1, len(data), 1, 1)
		}
		return b.In(s.leaves[full])
	}
	out := &Sources{Weight: values("weight", func(r ray) float64 { return r.weight })}
	if len(s.cfg.Sources) > 0 {
		for i, axis := range []string{"x", "y", "z"} {
			out.Incident[i] = values(axis, func(r ray) float64 { return r.direction[i] })
		}
		given := values("wavelength", func(r ray) float64 { return r.wavelength })
		switch {
		case s.cfg.FreeSources && name == "source":
			shape := tensor.Shape{1, len(s.rays), 1, 1}
			out.Weight, out.Wavelength = b.Reshape(b.In(s.Weights), shape), b.Reshape(b.In(s.Wavelengths), shape)
			if !s.cfg.FreeSum && len(s.rays) > 1 {
				out.Weight = b.Mul(out.Weight, b.Scale(float64(len(s.rays)), b.Inverse(b.SumAll(out.Weight))))
			}
		case !slices.ContainsFunc(rays, func(r ray) bool { return r.wavelength == 0 }):
			out.Wavelength = given // does not depend on the beam's: a derivative by that is an error, not 0
		default:
			follows := values("follows", func(r ray) float64 {
				if r.wavelength > 0 {
					return 0
				}
				return 1
			})
			out.Wavelength = b.Add(given, b.Mul(follows, b.In(s.Wavelength)))
		}
	} else {
		out.Incident = s.diverged(b, values)
		if s.cfg.GaussianSpectrum != nil {
			s.gaussian(b, out, values, len(rays))
		} else if out.Wavelength = b.In(s.Wavelength); out.Wavelength == nil {
			b.Fail(fmt.Errorf("the wavelength is a nil node"))
		}
		if s.cfg.Dispersion.Range > 0 {
			shift := b.Scale(0.01, b.Mul(b.In(s.Dispersion), values("dispersion", func(r ray) float64 { return r.dispersion })))
			out.Wavelength = b.Mul(out.Wavelength, b.Add(b.Const(1), shift))
		}
	}
	if s.cfg.Calibration != nil {
		out.Wavelength = b.Add(b.In(s.Offset), b.Mul(b.In(s.Scale), out.Wavelength))
	}
	if len(rays) > 1 && b.Err() == nil && !onSourceAxis(out) {
		// Identical sources still count: the sum over the source axis must have a term for each.
		out.Wavelength = b.BroadcastTo(out.Wavelength, tensor.Shape{1, len(rays), 1, 1})
	}
	out.Energy = b.Scale(format.HC, b.Inverse(out.Wavelength))
	out.Count, out.Lines = len(rays), len(rays)
	if len(s.cfg.Sources) == 0 && len(rays) > 1 {
		out.Lines = s.cfg.Dispersion.Steps
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w", b.Err())
	}
	return out, nil
}

// onSourceAxis reports whether a direction or wavelength varies along the source axis.
func onSourceAxis(s *Sources) bool {
	for _, n := range []*expr.Node{s.Incident[0], s.Incident[1], s.Incident[2], s.Wavelength} {
		if d, err := expr.DimsOf(n.Shape()); err == nil && d[expr.Source] > 1 {
			return true
		}
	}
	return false
}

// diverged rotates the beam by the vertical angle about the polarization axis, then by the
// horizontal angle about the vertical axis (physics.md, Beam).
func (s *Beam) diverged(b *node.Builder, values func(string, func(ray) float64) *expr.Node) expr.Vec {
	beam, polarization := s.cfg.Direction, s.cfg.Polarization
	vertical := geom.Unit(geom.Cross(beam, polarization))
	v := b.ConstVec(beam)
	for _, turn := range []struct {
		axis   [3]float64
		width  *G.Node
		what   string
		of     func(ray) float64
		spread Spread
	}{
		{polarization, s.Vertical, "v", func(r ray) float64 { return r.v }, s.cfg.Vertical},
		{vertical, s.Horizontal, "h", func(r ray) float64 { return r.h }, s.cfg.Horizontal},
	} {
		if turn.spread.Range == 0 {
			continue
		}
		angle := b.Scale(Milliradian, b.Mul(b.In(turn.width), values(turn.what, turn.of)))
		v = b.RotateAxis(v, b.ConstVec(turn.axis), b.Angle(angle))
	}
	return v
}

// fraction returns the position of sample i in units of the range: −½ and ½ are the ends, 0 the
// centre. The range itself is a separate factor, so that it stays differentiable.
func (s Spread) fraction(i int) float64 {
	if s.Range == 0 {
		return 0
	}
	return s.Step*float64(i)/s.Range - 0.5
}

// ellipse returns this direction's term of the ellipse equation for sample i: four times the
// squared fraction, minus that of half a step if the number of steps is even, as in the reference
// program.
func (s Spread) ellipse(i int) float64 {
	if s.Range == 0 {
		return 0
	}
	f := s.fraction(i)
	half := s.Step / s.Range
	return 4 * (f*f - half*half/4*float64(1-s.Steps%2))
}

// Polarized returns the polarization factor p for unit vectors d along the diffracted rays (Kahn;
// physics.md, Intensity). With E and B the unit vectors of the incident fields, e = d·E and b =
// d·B, the term cos 2ψ (1 − c²) equals e² − b², since c² + e² + b² = 1. It needs no angle and no
// division, so p is smooth on the direct beam too. With [Config.NoPolarization], p is 1.
func (s *Beam) Polarized(sources *Sources, d expr.Vec) (*expr.Node, error) {
	b := node.On(s.g)
	if s.cfg.NoPolarization {
		return b.Const(1), b.Err()
	}
	magnetic := b.Unit(b.Cross(b.ConstVec(s.cfg.Polarization), sources.Incident))
	electric := b.Unit(b.Cross(sources.Incident, magnetic))
	c2 := b.Square(b.Dot(sources.Incident, d))
	split := b.Sub(b.Square(b.Dot(d, electric)), b.Square(b.Dot(d, magnetic)))
	p := b.Scale(0.5, b.Sub(b.Add(b.Const(1), c2), b.Mul(b.In(s.Kahn), split)))
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w", b.Err())
	}
	return p, nil
}
