package viewer

import (
	"math"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/geom"
)

// ring is a curve of one resolution: points in the picture's coordinates, broken where it leaves a panel.
type ring struct {
	Resolution float64        `json:"resolution"` // Å
	Ice        bool           `json:"ice,omitempty"`
	Lines      [][][2]float64 `json:"lines"`
}

// round are the resolutions in Å of which rings are drawn, and ice those of the strongest rings of hexagonal ice.
var (
	round = []float64{40, 20, 10, 7, 5, 4, 3, 2.5, 2, 1.8, 1.5, 1.2, 1, 0.8, 0.6, 0.5}
	ice   = []float64{3.895, 3.661, 3.438, 2.667, 2.249, 2.068, 1.947, 1.916, 1.881, 1.719}
)

// Rings are those of round resolutions and of ice that cross the detector; none where nothing says where it is.
func (s *Session) Rings() ([]ring, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rings()
}

func (s *Session) rings() ([]ring, error) {
	out := []ring{}
	planes, wavelength, err := s.planes()
	if err != nil || planes == nil || wavelength == 0 {
		return out, err
	}
	for k, list := range [][]float64{round, ice} {
		for _, d := range list {
			r := ring{Resolution: d, Ice: k == 1}
			if r.Lines = s.trace(planes, d, wavelength); r.Lines != nil {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// trace returns the curves where a cone of diffraction meets the panels.
func (s *Session) trace(planes []detector.Plane, d, wavelength float64) (lines [][][2]float64) {
	sine := wavelength / (2 * d)
	if sine >= 1 {
		return nil
	}
	twoTheta := 2 * math.Asin(sine)
	beam := planes[0].Beam
	x := geom.Unit(perpendicular([3]float64{1, 0, 0}, beam))
	if math.Abs(beam[0]) > 0.9 {
		x = geom.Unit(perpendicular([3]float64{0, 1, 0}, beam))
	}
	y := geom.Cross(beam, x)
	const points = 720
	for k := range planes {
		p := &planes[k]
		var line [][2]float64
		for i := range points + 1 {
			azimuth := 2 * math.Pi * float64(i) / points
			ray := geom.Add(geom.Scale(math.Cos(twoTheta), beam), geom.Scale(math.Sin(twoTheta), geom.Add(geom.Scale(math.Cos(azimuth), x), geom.Scale(math.Sin(azimuth), y))))
			fast, slow, ok := meet(p, ray)
			if ok && fast >= 0 && slow >= 0 && fast <= float64(p.FastPixels) && slow <= float64(p.SlowPixels) {
				line = append(line, s.layout[k].picture(fast, slow))
				continue
			}
			if len(line) > 1 {
				lines = append(lines, line)
			}
			line = nil
		}
		if len(line) > 1 {
			lines = append(lines, line)
		}
	}
	return lines
}

// meet returns where a ray from the crystal meets a panel's plane, in pixels of the panel.
func meet(p *detector.Plane, ray [3]float64) (fast, slow float64, ok bool) {
	toward := geom.Dot(ray, p.Normal)
	away := geom.Dot(p.Corner, p.Normal)
	if toward == 0 || away/toward <= 0 {
		return 0, 0, false
	}
	from := geom.Add(geom.Scale(away/toward, ray), geom.Scale(-1, p.Corner))
	return geom.Dot(from, p.Fast) / p.Pixel, geom.Dot(from, p.Slow) / p.Pixel, true
}
