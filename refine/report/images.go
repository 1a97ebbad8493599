package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// Listed is one of the images of a [Page] that were refined together, whether it is drawn or not.
type Listed struct {
	Name            string
	Photons         float64
	Pixels          int
	ChiSquare       float64 // a pixel, at the end
	Fit             bool
	Reason          string // the likeliest, where it does not fit
	Worst           *Spot  // with the largest residual; nil without spots
	Place           float64
	ChiSquareBefore float64 // 0 where it is not known
}

// Curve is a parameter of which each image has its own value.
type Curve struct {
	// Name of the parameter, and its unit.
	Name, Unit string
	// Places of the images along the scan, values, and their standard uncertainties: NaN or +Inf where they are not known.
	Places, Values, Sigma []float64
	// Truth where it is known, of data that were simulated; nil where it is not.
	Truth []float64
}

// mostListed is the number of images of the table; of more, those with the largest χ² are in it.
const mostListed = 40

// list fills in the table of images, and the charts of χ² and of what each image has of its own.
func (p *Page) list(v *view) {
	if len(p.List) < 2 {
		return
	}
	order := make([]int, len(p.List))
	for i := range order {
		order[i] = i
	}
	if len(order) > mostListed {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.List[b].ChiSquare, p.List[a].ChiSquare) })
		v.Unlisted = len(order) - mostListed
		order = order[:mostListed]
		slices.Sort(order)
	}
	for _, i := range order {
		l := &p.List[i]
		row := imageRow{Name: l.Name, Photons: thousands(l.Photons), Pixels: thousands(float64(l.Pixels)), ChiSquare: fmt.Sprintf("%.3f", l.ChiSquare), Verdict: "fit"}
		if !l.Fit {
			row.Verdict, row.Unfit = "not a fit: "+l.Reason, true
		}
		if l.ChiSquareBefore > 0 {
			row.Before, v.Started = fmt.Sprintf("%.3g", l.ChiSquareBefore), true
		}
		if s := l.Worst; s != nil {
			row.Worst = minus(fmt.Sprintf("%d %d %d, %+.1f σ", s.HKL[0], s.HKL[1], s.HKL[2], s.residual()))
		}
		v.Each = append(v.Each, row)
	}
	v.Along = p.along()
}

// along draws χ² and the curves along the scan.
func (p *Page) along() (out []template.HTML) {
	one := 1.0
	c := chart{title: "χ² of the images", x: "image", y: "χ² a pixel", level: &one, lines: []line{{label: "fit", class: "c0", dots: true}, {label: "not a fit", class: "c2", dots: true}}}
	for i := range p.List {
		l := &p.List[i]
		k := 0
		if !l.Fit {
			k = 1
		}
		c.lines[k].points = append(c.lines[k].points, [2]float64{l.Place, l.ChiSquare})
	}
	c.lines = slices.DeleteFunc(c.lines, func(l line) bool { return l.points == nil })
	out = append(out, c.svg())
	for _, g := range p.groups() {
		c := chart{title: g.title, x: "image", y: g.unit}
		if g.unit == "°" { // which could hardly be seen
			c.y = "degrees"
		}
		curves := g.curves
		if n := len(curves); n > mostCurves { // those of knots are alike
			curves = nil
			for k := range mostCurves {
				curves = append(curves, g.curves[k*(n-1)/(mostCurves-1)])
			}
			c.title += fmt.Sprintf(", %d of %d numbers", mostCurves, n)
		}
		for k, curve := range curves {
			mean := 0.0
			if g.fromMean {
				mean = average(curve.Values)
			}
			l := line{label: last(curve.Name), class: fmt.Sprintf("c%d", k), dots: true}
			t := line{label: last(curve.Name) + ", truth", class: l.class, dashed: true}
			for i, value := range curve.Values {
				if math.IsNaN(value) {
					continue
				}
				sigma := 0.0
				if i < len(curve.Sigma) && curve.Sigma[i] > 0 && !math.IsInf(curve.Sigma[i], 0) {
					sigma = curve.Sigma[i]
				}
				l.points, l.sigma = append(l.points, [2]float64{curve.Places[i], value - mean}), append(l.sigma, sigma)
				if i < len(curve.Truth) && !math.IsNaN(curve.Truth[i]) {
					t.points = append(t.points, [2]float64{curve.Places[i], curve.Truth[i] - mean})
				}
			}
			c.lines = append(c.lines, l)
			if t.points != nil {
				c.lines = append(c.lines, t)
			}
		}
		if drawn := c.svg(); drawn != "" {
			out = append(out, drawn)
		}
	}
	return out
}

// curveGroup are curves of one chart.
type curveGroup struct {
	title, unit string
	curves      []Curve
	fromMean    bool
}

// mostCurves is the number of curves of a chart: there are as many colours.
const mostCurves = 7

// groups puts the curves of a crystal's orientation together, and those of a vector.
func (p *Page) groups() (out []curveGroup) {
	at := map[string]int{}
	for _, c := range p.Curves {
		key, g := c.Name, curveGroup{title: c.Name, unit: c.Unit}
		if text := about(c.Name); text != "" {
			g.title = text
		}
		if before, _, ok := strings.Cut(c.Name, "misset."); ok {
			key = before + "misset"
			g = curveGroup{title: strings.TrimSuffix("orientation of the crystal, less its mean "+before, " "), unit: c.Unit, fromMean: true}
		} else if i := strings.LastIndexByte(c.Name, '['); i > 0 && strings.HasSuffix(c.Name, "]") {
			key = c.Name[:i]
			g.title = key
			if text := about(key); text != "" {
				g.title = text
			}
		}
		n, known := at[key]
		if !known {
			n = len(out)
			at[key] = n
			out = append(out, g)
		}
		out[n].curves = append(out[n].curves, c)
	}
	return out
}

// last is the last part of a name, with the index of an element.
func last(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// average is the mean of the values that are numbers.
func average(values []float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / max(n, 1)
}
