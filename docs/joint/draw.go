package main

import (
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

var (
	red  = color.RGBA{200, 50, 40, 255}
	blue = color.RGBA{31, 90, 180, 255}
	grey = color.RGBA{110, 110, 110, 255}
)

// drawSweep draws how far the orientation of each image is off, and the scale of each.
func drawSweep(path string, c *experiment.Config, truth, dials, ours *found, r *refine.JointResult) error {
	angle := plot.New()
	angle.X.Label.Text, angle.Y.Label.Text = "image", "orientation off by, °"
	angle.Y.Scale, angle.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	angle.Add(plotter.NewGrid())
	for _, s := range []struct {
		name string
		*found
		color.RGBA
	}{{"DIALS", dials, red}, {"joint refinement", ours, blue}} {
		var xy plotter.XYs
		for i := range truth.lattice {
			xy = append(xy, plotter.XY{X: float64(i + 1), Y: max(1e-6, off(s.lattice[i], truth.lattice[i]))})
		}
		if err := line(angle, s.name, xy, s.RGBA); err != nil {
			return err
		}
	}
	scale := plot.New()
	scale.X.Label.Text, scale.Y.Label.Text = "image", "scale"
	scale.Add(plotter.NewGrid())
	var known, found plotter.XYs
	for _, v := range c.Scan.Varying {
		if v.Parameter != "scale" {
			continue
		}
		for i, s := range v.Values {
			known = append(known, plotter.XY{X: float64(i + 1), Y: s})
		}
	}
	for _, o := range r.Own {
		if o.Name != "scale" {
			continue
		}
		for i, s := range o.Values {
			found = append(found, plotter.XY{X: float64(i + 1), Y: s})
		}
	}
	if err := line(scale, "truth", known, grey); err != nil {
		return err
	}
	points, err := plotter.NewScatter(found)
	if err != nil {
		return err
	}
	points.Color, points.Shape = blue, draw.CircleGlyph{}
	scale.Add(points)
	scale.Legend.Add("joint refinement", points)
	scale.Legend.Top, angle.Legend.Top = true, true
	return save(path, angle, scale)
}

func line(p *plot.Plot, name string, xy plotter.XYs, c color.RGBA) error {
	l, err := plotter.NewLine(xy)
	if err != nil {
		return err
	}
	l.Color, l.Width = c, vg.Points(1.5)
	p.Add(l)
	p.Legend.Add(name, l)
	return nil
}

func save(path string, plots ...*plot.Plot) (err error) {
	width, height := vg.Length(len(plots))*13*vg.Centimeter, 8*vg.Centimeter
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(110))
	tiles := draw.Tiles{Rows: 1, Cols: len(plots), PadX: vg.Centimeter, PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(12)}
	for i, p := range plots {
		for _, s := range []*text.Style{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
			s.Font.Variant = "Sans"
		}
		p.Draw(tiles.At(draw.New(canvas), i, 0))
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
