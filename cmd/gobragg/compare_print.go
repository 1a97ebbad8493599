package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/compare"
)

// print prints the verdict, what explains it, and tables.
func (r *compareResult) print(out io.Writer) error {
	p := &cli.Printer{W: out}
	all := r.Compared + r.NotFinite
	within := fmt.Sprintf("%g of A's, and %g of A's brightest", r.Tolerance, r.Floor)
	if r.Equal {
		p.Printf("EQUAL: all %d pixels of B are within %s\n", all, within)
	} else {
		p.Printf("DIFFERENT: %d of %d pixels of B are not within %s\n", r.Beyond, all, within)
	}
	if e := r.Explanation; e != nil {
		p.Printf("%s, explains %.4g %% of the mean squared difference; what is left has an RMS of %v\n", e.Text, 100*float64(e.Share), e.Rest)
	}
	if o := r.Orientation; o != nil {
		p.Printf("B %s has a correlation of %.6g with A\n", o.Text, float64(o.Correlation))
	}
	p.Printf("\n")
	r.table(p)
	p.Printf("\n")
	correlation := fmt.Sprintf("%.12g", float64(r.Correlation)) // 0.99999999 is not 1
	if r.Undefined != "" {
		correlation = "undefined: " + r.Undefined
	}
	p.Printf("correlation         %s\n", correlation)
	p.Printf("RMSE                %v; of A's brightest pixel: %v\n", r.RMSE, r.RelativeRMSE)
	if len(r.Worst) > 0 {
		w := r.Worst[0]
		p.Printf("largest difference  %v at fast %d, slow %d: A %v, B %v\n", w.Difference, w.Fast, w.Slow, w.A, w.B)
	}
	if r.Fit != nil {
		both := r.Fit.Both
		p.Printf("best fit            B = scale·A + offset, scale %v, offset %v; RMS of the rest %v\n", both.Scale, both.Offset, both.Rest)
	}
	r.peaks(p)
	r.worst(p)
	return p.Err
}

// tabulate aligns the columns of what write prints, which are separated by tabs.
func tabulate(p *cli.Printer, write func(p *cli.Printer)) {
	if p.Err != nil {
		return
	}
	w := tabwriter.NewWriter(p.W, 0, 0, 2, ' ', 0)
	inner := &cli.Printer{W: w}
	write(inner)
	if p.Err = inner.Err; p.Err == nil {
		p.Err = w.Flush()
	}
}

// table has a column for each image.
func (r *compareResult) table(p *cli.Printer) {
	at := func(s *compare.Stats) string {
		if s.MaxAt == nil {
			return "undefined"
		}
		return fmt.Sprintf("%d, %d", s.MaxAt.Fast, s.MaxAt.Slow)
	}
	a, b := &r.A, &r.B
	tabulate(p, func(p *cli.Printer) {
		p.Printf("\tA\tB\n")
		p.Printf("file\t%s\t%s\n", r.FileA, r.FileB)
		p.Printf("format\t%s\t%s\n", r.FormatA, r.FormatB)
		p.Printf("size\t%d × %d\t%d × %d\n", r.Fast, r.Slow, r.Fast, r.Slow)
		p.Printf("sum\t%v\t%v\tB / A: %v\n", a.Sum, b.Sum, r.SumRatio)
		p.Printf("mean\t%v\t%v\n", a.Mean, b.Mean)
		p.Printf("RMS\t%v\t%v\n", a.RMS, b.RMS)
		p.Printf("smallest\t%v\t%v\n", a.Min, b.Min)
		p.Printf("largest\t%v\t%v\n", a.Max, b.Max)
		p.Printf("at fast, slow\t%s\t%s\n", at(a), at(b))
		if r.NotFinite > 0 {
			p.Printf("not finite\t%s\t%s\tleft out of the rest\n", odd(a), odd(b))
		}
		if r.Masked > 0 {
			p.Printf("masked\t%d\t%d\n", r.Masked, r.Masked)
		}
	})
}

// odd describes the pixels that are not finite.
func odd(s *compare.Stats) string {
	var list []string
	for _, kind := range []struct {
		name string
		n    int
	}{{"NaN", s.NaN}, {"+Inf", s.PlusInf}, {"−Inf", s.MinusInf}} {
		if kind.n > 0 {
			list = append(list, fmt.Sprintf("%d %s", kind.n, kind.name))
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, first at %d, %d", strings.Join(list, ", "), s.NotFiniteAt.Fast, s.NotFiniteAt.Slow)
}

// peaks prints those of both images.
func (r *compareResult) peaks(p *cli.Printer) {
	if len(r.Peaks) == 0 {
		return
	}
	p.Printf("\nBrightest peaks of A")
	if r.Shift.Defined() {
		p.Printf("; the largest shift is %.2g pixels", float64(r.Shift))
	}
	if r.Lost > 0 {
		p.Printf("; %d of %d have none in B within %d pixels", r.Lost, len(r.Peaks), compare.Near)
	}
	p.Printf(":\n")
	tabulate(p, func(p *cli.Printer) {
		p.Printf("A at fast\tslow\tvalue\tB at fast\tslow\tvalue\tshift\n")
		for _, k := range r.Peaks {
			p.Printf("%.2f\t%.2f\t%v\t", k.A.Fast, k.A.Slow, k.A.Value)
			if k.B == nil {
				p.Printf("none\n")
				continue
			}
			p.Printf("%.2f\t%.2f\t%v\t%.2f\n", k.B.Fast, k.B.Slow, k.B.Value, float64(k.Shift))
		}
	})
}

// worst prints the pixels that differ most.
func (r *compareResult) worst(p *cli.Printer) {
	if len(r.Worst) == 0 {
		return
	}
	p.Printf("\nPixels that differ most:\n")
	tabulate(p, func(p *cli.Printer) {
		p.Printf("fast\tslow\tA\tB\tB − A\t(B − A) / A\n")
		for _, w := range r.Worst {
			relative := "undefined"
			if w.A != 0 {
				relative = fmt.Sprintf("%.2g", float64(w.Difference/w.A))
			}
			p.Printf("%d\t%d\t%v\t%v\t%v\t%s\n", w.Fast, w.Slow, w.A, w.B, w.Difference, relative)
		}
	})
}
