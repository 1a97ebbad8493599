package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/refine"
)

// Trace is the steps that a search took.
type Trace []refine.Iteration

// Add appends a step that was taken: for [refine.Settings], OnIteration.
func (t *Trace) Add(i refine.Iteration) {
	if i.Accepted {
		*t = append(*t, i)
	}
}

// lines of the plot: the parameters that are alike. Those of several crystals are together.
var lines = []struct {
	label  string
	parts  []string // that a name has, or begins with
	colour color.RGBA
}{
	{"a, b, c", []string{"cell.a", "cell.b", "cell.c"}, color.RGBA{31, 90, 180, 255}},
	{"α, β, γ", []string{"cell.alpha", "cell.beta", "cell.gamma"}, color.RGBA{110, 170, 235, 255}},
	{"misset", []string{"misset.x", "misset.y", "misset.z"}, color.RGBA{200, 50, 40, 255}},
	{"beam, detector", []string{"beam.", "detector."}, color.RGBA{60, 150, 70, 255}},
	{"scale", []string{"scale"}, color.RGBA{230, 150, 30, 255}},
	{"background", []string{"background."}, color.RGBA{120, 120, 120, 255}},
	{"others", nil, color.RGBA{140, 80, 160, 255}},
}

// lineOf is the line that a parameter is on.
func lineOf(name string) int {
	for k, l := range lines {
		for _, part := range l.parts {
			begins := strings.HasSuffix(part, ".") && strings.HasPrefix(name, part)
			if begins || name == part || strings.HasSuffix(name, "."+part) {
				return k
			}
		}
	}
	return len(lines) - 1
}

// whole are ticks at whole numbers.
type whole struct{}

// Ticks implements plot.Ticker.
func (whole) Ticks(low, high float64) []plot.Tick {
	step := math.Max(1, math.Ceil((high-low)/10))
	var ticks []plot.Tick
	for x := math.Ceil(low/step) * step; x <= high; x += step {
		ticks = append(ticks, plot.Tick{Value: x, Label: fmt.Sprintf("%g", x)})
	}
	return ticks
}

// WriteFile writes a PNG of how far from the result the parameters were after each step, the farthest of each kind: in standard
// uncertainties, or without those as a fraction of the start's distance. It reports whether there was anything to draw: a search
// that ended where it began leaves no file.
func (t Trace) WriteFile(path string, r *refine.Result) (written bool, err error) {
	p, err := t.plot(r)
	if err != nil || p == nil {
		return false, err
	}
	to, err := p.WriterTo(15*vg.Centimeter, 10*vg.Centimeter, "png")
	if err != nil {
		return false, fmt.Errorf("report: %w", err)
	}
	return true, atomicfile.Write(path, func(w io.Writer) error {
		_, err := to.WriteTo(w)
		return err
	})
}

// plot of the distances; nil where there is nothing to draw.
func (t Trace) plot(r *refine.Result) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "Distance from the result, in standard uncertainties"
	p.X.Label.Text = "steps"
	p.Y.Label.Text = "σ"
	if r.Uncertainty == nil {
		p.Title.Text, p.Y.Label.Text = "Distance from the result, as a fraction of the start's", ""
	}
	p.X.Tick.Marker = whole{}
	p.Legend.Left = true
	p.Add(plotter.NewGrid())
	distances, _ := t.distances(r)
	if distances == nil {
		return nil, nil // a search that ended where it began
	}
	for which, l := range lines {
		var line plotter.XYs
		for _, q := range distances[which] {
			line = append(line, plotter.XY{X: q[0], Y: q[1]})
		}
		if line == nil {
			continue
		}
		c, points, err := plotter.NewLinePoints(line)
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		c.Color, points.Color, c.Width = l.colour, l.colour, vg.Points(1.5)
		p.Add(c, points)
		p.Legend.Add(l.label, c, points)
	}
	decades(&p.Y)
	if err := t.markCoarse(p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return p, nil
}

// decades widens a logarithmic axis to whole powers of ten, and puts its ticks there.
func decades(a *plot.Axis) {
	low, high := math.Floor(math.Log10(a.Min)), math.Ceil(math.Log10(a.Max))
	var ticks plot.ConstantTicks
	for e := low; e <= high; e++ {
		ticks = append(ticks, plot.Tick{Value: math.Pow(10, e), Label: fmt.Sprintf("%g", math.Pow(10, e))})
	}
	a.Min, a.Max = math.Pow(10, low), math.Pow(10, high)
	a.Scale, a.Tick.Marker = plot.LogScale{}, ticks
}

// markCoarse draws where the stages of a continuation ended and the search with the real model began.
func (t Trace) markCoarse(p *plot.Plot) error {
	marks := t.stages()
	if marks == nil {
		return nil
	}
	x := marks[0].x
	l, err := plotter.NewLine(plotter.XYs{{X: x, Y: p.Y.Min}, {X: x, Y: p.Y.Max}})
	if err != nil {
		return err
	}
	l.Dashes = []vg.Length{vg.Points(4), vg.Points(4)}
	p.Add(l)
	p.Legend.Add("end of the coarse stages", l)
	return nil
}
