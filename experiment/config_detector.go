package experiment

import "github.com/gobragg/gobragg/detector"

// Detector is an area detector: a frame at one position in the laboratory, with one panel that fills it or with several.
type Detector struct {
	// Name is the prefix of the names of its parameters. "" means detector.
	Name string `json:"name,omitzero"`

	// Convention for the axes and for the meaning of the beam centre.
	Convention detector.Convention `json:"convention,omitzero" values:"mosflm denzo adxv xds dials custom"`
	// Axes replace some of the convention's axes.
	Axes Axes `json:"axes,omitzero"`

	// Fast is the number of pixels along the fast axis. 0 means 1024.
	Fast int `json:"fast,omitzero" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis. 0 means 1024.
	Slow int `json:"slow,omitzero" min:"1" max:"268435456"`
	// Pixel is the edge of a pixel. 0 means 0.1 mm.
	Pixel float64 `json:"pixel,omitzero" above:"0" usual:"0.002 20" slip:"in µm or m" unit:"mm"`

	// Distance from the crystal to the point where the beam meets the detector. 0 means that close_distance gives it, else 100 mm.
	Distance float64 `json:"distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// CloseDistance from the crystal to the nearest point of the detector's plane, instead of distance.
	CloseDistance float64 `json:"close_distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// BeamCentre is the position of the direct beam, X and Y of the convention; parameters "detector.beam_x" and
	// "detector.beam_y". If omitted, it is the centre of the detector plus half a pixel for mosflm, denzo and adxv, and
	// close_centre for the others.
	BeamCentre *[2]float64 `json:"beam_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// CloseCentre is the point nearest to the crystal along the fast and slow axes before any rotation; parameters
	// "detector.close_fast" and "detector.close_slow". If omitted, it is the centre, or for custom the beam centre.
	CloseCentre *[2]float64 `json:"close_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// Pivot is the fixed point of the detector's rotations. By convention it is the sample for xds and dials, else the beam spot.
	Pivot detector.Pivot `json:"pivot,omitzero" values:"convention beam sample"`
	// Origin is the position of the corner of the first pixel relative to the crystal, along the laboratory's axes, instead of
	// distances and centres; parameters "detector.origin_x" ….
	Origin *[3]float64 `json:"origin,omitempty" unit:"mm"`

	// RotX rotates the detector right-handed about the laboratory's x.
	RotX float64 `json:"rotx,omitzero" unit:"°"`
	// RotY then rotates it about y.
	RotY float64 `json:"roty,omitzero" unit:"°"`
	// RotZ then rotates it about z.
	RotZ float64 `json:"rotz,omitzero" unit:"°"`
	// TwoTheta then rotates it about axes.twotheta.
	TwoTheta float64 `json:"twotheta,omitzero" usual:"-180 180" unit:"°"`
	// Shift then moves it along the laboratory's axes; parameters "detector.shift_x" ….
	Shift [3]float64 `json:"shift,omitzero" unit:"mm"`

	// Panels in the frame. If omitted, a single panel fills it.
	Panels []Panel `json:"panels,omitempty"`
	// Groups of panels that move together, those within others first. If omitted, each panel moves alone.
	Groups []Group `json:"groups,omitempty"`
	// Region limits the simulation to a part of a detector without panels. If omitted, all is simulated.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image, for a detector without panels: pixels where it is 0 are not simulated. See also images.mask_file.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, false for pixels that are not simulated: fast·slow values, fast axis first. It is not part of the JSON.
	Mask []bool `json:"-"`

	// Curved gives every pixel the same distance from the crystal as the beam spot.
	Curved bool `json:"curved,omitzero"`
	// PointPixel ignores the obliquity of pixels in their solid angle.
	PointPixel bool `json:"point_pixel,omitzero"`
	// Oversample is the number of sub-pixels along each axis of a pixel. 0 means 1.
	Oversample int `json:"oversample,omitzero" min:"1" max:"1024"`

	// PointSpread spreads the light of each photon over the pixels around it. If omitted, it does not spread.
	PointSpread PointSpread `json:"point_spread,omitzero"`
	// Gains are regions of pixels that multiply what they receive.
	Gains []Gain `json:"gains,omitempty"`

	// Thickness of the sensor. 0 means that every photon is absorbed at the surface.
	Thickness float64 `json:"thickness,omitzero" min:"0" usual:"5 10000" slip:"in mm" unit:"µm"`
	// Attenuation depth of the sensor, which transmits 1/e. 0 means that of material at each wavelength, or thickness without one.
	Attenuation float64 `json:"attenuation,omitzero" above:"0" usual:"1 100000" slip:"in mm" unit:"µm"`
	// Material of the sensor. The attenuation of Si, CdTe and GaAs is tabulated from 4 to 100 keV; others need attenuation.
	Material string `json:"material,omitzero"`
	// Layers into which the sensor is divided. 0 means 1.
	Layers int `json:"layers,omitzero" min:"1" max:"1048576"`
	// Gas between the crystal and the detector. If omitted, there is a vacuum.
	Gas Gas `json:"gas,omitzero"`
}

// Gas absorbs X-rays on their way from the crystal to the detector: exp(−μ R). Its attenuation is tabulated from 4 to 100 keV.
type Gas struct {
	// Name of the gas. "" means a vacuum.
	Name string `json:"name,omitzero" values:"air helium"`
	// Density of the gas; parameter "detector.gas.density". 0 means that of an ideal gas at temperature and pressure.
	Density float64 `json:"density,omitzero" min:"0" usual:"0.01 10" slip:"in g/cm³" unit:"kg/m³"`
	// Temperature of the gas. 0 means 293.15 K.
	Temperature float64 `json:"temperature,omitzero" above:"0" usual:"70 600" slip:"in °C" unit:"K"`
	// Pressure of the gas. 0 means 101.325 kPa.
	Pressure float64 `json:"pressure,omitzero" above:"0" usual:"0.001 200" slip:"in hPa or Pa" unit:"kPa"`
}

// Sensor is that of a panel.
type Sensor struct {
	// Thickness of the sensor; parameter detector.panel.NAME.thickness. 0 means that every photon is absorbed at the surface.
	Thickness float64 `json:"thickness,omitzero" min:"0" usual:"5 10000" slip:"in mm" unit:"µm"`
	// Attenuation depth, which transmits 1/e; parameter detector.panel.NAME.attenuation. 0 means that of material at each
	// wavelength, or thickness without one.
	Attenuation float64 `json:"attenuation,omitzero" above:"0" usual:"1 100000" slip:"in mm" unit:"µm"`
	// Material of the sensor, as detector.material.
	Material string `json:"material,omitzero"`
	// Layers into which the sensor is divided. 0 means 1.
	Layers int `json:"layers,omitzero" min:"1" max:"1048576"`
}

// PointSpread spreads the light of each photon over the pixels around it.
type PointSpread struct {
	// Kind is that of fibre optic tapers, or a normal distribution. If omitted, there is none.
	Kind string `json:"kind,omitzero" values:"fibre gaussian"`
	// Width is the full width at half maximum; parameter "detector.point_spread".
	Width float64 `json:"width,omitzero" above:"0" usual:"1e-3 10" slip:"in µm or pixels" unit:"mm"`
	// Reach is how many pixels it extends from its middle along both axes. 0 means 7 for fibre, and for gaussian what holds 4.7
	// standard deviations.
	Reach int `json:"reach,omitzero" min:"1" max:"128"`
}

// Gain is a region of pixels that multiply what they receive.
type Gain struct {
	// Name is part of the name of its parameter, detector.gain.NAME. "" means its index in the list.
	Name string `json:"name,omitzero"`
	// Panel is the index of the panel.
	Panel int `json:"panel,omitzero" min:"0"`
	// Region of the panel. If omitted, all of it.
	Region *Region `json:"region,omitempty"`
	// Factor multiplies spots and background. 0 means 1.
	Factor float64 `json:"factor,omitzero" above:"0"`
}

// Axes are directions in the laboratory, of any length. 0 means that of the convention.
type Axes struct {
	// Beam is the direction in which the X-rays travel.
	Beam [3]float64 `json:"beam,omitzero"`
	// Fast is the detector's axis along a row, before any rotation.
	Fast [3]float64 `json:"fast,omitzero"`
	// Slow is the detector's axis along a column.
	Slow [3]float64 `json:"slow,omitzero"`
	// Normal is the normal of the detector, pointing away from the crystal.
	Normal [3]float64 `json:"normal,omitzero"`
	// TwoTheta is the axis of the two-theta rotation.
	TwoTheta [3]float64 `json:"twotheta,omitzero"`
	// Polarization is the direction of the electric field.
	Polarization [3]float64 `json:"polarization,omitzero"`
	// Spindle is the rotation axis of the crystals.
	Spindle [3]float64 `json:"spindle,omitzero"`
}

// Panel is a flat rectangle of pixels, placed in the frame of the detector, whose axes are fast, slow and normal.
type Panel struct {
	// Name is part of the names of its parameters, detector.panel.NAME.tilt_fast. "" means its index in the list.
	Name string `json:"name,omitzero"`
	// Fast is the number of pixels along the fast axis.
	Fast int `json:"fast" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis.
	Slow int `json:"slow" min:"1" max:"268435456"`
	// Pixel is the side of its pixels. 0 means that of the detector, and no parameter of its own.
	Pixel float64 `json:"pixel,omitzero" min:"0" usual:"0.002 20" slip:"in µm or m" unit:"mm"`
	// Origin is the corner of its first pixel in the frame; parameters origin_fast, origin_slow, origin_normal.
	Origin [3]float64 `json:"origin,omitzero" unit:"mm"`
	// FastAxis is the direction of a row in the frame, of any length. 0 means the frame's own.
	FastAxis [3]float64 `json:"fast_axis,omitzero"`
	// SlowAxis is the direction of a column, perpendicular to fast_axis. 0 means the frame's own.
	SlowAxis [3]float64 `json:"slow_axis,omitzero"`
	// Tilt rotates the panel about the corner of its first pixel, right-handed about the frame's fast, slow and normal axes in
	// that order; parameters tilt_fast, tilt_slow, tilt_normal.
	Tilt [3]float64 `json:"tilt,omitzero" unit:"°"`
	// Region limits the simulation to a part of the panel. If omitted, all is simulated.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image: pixels where it is 0 are not simulated.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, as Detector.Mask. It is not part of the JSON.
	Mask []bool `json:"-"`
	// Sensor of its own. If omitted, it has that of the detector.
	Sensor *Sensor `json:"sensor,omitempty"`
}

// Group is a set of panels that move together: a panel's origin becomes pivot + R (origin − pivot) + shift, its axes are turned by R,
// a rotation about the group's slow axis, then its fast axis, then their normal, all as they are before any rotation. It follows the
// panel's tilt and comes before the rotations of the whole detector, which take the groups along.
type Group struct {
	// Name is part of the names of its parameters, detector.groups[NAME].rot.o. "" means its index in the list.
	Name string `json:"name,omitzero"`
	// Panels are the indices of its panels in detector.panels. A group holds all panels of one before it, or none.
	Panels []int `json:"panels" min:"0"`
	// Pivot is the fixed point of its rotations, along the frame's fast, slow and normal axes as origins of panels are. If
	// omitted, it is the origin of the first of its panels.
	Pivot *[3]float64 `json:"pivot,omitempty" unit:"mm"`
	// FastAxis is the direction of the group's fast axis in the frame, of any length. 0 means that of the first of its panels.
	FastAxis [3]float64 `json:"fast_axis,omitzero"`
	// SlowAxis is the direction of the group's slow axis, perpendicular to fast_axis. 0 means that of the first of its panels.
	SlowAxis [3]float64 `json:"slow_axis,omitzero"`
	// OwnAxes turns each of its panels about the panel's own axes, through the group's pivot, instead of all of them as one body.
	OwnAxes bool `json:"own_axes,omitzero"`
	// Rot are the right-handed angles about normal, fast and slow; parameters rot.o, rot.f, rot.s.
	Rot [3]float64 `json:"rot,omitzero" usual:"-10 10" slip:"in mrad" unit:"°"`
	// Shift is along the laboratory's axes as they are before the rotations of the whole detector; parameters shift.x, shift.y,
	// shift.z.
	Shift [3]float64 `json:"shift,omitzero" usual:"-50 50" slip:"in µm" unit:"mm"`
}

// Region is a rectangle of pixels, both ends included, counted from 0.
type Region struct {
	// FastMin is the first column.
	FastMin int `json:"fast_min" min:"0"`
	// FastMax is the last column.
	FastMax int `json:"fast_max" min:"0"`
	// SlowMin is the first row.
	SlowMin int `json:"slow_min" min:"0"`
	// SlowMax is the last row.
	SlowMax int `json:"slow_max" min:"0"`
}
