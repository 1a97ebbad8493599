package main

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/gobragg/gobragg/refine"
)

var (
	missets = []float64{0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3} // degrees
	cells   = []float64{0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3} // percent
)

// way is a method with a line in the pictures.
type way struct {
	name   string
	method func(s *specimen) refine.Method
	colour color.RGBA
}

var ways = []way{
	{"Gauss-Newton", func(*specimen) refine.Method { return &refine.GaussNewton{} }, color.RGBA{200, 50, 40, 255}},
	{"continuation", func(s *specimen) refine.Method { return s.continuation(0) }, color.RGBA{31, 90, 180, 255}},
}

// recovered is the fraction of specimens that a method brings within 5σ of the truth in all parameters.
func recovered(ctx context.Context, specimens []*specimen, w way, cellOff, missetOff float64) (float64, error) {
	n := 0
	for _, s := range specimens {
		if err := s.mislead(cellOff, missetOff); err != nil {
			return 0, err
		}
		r, err := refine.Run(ctx, s.problem, &refine.Settings{Method: w.method(s)})
		if err != nil {
			return 0, err
		}
		if within(s.pulls(r), 5) {
			n++
		}
	}
	return float64(n) / float64(len(specimens)), nil
}

// basin measures the fraction of crystals recovered against the start's misset, and against its cell.
func basin(ctx context.Context, starts int, path string) (string, error) {
	var specimens []*specimen
	for seed := range starts {
		s, err := newSpecimen(ctx, uint64(seed+1))
		if err != nil {
			return "", err
		}
		specimens = append(specimens, s)
	}
	var b strings.Builder
	var plots []*plot.Plot
	for _, axis := range []struct {
		title, label string
		values       []float64
		at           func(v float64) (cellOff, missetOff float64)
	}{
		{"misset, °", "start's misset, degrees", missets, func(v float64) (float64, float64) { return 0, v }},
		{"cell error, %", "start's cell error, %", cells, func(v float64) (float64, float64) { return v / 100, 0 }},
	} {
		p := plot.New()
		p.X.Label.Text, p.Y.Label.Text = axis.label, "recovered, %"
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks(axis.values)
		p.Y.Min, p.Y.Max = 0, 105
		p.Legend.Left = true
		p.Add(plotter.NewGrid())
		fmt.Fprintf(&b, "| %s |%s\n|---|%s\n", axis.title, cellsOf(axis.values, "%g"), strings.Repeat("---|", len(axis.values)))
		for _, w := range ways {
			var percent []float64
			var line plotter.XYs
			for _, v := range axis.values {
				cellOff, missetOff := axis.at(v)
				f, err := recovered(ctx, specimens, w, cellOff, missetOff)
				if err != nil {
					return "", err
				}
				percent = append(percent, 100*f)
				line = append(line, plotter.XY{X: v, Y: 100 * f})
			}
			fmt.Fprintf(&b, "| %s |%s\n", w.name, cellsOf(percent, "%.0f %%"))
			if err := addLine(p, w.name, line, w.colour); err != nil {
				return "", err
			}
		}
		b.WriteByte('\n')
		plots = append(plots, p)
	}
	return b.String(), saveSideBySide(plots, path)
}

func cellsOf(values []float64, format string) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, " "+format+" |", v)
	}
	return b.String()
}

// ticks are those of an axis at the values measured.
func ticks(values []float64) plot.ConstantTicks {
	var t plot.ConstantTicks
	for _, v := range values {
		t = append(t, plot.Tick{Value: v, Label: fmt.Sprintf("%g", v)})
	}
	return t
}

func addLine(p *plot.Plot, name string, xy plotter.XYs, c color.RGBA) error {
	l, s, err := plotter.NewLinePoints(xy)
	if err != nil {
		return err
	}
	l.Color, l.Width, s.Color, s.Shape = c, vg.Points(1.5), c, draw.CircleGlyph{}
	p.Add(l, s)
	p.Legend.Add(name, l, s)
	return nil
}

// saveSideBySide draws plots next to each other.
func saveSideBySide(plots []*plot.Plot, path string) error {
	for _, p := range plots {
		for _, s := range []*text.Style{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle, &p.Title.TextStyle} {
			s.Font.Variant = "Sans"
		}
		p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size, p.Legend.TextStyle.Font.Size = 9, 9, 10
	}
	width, height := vg.Length(len(plots))*13*vg.Centimeter, 9*vg.Centimeter
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(96))
	canvas := draw.New(img)
	for i, p := range plots {
		w := width / vg.Length(len(plots))
		p.Draw(draw.Crop(canvas, vg.Length(i)*w, vg.Length(i+1)*w-width-0.3*vg.Centimeter, 0, -0.2*vg.Centimeter))
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img.Image()); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
