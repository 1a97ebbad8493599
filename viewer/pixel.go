package viewer

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
)

// pixel is what is known of a point of a panel.
type pixel struct {
	Panel int     `json:"panel"`
	Fast  float64 `json:"fast"`
	Slow  float64 `json:"slow"`
	// Counted reports whether it counts.
	Counted    bool     `json:"counted"`
	Data       *float64 `json:"data,omitempty"`
	Model      *float64 `json:"model,omitempty"`
	Residual   *float64 `json:"residual,omitempty"`
	Resolution float64  `json:"resolution,omitempty"` // Å
	TwoTheta   float64  `json:"two_theta"`            // degrees
	// HKL are the fractional Miller indices of the first crystal, in the middle of the image's rotation.
	HKL *[3]float64 `json:"hkl,omitempty"`
	// Spot is the predicted reflection whose box holds the pixel.
	Spot *spot `json:"spot,omitempty"`
}

// Pixel returns what is known of a point of a panel, in pixels from the outer corner of its first.
func (s *Session) Pixel(ctx context.Context, image, panel int, fast, slow float64) (*pixel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.show(ctx, image); err != nil {
		return nil, err
	}
	if panel < 0 || panel >= len(s.sizes) || !(fast >= 0 && fast < float64(s.sizes[panel][0]) && slow >= 0 && slow < float64(s.sizes[panel][1])) {
		return nil, fmt.Errorf("viewer: panel %d has no pixel %g, %g", panel, fast, slow)
	}
	i := int(slow)*s.sizes[panel][0] + int(fast)
	out := &pixel{Panel: panel, Fast: fast, Slow: slow, Counted: s.counts(panel, i)}
	data := s.fit.Data.Photons[panel].Float64s()[i]
	if out.Counted {
		out.Data = &data
	}
	e := s.fit.Experiment
	model, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	if e.Detector.Numbers()[panel][i] >= 0 {
		v := model[panel].Float64s()[i]
		out.Model = &v
		if out.Counted {
			r := (data - v) / math.Sqrt(s.fit.Variance(panel, i, v))
			out.Residual = &r
		}
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, err
	}
	p := &planes[panel]
	lists, err := s.predicted()
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return out, nil
	}
	setup := lists[0].Setup
	wavelength := brightest(lists)
	if d := p.Resolution(fast, slow, wavelength); !math.IsInf(d, 0) {
		out.Resolution = d
	}
	ray := geom.Unit(p.At(fast, slow))
	out.TwoTheta = math.Acos(max(-1, min(1, geom.Dot(ray, p.Beam)))) / geom.Degree
	out.HKL = indices(&setup.Crystal, ray, p.Beam, wavelength)
	if r, crystal := nearest(lists, panel, fast, slow); r != nil {
		x := spotOf(r, crystal)
		out.Spot = &x
	}
	return out, nil
}

// indices are the fractional Miller indices of a ray in the middle of the image's rotation.
func indices(x *prediction.Crystal, ray, beam [3]float64, wavelength float64) *[3]float64 {
	q := geom.Scale(1/wavelength, geom.Add(ray, geom.Scale(-1, beam)))
	if turn := x.Phi + x.Osc/2; turn != 0 {
		q = geom.Apply(geom.Rotation(geom.Unit(x.Spindle), -turn*geom.Degree), q)
	}
	var h [3]float64
	for i := range h {
		h[i] = geom.Dot(geom.Column(x.Axes, i), q)
	}
	return &h
}
