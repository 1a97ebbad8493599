package trials

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/experiment"
)

// Spoiled makes a refinement that cannot end well.
func Spoiled(how Spoil, seed uint64) (*Trial, error) {
	const faintest = 12 // photons of a pixel on a background of about 5
	t := draw(seed+1000, spoilSide)
	if how == Spectrum && seed%2 == 0 {
		t.config.Beam.Dispersion = experiment.Spread{Range: t.between(1.2, 2.5), Steps: 7}
		t.config.Crystals[0].Mosaic.Domains = 60 // as many steps as others, nearly
	}
	if how == Distance { // up to angles at which a cell and an orientation cannot make good for it
		x := &t.config.Crystals[0]
		for _, v := range []*float64{&x.Cell.A, &x.Cell.B, &x.Cell.C} {
			*v *= 0.45
		}
		for _, v := range []*float64{&x.Cells.A, &x.Cells.B, &x.Cells.C} {
			*v = math.Round(1.2 * *v)
		}
		x.Structure.Wilson.DMin = 1.5
		t.config.Detector.Distance *= 0.4
	}
	if how == Swapped {
		for x := &t.config.Crystals[0]; math.Abs(x.Cell.A/x.Cell.B-1) < 0.1; {
			x.Cell.B = t.between(55, 90)
		}
	}
	expected, err := t.expose(faintest)
	if err != nil {
		return nil, err
	}
	if how == Second {
		other := *t
		other.config.Crystals = slices.Clone(t.config.Crystals)
		x := &other.config.Crystals[0]
		x.Misset.X += t.between(20, 60)
		x.Misset.Y -= t.between(20, 60)
		other.config.Background = experiment.Background{}
		more, err := image(&other.config)
		if err != nil {
			return nil, err
		}
		part := t.between(0.3, 1)
		for i, v := range more {
			expected[i] += part * v
		}
	}
	if how == NoSpots {
		dark := t.config
		dark.Crystals = slices.Clone(dark.Crystals)
		dark.Crystals[0].Structure, dark.Crystals[0].Mosaic = experiment.Structure{}, experiment.Mosaic{}
		if expected, err = image(&dark); err != nil {
			return nil, err
		}
	}
	for i := range expected {
		expected[i] += t.config.Background.Flat
	}
	list, err := counts(expected, seed+1000)
	if err != nil {
		return nil, err
	}
	start := t.start()
	x := &start.Crystals[0]
	free := func(drop ...string) {
		start.Refine.Parameters = slices.DeleteFunc(slices.Clone(start.Refine.Parameters), func(s string) bool { return slices.Contains(drop, s) })
	}
	switch how {
	case Distance:
		start.Detector.Distance *= 1 + t.sign()*t.between(0.02, 0.04)
	case Size:
		by := t.between(1.4, 1.8)
		if t.sign() < 0 {
			by = 1 / by
		}
		x.Cells = experiment.Cells{A: x.Cells.A * by, B: x.Cells.B * by, C: x.Cells.C * by}
		x.Mosaic.Spread = t.config.Crystals[0].Mosaic.Spread
		free("mosaic.spread")
	case Swapped:
		c := &x.Cell
		c.A, c.B, c.Alpha, c.Beta = c.B, c.A, c.Beta, c.Alpha
	case Saturated:
		bright := slices.Max(list)
		limit := math.Floor(bright * t.between(0.25, 0.5))
		for i, v := range list {
			list[i] = min(v, limit)
		}
	case Hot:
		for range 3 + t.random.IntN(15) {
			list[t.random.IntN(len(list))] = math.Floor(math.Exp(t.between(math.Log(200), math.Log(60000))))
		}
	case Pedestal:
		by := math.Floor(t.between(3, 40))
		for i := range list {
			list[i] += by
		}
	case Curved:
		start.Background.Materials = nil
		free("background.water.thickness")
	case Spectrum:
		start.Beam.Dispersion = experiment.Spread{}
		if seed%2 != 0 {
			start.Beam.LineWidth = t.between(0.006, 0.012)
		}
		free("mosaic.spread")
		x.Mosaic.Spread = t.config.Crystals[0].Mosaic.Spread
	}
	return &Trial{Name: fmt.Sprintf("%s %d", how, seed), Start: start, Data: t.data(list), Truth: t.known()}, nil
}
