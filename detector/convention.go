package detector

// Convention names the directions of the laboratory's axes and what the numbers of a beam centre mean.
type Convention uint8

const (
	MOSFLM Convention = iota
	DENZO
	ADXV
	XDS
	DIALS
	// Custom axes start from the reference program's own and are replaced by Config.Axes; the beam centre is taken along
	// the fast and slow axes, without offsets.
	Custom
)

// Axes are the directions that a convention fixes. Vectors may be of any length.
type Axes struct {
	Beam               [3]float64 // that the X-rays travel in
	Fast, Slow, Normal [3]float64 // of the detector, before any rotation
	TwoTheta           [3]float64 // that the detector swings about
	Polarization       [3]float64 // of the electric field
	Spindle            [3]float64 // that the crystal turns about
}

// Axes of the convention (physics.md, Detector).
func (c Convention) Axes() Axes {
	x, y, z := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}
	neg := func(v [3]float64) [3]float64 { return [3]float64{0 - v[0], 0 - v[1], 0 - v[2]} }
	switch c {
	case ADXV:
		return Axes{Beam: z, Fast: x, Slow: neg(y), Normal: z, TwoTheta: neg(x), Polarization: x, Spindle: x}
	case XDS:
		return Axes{Beam: z, Fast: x, Slow: y, Normal: z, TwoTheta: x, Polarization: x, Spindle: x}
	case DIALS:
		return Axes{Beam: z, Fast: x, Slow: y, Normal: z, TwoTheta: y, Polarization: y, Spindle: y}
	case Custom:
		return Axes{Beam: x, Fast: z, Slow: neg(y), Normal: x, TwoTheta: y, Polarization: z, Spindle: z}
	}
	return Axes{Beam: x, Fast: z, Slow: neg(y), Normal: x, TwoTheta: neg(z), Polarization: z, Spindle: z}
}

// pivot of the convention, where nothing else is asked for.
func (c Convention) pivot() Pivot {
	if c == XDS || c == DIALS {
		return AboutSample
	}
	return AboutBeam
}
