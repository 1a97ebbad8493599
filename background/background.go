package background

import (
	"fmt"
	"math"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Background is a background on a detector, whose quantities are nodes of the detector's graph. Until a
// simulator is built, any of them may be replaced by another node or by an expression.
type Background struct {
	// Materials has the nodes of each of Config.Materials.
	Materials []MaterialNodes
	// Level, Fast and Slow are vectors with an element for each of Config.Boxes: photons a pixel, and
	// photons a pixel per pixel; "background.box_level", "background.box_fast", "background.box_slow". nil
	// without boxes; the slopes are nil with Config.Level, too.
	Level, Fast, Slow *G.Node
	// Radial is a vector with the value at each knot in photons a pixel; "background.radial". nil without.
	Radial *G.Node
	// ImageScale multiplies Config.Image; "background.image_scale". nil without.
	ImageScale *G.Node

	g        *G.ExprGraph
	detector *detector.Detector
	cfg      Config
	pixels   pixelLeaves

	building  sync.Mutex
	beam      any        // that the expressions below are of
	scattered *expr.Node // by the materials
	counted   *expr.Node
}

// MaterialNodes are the parameters of a material.
type MaterialNodes struct {
	Thickness *G.Node // mm; "background.NAME.thickness"
	F         *G.Node // a vector of electrons, an element for each place of the table; "background.NAME.f"
}

// pixelLeaves are inputs with an element for each pixel.
type pixelLeaves struct {
	box        *G.Node // the index of the pixel's box, or −1
	fast, slow *G.Node // from the middle of the box
	image      *G.Node
}

// New checks cfg and makes the background's nodes in the graph of a detector, on whose pixels it is. An
// invalid configuration is a [gobragg.ConfigError]; the name of a node that the graph has already is an
// error too: set [Config.Name].
func New(g *G.ExprGraph, on *detector.Detector, cfg Config) (*Background, error) {
	if g == nil || on == nil {
		return nil, fmt.Errorf("background: a graph and a detector are needed")
	}
	cfg = cfg.complete()
	if err := cfg.check(on.Sizes()); err != nil {
		return nil, err
	}
	var image []float64
	if m := cfg.Image; m != nil {
		var err error
		if image, err = on.Select(m.Photons...); err != nil {
			return nil, refuse("image", "%w", err)
		}
		for i, v := range image {
			if !finite(v) {
				return nil, refuse("image", "simulated pixel %d is %g: mask it", i, v)
			}
		}
	}
	b := node.On(g)
	x := &Background{g: g, detector: on, cfg: cfg}
	vector := func(name string, values []float64) *G.Node {
		return b.Leaf(cfg.Name+"."+name, append([]float64(nil), values...), len(values))
	}
	for _, m := range cfg.Materials {
		x.Materials = append(x.Materials, MaterialNodes{Thickness: b.Scalar(cfg.Name+"."+m.Name+".thickness", m.Thickness), F: vector(m.Name+".f", m.F)})
	}
	if len(cfg.Boxes) > 0 {
		x.makeBoxes(b, vector)
	}
	if r := cfg.Radial; r != nil {
		x.Radial = vector("radial", r.Values)
	}
	if image != nil {
		x.ImageScale, x.pixels.image = b.Scalar(cfg.Name+".image_scale", cfg.Image.Scale), vector("image", image)
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("background: %w (set Config.Name to have two backgrounds in a graph)", b.Err())
	}
	return x, nil
}

// makeBoxes makes the nodes of the planes, and gives each pixel to one box.
func (x *Background) makeBoxes(b *node.Builder, vector func(string, []float64) *G.Node) {
	var level, fast, slow []float64
	for _, s := range x.cfg.Boxes {
		level, fast, slow = append(level, s.Level), append(fast, s.Fast), append(slow, s.Slow)
	}
	x.Level = vector("box_level", level)
	if !x.cfg.Level {
		x.Fast, x.Slow = vector("box_fast", fast), vector("box_slow", slow)
	}
	places := x.detector.Places()
	n := len(places)
	of, df, ds := make([]float64, n), make([]float64, n), make([]float64, n)
	nearest := make([]float64, n)
	at := map[detector.Place]int{}
	for i, p := range places {
		of[i], nearest[i] = -1, math.Inf(1)
		at[p] = i
	}
	for k, s := range x.cfg.Boxes {
		f0, s0 := s.middle()
		for row := s.Region.SlowMin; row <= s.Region.SlowMax; row++ {
			for column := s.Region.FastMin; column <= s.Region.FastMax; column++ {
				i, simulated := at[detector.Place{Panel: s.Panel, Fast: column, Slow: row}]
				f, l := float64(column)-f0, float64(row)-s0
				if simulated && math.Hypot(f, l) < nearest[i] {
					nearest[i], of[i], df[i], ds[i] = math.Hypot(f, l), float64(k), f, l
				}
			}
		}
	}
	x.pixels.box, x.pixels.fast, x.pixels.slow = vector("box", of), vector("box_column", df), vector("box_row", ds)
}

// Graph returns the graph of the nodes.
func (x *Background) Graph() *G.ExprGraph { return x.g }

// Config returns the configuration with defaults filled in.
func (x *Background) Config() Config { return x.cfg.complete() }

// PixelLeaves returns the inputs that have an element for each pixel, which are no parameters.
func (x *Background) PixelLeaves() []*G.Node {
	var list []*G.Node
	for _, n := range []*G.Node{x.pixels.box, x.pixels.fast, x.pixels.slow, x.pixels.image} {
		if n != nil {
			list = append(list, n)
		}
	}
	return list
}

// Parameters returns the nodes currently in the exported fields that the background has.
func (x *Background) Parameters() []*G.Node {
	if x == nil {
		return nil
	}
	var list []*G.Node
	for _, m := range x.Materials {
		list = append(list, m.Thickness, m.F)
	}
	for _, n := range []*G.Node{x.Level, x.Fast, x.Slow, x.Radial, x.ImageScale} {
		if n != nil {
			list = append(list, n)
		}
	}
	return list
}

// Unit returns the unit of one of the background's nodes, and whether the node is one of them.
func (x *Background) Unit(n *G.Node) (string, bool) {
	if x == nil || n == nil {
		return "", false
	}
	for _, m := range x.Materials {
		switch n {
		case m.Thickness:
			return "mm", true
		case m.F:
			return "e", true
		}
	}
	switch n {
	case x.Level, x.Fast, x.Slow, x.Radial:
		return "photons", true
	case x.ImageScale:
		return "", true
	}
	return "", false
}

// rows returns the limits of the current values of scalar nodes.
func (x *Background) rows() []config.Row {
	var rows []config.Row
	for i, m := range x.Materials {
		rows = append(rows, config.Number(fmt.Sprintf("materials.%d.thickness", i), "thickness of "+x.cfg.Materials[i].Name, "mm", config.NotNegative, x.cfg.Materials[i].Thickness, m.Thickness))
	}
	if x.ImageScale != nil {
		rows = append(rows, config.Number("image.scale", "scale of the image", "", config.Finite, x.cfg.Image.Scale, x.ImageScale))
	}
	return rows
}

// Check returns a [gobragg.ConfigError] if the current value of a node is invalid. Fields that hold
// expressions are not checked.
func (x *Background) Check() error {
	if x == nil {
		return nil
	}
	return config.Check("background", x.rows())
}
