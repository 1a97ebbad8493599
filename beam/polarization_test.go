package beam

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// kahn is the factor in its usual form, with the angle ψ between the diffracted ray's projection and
// the electric field: ½ (1 + cos²2θ − K cos 2ψ sin²2θ). On the beam, ψ is undefined and sin 2θ is 0.
func kahn(k float64, incident, diffracted, polarization [3]float64) float64 {
	magnetic := geom.Unit(geom.Cross(polarization, incident))
	electric := geom.Unit(geom.Cross(incident, magnetic))
	psi := math.Atan2(geom.Dot(diffracted, magnetic), geom.Dot(diffracted, electric))
	cos := geom.Dot(incident, diffracted)
	return 0.5 * (1 + cos*cos - k*math.Cos(2*psi)*(1-cos*cos))
}

// rays are directions all over the sphere: along, against and near the beam +x, and along the
// fields.
func rays() [][3]float64 {
	list := [][3]float64{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, -1}, geom.Unit([3]float64{1, 1e-9, 0}), geom.Unit([3]float64{1, 1e-4, 2e-4})}
	r := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		list = append(list, geom.Unit([3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}))
	}
	return list
}

func leaves(t testing.TB, s *Beam, rays [][3]float64) (d expr.Vec) {
	t.Helper()
	b := node.On(s.g)
	for k, axis := range []string{"d.x", "d.y", "d.z"} {
		data := make([]float64, len(rays))
		for i, r := range rays {
			data[i] = r[k]
		}
		d[k] = b.Builder.Leaf(axis, data, 1, 1, 1, len(data))
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return d
}

func TestPolarization(t *testing.T) {
	list := rays()
	for _, factor := range []float64{-1, 0, 0.3, 1} {
		s := newBeam(t, Config{Kahn: factor, Polarization: [3]float64{0.1, 0.5, 2}, Horizontal: Spread{Range: 80, Steps: 3}, Vertical: Spread{Range: 30}, Square: true})
		sources, err := s.Sources()
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Polarized(sources, leaves(t, s, list))
		if err != nil {
			t.Fatal(err)
		}
		got := difftest.Evaluate(t, p)[0]
		axis := s.Config().Polarization
		for i, source := range numbers(t, s) {
			for k, d := range list {
				near(t, "p", got[i*len(list)+k], kahn(factor, source.Incident, d, axis), 1e-14)
			}
		}
		if len(got) != s.Len()*len(list) {
			t.Errorf("%d values for %d sources and %d rays", len(got), s.Len(), len(list))
		}
	}
}

// TestPolarizationLimits checks special cases: p is 1 forwards and backwards along the beam for any
// factor; without polarization it is the mean of two fully polarized beams; a fully polarized beam
// scatters nothing along its field; and it is 1 if the correction is disabled.
func TestPolarizationLimits(t *testing.T) {
	list := rays()
	at := map[float64][]float64{}
	for _, factor := range []float64{-1, 0, 1} {
		s := newBeam(t, Config{Kahn: factor})
		sources, err := s.Sources()
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Polarized(sources, leaves(t, s, list))
		if err != nil {
			t.Fatal(err)
		}
		at[factor] = difftest.Evaluate(t, p)[0]
		near(t, "ahead", at[factor][0], 1, 0)
		near(t, "back", at[factor][1], 1, 0)
	}
	for i := range list {
		near(t, "unpolarized", at[0][i], (at[1][i]+at[-1][i])/2, 1e-15)
		near(t, "unpolarized", at[0][i], 0.5*(1+list[i][0]*list[i][0]), 1e-15)
	}
	near(t, "along the field", at[1][3], 0, 1e-15)
	near(t, "across the field", at[1][2], 1, 1e-15)
	near(t, "along the magnetic field of the other", at[-1][2], 0, 1e-15)

	s := newBeam(t, Config{Kahn: 1, NoPolarization: true})
	sources, err := s.Sources()
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Polarized(sources, leaves(t, s, list))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "off", difftest.Evaluate(t, p)[0][0], 1, 0)
	if len(p.Shape()) != 0 {
		t.Errorf("off: shape %v", p.Shape())
	}
}

// TestPolarizationDerivatives checks derivatives with respect to the factor, the divergences and the
// rays, also on the beam.
func TestPolarizationDerivatives(t *testing.T) {
	list := [][3]float64{{1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, geom.Unit([3]float64{1, 2, -3}), geom.Unit([3]float64{3, -0.1, 0.2})}
	s := newBeam(t, Config{Kahn: 0.7, Horizontal: Spread{Range: 90, Steps: 3}, Vertical: Spread{Range: 50}})
	sources, err := s.Sources()
	if err != nil {
		t.Fatal(err)
	}
	d := leaves(t, s, list)
	p, err := s.Polarized(sources, d)
	if err != nil {
		t.Fatal(err)
	}
	difftest.Hessian(t, difftest.Weighed(t, p), 1e-8, append(nodetest.Read(t, s.Kahn, s.Horizontal, s.Vertical), d[:]...)...)
}
