// Command closedform measures how images by steps approach the closed form as their mosaic domains become more, prints a table and
// draws docs/images/closedform.png: go run ./docs/closedform, from the module's root.
package main

import (
	"context"
	"flag"
	"fmt"
	"image/color"
	"log"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// edge is the part of the peak above which pixels are those of spots.
const edge = 0.01

// row is a kind of domains.
type row struct {
	name   string
	kind   crystal.DomainKind
	spread float64 // largest rotation, or standard deviation
	sigma  float64 // standard deviation about each axis, which the closed form has
	colour color.RGBA
}

var rows = []row{
	{"reference's, 0.3°", crystal.ReferenceDomains, 0.3 / 0.4964, 0.3, color.RGBA{R: 230, G: 159, A: 255}},
	{"reference's, 0.1°", crystal.ReferenceDomains, 0.1 / 0.4964, 0.1, color.RGBA{R: 213, G: 94, A: 255}},
	{"normal, 0.3°", crystal.NormalDomains, 0.3, 0.3, color.RGBA{R: 86, G: 180, B: 233, A: 255}},
	{"normal, 0.1°", crystal.NormalDomains, 0.1, 0.1, color.RGBA{G: 114, B: 178, A: 255}},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("closedform: ")
	out := flag.String("o", "docs/images/closedform.png", "the picture")
	flag.Parse()
	domains := []int{10, 100, 1000, 10000}
	table, err := run(domains, 60, *out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(table)
}

// run makes the table and the picture for a detector of side × side pixels.
func run(domains []int, side int, out string) (string, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "mosaic domains", "rms difference / peak"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Title.Text = "images by steps, against the closed form"
	p.Legend.Top, p.Legend.YOffs = true, -vg.Points(4)
	p.Legend.XOffs = -vg.Points(6)
	p.Add(plotter.NewGrid())
	var table strings.Builder
	table.WriteString("| domains |")
	for _, n := range domains {
		fmt.Fprintf(&table, " %d |", n)
	}
	table.WriteString("\n|---|" + strings.Repeat("---|", len(domains)) + "\n")
	for _, r := range rows {
		closed := base(side)
		closed.Crystals[0].Mosaic = experiment.Mosaic{Spread: r.sigma}
		closed.Physics.ClosedForm = &experiment.ClosedForm{}
		want, err := image(closed)
		if err != nil {
			return "", err
		}
		var line plotter.XYs
		fmt.Fprintf(&table, "| %s |", r.name)
		for _, n := range domains {
			sampled := base(side)
			sampled.Crystals[0].Mosaic = experiment.Mosaic{Spread: r.spread, Domains: n, Kind: r.kind}
			got, err := image(sampled)
			if err != nil {
				return "", err
			}
			off := difference(got, want)
			line = append(line, plotter.XY{X: float64(n), Y: off})
			fmt.Fprintf(&table, " %.2g |", off)
		}
		table.WriteString("\n")
		l, s, err := plotter.NewLinePoints(line)
		if err != nil {
			return "", err
		}
		l.Color, s.Color, l.Width, s.Shape = r.colour, r.colour, vg.Points(1.5), draw.CircleGlyph{}
		p.Add(l, s)
		p.Legend.Add(r.name, l, s)
	}
	p.Y.Min, p.Y.Max = 2e-3, 3
	return table.String(), p.Save(14*vg.Centimeter, 9*vg.Centimeter, out)
}

// base is a still of a part of the detector at about 2 to 3 Å, with spots of some pixels.
func base(side int) *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 65, C: 70, Alpha: 90, Beta: 95, Gamma: 90}, Misset: experiment.Misset{X: 20, Y: 30, Z: 40},
			Cells: experiment.Cells{A: 20, B: 20, C: 20}, Shape: crystal.Gauss, Structure: experiment.Structure{Default: 100},
		}},
		Detector: experiment.Detector{Fast: side, Slow: side, Pixel: 0.05, Distance: 100, BeamCentre: &[2]float64{-30, -30}, Oversample: 3},
	}
}

func image(c *experiment.Config) ([]float64, error) {
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	images, err := e.Images(context.Background())
	if err != nil {
		return nil, err
	}
	return images[0].Float64s(), nil
}

// difference returns the root mean square of got − want over the pixels of spots, in parts of the peak.
func difference(got, want []float64) float64 {
	peak := 0.0
	for _, v := range want {
		peak = max(peak, v)
	}
	sum, n := 0.0, 0
	for i, v := range want {
		if v > edge*peak {
			sum += (got[i] - v) * (got[i] - v)
			n++
		}
	}
	return math.Sqrt(sum/float64(n)) / peak
}
