package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/cli"
)

// print shows what a file holds to people.
func (r *inspection) print(w io.Writer) error {
	p := &cli.Printer{W: w}
	row := func(name, text string, args ...any) { p.Printf("%-14s %s\n", name, fmt.Sprintf(text, args...)) }
	row("format", "%s", r.Format)
	if x := r.Reflections; x != nil {
		if x.Cell != nil {
			row("cell", "%s", list("%.6g", x.Cell...))
			row("space group", "%s (%d)", x.SpaceGroup, x.SpaceGroupNumber)
		}
		if x.Columns != nil {
			row("columns", "%s", strings.Join(x.Columns, ", "))
		}
		row("reflections", "%d with %s, of %d", x.Used, x.Quantity, x.Rows)
		row("in P 1", "%d above 0; sum of F %.8g, largest %.6g", x.P1.Count, x.P1.SumF, x.P1.MaxF)
	}
	if r.Image != nil {
		r.Image.print(row)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Members)) {
		if image, ok := r.Members[name].(*inspectedImage); ok {
			row("member", "%s", name)
			image.print(row)
		} else {
			row("member", "%s = %v", name, r.Members[name])
		}
	}
	if g := r.Geometry; g != nil {
		g.print(row)
	}
	for i, c := range r.Crystals {
		row("crystal", "%d: cell %s", i+1, list("%.6g", c.Cell[:]...))
		if a := c.AMatrix; a != nil {
			for k, axis := range []string{"x", "y", "z"} {
				row("  A, "+axis, "%s", list("%12.8f", a[3*k:3*k+3]...))
			}
		}
	}
	if x := r.Spectrum; x != nil {
		row("spectrum", "%d lines, sum of the weights %.6g, mean %.6g Å, %.7g eV", x.Rows, x.Sum, x.MeanWavelength, x.MeanEnergy)
	}
	if x := r.Table; x != nil {
		row("table", "%d rows, %d columns", x.Rows, x.Columns)
	}
	if x := r.Stream; x != nil {
		row("stream", "%d images, %d crystals", x.Chunks, x.Crystals)
	}
	if x := r.Mask; x != nil {
		row("mask", "%d × %d pixels, of which %d count", x.Fast, x.Slow, x.Good)
	}
	return p.Err
}

func (x *inspectedImage) print(row func(name, text string, args ...any)) {
	row("image", "%d × %d pixels, fast × slow, %s; frames: %d", x.Fast, x.Slow, x.Type, x.Frames)
	if x.Pedestal != 0 {
		row("pedestal", "%g", x.Pedestal)
	}
	for _, f := range x.Frame {
		row("frame", "%d: sum %v, least %v, greatest %v; %d pixels do not count; CRC-32 %08x", f.Number, f.Sum, f.Min, f.Max, f.Masked, f.CRC32)
	}
	for _, v := range x.Pixels {
		row("pixel", "%d,%d: %v", v.Fast, v.Slow, v.Value)
	}
}

func (g *inspectedGeometry) print(row func(name, text string, args ...any)) {
	if g.Wavelength != 0 {
		row("wavelength", "%.8g Å", g.Wavelength)
	}
	if g.ToSource != nil {
		row("to the source", "%s", list("%.6f", g.ToSource[:]...))
	}
	for _, v := range g.Panels {
		row("panel", "%s: %d × %d pixels of %g × %g mm, distance %.6g mm", v.Name, v.Size[0], v.Size[1], v.Pixel[0], v.Pixel[1], v.Distance)
		row("  origin", "%s mm", list("%.4f", v.Origin[:]...))
		row("  fast, slow", "%s, %s", list("%.6f", v.Fast[:]...), list("%.6f", v.Slow[:]...))
	}
	if g.Axis != nil {
		row("rotation", "about %s, from %.6g° by %.6g°, images: %d", list("%.6f", g.Axis[:]...), *g.Phi, *g.Width, g.Images)
	}
}

// list formats numbers with blanks between.
func list(format string, values ...float64) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf(format, v)
	}
	return strings.Join(out, " ")
}
