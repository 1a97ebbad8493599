package main

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
)

// inspection is what a file holds, as it is written as JSON: docs/formats.md explains the keys.
type inspection struct {
	Format      string                `json:"format"`
	Reflections *inspectedReflections `json:"reflections,omitempty"`
	Image       *inspectedImage       `json:"image,omitempty"`
	Members     map[string]any        `json:"members,omitempty"`
	Geometry    *inspectedGeometry    `json:"geometry,omitempty"`
	Crystals    []inspectedCrystal    `json:"crystals,omitempty"`
	Spectrum    *inspectedSpectrum    `json:"spectrum,omitempty"`
	Table       *inspectedTable       `json:"table,omitempty"`
	Stream      *inspectedStream      `json:"stream,omitempty"`
	Mask        *inspectedMask        `json:"mask,omitempty"`
	Notes       []string              `json:"notes,omitempty"`
}

type inspectedReflections struct {
	Cell             []float64   `json:"cell,omitempty"`
	SpaceGroup       string      `json:"space_group,omitempty"`
	SpaceGroupNumber int         `json:"space_group_number,omitempty"`
	Columns          []string    `json:"columns,omitempty"`
	Quantity         string      `json:"quantity"`
	Rows             int         `json:"rows"`
	Used             int         `json:"used"`
	P1               inspectedP1 `json:"p1"`
}

type inspectedP1 struct {
	Count      int      `json:"count"`
	SumF       float64  `json:"sum_f"`
	MaxF       float64  `json:"max_f"`
	Check      float64  `json:"check"`
	CheckPhase *float64 `json:"check_phase,omitempty"`
}

type inspectedImage struct {
	Fast     int              `json:"fast"`
	Slow     int              `json:"slow"`
	Frames   int              `json:"frames"`
	Type     string           `json:"type"`
	Pedestal float64          `json:"pedestal,omitempty"`
	Frame    []inspectedFrame `json:"frame"`
	Pixels   []inspectedPixel `json:"pixels,omitempty"`
}

type inspectedFrame struct {
	Number int    `json:"number"`
	Sum    number `json:"sum"`
	Min    number `json:"min"`
	Max    number `json:"max"`
	Masked int    `json:"masked"`
	CRC32  uint32 `json:"crc32"`
}

type inspectedPixel struct {
	Fast  int    `json:"fast"`
	Slow  int    `json:"slow"`
	Value number `json:"value"`
}

type inspectedGeometry struct {
	Wavelength float64          `json:"wavelength,omitempty"`
	ToSource   *[3]float64      `json:"to_source,omitempty"`
	Panels     []inspectedPanel `json:"panels,omitempty"`
	Axis       *[3]float64      `json:"axis,omitempty"`
	Phi        *float64         `json:"phi,omitempty"`
	Width      *float64         `json:"width,omitempty"`
	Images     int              `json:"images,omitempty"`
}

type inspectedPanel struct {
	Name     string     `json:"name"`
	Origin   [3]float64 `json:"origin"`
	Fast     [3]float64 `json:"fast"`
	Slow     [3]float64 `json:"slow"`
	Pixel    [2]float64 `json:"pixel"`
	Size     [2]int     `json:"size"`
	Distance float64    `json:"distance"`
}

type inspectedCrystal struct {
	Cell    [6]float64  `json:"cell"`
	AMatrix *[9]float64 `json:"a_matrix,omitempty"`
}

type inspectedSpectrum struct {
	Rows           int     `json:"rows"`
	Sum            float64 `json:"sum"`
	MeanWavelength float64 `json:"mean_wavelength"`
	MeanEnergy     float64 `json:"mean_energy"`
}

type inspectedTable struct {
	Rows    int `json:"rows"`
	Columns int `json:"columns"`
}

type inspectedStream struct {
	Chunks   int `json:"chunks"`
	Crystals int `json:"crystals"`
}

type inspectedMask struct {
	Fast int `json:"fast"`
	Slow int `json:"slow"`
	Good int `json:"good"`
}

// inspect reads a file. frame is the number of one, 0 for all.
func inspect(ctx context.Context, path string, o files.Options, frame int, pixels [][2]int) (*inspection, error) {
	c, err := files.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	out := &inspection{Format: c.Format, Notes: c.Notices}
	if c.Reflections != nil {
		if out.Reflections, err = inspectReflections(c.Reflections, out); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if c.Images != nil {
		if out.Image, err = inspectImages(ctx, c.Images, frame, pixels); err != nil {
			return nil, err
		}
	}
	for _, m := range c.Members {
		if out.Members == nil {
			out.Members = map[string]any{}
		}
		if m.Number != nil {
			out.Members[m.Name] = number(*m.Number)
		} else if out.Members[m.Name], err = inspectImages(ctx, m.Images, frame, pixels); err != nil {
			return nil, err
		}
	}
	if c.Geometry != nil {
		out.Geometry = inspectGeometry(c.Geometry)
	}
	for i := range c.Crystals {
		x, err := inspectCrystal(&c.Crystals[i])
		if err != nil {
			return nil, format.Errorf(format.ErrInvalidValue, "%s: crystal %d: %w", path, i+1, err)
		}
		out.Crystals = append(out.Crystals, x)
	}
	if c.Spectrum != nil {
		out.Spectrum = inspectSpectrum(c.Spectrum)
	}
	if c.Table != nil {
		out.Table = &inspectedTable{c.Table.Rows, len(c.Table.Columns)}
	}
	if c.Format == "crystfel-stream" {
		out.Stream = &inspectedStream{c.Chunks, len(c.Crystals)}
	}
	if m := c.Mask; m != nil {
		out.Mask = &inspectedMask{m.Fast, m.Slow, m.Count()}
	}
	return out, nil
}

func inspectReflections(m *structure.MillerArray, out *inspection) (*inspectedReflections, error) {
	r := &inspectedReflections{Columns: m.Labels, Quantity: quantity(m.Quantity), Rows: m.Rows, Used: m.Used()}
	if c := m.Cell; c != (structure.Cell{}) {
		r.Cell = []float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma}
	}
	if m.Group != nil && m.Cell != (structure.Cell{}) {
		r.SpaceGroup, r.SpaceGroupNumber = m.Group.Symbol(), m.Group.Number
	}
	x, err := m.Expand()
	if err != nil {
		return nil, err
	}
	out.Notes = append(out.Notes, x.Notices()...)
	phase := 0.0
	for f := range x.Table.Reflections() {
		if f.F <= 0 {
			continue
		}
		weight := float64(((3*f.H+5*f.K+7*f.L)%11 + 11) % 11)
		r.P1.Count++
		r.P1.SumF += f.F
		r.P1.MaxF = max(r.P1.MaxF, f.F)
		r.P1.Check += f.F * weight
		if x.Table.Phases != nil {
			if i, there := x.Table.Index(f.H, f.K, f.L); there {
				phase += f.F * math.Cos(x.Table.Phases[i]*math.Pi/180) * weight
			}
		}
	}
	if x.Table.Phases != nil {
		r.P1.CheckPhase = &phase
	}
	return r, nil
}

// quantity returns the letter for what columns hold.
func quantity(q structure.Quantity) string {
	if q == structure.Intensities {
		return "I"
	}
	return "F"
}

func inspectGeometry(g *format.Geometry) *inspectedGeometry {
	out := &inspectedGeometry{Wavelength: g.Wavelength}
	if g.ToSource != ([3]float64{}) {
		out.ToSource = &g.ToSource
	}
	for _, p := range g.Panels {
		out.Panels = append(out.Panels, inspectedPanel{p.Name, p.Origin, p.Fast, p.Slow, p.Pixel, p.Size, math.Abs(geom.Dot(p.Origin, geom.Cross(p.Fast, p.Slow)))})
	}
	if r := g.Rotation; r != nil {
		axis := geom.Apply(r.Setting, r.Axis)
		out.Axis, out.Phi, out.Width, out.Images = &axis, &r.Phi, &r.Width, r.Images
	}
	return out
}

func inspectCrystal(c *format.Crystal) (inspectedCrystal, error) {
	cell, err := structure.CellOf(c.A)
	if err != nil {
		return inspectedCrystal{}, err
	}
	a := c.A
	return inspectedCrystal{[6]float64{cell.A, cell.B, cell.C, cell.Alpha, cell.Beta, cell.Gamma},
		&[9]float64{a[0][0], a[0][1], a[0][2], a[1][0], a[1][1], a[1][2], a[2][0], a[2][1], a[2][2]}}, nil
}

func inspectSpectrum(lines []files.Line) *inspectedSpectrum {
	out := &inspectedSpectrum{Rows: len(lines)}
	for _, l := range lines {
		out.Sum += l.Weight
		out.MeanWavelength += l.Wavelength * l.Weight
		out.MeanEnergy += format.HC / l.Wavelength * l.Weight
	}
	if out.Sum > 0 {
		out.MeanWavelength /= out.Sum
		out.MeanEnergy /= out.Sum
	}
	return out
}
