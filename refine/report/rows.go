package report

import (
	"fmt"
	"math"
	"strings"

	G "gorgonia.org/gorgonia"
)

// row is a line of the table of parameters.
type row struct {
	Name, Unit, Start, Value, Sigma, Truth, Off string
	About                                       string // in words
	Note                                        string // of a vector, or of a parameter that is not determined
}

// table fills in the parameters.
func (p *Page) table(v *view) {
	r := p.Result.Record()
	u := p.uncertainty()
	v.Sigma, v.Brackets = u != nil, v.Verdict.Known && !v.Verdict.Fit
	if u != nil && u.Diagonal {
		v.Diagonal = "σ are those if all other parameters were known: there are too many for a matrix."
	}
	units := p.units()
	at := 0
	for _, q := range r.Parameters {
		line := row{Name: q.Name, About: about(q.Name), Unit: units[q.Name]}
		sigma := math.NaN()
		switch {
		case len(q.Elements) > 0:
			sigma = q.Sigma
			line.Note = fmt.Sprintf("mean of %d, %s to %s", len(q.Elements), number(q.Lowest, q.Sigma), number(q.Highest, q.Sigma))
			at += len(q.Elements)
		default:
			if u != nil {
				sigma = u.Sigma[at]
			}
			at++
		}
		line.Start, line.Value = number(q.Start, sigma), number(q.Value, sigma)
		switch {
		case math.IsInf(sigma, 1):
			line.Sigma, line.Note = "∞", "not determined by the data"
		case sigma > 0:
			line.Sigma = number(sigma, sigma)
			if sigma >= 1e5 {
				line.Sigma = minus(fmt.Sprintf("%.1e", sigma))
			}
		}
		if truth, known := p.Truth[q.Name]; known {
			v.Truth = true
			line.Truth = number(truth, sigma)
			if sigma > 0 && !math.IsInf(sigma, 1) {
				line.Off = minus(fmt.Sprintf("%+.1f", (q.Value-truth)/sigma))
			}
		}
		v.Table = append(v.Table, line)
	}
	if u != nil {
		for _, d := range u.Undetermined {
			v.Weak = append(v.Weak, d.String())
		}
	}
}

// words for the last part of a parameter's name, or the last two.
var words = map[string]string{
	"cell.a": "cell edge a", "cell.b": "cell edge b", "cell.c": "cell edge c", "cell.alpha": "cell angle α", "cell.beta": "cell angle β", "cell.gamma": "cell angle γ",
	"misset.x": "orientation, about x", "misset.y": "orientation, about y", "misset.z": "orientation, about z",
	"cells.a": "block, unit cells along a", "cells.b": "block, unit cells along b", "cells.c": "block, unit cells along c",
	"mosaic.spread": "mosaic spread", "b_factor": "B factor", "detector.distance": "distance of the detector", "detector.close_distance": "distance of the detector's plane",
	"detector.beam_x": "beam on the detector, x", "detector.beam_y": "beam on the detector, y", "detector.close_fast": "nearest point, fast", "detector.close_slow": "nearest point, slow",
	"beam.wavelength": "wavelength", "beam.line_width": "relative width of the line",
	"scale": "scale of the spots", "spot_scale": "scale of a crystal's spots", "background.flat": "flat background", "background.radial": "background by resolution", "water.thickness": "thickness of water",
}

// about says what a parameter is, "" where its name says it.
func about(name string) string {
	parts := strings.Split(name, ".")
	if n := len(parts); n > 1 {
		if text := words[strings.Join(parts[n-2:], ".")]; text != "" {
			return text
		}
	}
	return words[parts[len(parts)-1]]
}

// units returns the units of the parameters, by their names.
func (p *Page) units() map[string]string {
	units := map[string]string{}
	for i := range p.Images {
		f := p.Images[i].Fit
		e := f.Experiment
		for _, n := range e.Parameters() {
			units[n.Name()] = e.Unit(n)
		}
		for _, n := range []*G.Node{f.Model.Flat, f.Model.Fast, f.Model.Slow} {
			if n != nil {
				units[n.Name()] = "photons"
			}
		}
	}
	return units
}

// number writes a value with as many digits as its uncertainty has a meaning in, two of it; four of a value that is not determined.
func number(v, sigma float64) string {
	if !(sigma > 0) || math.IsInf(sigma, 1) {
		return minus(fmt.Sprintf("%.6g", v))
	}
	if v != 0 && sigma > 1000*math.Abs(v) {
		return minus(fmt.Sprintf("%.4g", v))
	}
	decimals := 1 - int(math.Floor(math.Log10(sigma)))
	if a := math.Max(math.Abs(v), sigma); a >= 1e7 || decimals > 9 {
		digits := 0
		if v != 0 {
			digits = max(0, int(math.Floor(math.Log10(math.Abs(v))))+decimals)
		}
		return minus(fmt.Sprintf("%.*e", min(digits, 12), v))
	}
	return minus(fmt.Sprintf("%.*f", max(decimals, 0), v))
}

// minus has the sign that numbers are printed with.
func minus(text string) string { return strings.ReplaceAll(text, "-", "−") }
