package experiment

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/stol"
)

// modelled reports whether there is a background that the simulator computes.
func (b *Background) modelled() bool {
	return len(b.Materials) > 0 || len(b.Boxes) > 0 || b.Radial != nil || b.Image != nil
}

// BackgroundConfig returns the configuration for package background, without the level and the slopes of the
// whole detector, which package refine adds. It reads the files of tables and images; on gives the sizes of
// the panels.
func (c *Config) BackgroundConfig(on *detector.Detector) (background.Config, error) {
	b := &c.Background
	cfg := background.Config{Level: b.Level}
	for i, m := range b.Materials {
		out, err := c.material(fmt.Sprintf("background.materials[%d]", i), m)
		if err != nil {
			return cfg, err
		}
		cfg.Materials = append(cfg.Materials, out)
	}
	for _, s := range b.Boxes {
		cfg.Boxes = append(cfg.Boxes, background.Shoebox{Panel: s.Panel, Region: detector.Region(s.Region), Level: s.Level, Fast: s.Fast, Slow: s.Slow})
	}
	if r := b.Radial; r != nil {
		cfg.Radial = &background.Radial{Knots: r.Knots, Values: r.Values, Polarized: r.Polarized}
	}
	if m := b.Image; m != nil {
		sizes := on.Sizes()
		if len(m.Files) != len(sizes) {
			return cfg, problem("background.image.files", "has %d elements for %d panels", len(m.Files), len(sizes))
		}
		image := &background.Image{Scale: m.Scale}
		for k, name := range m.Files {
			s := source{key: fmt.Sprintf("background.image.files[%d]", k), name: name}
			read, err := c.readFile(s, sizes[k][0], sizes[k][1])
			if err != nil {
				return cfg, err
			}
			if read, err = fit(s, read, nil, sizes[k][0], sizes[k][1]); err != nil {
				return cfg, err
			}
			image.Photons = append(image.Photons, tensor.New(tensor.WithShape(sizes[k][1], sizes[k][0]), tensor.WithBacking(read.Values)))
		}
		cfg.Image = image
	}
	return cfg, nil
}

// material returns a known material, or the one of a file.
func (c *Config) material(path string, m Material) (background.Material, error) {
	var out background.Material
	switch {
	case m.Kind != "" && m.File != "":
		return out, problem(path+".file", "is given and so is kind: there can be one of the two")
	case m.Kind == "water":
		out = background.Water(m.Thickness)
	case m.Kind == "air":
		out = background.Air(m.Thickness)
	case m.File == "":
		return out, problem(path+".file", "is missing: give it or kind")
	default:
		lines, err := stol.ReadFile(c.path(m.File))
		if err != nil {
			return out, problem(path+".file", "%w", err)
		}
		for _, l := range lines {
			out.At, out.F = append(out.At, l.At), append(out.F, l.F)
		}
		out.Thickness = m.Thickness
	}
	if m.Name != "" {
		out.Name = m.Name
	}
	out.Density, out.Weight, out.Beam = or(m.Density, out.Density), or(m.Weight, out.Weight), m.Beam
	return out, nil
}

// makeBackground makes the nodes of the background, if there is one.
func (e *Experiment) makeBackground(g *G.ExprGraph) error {
	if !e.config.Background.modelled() {
		return nil
	}
	cfg, err := e.config.BackgroundConfig(e.Detector)
	if err != nil {
		return err
	}
	if e.Background, err = background.New(g, e.Detector, cfg); err != nil {
		return refused("background", err)
	}
	return nil
}

// setBackground puts the current values of the background's nodes into a configuration. Tables of materials
// remain those of their files.
func (e *Experiment) setBackground(c *Config) error {
	x := e.Background
	if x == nil {
		return nil
	}
	b := &c.Background
	b.Materials, b.Boxes = slices.Clone(b.Materials), slices.Clone(b.Boxes)
	for i, m := range x.Materials {
		v, err := e.value(m.Thickness)
		if err != nil {
			return err
		}
		b.Materials[i].Thickness = v
	}
	for _, p := range []struct {
		node *G.Node
		to   func(s *Box) *float64
	}{{x.Level, func(s *Box) *float64 { return &s.Level }}, {x.Fast, func(s *Box) *float64 { return &s.Fast }}, {x.Slow, func(s *Box) *float64 { return &s.Slow }}} {
		for i, v := range vectorValue(p.node) {
			*p.to(&b.Boxes[i]) = v
		}
	}
	if r := b.Radial; r != nil {
		if now := vectorValue(x.Radial); now != nil {
			b.Radial = &RadialBackground{r.Knots, slices.Clone(now), r.Polarized}
		}
	}
	if m := b.Image; m != nil {
		v, err := e.value(x.ImageScale)
		if err != nil {
			return err
		}
		if or(m.Scale, 1) != v {
			b.Image = &ImageBackground{m.Files, v}
		}
	}
	return nil
}

// vectorValue returns the current value of a vector that is an input, or nil.
func vectorValue(n *G.Node) []float64 {
	if n == nil || n.Op() != nil || n.Value() == nil {
		return nil
	}
	list, _ := n.Value().Data().([]float64)
	return list
}
