package detector

// Config describes an area detector. Its zero value is the reference program's: 1024 × 1024 pixels of 0.1 mm, 100 mm
// from the crystal in the MOSFLM convention, with the beam in the middle.
//
// A detector has one position in the laboratory, its frame, which Convention, the centres, distances and angles set
// and move. Panels lie in that frame; without any, one panel fills it.
type Config struct {
	// Name is put before the names of the nodes, for graphs that hold two detectors. "" means "detector".
	Name string

	// Fast and Slow are the numbers of pixels along the two axes. 0 means 1024. Where there are Panels they only say how
	// large the frame is that the default centres, and ADXV's Y, are counted in. MaxPixels at most.
	Fast, Slow int
	// Pixel is the side of a pixel in mm. 0 means 0.1.
	Pixel float64

	// Convention names the axes and what the beam centre means.
	Convention Convention
	// Axes replace some or all of the convention's; vectors that are 0 keep its own. Fast, Slow and Normal must be
	// perpendicular to each other, but may form a left-handed set.
	Axes Axes

	// Distance in mm from the crystal to where the beam meets the detector. 0 means from CloseDistance, else 100.
	Distance float64
	// CloseDistance in mm from the crystal to the nearest point of the detector's plane, instead of Distance.
	CloseDistance float64
	// BeamCentre is the convention's X and Y of the direct beam, in mm: what a detector that pivots about the beam is
	// placed by. nil means the convention's default: the middle and half a pixel for MOSFLM, DENZO and ADXV, CloseCentre
	// for the others.
	BeamCentre *[2]float64
	// CloseCentre is the point nearest to the crystal along the fast and slow axes, in mm, before any rotation: what a
	// detector that pivots about the sample is placed by. nil means the middle, or for Custom the beam centre.
	CloseCentre *[2]float64
	// Pivot is the point that stays where it is when the detector turns. 0 means the convention's own: the sample for XDS
	// and DIALS, the beam for the others.
	Pivot Pivot
	// Origin is the position of the corner of the first pixel relative to the crystal, in mm along the laboratory's axes,
	// instead of distances and centres; rotations turn the detector about the sample. nil means it follows from them.
	Origin *[3]float64

	// RotX, RotY, RotZ turn the detector right-handed about the laboratory's axes, in that order, in degrees.
	RotX, RotY, RotZ float64
	// TwoTheta then swings it about Axes.TwoTheta, in degrees.
	TwoTheta float64
	// Shift then moves it, in mm along the laboratory's axes.
	Shift [3]float64

	// Panels in the detector's frame. nil means one that fills it.
	Panels []Panel

	// Region restricts a detector of one panel to a part. nil means all of it.
	Region *Region
	// Mask leaves out the pixels of a detector of one panel where it is false. Fast·Slow values, fast axis first; nil
	// means none.
	Mask []bool

	// Curved makes every pixel as far from the crystal as the beam centre: pixel coordinates become angles. Not with
	// Panels.
	Curved bool
	// PointPixel leaves the obliquity of pixels out of their solid angle.
	PointPixel bool
	// Oversample is the number of sub-pixels along each axis of a pixel. 0 means 1. Oversample² times the sensor's layers
	// is at most MaxPoints.
	Oversample int
	// Sensor is the material that absorbs the X-rays. Its zero value absorbs all of them at the surface.
	Sensor Sensor
}

// Region is a rectangle of pixels, both ends included, counted from 0.
type Region struct{ FastMin, FastMax, SlowMin, SlowMax int }

// Panel is a flat rectangle of pixels at rest in the detector's frame. Its sensor lies on the side of it that faces away
// from the crystal, whichever way its axes run.
type Panel struct {
	// Name is put into the names of its nodes. "" means its number, counted from 0.
	Name string
	// Fast and Slow are the numbers of pixels along the two axes, at least 1.
	Fast, Slow int
	// Origin is the corner of the panel's first pixel, in mm along the frame's fast, slow and normal axes.
	Origin [3]float64
	// FastAxis and SlowAxis are the directions of its axes in the frame (along its fast, slow and normal axes), of any
	// length, perpendicular to each other. 0 means (1,0,0) and (0,1,0).
	FastAxis, SlowAxis [3]float64
	// Tilt turns the panel about its first pixel's corner: right-handed about the frame's fast, slow and normal axes, in
	// that order, in degrees.
	Tilt [3]float64
	// Region and Mask as in Config, for this panel.
	Region *Region
	Mask   []bool
}

// Sensor is an absorbing layer behind the detector's front face.
type Sensor struct {
	// Thickness in µm. 0 means no sensor: every photon is counted, and the other fields say nothing.
	Thickness float64
	// Attenuation depth in µm, the thickness that lets 1/e through. 0 means Thickness.
	Attenuation float64
	// Layers that the thickness is cut into. 0 means 1.
	Layers int
}

// Pivot is the point that a detector turns about.
type Pivot uint8

const (
	ByConvention Pivot = iota // the convention's own
	AboutBeam                 // where the beam meets the detector
	AboutSample               // the crystal
)

// Limits that keep a mistyped size from taking all memory.
const (
	MaxPixels = 1 << 28 // of all panels
	MaxPoints = 1 << 20 // samples of one pixel
)
