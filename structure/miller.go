package structure

import "github.com/gobragg/gobragg/symmetry"

// Quantity is what a [MillerArray] holds.
type Quantity int

const (
	Amplitudes  Quantity = iota // structure factor amplitudes |F|
	Intensities                 // merged intensities, proportional to |F|²
)

// String returns "amplitudes" or "intensities".
func (q Quantity) String() string {
	if q == Intensities {
		return "intensities"
	}
	return "amplitudes"
}

// MillerArray holds values at Miller indices as a file gives them: with a cell and a space group,
// whose symmetry has not been applied. [MillerArray.Expand] applies it.
type MillerArray struct {
	Cell     Cell
	Group    *symmetry.Group
	Quantity Quantity
	// Labels are the names of the columns that were taken, as the file has them.
	Labels []string
	// Rows is the number of reflections in the file, with and without a value.
	Rows int
	// Merged is the number of rows that were averaged into the reflections; 0 if each is a row.
	Merged int
	// Apart reports that reflections are those of one Friedel mate: the other one is not known, unless
	// it is among the reflections too. [MillerArray.Expand] then adds no mates.
	Apart bool
	// Indices are those of the reflections with a value. The slices below are as long.
	Indices [][3]int32
	// Values are F or I; F(+) or I(+) where Minus is not nil, NaN where only the mate is known.
	Values []float64
	// Sigmas are the standard uncertainties of Values; nil if there are none.
	Sigmas []float64
	// Minus are F(−) or I(−) of the Friedel mates, NaN where unknown; nil if the file does not tell
	// mates apart.
	Minus []float64
	// MinusSigmas are the standard uncertainties of Minus; nil if there are none.
	MinusSigmas []float64
	// Phases are in degrees, those of F(+) where Minus is not nil; nil if there are none.
	Phases []float64
	// Wavelength is in Å; 0 if unknown.
	Wavelength float64
	// Notices are sentences, without their subject, the file, about how it was read that its user
	// should know.
	Notices []string
}

// Used returns the number of rows of the file that the reflections come from.
func (m *MillerArray) Used() int { return max(m.Merged, len(m.Indices)) }

// Expansion is a [MillerArray] in P1.
type Expansion struct {
	// Table holds the amplitudes over the full sphere, Friedel mates included.
	Table *Table
	// Absent is the number of rows that the group forbids; they were dropped.
	Absent int
	// Repeated is the number of reflections that more than one row gave; they have the mean.
	Repeated int
	// Disagreement is the largest relative difference |F − mean|/mean among repeated reflections.
	Disagreement float64

	contradiction string // of the cell and the group
}
