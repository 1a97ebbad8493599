// Package nanobragg contains everything that exists only to reproduce the reference program,
// nanoBragg: where its physics deviates from the exact one, how it reads options, and its random
// numbers with the mosaic domains and missets drawn from them.
package nanobragg

// Deviations selects deviations of the reference program from the exact physics. The zero value is
// exact.
type Deviations struct {
	BentCell         bool
	OncePerPixel     bool
	SensorLayers     bool
	DoubleBackground bool
	UnitPointPixel   bool
	MissetInRadians  bool
	EqualWeights     bool
	RoundedDomains   bool
	PhiAtStart       bool
	CapDomains       bool
}

// Deviation describes one field of [Deviations].
type Deviation struct {
	// Number is the number in docs/physics.md, Exact and reference.
	Number int
	// Reference describes what the reference program does.
	Reference string
	// Of returns the field of a Deviations.
	Of func(*Deviations) *bool
}

// Table lists all deviations in the order of their numbers.
var Table = [...]Deviation{
	{1, "the third component of c* of a triclinic cell is V/(abc sin γ*), which bends the angles a little",
		func(d *Deviations) *bool { return &d.BentCell }},
	{2, "solid angle, polarization and capture are taken once per pixel, at its first sub-pixel, layer and source",
		func(d *Deviations) *bool { return &d.OncePerPixel }},
	{3, "sensor layers are thickness/(layers − 1) apart, at least 2, and all absorb like the last",
		func(d *Deviations) *bool { return &d.SensorLayers }},
	{4, "the background is multiplied by r_e² · fluence twice, added once to the sum over the steps and divided by their number",
		func(d *Deviations) *bool { return &d.DoubleBackground }},
	{5, "the solid angle of a point pixel is 1/R² with R in metres",
		func(d *Deviations) *bool { return &d.UnitPointPixel }},
	{6, "a random misset is up to 90 radians",
		func(d *Deviations) *bool { return &d.MissetInRadians }},
	{7, "source weights are read and not used",
		func(d *Deviations) *bool { return &d.EqualWeights }},
	{8, "mosaic spread and rotation of each domain, in radians, are float32",
		func(d *Deviations) *bool { return &d.RoundedDomains }},
	{9, "each phi step is at the start of its slice of the rotation",
		func(d *Deviations) *bool { return &d.PhiAtStart }},
	{10, "mosaic domains are rotated, after phi, about random axes of the laboratory by up to the spread",
		func(d *Deviations) *bool { return &d.CapDomains }},
}

// Reference returns all deviations of the reference program.
func Reference() (d Deviations) {
	for _, row := range Table {
		*row.Of(&d) = true
	}
	return d
}
