package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
)

// predictedTable is the result of the subcommand.
type predictedTable struct {
	Reflections []predictedRow `json:"reflections"`
	DMin        float64        `json:"dmin_A"`     // resolution limit
	Candidates  int            `json:"candidates"` // reflections within it, of all crystals
	Crystals    int            `json:"crystals"`   // lists
	LeftOut     int            `json:"left_out"`   // by the partiality
	allowed     string         // which reflections are listed without amplitudes
	turn        [3][3]float64  // into the laboratory of package format
	scans       bool
}

// predictedRow is a reflection.
type predictedRow struct {
	Crystal    int        `json:"crystal"` // from 0
	H          int        `json:"h"`
	K          int        `json:"k"`
	L          int        `json:"l"`
	F          *float64   `json:"F_e,omitempty"`
	D          float64    `json:"d_A"`
	Wavelength float64    `json:"wavelength_A"`
	Phi        float64    `json:"phi_deg"`
	Image      float64    `json:"image"` // from 1: 3.5 is the middle of the third
	Panel      int        `json:"panel"` // from 0
	Fast       float64    `json:"fast_px"`
	Slow       float64    `json:"slow_px"`
	SigmaLong  float64    `json:"sigma_long_px"`
	SigmaShort float64    `json:"sigma_short_px"`
	Angle      float64    `json:"angle_deg"`
	Partiality float64    `json:"partiality"`
	Lorentz    float64    `json:"lorentz"`
	Rocking    float64    `json:"rocking_deg"`
	Excitation float64    `json:"excitation"`
	Entering   bool       `json:"entering"`
	Grazing    bool       `json:"grazing"`
	Boxes      []rowBox   `json:"boxes"`
	Ray        [3]float64 `json:"ray"`
	at         [2]float64 // where the ray meets the panel, in mm
}

// rowBox is a box of pixels, ends excluded.
type rowBox struct {
	Panel    int `json:"panel"`
	FastFrom int `json:"fast_from"`
	FastTo   int `json:"fast_to"`
	SlowFrom int `json:"slow_from"`
	SlowTo   int `json:"slow_to"`
}

// table makes the table of lists.
func (f *predictFlags) table(e *experiment.Experiment, c *experiment.Config, opened *experiment.Opened, lists []experiment.Predicted) (*predictedTable, error) {
	t := &predictedTable{Crystals: len(lists), scans: lists[0].Setup.Crystal.Osc > 0, Reflections: []predictedRow{}, allowed: "the lattice has"}
	for _, g := range opened.Groups {
		if g != nil {
			t.allowed = "the space group allows"
		}
	}
	var err error
	if t.turn, err = e.ToFormat(); err != nil {
		return nil, err
	}
	if opened.Base == "" && opened.Geometry != "" { // whose laboratory is that of the experiment
		t.turn = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	for n := range lists {
		list := &lists[n]
		t.DMin = list.DMin
		t.Candidates += list.Candidates
		start, width, err := e.ImageOf(list.Crystal)
		if err != nil {
			return nil, err
		}
		for i := range list.Reflections {
			r := &list.Reflections[i]
			if r.Partiality < f.partiality {
				t.LeftOut++
				continue
			}
			row := newRow(n, list, r)
			row.Image = float64(c.Scan.FirstImage())
			if width != 0 {
				row.Image += (r.Phi - start) / width
			}
			row.Ray = geom.Apply(t.turn, r.Ray)
			t.Reflections = append(t.Reflections, row)
		}
	}
	return t, nil
}

// newRow returns the row of a reflection of list n.
func newRow(n int, list *experiment.Predicted, r *prediction.Reflection) predictedRow {
	row := predictedRow{Crystal: n, H: r.HKL[0], K: r.HKL[1], L: r.HKL[2], D: r.D, Phi: r.Phi, Panel: r.Panel, Fast: r.Fast, Slow: r.Slow,
		Wavelength: list.Setup.Beam.Lines[list.Order[r.Line]].Wavelength, SigmaLong: r.Sigma[0], SigmaShort: r.Sigma[1], Angle: r.Angle,
		Partiality: r.Partiality, Lorentz: finite(r.Lorentz), Rocking: finite(r.Rocking), Excitation: r.Excitation, Entering: r.Entering, Grazing: r.Grazing}
	if list.Weighed {
		row.F = &r.F
	}
	for _, b := range r.Boxes {
		row.Boxes = append(row.Boxes, rowBox{b.Panel, b.Fast[0], b.Fast[1], b.Slow[0], b.Slow[1]})
	}
	p := &list.Setup.Panels[r.Panel]
	if fast, slow, ok := p.At(r.Ray); ok {
		row.at = [2]float64{fast * p.Pixel[0], slow * p.Pixel[1]}
	}
	return row
}

// finite returns a number that JSON can hold: infinite ones, of reflections along the spindle, become the largest.
func finite(v float64) float64 { return math.Min(v, math.MaxFloat64) }

// columns are the names of the table, and what they are of a row. Those of a box are of the panel of the centre.
var columns = []struct {
	name string
	of   func(r *predictedRow) string
}{
	{"crystal", func(r *predictedRow) string { return strconv.Itoa(r.Crystal) }},
	{"h", func(r *predictedRow) string { return strconv.Itoa(r.H) }},
	{"k", func(r *predictedRow) string { return strconv.Itoa(r.K) }},
	{"l", func(r *predictedRow) string { return strconv.Itoa(r.L) }},
	{"F_e", func(r *predictedRow) string {
		if r.F == nil {
			return ""
		}
		return sixDigits(*r.F)
	}},
	{"d_A", func(r *predictedRow) string { return sixDigits(r.D) }},
	{"wavelength_A", func(r *predictedRow) string { return sixDigits(r.Wavelength) }},
	{"phi_deg", func(r *predictedRow) string { return strconv.FormatFloat(r.Phi, 'f', 6, 64) }},
	{"image", func(r *predictedRow) string { return strconv.FormatFloat(r.Image, 'f', 6, 64) }},
	{"panel", func(r *predictedRow) string { return strconv.Itoa(r.Panel) }},
	{"fast_px", func(r *predictedRow) string { return strconv.FormatFloat(r.Fast, 'f', 4, 64) }},
	{"slow_px", func(r *predictedRow) string { return strconv.FormatFloat(r.Slow, 'f', 4, 64) }},
	{"sigma_long_px", func(r *predictedRow) string { return sixDigits(r.SigmaLong) }},
	{"sigma_short_px", func(r *predictedRow) string { return sixDigits(r.SigmaShort) }},
	{"angle_deg", func(r *predictedRow) string { return strconv.FormatFloat(r.Angle, 'f', 2, 64) }},
	{"partiality", func(r *predictedRow) string { return sixDigits(r.Partiality) }},
	{"lorentz", func(r *predictedRow) string { return sixDigits(r.Lorentz) }},
	{"rocking_deg", func(r *predictedRow) string { return sixDigits(r.Rocking) }},
	{"excitation", func(r *predictedRow) string { return sixDigits(r.Excitation) }},
	{"entering", func(r *predictedRow) string { return oneOrZero(r.Entering) }},
	{"grazing", func(r *predictedRow) string { return oneOrZero(r.Grazing) }},
	{"fast_from", func(r *predictedRow) string { return strconv.Itoa(r.box().FastFrom) }},
	{"fast_to", func(r *predictedRow) string { return strconv.Itoa(r.box().FastTo) }},
	{"slow_from", func(r *predictedRow) string { return strconv.Itoa(r.box().SlowFrom) }},
	{"slow_to", func(r *predictedRow) string { return strconv.Itoa(r.box().SlowTo) }},
}

func sixDigits(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

func oneOrZero(v bool) string {
	if v {
		return "1"
	}
	return "0"
}

// box returns that of the panel of the centre.
func (r *predictedRow) box() rowBox {
	for _, b := range r.Boxes {
		if b.Panel == r.Panel {
			return b
		}
	}
	return rowBox{}
}

// write writes the table to a file.
func (t *predictedTable) write(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".refl":
		table, err := t.refl()
		if err != nil {
			return err
		}
		return dials.WriteTableFile(path, table)
	case ".json":
		return atomicfile.Write(path, func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "\t")
			return encoder.Encode(t)
		})
	}
	return atomicfile.Write(path, t.csv)
}

// csv writes the table with commas.
func (t *predictedTable) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i := range columns {
		line[i] = columns[i].name
	}
	if err := c.Write(line); err != nil {
		return err
	}
	for i := range t.Reflections {
		for k := range columns {
			line[k] = columns[k].of(&t.Reflections[i])
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// print writes the table for people.
func (t *predictedTable) print(w io.Writer) error {
	buffered := bufio.NewWriter(w)
	p := &cli.Printer{W: buffered}
	left := ""
	if t.LeftOut > 0 {
		left = fmt.Sprintf("; %d of a lower partiality are left out", t.LeftOut)
	}
	p.Printf("%d reflections diffract, of %d to %.4g Å%s\n", len(t.Reflections), t.Candidates, t.DMin, left)
	widths := make([]int, len(columns))
	for k := range columns {
		widths[k] = len(columns[k].name)
		for i := range t.Reflections {
			widths[k] = max(widths[k], len(columns[k].of(&t.Reflections[i])))
		}
	}
	for i := range len(t.Reflections) + 1 {
		var line strings.Builder
		for k := range columns {
			text := columns[k].name
			if i > 0 {
				text = columns[k].of(&t.Reflections[i-1])
			}
			fmt.Fprintf(&line, "%*s ", widths[k]+1, text)
		}
		p.Printf("%s\n", strings.TrimRight(line.String(), " "))
	}
	if p.Err != nil {
		return p.Err
	}
	return buffered.Flush()
}
