package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// verdictView is the verdict at the head of the page.
type verdictView struct {
	Known, Fit       bool
	Word, Sentence   string
	Reasons, Remarks []reasonView
	Without          bool // statistics are those without pixels that look wrong
	Statistics       []statisticView
}

type reasonView struct{ Kind, Text string }

type statisticView struct{ Name, Value, Expected, Limit, Number string }

// mostPixels is the number of pixels that a reason lists.
const mostPixels = 8

func (p *Page) verdict() verdictView {
	if p.Result.Verdict == nil {
		return verdictView{}
	}
	r := p.Result.Verdict.Record()
	v := verdictView{Known: true, Fit: r.Fit, Word: "FIT", Sentence: "The model explains the data within their noise."}
	if !r.Fit {
		v.Word = "NOT A FIT"
		v.Sentence = "The model does not explain the data: do not use the refined values. The likeliest cause comes first."
	}
	v.Reasons, v.Remarks = reasons(r.Reasons), reasons(r.Remarks)
	v.Without = slices.ContainsFunc(slices.Concat(r.Reasons, r.Remarks), func(r experiment.Reason) bool { return len(r.Pixels) > 0 })
	for _, s := range r.Statistics {
		if s.Number == 0 {
			continue // there is nothing to compute it of
		}
		line := statisticView{Name: strings.ReplaceAll(s.Name, "_", " "), Value: minus(fmt.Sprintf("%.4g", s.Value)), Number: thousands(float64(s.Number))}
		if s.Sigma > 0 {
			line.Expected = minus(fmt.Sprintf("%.4g ± %.2g", s.Mean, s.Sigma))
		}
		if s.Limit != 0 {
			line.Limit = minus(fmt.Sprintf("%.4g", s.Limit))
		}
		v.Statistics = append(v.Statistics, line)
	}
	return v
}

func reasons(list []experiment.Reason) (out []reasonView) {
	for _, r := range list {
		text := r.Text
		for i, x := range r.Pixels {
			switch {
			case i == mostPixels:
				text += fmt.Sprintf(", and %d more", len(r.Pixels)-i)
			case i == 0:
				text += ": "
			default:
				text += ", "
			}
			if i >= mostPixels {
				break
			}
			text += fmt.Sprintf("(%d, %d)", x.Fast, x.Slow)
			if x.Panel > 0 {
				text += fmt.Sprintf(" of panel %d", x.Panel)
			}
			expected := fmt.Sprintf("%.3g", x.Expected)
			if x.Expected >= 100 {
				expected = thousands(x.Expected)
			}
			text += fmt.Sprintf(" with %s photons for %s", thousands(x.Counts), expected)
		}
		out = append(out, reasonView{r.Kind, text})
	}
	return out
}

// uncertainty is that which is shown: the sandwich covariance, or none, where the model does not fit.
func (p *Page) uncertainty() *refine.Uncertainty {
	if v := p.Result.Verdict; v != nil && !v.Fits() {
		return v.Sandwich()
	}
	return p.Result.Uncertainty
}
