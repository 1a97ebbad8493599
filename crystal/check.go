package crystal

import (
	"errors"
	"math"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/geom"
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
		config.Number("cells.a", "number of cells along a", "", cells, c.N[0], x.N[0]),
		config.Number("cells.b", "number of cells along b", "", cells, c.N[1], x.N[1]),
		config.Number("cells.c", "number of cells along c", "", cells, c.N[2], x.N[2]),
		config.Number("cells.ab", "shear ab of the block", "", config.Finite, c.Shear[0], x.Shear[0]),
		config.Number("cells.bc", "shear bc of the block", "", config.Finite, c.Shear[1], x.Shear[1]),
		config.Number("cells.ac", "shear ac of the block", "", config.Finite, c.Shear[2], x.Shear[2]),
		config.Number("fudge", "fudge", "", config.Positive, c.Fudge, x.Fudge),
		config.Number("spot_scale", "scale of the spots", "", config.Positive, c.SpotScale, x.SpotScale),
		config.Number("mosaic.spread", "mosaic spread", "°", config.NotNegative, c.Mosaic.Spread, x.MosaicSpread),
		config.Number("strain", "strain", "", config.Within(0, MaxStrain), c.Strain, x.Strain),
		config.Number("mosaic.domains", "number of mosaic domains", "", orientations, float64(c.Mosaic.Domains), nil),
		config.Number("phi", "phi", "°", config.Finite, c.Phi, x.Phi),
		config.Number("osc", "oscillation", "°", config.NotNegative, c.Osc, x.Osc),
		config.Number("phi_step", "phi step", "°", config.NotNegative, c.PhiStep, nil),
		config.Number("phi_steps", "number of phi steps", "", orientations, float64(c.PhiSteps), nil),
		config.Number("structure.default", "default structure factor", "", config.Finite, c.DefaultF, x.DefaultF),
		config.Number("dmin", "resolution limit", "Å", config.NotNegative, c.DMin, nil),
		config.Number("water", "water", "µm", config.NotNegative, c.Water, x.Water),
	}
	if c.BFactor != nil {
		rows = append(rows, config.Number("b_factor", "B factor", "Å²", config.Finite, *c.BFactor, x.BFactor))
	}
	if s := c.Mosaic.Spreads; s != nil {
		limit := config.NotNegative
		if c.Mosaic.Kind == AxisDomains {
			limit = config.Positive
		}
		for i, axis := range []string{"a", "b", "c"} {
			rows = append(rows, config.Number("mosaic.spreads", "mosaic spread about "+axis, "°", limit, s[i], x.Spreads[i]))
		}
	}
	if c.RotXYZ != nil {
		for i, axis := range []string{"x", "y", "z"} {
			rows = append(rows, config.Number("rotxyz."+axis, "RotXYZ about "+axis, "°", config.Finite, c.RotXYZ[i], x.RotXYZ[i]))
		}
	}
	if c.Diffuse != nil {
		rows = append(rows, c.Diffuse.rows(x.Diffuse)...)
	}
	if c.Anomalous != nil {
		rows = append(rows, c.Anomalous.rows(x.Anomalous)...)
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
	if err := c.checkOrientation(); err != nil {
		return err
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
	if c.Diffuse != nil {
		if err := c.Diffuse.check(c.Cell); err != nil {
			return err
		}
	}
	if err := config.Check("crystal", c.rows(x)); err != nil {
		return err
	}
	switch {
	case c.PhiSteps > MaxOrientations/c.Mosaic.Domains/max(1, len(c.Mosaic.Rotations)) && len(c.Mosaic.Rotations) > 1:
		return refuse("mosaic.rotations", "%d phi steps × %d mosaic domains × %d rotations are more than %d orientations", c.PhiSteps, c.Mosaic.Domains, len(c.Mosaic.Rotations), MaxOrientations)
	case c.PhiSteps > MaxOrientations/c.Mosaic.Domains:
		return refuse("phi_steps", "%d phi steps × %d mosaic domains are more than %d orientations", c.PhiSteps, c.Mosaic.Domains, MaxOrientations)
	case c.Shape > Sinc:
		return refuse("shape", "unknown shape %d", c.Shape)
	case c.Shape == Square && c.Shear != [3]float64{}:
		return refuse("cells", "a square crystal has no shear, which is (%g, %g, %g): the shape sinc takes one", c.Shear[0], c.Shear[1], c.Shear[2])
	case c.PhiPoints > Middle:
		return refuse("phi_points", "unknown place of phi steps %d", c.PhiPoints)
	case c.Lookup > Tricubic:
		return refuse("structure.lookup", "unknown lookup %d", c.Lookup)
	}
	if err := checkBlock(c.N, c.Shear); err != nil {
		return err
	}
	if err := c.Mosaic.check(); err != nil {
		return err
	}
	if c.Structure != nil {
		if err := c.Structure.Validate(); err != nil {
			return refuse("structure", "%w", err)
		}
	}
	if c.Scales != nil {
		if err := c.Scales.check(c); err != nil {
			return err
		}
	}
	if c.Anomalous != nil {
		return c.Anomalous.check(c)
	}
	return nil
}

// rotationError is how far the product of an orientation and its transpose may be from 1: files write
// rotations with 6 digits and more.
const rotationError = 1e-5

// checkOrientation rejects matrices that are not rotations.
func (c *Config) checkOrientation() error {
	if c.Orientation == nil {
		return nil
	}
	if c.Matrix != nil {
		return refuse("orientation", "both a matrix and an orientation are given")
	}
	u := *c.Orientation
	if err := checkRotation("orientation", u); err != nil {
		return err
	}
	if c.Cell == (Cell{}).Complete() {
		return refuse("cell", "an orientation needs a cell")
	}
	return nil
}

func checkRotation(field string, u [3][3]float64) error {
	for i := range u {
		for j := range u {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := geom.Dot(u[i], u[j]); !(math.Abs(got-want) <= rotationError) {
				return refuse(field, "rows %d and %d have the product %g instead of %g: the matrix is not a rotation", i+1, j+1, got, want)
			}
		}
	}
	if geom.Dot(u[0], geom.Cross(u[1], u[2])) < 0 {
		return refuse(field, "the matrix has the determinant -1: it is not a rotation but mirrors")
	}
	return nil
}

// checkBlock rejects block matrices that span no block, or a mirrored one.
func checkBlock(n, shear [3]float64) error {
	if cells := cellsOf(n, shear); !(cells > 0) {
		return refuse("cells", "the block matrix has the determinant %g; want above 0: the shear (%g, %g, %g) is too large", cells, shear[0], shear[1], shear[2])
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
	if err := config.Check("crystal", x.cfg.rows(x)); err != nil {
		return err
	}
	if err := x.checkScales(); err != nil {
		return err
	}
	if x.Anomalous != nil {
		if err := x.checkEdges(); err != nil {
			return err
		}
	}
	if x.Shear[0] == nil {
		return nil
	}
	var n [6]float64
	for i, c := range append(x.N[:], x.Shear[:]...) {
		if c == nil {
			return nil
		}
		v, leaf, err := node.Leaf(c)
		if err != nil || !leaf {
			return err
		}
		n[i] = v
	}
	return checkBlock([3]float64(n[:3]), [3]float64(n[3:]))
}
