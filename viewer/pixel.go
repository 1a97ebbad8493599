package viewer

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/detector"
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
	TwoTheta   *float64 `json:"two_theta,omitempty"`  // degrees; nil where no file says where the detector is
	// HKL are the fractional Miller indices of the first crystal, in the middle of the image's rotation.
	HKL *[3]float64 `json:"hkl,omitempty"`
	// Spot is the predicted reflection whose box holds the pixel.
	Spot *spot `json:"spot,omitempty"`
}

// Pixel returns what is known of a point of a panel, in pixels from the outer corner of its first.
func (s *Session) Pixel(ctx context.Context, image, panel int, fast, slow float64) (*pixel, error) {
	if panel < 0 || panel >= len(s.sizes) || !(fast >= 0 && fast < float64(s.sizes[panel][0]) && slow >= 0 && slow < float64(s.sizes[panel][1])) {
		return nil, fmt.Errorf("viewer: panel %d has no pixel %g, %g", panel, fast, slow)
	}
	i := int(slow)*s.sizes[panel][0] + int(fast)
	m, err := s.pictures.read(ctx, image)
	if err != nil {
		return nil, err
	}
	out := &pixel{Panel: panel, Fast: fast, Slow: slow}
	own := s.drawn.Load()
	data := float64(m.panels[panel][i])
	if out.Counted = data == data && !own.has(panel, i); out.Counted {
		out.Data = &data
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fit != nil {
		if err := s.show(ctx, image); err != nil {
			return nil, err
		}
		if err := s.modelAt(ctx, out, i); err != nil {
			return nil, err
		}
	}
	planes, wavelength, err := s.planes()
	if err != nil || planes == nil {
		return out, err
	}
	p := &planes[panel]
	if d := p.Resolution(fast, slow, wavelength); wavelength > 0 && !math.IsInf(d, 0) {
		out.Resolution = d
	}
	ray := geom.Unit(p.At(fast, slow))
	angle := math.Acos(max(-1, min(1, geom.Dot(ray, p.Beam)))) / geom.Degree
	out.TwoTheta = &angle
	lists, err := s.predicted(ctx, image)
	if err != nil || len(lists) == 0 {
		return out, err
	}
	out.HKL = indices(&lists[0].Setup.Crystal, ray, p.Beam, wavelength)
	if r, crystal := nearest(lists, panel, fast, slow); r != nil {
		x := spotOf(r, crystal)
		out.Spot = &x
	}
	return out, nil
}

// modelAt adds what the model says of a pixel. The session is locked.
func (s *Session) modelAt(ctx context.Context, out *pixel, i int) error {
	model, err := s.expected(ctx)
	if err != nil || s.numbers(s.fit)[out.Panel][i] < 0 {
		return err
	}
	v := model[out.Panel].Float64s()[i]
	out.Model = &v
	if s.counts(out.Panel, i) {
		r := (s.fit.Data.Photons[out.Panel].Float64s()[i] - v) / math.Sqrt(s.fit.Variance(out.Panel, i, v))
		out.Residual = &r
	}
	return nil
}

// planes are where the panels are, at the present values, and the wavelength in Å of the brightest line; nil and 0 where that is not known. The session is locked.
func (s *Session) planes() ([]detector.Plane, float64, error) {
	if s.fit == nil {
		return s.pictures.planes, s.pictures.wavelength, nil
	}
	planes, err := s.fit.Experiment.Detector.Planes()
	if err != nil {
		return nil, 0, err
	}
	wavelength, err := wavelengthOf(s.fit.Experiment)
	return planes, wavelength, err
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
