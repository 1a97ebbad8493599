package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/cli"
)

// gradcheckResult is what a check has found, as it is written as JSON.
type gradcheckResult struct {
	Experiment string `json:"experiment"`
	OK         bool   `json:"ok"`
	// Loss is its kind. Pixels are those checked, of all that count.
	Loss   string `json:"loss"`
	Pixels int    `json:"pixels"`
	Of     int    `json:"of"`
	// Parameters are the rows of the table.
	Parameters []gradcheckRow `json:"parameters"`
	// Scalars is the report on the scalar parameters, Arrays those on arrays, one by one.
	Scalars *gradcheck.Report   `json:"scalars,omitempty"`
	Arrays  []*gradcheck.Report `json:"arrays,omitempty"`
	// Images are the checks of derivatives pixel by pixel.
	Images []imageRow `json:"images,omitempty"`

	rtol float64
}

// gradcheckRow is the derivative by a parameter, or along a random direction of an array of them.
type gradcheckRow struct {
	gradcheck.Element
	Unit   string `json:"unit,omitempty"`
	Result string `json:"result"` // the verdict, or "no effect"
}

func (r *gradcheckResult) add(e gradcheck.Element, unit string) {
	row := gradcheckRow{Element: e, Unit: unit, Result: e.Verdict.String()}
	if e.Allowed && e.Verdict == gradcheck.Vacuous {
		row.Result = "no effect"
	}
	r.Parameters = append(r.Parameters, row)
}

// addScalars adds the report on scalar parameters.
func (r *gradcheckResult) addScalars(t *target, report *gradcheck.Report, by G.Nodes) {
	r.Scalars = report
	units := map[string]string{}
	for _, n := range by {
		units[n.Name()] = t.unit(n)
	}
	for _, e := range report.Elements {
		r.add(e, units[e.Parameter])
	}
}

// addArray adds the report on an array: its directions, and elements where those do not agree.
func (r *gradcheckResult) addArray(report *gradcheck.Report, n *G.Node, unit string) {
	r.Arrays = append(r.Arrays, report)
	for i, e := range report.Directions {
		e.Parameter = fmt.Sprintf("%s, direction %d", n.Name(), i+1)
		r.add(e, unit)
	}
	for _, e := range report.Elements {
		if !e.OK() {
			r.add(e, unit)
		}
	}
}

// judge sets OK.
func (r *gradcheckResult) judge() {
	r.OK = true
	for _, report := range r.reports() {
		r.OK = r.OK && report.OK()
	}
	for _, im := range r.Images {
		r.OK = r.OK && im.Verdict == gradcheck.Pass
	}
}

func (r *gradcheckResult) reports() []*gradcheck.Report {
	if r.Scalars == nil {
		return r.Arrays
	}
	return append([]*gradcheck.Report{r.Scalars}, r.Arrays...)
}

// print prints the table, and what else the reports say.
func (r *gradcheckResult) print(out io.Writer) error {
	p := &cli.Printer{W: out}
	verdict := "FAIL"
	if r.OK {
		verdict = "PASS"
	}
	value := gradcheck.Number(0)
	for _, report := range r.reports() {
		value = report.Value
	}
	p.Printf("%s: derivatives of %s, loss %s = %.10g\n", verdict, r.Experiment, r.Loss, value)
	if r.Pixels < r.Of {
		p.Printf("on %d of %d pixels, half of them the brightest: more by -pixels\n", r.Pixels, r.Of)
	}
	if p.Err != nil {
		return p.Err
	}
	if err := r.table(out); err != nil {
		return err
	}
	for _, report := range r.reports() {
		describe(p, report)
	}
	r.describeWays(p)
	for _, im := range r.Images {
		p.Printf("pixels by %s: %v, within %.2g of the largest; differences are good to %.1g\n", im.Parameter, im.Verdict, im.Worst, im.Estimate)
	}
	if files := r.files(); len(files) > 0 {
		more := ""
		if len(files) > 1 {
			more = " …"
		}
		p.Printf("wrote %d pictures: %s%s\n", len(files), files[0], more)
	}
	return p.Err
}

func (r *gradcheckResult) files() []string {
	var list []string
	for _, im := range r.Images {
		list = append(list, im.Files...)
	}
	return list
}

// table prints a row for each parameter. Derivatives are per unit of the parameter.
func (r *gradcheckResult) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	p := &cli.Printer{W: w}
	p.Printf("parameter\tvalue\tderivative\tby differences\t± estimate\trelative\tresult\n")
	for _, row := range r.Parameters {
		value := strings.TrimSpace(fmt.Sprintf("%.8g %s", row.Value, row.Unit))
		if strings.Contains(row.Parameter, ", direction") {
			value = row.Unit
		}
		p.Printf("%s\t%s\t%.10g\t%.10g\t%.1e\t%.1e\t%s", row.Name(), value, row.Analytic, row.Numeric, row.Estimate, row.Relative, row.Result)
		if row.Why != "" {
			p.Printf(": %s", row.Why)
		}
		p.Printf("\n")
	}
	if p.Err != nil {
		return p.Err
	}
	return w.Flush()
}

// describe prints what a report says besides its first derivatives.
func describe(p *cli.Printer, r *gradcheck.Report) {
	if len(r.Second) > 0 {
		wrong := 0
		for _, e := range r.Second {
			if !e.OK() {
				wrong++
				p.Printf("second derivative by %s, %s: %.10g, by differences %.10g: %v %s\n", e.Of, e.Name(), e.Analytic, e.Numeric, e.Verdict, e.Why)
			}
		}
		p.Printf("second derivatives: %d of %d hold; the Hessian is symmetric to %.1g\n", len(r.Second)-wrong, len(r.Second), r.Asymmetry)
	}
	if r.Unrepeated != "" {
		p.Printf("not repeatable: %s\n", r.Unrepeated)
	}
	for _, text := range r.Problems {
		p.Printf("problem: %s\n", text)
	}
	if r.Located != nil {
		p.Printf("%v\n", r.Located)
	}
	for _, text := range r.Notes {
		p.Printf("note: %s\n", text)
	}
}

// describeWays prints how the derivatives that users get compare with those on the tape, in a line for each executor.
func (r *gradcheckResult) describeWays(p *cli.Printer) {
	var ways []gradcheck.Way
	for _, report := range r.reports() {
		ways = append(ways, report.Ways...)
	}
	seen := map[string]bool{}
	for _, w := range ways {
		if seen[w.Executor] {
			continue
		}
		seen[w.Executor] = true
		calls, worst := 0, gradcheck.Number(0)
		var apart []string
		for _, v := range ways {
			switch {
			case v.Executor != w.Executor:
			case v.Failed > 0:
				apart = append(apart, v.String())
			case v.Why == "":
				calls, worst = calls+1, max(worst, v.Worst)
			}
		}
		text := fmt.Sprintf("%s: %d gradients and other derivatives within %.2g of the tape's", w.Executor, calls, worst)
		p.Printf("%s\n", strings.Join(append([]string{text}, apart...), "; "))
	}
}
