package xds

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// WriteGeometryFile is [WriteGeometry] for the file at path, which is replaced atomically.
func WriteGeometryFile(path string, g *format.Geometry, c *format.Crystal) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteGeometry(w, g, c) })
}

// WriteGeometry writes a geometry and a lattice as XPARM.XDS, in the layout with segments and in the
// laboratory of package format. Fields have the widths of XDS, and as many digits as fit them.
//
// XDS has one rotation axis and one size of pixels: a still, panels whose pixels differ, and a crystal
// without a lattice are errors. Panels that would cover each other in an image lie one below the
// other. Of an orientation that varies in the scan, that of its start is written.
func WriteGeometry(w io.Writer, g *format.Geometry, c *format.Crystal) error {
	in, err := instrumentOf(g, c)
	if err != nil {
		return fmt.Errorf("xds: %w", err)
	}
	var b strings.Builder
	line := func(widths []int, values ...float64) {
		for i, v := range values {
			b.WriteString(field(v, widths[i]))
		}
		b.WriteByte('\n')
	}
	b.WriteString(" XPARM.XDS    written by gobragg\n")
	line(spindleWidths, float64(in.first), in.phi, in.width, in.axis[0], in.axis[1], in.axis[2])
	line(fourWidths, in.wavelength, in.beam[0], in.beam[1], in.beam[2])
	line(cellWidths, append([]float64{float64(in.group)}, in.cell[:]...)...)
	for _, v := range in.real {
		line(threeWidths, v[:]...)
	}
	line(detectorWidth, float64(len(in.segments)), float64(in.pixels[0]), float64(in.pixels[1]), in.pixel[0], in.pixel[1])
	line(threeWidths, in.org[0], in.org[1], in.distance)
	for _, v := range [][3]float64{in.fast, in.slow, in.normal} {
		line(threeWidths, v[:]...)
	}
	for i, s := range in.segments {
		l := s.limits
		line(segmentLimits, float64(i+1), float64(l[0]), float64(l[1]), float64(l[2]), float64(l[3]))
		line(segmentWidths, s.org[0], s.org[1], s.distance, s.fast[0], s.fast[1], s.fast[2], s.slow[0], s.slow[1], s.slow[2])
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("xds: %w", err)
	}
	return nil
}

// field returns a number with as many digits as fit the width behind a blank.
func field(v float64, width int) string {
	text := strconv.FormatFloat(v+0, 'f', -1, 64) // −0 is 0
	for digits := 9; len(text) >= width && digits >= 0; digits-- {
		text = strconv.FormatFloat(v, 'f', digits, 64)
	}
	return fmt.Sprintf("%*s", max(width, len(text)+1), text)
}

// instrumentOf returns what XDS calls the quantities of a geometry.
func instrumentOf(g *format.Geometry, c *format.Crystal) (*instrument, error) {
	r := g.Rotation
	switch {
	case c == nil:
		return nil, format.Errorf(format.ErrNoData, "there is no crystal, whose orientation XPARM.XDS is about")
	case r == nil:
		return nil, format.Errorf(format.ErrNoData, "there is no rotation axis: XDS is about rotations")
	case !(g.Wavelength > 0):
		return nil, format.Errorf(format.ErrNoData, "the wavelength is not known")
	case len(g.Panels) == 0:
		return nil, format.Errorf(format.ErrNoData, "there is no detector")
	}
	first := &g.Panels[0]
	in := &instrument{first: r.First, phi: r.Phi, width: r.Width, axis: geom.Unit(geom.Apply(r.Setting, r.Axis)), wavelength: g.Wavelength,
		beam: geom.Scale(-1/g.Wavelength, geom.Unit(g.ToSource)), pixel: first.Pixel, fast: first.Fast, slow: first.Slow}
	in.normal = geom.Unit(geom.Cross(in.fast, in.slow))
	for i := range in.beam {
		in.beam[i] += 0 // −0 is 0
	}
	if err := in.takeCrystal(r, c); err != nil {
		return nil, err
	}
	// frame has the components of a vector along the axes of the detector.
	frame := geom.Inverse(geom.Columns(in.fast, in.slow, in.normal))
	corner := geom.Apply(frame, first.Origin)
	in.distance = corner[2]
	for i := range in.org {
		in.org[i] = 0.5 - corner[i]/in.pixel[i]
	}
	place := places(g.Panels)
	for i := range g.Panels {
		p := &g.Panels[i]
		if p.Pixel != first.Pixel {
			return nil, errors.New("the panels have pixels of different sizes, and in XDS all are the same")
		}
		s := segment{limits: [4]int{place[i][0] + 1, place[i][0] + p.Size[0], place[i][1] + 1, place[i][1] + p.Size[1]},
			fast: geom.Apply(frame, p.Fast), slow: geom.Apply(frame, p.Slow)}
		in.pixels[0], in.pixels[1] = max(in.pixels[0], s.limits[1]), max(in.pixels[1], s.limits[3])
		at := geom.Add(geom.Apply(frame, p.Origin), [3]float64{in.org[0] * in.pixel[0], in.org[1] * in.pixel[1], -in.distance})
		at = geom.Apply(geom.Inverse(geom.Columns(s.fast, s.slow, geom.Cross(s.fast, s.slow))), at)
		s.org = [2]float64{float64(s.limits[0]) - 0.5 - at[0]/in.pixel[0], float64(s.limits[2]) - 0.5 - at[1]/in.pixel[1]}
		s.distance = at[2]
		for k, v := range s.org { // rounding of the corner that goes back and forth
			if math.Abs(v) < 1e-9 {
				s.org[k] = 0
			}
		}
		if math.Abs(s.distance) < 1e-9 {
			s.distance = 0
		}
		in.segments = append(in.segments, s)
	}
	return in, nil
}

// places returns where panels are in an image, fast and slow: where the geometry says, or one below the
// other if some would cover each other there.
func places(panels []format.Panel) [][2]int {
	at := make([][2]int, len(panels))
	for i := range panels {
		at[i] = panels[i].First
	}
	for i := range panels {
		for k := range i {
			a, b := &panels[i], &panels[k]
			if at[i][0] < at[k][0]+b.Size[0] && at[k][0] < at[i][0]+a.Size[0] && at[i][1] < at[k][1]+b.Size[1] && at[k][1] < at[i][1]+a.Size[1] {
				row := 0
				for j := range panels {
					at[j] = [2]int{0, row}
					row += panels[j].Size[1]
				}
				return at
			}
		}
	}
	return at
}

// takeCrystal takes the lattice as it is at the angle 0 of the rotation.
func (in *instrument) takeCrystal(r *format.Rotation, c *format.Crystal) error {
	a := c.A
	if len(c.ScanPoints) > 0 {
		a = c.ScanPoints[0]
	}
	cell, err := structure.CellOf(a)
	if err != nil {
		return err
	}
	in.cell = cell.Parameters()
	in.real = geom.Inverse(geom.Mul(r.Setting, r.Fixed, a))
	in.group = 1
	if c.SpaceGroup != "" {
		group, err := symmetry.Lookup(c.SpaceGroup, in.cell)
		if err != nil {
			return err
		}
		in.group = max(1, group.Number)
	}
	return nil
}
