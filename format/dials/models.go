package dials

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// The models of an experiment, as DIALS writes them, and what this module takes from them.

type beam struct {
	ID                    string     `json:"__id__,omitempty"`
	Direction             [3]float64 `json:"direction"` // from the sample to the source
	Wavelength            float64    `json:"wavelength"`
	Divergence            float64    `json:"divergence"`
	SigmaDivergence       float64    `json:"sigma_divergence"`
	PolarizationNormal    [3]float64 `json:"polarization_normal"`
	PolarizationFraction  float64    `json:"polarization_fraction"`
	Flux                  float64    `json:"flux"`
	Transmission          float64    `json:"transmission"`
	WavelengthRange       []float64  `json:"wavelength_range,omitempty"`
	SampleToSourceMetres  float64    `json:"sample_to_source_distance,omitempty"`
	WavelengthDistributed any        `json:"wavelength_distribution,omitempty"`
}

func (b *beam) read(g *format.Geometry) error {
	if b.WavelengthRange != nil || b.ID != "" && !strings.EqualFold(b.ID, "monochromatic") && !strings.EqualFold(b.ID, "beam") {
		return format.Errorf(format.ErrUnsupported, "a beam of type %q: only monochromatic ones are read", b.ID)
	}
	if !(b.Wavelength > 0) || math.IsInf(b.Wavelength, 0) {
		return fmt.Errorf("beam: wavelength %g Å is not positive", b.Wavelength)
	}
	var err error
	if g.ToSource, err = unit(b.Direction, "beam: direction"); err != nil {
		return err
	}
	g.Wavelength = b.Wavelength
	if f := b.PolarizationFraction; f >= 0 && f <= 1 && geom.Norm(b.PolarizationNormal) > 0 {
		g.Polarization = &format.Polarization{Normal: geom.Scale(1/geom.Norm(b.PolarizationNormal), b.PolarizationNormal), Fraction: f}
	} else {
		return fmt.Errorf("beam: polarization of %g normal to (%g, %g, %g)", f, b.PolarizationNormal[0], b.PolarizationNormal[1], b.PolarizationNormal[2])
	}
	return nil
}

func unit(v [3]float64, what string) ([3]float64, error) {
	n := geom.Norm(v)
	if !(n > 0) || math.IsInf(n, 0) {
		return v, fmt.Errorf("%s (%g, %g, %g) has no direction", what, v[0], v[1], v[2])
	}
	return geom.Scale(1/n, v), nil
}

// node is a panel, or a group of panels, in the frame of the group that it belongs to.
type node struct {
	Name           string     `json:"name"`
	Type           string     `json:"type"`
	FastAxis       [3]float64 `json:"fast_axis"`
	SlowAxis       [3]float64 `json:"slow_axis"`
	Origin         [3]float64 `json:"origin"`
	RawImageOffset [2]int     `json:"raw_image_offset"`
	ImageSize      [2]int     `json:"image_size"`
	PixelSize      [2]float64 `json:"pixel_size"`
	TrustedRange   [2]float64 `json:"trusted_range"`
	Thickness      float64    `json:"thickness"`
	Material       string     `json:"material"`
	Mu             float64    `json:"mu"`
	Identifier     string     `json:"identifier"`
	Mask           [][4]int   `json:"mask"`
	Gain           *float64   `json:"gain"` // 1 if there is none
	Pedestal       float64    `json:"pedestal"`
	Strategy       struct {
		Type string `json:"type"`
	} `json:"px_mm_strategy"`
}

// group is a node of the hierarchy; a leaf is the index of a panel alone.
type group struct {
	node
	Panel    *int    `json:"panel,omitempty"`
	Children []group `json:"children,omitempty"`
}

// MarshalJSON writes a leaf as DIALS does.
func (n group) MarshalJSON() ([]byte, error) {
	if n.Panel != nil {
		return json.Marshal(struct {
			Panel int `json:"panel"`
		}{*n.Panel})
	}
	return json.Marshal(struct {
		node
		Children []group `json:"children"`
	}{n.node, n.Children})
}

type detector struct {
	Panels    []node `json:"panels"`
	Hierarchy *group `json:"hierarchy,omitempty"`
}

// place is where a group is in the laboratory.
type place struct {
	axes   [3][3]float64 // columns fast, slow, normal
	origin [3]float64
}

// within returns the place of a node whose group is at p.
func (p place) within(n *node) place {
	fast, slow := geom.Apply(p.axes, n.FastAxis), geom.Apply(p.axes, n.SlowAxis)
	return place{geom.Columns(fast, slow, geom.Cross(fast, slow)), geom.Add(p.origin, geom.Apply(p.axes, n.Origin))}
}

var laboratory = place{axes: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}

// maxDepth of a hierarchy.
const maxDepth = 64

// read adds the panels to a geometry. It reports whether positions are corrected for parallax.
func (d *detector) read(g *format.Geometry) (parallax bool, err error) {
	places := make([]*place, len(d.Panels))
	var walk func(n *group, at place, depth int) (members []int, err error)
	walk = func(n *group, at place, depth int) (members []int, err error) {
		if depth > maxDepth {
			return nil, format.Errorf(format.ErrLimit, "detector: a hierarchy deeper than %d", maxDepth)
		}
		if n.Panel != nil {
			i := *n.Panel
			if i < 0 || i >= len(places) || places[i] != nil {
				return nil, format.Errorf(format.ErrInconsistent, "detector: its hierarchy has panel %d twice, or there is none of that number", i)
			}
			p := at.within(&d.Panels[i])
			places[i] = &p
			return []int{i}, nil
		}
		at = at.within(&n.node)
		for i := range n.Children {
			within, err := walk(&n.Children[i], at, depth+1)
			if err != nil {
				return nil, err
			}
			members = append(members, within...)
		}
		if len(members) > 1 {
			fast, slow := geom.Unit(geom.Column(at.axes, 0)), geom.Unit(geom.Column(at.axes, 1))
			g.Groups = append(g.Groups, format.Group{Name: n.Name, Panels: members, Origin: at.origin, Fast: fast, Slow: slow})
		}
		return members, nil
	}
	if d.Hierarchy != nil {
		if _, err := walk(d.Hierarchy, laboratory, 0); err != nil {
			return false, err
		}
	}
	for i := range d.Panels {
		n := &d.Panels[i]
		at := places[i]
		if at == nil {
			if d.Hierarchy != nil && len(d.Hierarchy.Children) > 0 {
				return false, format.Errorf(format.ErrInconsistent, "detector: panel %d is not in the hierarchy", i)
			}
			p := laboratory.within(n)
			at = &p
		}
		p, err := n.panel(*at)
		if err != nil {
			return false, fmt.Errorf("detector: panel %d: %w", i, err)
		}
		g.Panels = append(g.Panels, p)
		switch n.Strategy.Type {
		case "", "SimplePxMmStrategy":
		case "ParallaxCorrectedPxMmStrategy":
			parallax = true
		default:
			return false, format.Errorf(format.ErrUnsupported, "detector: panel %d: positions by %s", i, n.Strategy.Type)
		}
	}
	return parallax, nil
}

func (n *node) panel(at place) (format.Panel, error) {
	p := format.Panel{
		Name: n.Name, Origin: at.origin, Pixel: n.PixelSize, Size: n.ImageSize, First: n.RawImageOffset,
		Material: n.Material, Thickness: n.Thickness, Mu: n.Mu, Gain: 1, Pedestal: n.Pedestal, Bad: n.Mask,
	}
	var err error
	if p.Fast, err = unit(geom.Column(at.axes, 0), "fast axis"); err != nil {
		return p, err
	}
	if p.Slow, err = unit(geom.Column(at.axes, 1), "slow axis"); err != nil {
		return p, err
	}
	if math.Abs(geom.Dot(p.Fast, p.Slow)) > 1e-4 {
		return p, fmt.Errorf("its fast and slow axes are not perpendicular: their product is %g", geom.Dot(p.Fast, p.Slow))
	}
	for k, axis := range []string{"fast", "slow"} {
		if s := p.Size[k]; s < 1 || s > format.MaxPixels {
			return p, fmt.Errorf("%d pixels along its %s axis", s, axis)
		}
		if s := p.Pixel[k]; !(s > 0) || math.IsInf(s, 0) {
			return p, fmt.Errorf("a pixel of %g mm along its %s axis", s, axis)
		}
	}
	if n.Gain != nil && *n.Gain > 0 {
		p.Gain = *n.Gain
	}
	if n.TrustedRange[1] > n.TrustedRange[0] {
		trusted := n.TrustedRange
		p.Trusted = &trusted
	}
	return p, nil
}

type goniometer struct {
	// One axis:
	RotationAxis    *[3]float64 `json:"rotation_axis,omitempty"`
	FixedRotation   []float64   `json:"fixed_rotation,omitempty"`
	SettingRotation []float64   `json:"setting_rotation,omitempty"`
	// Several axes, from the crystal outwards:
	Axes     [][3]float64 `json:"axes,omitempty"`
	Angles   []float64    `json:"angles,omitempty"` // degrees
	Names    []string     `json:"names,omitempty"`
	ScanAxis int          `json:"scan_axis,omitempty"`
}

func (o *goniometer) read() (*format.Rotation, error) {
	r := format.NewRotation([3]float64{1, 0, 0}, 0, 0, 1, 1)
	var err error
	if o.RotationAxis != nil {
		if r.Axis, err = unit(*o.RotationAxis, "goniometer: axis"); err != nil {
			return nil, err
		}
		if r.Fixed, err = rotation(o.FixedRotation, "fixed"); err != nil {
			return nil, err
		}
		r.Setting, err = rotation(o.SettingRotation, "setting")
		return r, err
	}
	n := len(o.Axes)
	if n == 0 || len(o.Angles) != n || o.ScanAxis < 0 || o.ScanAxis >= n {
		return nil, format.Errorf(format.ErrInconsistent, "goniometer: %d axes, %d angles, scan axis %d", n, len(o.Angles), o.ScanAxis)
	}
	for k, v := range o.Axes {
		axis, err := unit(v, fmt.Sprintf("goniometer: axis %d", k))
		if err != nil {
			return nil, err
		}
		if k == o.ScanAxis {
			r.Axis = axis
			continue
		}
		turn := geom.Rotation(axis, o.Angles[k]*math.Pi/180)
		if k < o.ScanAxis {
			r.Fixed = geom.Mul(turn, r.Fixed)
		} else {
			r.Setting = geom.Mul(turn, r.Setting)
		}
	}
	return r, nil
}

// rotation is a matrix of nine numbers, row by row; the identity if there are none.
func rotation(m []float64, what string) (out [3][3]float64, err error) {
	if m == nil {
		return laboratory.axes, nil
	}
	if len(m) != 9 {
		return out, format.Errorf(format.ErrInconsistent, "goniometer: its %s rotation has %d numbers, not 9", what, len(m))
	}
	for i := range out {
		copy(out[i][:], m[3*i:])
	}
	for i := range 3 {
		for j := range 3 {
			want := 0.0
			if i == j {
				want = 1
			}
			if !(math.Abs(geom.Dot(out[i], out[j])-want) < 1e-4) {
				return out, fmt.Errorf("goniometer: its %s rotation is not one: rows %d and %d have the product %g", what, i, j, geom.Dot(out[i], out[j]))
			}
		}
	}
	return out, nil
}

type scan struct {
	ImageRange  [2]int     `json:"image_range"`
	BatchOffset int        `json:"batch_offset"`
	Oscillation [2]float64 `json:"oscillation"` // start of the first image and width, degrees
	Exposure    []float64  `json:"exposure_time"`
	Epochs      []float64  `json:"epochs"`
	Valid       any        `json:"valid_image_ranges,omitempty"`
	// Later versions of DIALS have the oscillation here: the start of every image.
	Properties *struct {
		Oscillation []float64 `json:"oscillation,omitempty"`
		Exposure    []float64 `json:"exposure_time,omitempty"`
		Epochs      []float64 `json:"epochs,omitempty"`
	} `json:"properties,omitempty"`
}

// maxImages is the largest number of images of a scan.
const maxImages = 1 << 24

func (s *scan) read(r *format.Rotation) error {
	r.First, r.Images = s.ImageRange[0], s.ImageRange[1]-s.ImageRange[0]+1
	if r.Images < 1 || r.Images > maxImages {
		return format.Errorf(format.ErrInconsistent, "scan: images %d to %d", s.ImageRange[0], s.ImageRange[1])
	}
	r.Phi, r.Width = s.Oscillation[0], s.Oscillation[1]
	if s.Properties != nil && len(s.Properties.Oscillation) > 0 {
		list := s.Properties.Oscillation
		if len(list) != r.Images {
			return format.Errorf(format.ErrInconsistent, "scan: %d oscillations for %d images", len(list), r.Images)
		}
		r.Phi, r.Width = list[0], 0
		if len(list) > 1 {
			r.Width = (list[len(list)-1] - list[0]) / float64(len(list)-1)
		}
	}
	return nil
}

type crystal struct {
	ID          string       `json:"__id__"`
	A           [3]float64   `json:"real_space_a"`
	B           [3]float64   `json:"real_space_b"`
	C           [3]float64   `json:"real_space_c"`
	Hall        string       `json:"space_group_hall_symbol"`
	ScanPoints  [][9]float64 `json:"A_at_scan_points,omitempty"`
	BCovariance []float64    `json:"B_covariance,omitempty"`
}

// hallPrefix marks the name of a space group that is a Hall symbol.
const hallPrefix = "Hall:"

func (c *crystal) read() (*format.Crystal, error) {
	volume := geom.Dot(c.A, geom.Cross(c.B, c.C))
	if !(math.Abs(volume) > 1e-9) || math.IsInf(volume, 0) {
		return nil, fmt.Errorf("crystal: its cell has the volume %g Å³", volume)
	}
	// The rows a, b, c are the inverse of the columns a*, b*, c*.
	out := &format.Crystal{A: geom.Inverse([3][3]float64{c.A, c.B, c.C})}
	if hall := strings.TrimSpace(c.Hall); hall != "" {
		out.SpaceGroup = hallPrefix + " " + hall
	}
	for _, m := range c.ScanPoints {
		out.ScanPoints = append(out.ScanPoints, [3][3]float64{{m[0], m[1], m[2]}, {m[3], m[4], m[5]}, {m[6], m[7], m[8]}})
	}
	return out, nil
}
