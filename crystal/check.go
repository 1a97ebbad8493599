package crystal

import (
	"errors"
	"math"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/node"
)

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("crystal", field, format, args...)
}

// rows returns the limits of a completed configuration's numbers, and of the current values of x's
// nodes.
func (c *Config) rows(x *Crystal) []config.Row {
	cells, orientations := config.Within(1, MaxCells), config.Within(1, MaxOrientations)
	rows := []config.Row{
		config.Number("misset.x", "misset about x", "°", config.Finite, c.Misset[0], x.Misset[0]),
		config.Number("misset.y", "misset about y", "°", config.Finite, c.Misset[1], x.Misset[1]),
		config.Number("misset.z", "misset about z", "°", config.Finite, c.Misset[2], x.Misset[2]),
		config.Number("size", "size along a", "mm", config.NotNegative, c.Size[0], nil),
		config.Number("size", "size along b", "mm", config.NotNegative, c.Size[1], nil),
		config.Number("size", "size along c", "mm", config.NotNegative, c.Size[2], nil),
		config.Number("cells.a", "number of cells along a", "", cells, float64(c.N[0]), x.N[0]),
		config.Number("cells.b", "number of cells along b", "", cells, float64(c.N[1]), x.N[1]),
		config.Number("cells.c", "number of cells along c", "", cells, float64(c.N[2]), x.N[2]),
		config.Number("fudge", "fudge", "", config.Positive, c.Fudge, x.Fudge),
		config.Number("mosaic.spread", "mosaic spread", "°", config.NotNegative, c.Mosaic.Spread, x.MosaicSpread),
		config.Number("mosaic.domains", "number of mosaic domains", "", orientations, float64(c.Mosaic.Domains), nil),
		config.Number("phi", "phi", "°", config.Finite, c.Phi, x.Phi),
		config.Number("osc", "oscillation", "°", config.NotNegative, c.Osc, x.Osc),
		config.Number("phi_step", "phi step", "°", config.NotNegative, c.PhiStep, nil),
		config.Number("phi_steps", "number of phi steps", "", orientations, float64(c.PhiSteps), nil),
		config.Number("structure.default", "default structure factor", "", config.Finite, c.DefaultF, x.DefaultF),
		config.Number("dmin", "resolution limit", "Å", config.NotNegative, c.DMin, nil),
		config.Number("water", "water", "µm", config.NotNegative, c.Water, x.Water),
	}
	return append(rows, config.Vector("spindle", "spindle axis", "", c.Spindle)...)
}

// check validates a completed configuration. x is the crystal being made, which has no nodes yet.
func (c *Config) check(x *Crystal) error {
	if c.Matrix != nil {
		for _, row := range *c.Matrix {
			if err := config.Check("crystal", config.Vector("matrix", "matrix element", "Å⁻¹", row)); err != nil {
				return err
			}
		}
		if _, _, err := decompose(*c.Matrix); err != nil {
			return refuse("matrix", "%w", err)
		}
	}
	if c.Cell == (Cell{}).Complete() {
		return refuse("cell", "no cell: give Config.Cell or Config.Matrix")
	}
	if err := checkCell(c.Cell); err != nil {
		return err
	}
	for i, axis := range []string{"a", "b", "c"} {
		if n := c.sizeInCells(i); n > MaxCells {
			return refuse("size", "size %g mm along %s is %g unit cells; at most %d can be simulated", c.Size[i], axis, n, MaxCells)
		}
	}
	if steps := math.Ceil(c.Osc / c.PhiStep); c.PhiSteps == MaxOrientations+1 && steps > MaxOrientations { // complete stops counting there
		return refuse("phi_step", "oscillation %g° in steps of %g° is %g steps, more than %d", c.Osc, c.PhiStep, steps, MaxOrientations)
	}
	if err := config.Check("crystal", c.rows(x)); err != nil {
		return err
	}
	switch {
	case c.PhiSteps > MaxOrientations/c.Mosaic.Domains:
		return refuse("phi_steps", "%d phi steps × %d mosaic domains are more than %d orientations", c.PhiSteps, c.Mosaic.Domains, MaxOrientations)
	case c.Shape > Tophat:
		return refuse("shape", "unknown shape %d", c.Shape)
	case c.Mosaic.Kind > ReferenceDomains:
		return refuse("mosaic.kind", "unknown kind of mosaic domains %d", c.Mosaic.Kind)
	case c.PhiPoints > Middle:
		return refuse("phi_points", "unknown place of phi steps %d", c.PhiPoints)
	case c.Lookup > Tricubic:
		return refuse("structure.lookup", "unknown lookup %d", c.Lookup)
	}
	if c.Structure != nil {
		if err := c.Structure.Validate(); err != nil {
			return refuse("structure", "%w", err)
		}
	}
	return nil
}

// checkCell rejects lengths and angles that do not form a cell.
func checkCell(c Cell) error {
	var e *gobragg.ConfigError
	if err := c.Validate(); errors.As(err, &e) {
		return refuse(e.Field, "%s", e.Reason)
	}
	return nil
}

// Check returns a [gobragg.ConfigError] if the current value of a node is invalid. Fields that hold
// expressions are not checked; their values are known only when the simulator runs.
func (x *Crystal) Check() error {
	var cell [6]float64
	all := true
	for i, n := range x.Cell.List() {
		if n == nil {
			all = false
			continue
		}
		v, leaf, err := node.Leaf(n)
		if err != nil {
			return refuse("cell", "%w", err)
		}
		cell[i], all = v, all && leaf
	}
	if all {
		if err := checkCell(Cell{A: cell[0], B: cell[1], C: cell[2], Alpha: cell[3], Beta: cell[4], Gamma: cell[5]}); err != nil {
			return err
		}
	}
	return config.Check("crystal", x.cfg.rows(x))
}
