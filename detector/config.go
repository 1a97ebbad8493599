package detector

import (
	"fmt"
	"math"
	"slices"
)

// Config describes an area detector. Its zero value is the reference program's: 1024 × 1024 pixels
// of 0.1 mm, 100 mm from the crystal in the MOSFLM convention, with the beam in the middle.
//
// A detector has one frame in the laboratory, which Convention, the centres, distances and angles
// place. Panels lie in that frame; if there are none, a single panel fills it.
type Config struct {
	// Name is the prefix of the node names; two detectors in one graph need different ones. ""
	// means "detector".
	Name string

	// Fast and Slow are the numbers of pixels along the two axes. 0 means 1024. With Panels they
	// only give the size of the frame, on which the default centres and ADXV's Y depend. At most
	// [MaxPixels].
	Fast, Slow int
	// Pixel is the side of a pixel in mm, in panels that have none of their own. 0 means 0.1.
	Pixel float64

	// Convention determines the axes and the meaning of the beam centre.
	Convention Convention
	// Axes replaces axes of the convention; those that are 0 are kept. Fast, Slow and Normal must
	// be perpendicular to each other, but may form a left-handed set.
	Axes Axes

	// Distance is from the crystal to the point where the beam meets the detector, in mm. 0 means
	// that it follows from CloseDistance or Origin, or is 100 if neither is given.
	Distance float64
	// CloseDistance is from the crystal to the nearest point of the detector's plane, in mm,
	// instead of Distance.
	CloseDistance float64
	// BeamCentre is the convention's X and Y of the direct beam, in mm, which places a detector
	// that pivots about the beam. nil means the convention's default: half a pixel from the middle
	// for MOSFLM, DENZO and ADXV, CloseCentre for the others.
	BeamCentre *[2]float64
	// CloseCentre is the point nearest to the crystal, along the fast and slow axes in mm, before
	// any rotation. It places a detector that pivots about the sample. nil means the middle, or the
	// beam centre for Custom.
	CloseCentre *[2]float64
	// Pivot is the fixed point of the detector's rotations. 0 means that of the convention: the
	// sample for XDS and DIALS, the beam for the others; with Origin, the sample.
	Pivot Pivot
	// Origin is the position of the corner of the first pixel relative to the crystal, in mm along
	// the laboratory's axes, instead of distances and centres; the detector then pivots about the
	// sample. nil means that it follows from those.
	Origin *[3]float64

	// RotX, RotY, RotZ rotate the detector right-handed about the laboratory's axes, in that order,
	// in degrees.
	RotX, RotY, RotZ float64
	// TwoTheta then rotates it about Axes.TwoTheta, in degrees.
	TwoTheta float64
	// Shift then moves it, in mm along the laboratory's axes.
	Shift [3]float64

	// Panels are the panels in the detector's frame. nil means one that fills it.
	Panels []Panel
	// Groups of panels that move together. nil means that each panel moves alone.
	Groups []Group

	// Region restricts the simulation to a part of the detector. nil means all of it. With Panels,
	// give each panel its own.
	Region *Region
	// Mask has Fast·Slow values, fast axis first; pixels where it is false are not simulated. nil
	// means that all are. With Panels, give each panel its own.
	Mask []bool

	// Curved bends the detector so that every pixel is as far from the crystal as the beam centre:
	// pixel coordinates become angles. It cannot be combined with Panels.
	Curved bool
	// PointPixel omits the obliquity from the solid angle of pixels.
	PointPixel bool
	// Oversample is the number of sub-pixels along each axis of a pixel. 0 means 1. Oversample²
	// times the number of sensor layers is at most [MaxPoints].
	Oversample int
	// PointSpread spreads the light of each photon over the pixels around it.
	PointSpread PointSpread
	// Gains are regions whose pixels multiply what they receive.
	Gains []Gain

	// Sensor is the material that absorbs the X-rays. The zero value absorbs all of them at the
	// surface.
	Sensor Sensor
	// Gas absorbs X-rays on their way. The zero value is a vacuum.
	Gas Gas
}

// Region is a rectangle of pixels, both ends included, counted from 0.
type Region struct{ FastMin, FastMax, SlowMin, SlowMax int }

// Panel is a flat rectangle of pixels, fixed in the detector's frame. Its sensor is on the side
// that faces away from the crystal, whatever the directions of its axes.
type Panel struct {
	// Name is put into the names of its nodes. "" means its number, counted from 0.
	Name string
	// Fast and Slow are the numbers of pixels along the two axes, at least 1.
	Fast, Slow int
	// Pixel is the side of its pixels in mm. 0 means that of Config.
	Pixel float64
	// Origin is the corner of the panel's first pixel, in mm along the frame's fast, slow and
	// normal axes.
	Origin [3]float64
	// FastAxis and SlowAxis are the directions of its axes in the frame (along its fast, slow and
	// normal axes), of any length, perpendicular to each other. 0 means (1,0,0) and (0,1,0).
	FastAxis, SlowAxis [3]float64
	// Tilt rotates the panel about its first pixel's corner: right-handed about the frame's fast,
	// slow and normal axes, in that order, in degrees.
	Tilt [3]float64
	// Region and Mask restrict this panel, as those of Config do a whole detector.
	Region *Region
	Mask   []bool
	// Sensor is the panel's own. nil means that of Config.
	Sensor *Sensor
}

// Pivot is the fixed point of a detector's rotations.
type Pivot uint8

const (
	ByConvention Pivot = iota // that of the convention
	AboutBeam                 // where the beam meets the detector
	AboutSample               // the crystal
)

// Limits that turn a mistyped size into an error before memory runs out.
const (
	MaxPixels = 1 << 28 // in all panels together
	MaxPoints = 1 << 20 // samples of one pixel
)

// Defaults that replace zeros in a [Config].
const (
	DefaultPixels   = 1024 // along each axis
	DefaultPixel    = 0.1  // mm
	DefaultDistance = 100  // mm
)

// complete returns the configuration with zeros replaced by defaults. It does not validate: invalid
// numbers are kept for check to reject. It allocates nothing that grows with the number of pixels.
func (c Config) complete() Config {
	orElse(&c.Name, "detector")
	// The caller may change what these point to.
	c.BeamCentre, c.CloseCentre, c.Origin = copyOf(c.BeamCentre), copyOf(c.CloseCentre), copyOf(c.Origin)
	orElse(&c.Fast, DefaultPixels)
	orElse(&c.Slow, DefaultPixels)
	orElse(&c.Pixel, DefaultPixel)
	if c.Origin == nil {
		if c.CloseDistance == 0 {
			orElse(&c.Distance, DefaultDistance)
		}
		orElse(&c.Pivot, c.Convention.pivot())
	} else {
		orElse(&c.Pivot, AboutSample)
	}
	c.Sensor.complete()
	c.completeGas()
	c.PointSpread.complete(c.finest())
	c.Gains = slices.Clone(c.Gains)
	for i := range c.Gains {
		orElse(&c.Gains[i].Factor, 1)
		orElse(&c.Gains[i].Name, fmt.Sprint(i))
		c.Gains[i].Region = copyOf(c.Gains[i].Region)
	}
	orElse(&c.Oversample, 1)
	c.completeGroups()
	return c
}

// finest returns the smallest side of a pixel.
func (c *Config) finest() float64 {
	if len(c.Panels) == 0 {
		return c.Pixel
	}
	side := math.Inf(1)
	for _, p := range c.Panels {
		orElse(&p.Pixel, c.Pixel)
		side = min(side, p.Pixel)
	}
	return side
}

// clone returns the configuration with copies of its region, mask, panels and groups.
func (c Config) clone() Config {
	c.Gains = slices.Clone(c.Gains)
	for i := range c.Gains {
		c.Gains[i].Region = copyOf(c.Gains[i].Region)
	}
	c.Region, c.Mask, c.Panels = copyOf(c.Region), slices.Clone(c.Mask), slices.Clone(c.Panels)
	for i := range c.Panels {
		p := &c.Panels[i]
		p.Region, p.Mask, p.Sensor = copyOf(p.Region), slices.Clone(p.Mask), copyOf(p.Sensor)
	}
	c.Groups = slices.Clone(c.Groups)
	for i := range c.Groups {
		g := &c.Groups[i]
		g.Panels, g.Pivot = slices.Clone(g.Panels), copyOf(g.Pivot)
	}
	return c
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}
