package experiment

// Box is a rectangle of pixels with a background of its own.
type Box struct {
	// Panel is the index of the panel.
	Panel int `json:"panel,omitzero" min:"0"`
	// Region is the rectangle.
	Region Region `json:"region"`
	// Level in the middle of the box; elements of the parameter "background.box_level".
	Level float64 `json:"level,omitzero" unit:"photons"`
	// Fast is the slope per pixel along the fast axis; "background.box_fast".
	Fast float64 `json:"fast,omitzero" unit:"photons"`
	// Slow is the slope per pixel along the slow axis; "background.box_slow".
	Slow float64 `json:"slow,omitzero" unit:"photons"`
}

// RadialBackground is a curve in |q|: the natural cubic spline through its knots, constant beyond them.
type RadialBackground struct {
	// Knots rise.
	Knots []float64 `json:"knots" min:"0" unit:"Å⁻¹"`
	// Values at the knots; the elements of the parameter "background.radial".
	Values []float64 `json:"values" unit:"photons"`
	// Polarized multiplies the curve by the polarization factor of the beam, relative to its mean around the beam: what air and
	// liquids scatter is polarized as spots are.
	Polarized bool `json:"polarized,omitzero"`
}

// ImageBackground is an image times a scale.
type ImageBackground struct {
	// Files have an image for each panel, in photons.
	Files []string `json:"files"`
	// Scale of the image; parameter "background.image_scale". 0 means 1.
	Scale float64 `json:"scale,omitzero"`
}

// Material is an amorphous material in the beam, which scatters by itself.
type Material struct {
	// Name is part of the names of its parameters, background.NAME.thickness. "" means its kind, else its index in the list.
	Name string `json:"name,omitzero"`
	// Kind is a known material. If omitted, file gives the table.
	Kind string `json:"kind,omitzero" values:"water air"`
	// File is a table of sin θ/λ in Å⁻¹ and F in electrons a molecule on each line (.stol).
	File string `json:"file,omitzero"`
	// Thickness along the beam; parameter "background.NAME.thickness".
	Thickness float64 `json:"thickness" min:"0" usual:"1e-5 10000" slip:"in µm" unit:"mm"`
	// Density of the material. 0 means that of the kind, or 1 g/cm³.
	Density float64 `json:"density,omitzero" above:"0" unit:"g/cm³"`
	// Weight is the molar mass. 0 means that of the kind, or 18 g/mol.
	Weight float64 `json:"weight,omitzero" above:"0" unit:"g/mol"`
	// Beam is the edge of the square beam. 0 means 0.1 mm.
	Beam float64 `json:"beam,omitzero" above:"0" usual:"1e-5 5" slip:"in µm" unit:"mm"`
}
