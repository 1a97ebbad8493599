package job_test

import (
	"slices"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine/verdict"
)

// Ways in which a fit that is wrong could look like one that is right, and some that are right and could look wrong.
func TestHostile(t *testing.T) {
	places := []verdict.Kind{verdict.Indexing, verdict.NoOverlap}
	fixed := func(c *experiment.Config) {
		c.Refine.Parameters = []string{"misset.x", "misset.y", "misset.z", "scale", "background.flat"}
		c.Crystals[0].Cell = triclinicStill().Crystals[0].Cell
	}
	judgeAll(t, []scenario{
		// Two crystals whose cells are as the wavelengths make the same image.
		{name: "wrong wavelength", flat: 2, start: func(c *experiment.Config) { c.Beam.Wavelength *= 1.02 }, except: "cell.a cell.b cell.c scale"},
		{name: "distance and wavelength wrong, cell held", flat: 2, start: func(c *experiment.Config) {
			fixed(c)
			c.Beam.Wavelength, c.Detector.Distance = 1.01*c.Beam.Wavelength, 0.99*c.Detector.Distance
		}, reasons: []verdict.Kind{verdict.Geometry}},
		{name: "wrong polarization", flat: 2, start: func(c *experiment.Config) { c.Beam.Kahn = -0.95 }, except: "scale"}, // some per cent of a spot
		{name: "gain of 1.3", flat: 5, pixels: func(counts []float64, _ int) {
			for i := range counts {
				counts[i] *= 1.3
			}
		}, reasons: []verdict.Kind{verdict.Gain}},
		{name: "halves exchanged", flat: 2, pixels: func(counts []float64, fast int) {
			half := len(counts) / fast / 2 * fast
			copy(counts, slices.Concat(counts[half:], counts[:half]))
		}, reasons: places},
		{name: "transposed", flat: 2, pixels: func(counts []float64, fast int) {
			old := slices.Clone(counts)
			for i := range counts {
				counts[i] = old[i%fast*fast+i/fast]
			}
		}, reasons: places},
	})
}
