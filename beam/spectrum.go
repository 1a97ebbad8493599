package beam

import (
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// offset returns the distance of channel k from the centre in eV.
func (g *GaussianSpectrum) offset(k int) float64 {
	return (float64(k) - float64(g.Channels-1)/2) * g.Step
}

// gaussian sets the wavelengths and weights of a Gaussian spectrum.
func (s *Beam) gaussian(b *node.Builder, out *Sources, values func(string, func(ray) float64) *expr.Node, rays int) {
	distance := values("energy", func(r ray) float64 { return r.energy })
	out.Wavelength = b.Scale(format.HC, b.Inverse(b.Add(b.In(s.Energy), distance)))
	g := b.Exp(b.Scale(-4*math.Ln2, b.Square(b.Mul(distance, b.Inverse(b.In(s.FWHM))))))
	if b.Err() == nil && len(g.Shape()) > 0 {
		out.Weight = b.Mul(g, b.Scale(float64(rays), b.Inverse(b.SumAll(g))))
	}
}
