package dials

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/geom"
)

// WriteExperimentsFile writes an experiment list to the file at path, as [WriteExperiments] does.
func WriteExperimentsFile(path string, experiments []Experiment) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteExperiments(w, experiments) })
}

// WriteExperiments writes an experiment list that DIALS reads. Groups of panels are the hierarchy, but
// for those that neither hold another one's panels nor are apart from it; the goniometer has one axis. Crystals need a space group whose Hall symbol
// is known: see [format.Crystal]. What an Experiment does not hold, such as exposure times, gets the
// defaults of DIALS.
func WriteExperiments(w io.Writer, experiments []Experiment) error {
	l := list{ID: "ExperimentList", Experiments: []links{}, Imagesets: []imageset{}, Beams: []beam{}, Detectors: []detector{}, Goniometers: []goniometer{},
		Scans: []scan{}, Crystals: []crystal{}, Profiles: []profile{}, Scaling: []interface{}{}}
	geometries, crystals := map[*format.Geometry]links{}, map[*format.Crystal]*int{}
	for i, e := range experiments {
		link, known := geometries[e.Geometry]
		if !known && e.Geometry != nil {
			link = l.addGeometry(e.Geometry, e.Parallax)
			geometries[e.Geometry] = link
		}
		link.ID, link.Identifier = "Experiment", e.Identifier
		if e.Crystal != nil {
			if crystals[e.Crystal] == nil {
				c, err := newCrystal(e.Crystal)
				if err != nil {
					return fmt.Errorf("dials: experiment %d: %w", i, err)
				}
				crystals[e.Crystal] = add(&l.Crystals, *c)
			}
			link.Crystal = crystals[e.Crystal]
		}
		if e.Profile != nil {
			link.Profile = add(&l.Profiles, profile{"gaussian_rs", *e.Profile})
		}
		if e.Images != nil {
			link.Imageset = add(&l.Imagesets, newImageset(e.Images))
		}
		l.Experiments = append(l.Experiments, link)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(&l); err != nil {
		return fmt.Errorf("dials: %w", err)
	}
	return nil
}

// add appends a model and returns its index.
func add[T any](list *[]T, model T) *int {
	i := len(*list)
	*list = append(*list, model)
	return &i
}

func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func newImageset(s *Imageset) imageset {
	out := imageset{ID: "ImageSet", Images: s.Files, Indices: s.Indices, Mask: pointer(s.Mask), Gain: pointer(s.Gain), Pedestal: pointer(s.Pedestal)}
	if s.Template != "" {
		out.ID, out.Template = "ImageSequence", s.Template
	}
	return out
}

func newCrystal(c *format.Crystal) (*crystal, error) {
	hall, known := strings.CutPrefix(c.SpaceGroup, hallPrefix)
	switch {
	case c.SpaceGroup == "":
		hall = "P 1"
	case !known:
		return nil, fmt.Errorf("the space group %s is not given by its Hall symbol", c.SpaceGroup)
	}
	cell := geom.Inverse(c.A) // rows a, b, c
	out := &crystal{ID: "crystal", A: cell[0], B: cell[1], C: cell[2], Hall: " " + strings.TrimSpace(hall)}
	for _, m := range c.ScanPoints {
		out.ScanPoints = append(out.ScanPoints, [9]float64{m[0][0], m[0][1], m[0][2], m[1][0], m[1][1], m[1][2], m[2][0], m[2][1], m[2][2]})
	}
	return out, nil
}

func (l *list) addGeometry(g *format.Geometry, parallax bool) (link links) {
	b := beam{Direction: g.ToSource, Wavelength: g.Wavelength, PolarizationNormal: [3]float64{0, 1, 0}, PolarizationFraction: 0.999, Transmission: 1}
	if p := g.Polarization; p != nil {
		b.PolarizationNormal, b.PolarizationFraction = p.Normal, p.Fraction
	}
	link.Beam = add(&l.Beams, b)
	if len(g.Panels) > 0 {
		var d detector
		for i := range g.Panels {
			d.Panels = append(d.Panels, newPanel(&g.Panels[i], parallax))
		}
		d.hierarchy(g.Groups)
		link.Detector = add(&l.Detectors, d)
	}
	if r := g.Rotation; r != nil {
		axis := r.Axis
		link.Goniometer = add(&l.Goniometers, goniometer{RotationAxis: &axis, FixedRotation: rows(r.Fixed), SettingRotation: rows(r.Setting)})
		s := scan{ImageRange: [2]int{r.First, r.First + r.Images - 1}, Oscillation: [2]float64{r.Phi, r.Width}, Valid: struct{}{},
			Exposure: make([]float64, r.Images), Epochs: make([]float64, r.Images)}
		link.Scan = add(&l.Scans, s)
	}
	return link
}

func rows(m [3][3]float64) []float64 {
	return []float64{m[0][0], m[0][1], m[0][2], m[1][0], m[1][1], m[1][2], m[2][0], m[2][1], m[2][2]}
}

// newNode returns a group at the origin.
func newNode() node {
	n := node{FastAxis: [3]float64{1, 0, 0}, SlowAxis: [3]float64{0, 1, 0}, Mask: [][4]int{}, Gain: new(float64)}
	*n.Gain = 1
	n.Strategy.Type = "SimplePxMmStrategy"
	return n
}

func newPanel(p *format.Panel, parallax bool) node {
	n := newNode()
	n.Name, n.Type = p.Name, "SENSOR_PAD"
	n.FastAxis, n.SlowAxis, n.Origin, n.PixelSize, n.ImageSize, n.RawImageOffset = p.Fast, p.Slow, p.Origin, p.Pixel, p.Size, p.First
	n.Material, n.Thickness, n.Mu, n.Pedestal = p.Material, p.Thickness, p.Mu, p.Pedestal
	if p.Gain > 0 {
		*n.Gain = p.Gain
	}
	n.TrustedRange = [2]float64{0, math.MaxInt32} // an empty range would mean that no pixel counts
	if p.Trusted != nil {
		n.TrustedRange = *p.Trusted
	}
	if p.Bad != nil {
		n.Mask = p.Bad
	}
	if parallax {
		n.Strategy.Type = "ParallaxCorrectedPxMmStrategy"
	}
	return n
}
