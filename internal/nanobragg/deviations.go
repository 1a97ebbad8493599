// Package nanobragg is what is so only because the reference program, nanoBragg, is: where its physics departs from the
// exact, its random numbers and what is drawn from them.
package nanobragg

// Deviations says which departures of the reference program from the exact physics are made. The zero value is exact.
type Deviations struct {
	BentCell         bool
	OncePerPixel     bool
	SensorLayers     bool
	DoubleBackground bool
	UnitPointPixel   bool
	MissetInRadians  bool
	EqualWeights     bool
}

// Deviation is one of them.
type Deviation struct {
	// Number in docs/physics.md, Exact and reference.
	Number int
	// Reference is what the reference program does.
	Reference string
	// Of is where a Deviations has it.
	Of func(*Deviations) *bool
}

// Table is all deviations, in the order of their numbers.
var Table = [...]Deviation{
	{1, "the third component of c* of a triclinic cell is V/(abc sin γ*), which bends the angles a little",
		func(d *Deviations) *bool { return &d.BentCell }},
	{2, "solid angle, polarization and capture are taken once a pixel, at its first sub-pixel, layer and source",
		func(d *Deviations) *bool { return &d.OncePerPixel }},
	{3, "sensor layers are thickness/(layers − 1) apart, at least 2, and all are captured like the last",
		func(d *Deviations) *bool { return &d.SensorLayers }},
	{4, "the background is multiplied by r_e² · fluence twice, added once to the sum over the steps and divided by their number",
		func(d *Deviations) *bool { return &d.DoubleBackground }},
	{5, "the solid angle of a point pixel is 1/R² with R in metres",
		func(d *Deviations) *bool { return &d.UnitPointPixel }},
	{6, "a random misset is up to 90 radians",
		func(d *Deviations) *bool { return &d.MissetInRadians }},
	{7, "source weights are read and not used",
		func(d *Deviations) *bool { return &d.EqualWeights }},
}

// Reference makes all deviations.
func Reference() (d Deviations) {
	for _, row := range Table {
		*row.Of(&d) = true
	}
	return d
}
