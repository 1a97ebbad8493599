package mtz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/format/internal/chunk"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// WriteFile creates or replaces the file at path as [Write] writes it.
func WriteFile(path string, m *structure.MillerArray) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return encode(w, m) })
	if err != nil {
		return fmt.Errorf("mtz: %w", err)
	}
	return nil
}

// Write writes the reflections of m, with one dataset besides HKL_base, as little-endian 32-bit
// numbers. The columns are called as in m.Labels if that has a label for each of values, mates and
// phases; otherwise F or I, F(+) and F(-) or I(+) and I(-), and PHI. Standard deviations are called
// after their values, with SIG before. Without a group, the file is in P1.
func Write(w io.Writer, m *structure.MillerArray) error {
	if err := encode(w, m); err != nil {
		return fmt.Errorf("mtz: %w", err)
	}
	return nil
}

// written is a column of values to write.
type written struct {
	label       string
	kind        byte
	dataset     int
	at          func(i int) float64
	least, most float64
}

// longestLabel is that of a label in a file.
const longestLabel = 30

func encode(w io.Writer, m *structure.MillerArray) error {
	columns, err := columnsOf(m)
	if err != nil {
		return err
	}
	if err := m.Cell.Validate(); err != nil {
		return err
	}
	for i := range columns {
		if err := columns[i].check(m); err != nil {
			return err
		}
	}
	if err := writeHead(w, int64(len(m.Indices))*int64(len(columns))); err != nil {
		return err
	}
	err = chunk.Write(w, m.Indices, wordBytes*len(columns), func(out []byte, part [][3]int32, at int) error {
		for i := range part {
			for j := range columns {
				binary.LittleEndian.PutUint32(out, math.Float32bits(float32(columns[j].at(at+i))))
				out = out[wordBytes:]
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, headerText(m, columns))
	return err
}

// writeHead writes the words before the reflections, which have a number of words.
func writeHead(w io.Writer, words int64) error {
	head := make([]byte, headerWords*wordBytes)
	copy(head, magic)
	if p := headerWords + words + 1; p <= math.MaxInt32 {
		binary.LittleEndian.PutUint32(head[4:], uint32(p))
	} else {
		binary.LittleEndian.PutUint32(head[4:], math.MaxUint32)
		binary.LittleEndian.PutUint64(head[12:], uint64(p))
	}
	head[8], head[9] = 0x44, 0x41
	_, err := w.Write(head)
	return err
}

// columnsOf returns the columns of m.
func columnsOf(m *structure.MillerArray) ([]written, error) {
	if m == nil || len(m.Indices) == 0 {
		return nil, errors.New("there are no reflections to write")
	}
	var columns []written
	for axis := range 3 {
		columns = append(columns, written{label: [...]string{"H", "K", "L"}[axis], kind: 'H', at: func(i int) float64 { return float64(m.Indices[i][axis]) }})
	}
	value, sigma := "FQGL", byte(0)
	labels := []string{"F"}
	if m.Quantity == structure.Intensities {
		value, labels = "JQKM", []string{"I"}
	}
	kind := value[0]
	sigma = value[1]
	if m.Minus != nil {
		kind, sigma = value[2], value[3]
		labels = []string{labels[0] + "(+)", labels[0] + "(-)"}
	}
	if m.Phases != nil {
		labels = append(labels, "PHI")
	}
	if named(m, len(labels)) {
		labels = m.Labels
	}
	add := func(label string, kind byte, values []float64) error {
		if values == nil {
			return nil
		}
		if len(values) != len(m.Indices) {
			return fmt.Errorf("there are %d values of %s for %d reflections", len(values), label, len(m.Indices))
		}
		columns = append(columns, written{label: label, kind: kind, dataset: 1, at: func(i int) float64 { return values[i] }})
		return nil
	}
	errs := []error{add(labels[0], kind, m.Values), add("SIG"+labels[0], sigma, m.Sigmas)}
	if m.Minus != nil {
		errs = append(errs, add(labels[1], kind, m.Minus), add("SIG"+labels[1], sigma, m.MinusSigmas))
	}
	errs = append(errs, add(labels[len(labels)-1], 'P', m.Phases))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(columns) == 3 {
		return nil, errors.New("there are no values to write")
	}
	return columns, nil
}

// named reports whether m.Labels has n labels that a file can have.
func named(m *structure.MillerArray, n int) bool {
	if len(m.Labels) != n {
		return false
	}
	for i, label := range m.Labels {
		bad := func(r rune) bool { return r <= ' ' || r > '~' }
		if label == "" || len(label) > longestLabel-len("SIG") || strings.ContainsFunc(label, bad) || slices.Contains(m.Labels[:i], label) {
			return false
		}
	}
	if m.Minus != nil {
		_, plus := mate(m.Labels[0])
		_, minus := mate(m.Labels[1])
		return plus > 0 && minus < 0
	}
	return true
}

// check finds the least and the largest value of a column. Values that cannot be written are errors.
func (c *written) check(m *structure.MillerArray) error {
	c.least, c.most = math.Inf(1), math.Inf(-1)
	for i, h := range m.Indices {
		v := c.at(i)
		switch {
		case math.IsNaN(v):
			continue
		case math.Abs(v) > math.MaxFloat32:
			return fmt.Errorf("%s of (%d, %d, %d) is %g, more than a 32-bit number holds", c.label, h[0], h[1], h[2], v)
		case c.kind == 'H' && math.Abs(v) > maxIndex:
			return fmt.Errorf("the indices (%d, %d, %d) are beyond ±%d", h[0], h[1], h[2], maxIndex)
		}
		c.least, c.most = min(c.least, v), max(c.most, v)
	}
	if c.least > c.most {
		c.least, c.most = 0, 0
	}
	return nil
}

// headerText returns the records of the header.
func headerText(m *structure.MillerArray, columns []written) string {
	var b strings.Builder
	record := func(text string, args ...any) { fmt.Fprintf(&b, "%-80.80s", fmt.Sprintf(text, args...)) }
	record("VERS MTZ:V1.1")
	record("TITLE Structure factors of gobragg")
	record("NCOL %8d %12d %8d", len(columns), len(m.Indices), 0)
	cell := cellText(m.Cell)
	record("CELL  %s", cell)
	if slices.IsSortedFunc(m.Indices, func(a, b [3]int32) int { return slices.Compare(a[:], b[:]) }) {
		record("SORT    1   2   3   0   0")
	} else {
		record("SORT    0   0   0   0   0")
	}
	for _, line := range symmetryText(m.Group) {
		record("%s", line)
	}
	low, high := resolution(m)
	record("RESO %.12f     %.12f", low, high)
	record("VALM NAN")
	for _, c := range columns {
		record("COLUMN %-30s %c %17.9g %17.9g %4d", c.label, c.kind, float32(c.least), float32(c.most), c.dataset)
	}
	record("NDIF %8d", 2)
	for id, d := range []struct {
		project, crystal, name string
		wavelength             float64
	}{{"HKL_base", "HKL_base", "HKL_base", 0}, {"gobragg", "crystal", "dataset", m.Wavelength}} {
		record("PROJECT %7d %s", id, d.project)
		record("CRYSTAL %7d %s", id, d.crystal)
		record("DATASET %7d %s", id, d.name)
		record("DCELL %9d %s", id, cell)
		record("DWAVEL %8d %s", id, number(d.wavelength, 5, recordBytes/2))
	}
	record("END")
	record("MTZHIST %3d", 1)
	record("written by gobragg %s", gobragg.Version())
	record("MTZENDOFHEADERS")
	return b.String()
}

// number returns x with at least so many decimals, and with more, as far as there is room, if they are
// not 0.
func number(x float64, decimals, room int) string {
	for ; ; decimals++ {
		text := strconv.FormatFloat(x, 'f', decimals, 64)
		back, err := strconv.ParseFloat(text, 64)
		if err != nil || back == x || len(text) >= room {
			return text
		}
	}
}

// cellRoom is that of a number of a cell, of which DCELL has six after 15 characters.
const cellRoom = 9

func cellText(c structure.Cell) string {
	var text []string
	for _, x := range []float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma} {
		text = append(text, fmt.Sprintf("%9s", number(x, 4, cellRoom)))
	}
	return strings.Join(text, " ")
}

// symmetryText returns the records SYMINF and SYMM.
func symmetryText(g *symmetry.Group) (lines []string) {
	if g == nil {
		g = &symmetry.Group{Number: 1, CCP4: 1, HM: "P 1", Operations: []symmetry.Operation{symmetry.Identity()}}
	}
	lattice, name, n := "P", g.HM, g.Number
	if name != "" {
		lattice = name[:1]
	}
	switch {
	case g.Extension == "H": // in the words of CCP4
		name = "H" + name[1:]
	case g.Extension != "" && g.Extension != "R":
		name = g.Symbol()
	}
	if g.CCP4 != 0 {
		n = g.CCP4
	}
	centring := 0
	for _, op := range g.Operations {
		if op.R == symmetry.Identity().R {
			centring++
		}
	}
	lines = append(lines, fmt.Sprintf("SYMINF %3d %2d %s %5d %22s %5s", len(g.Operations), len(g.Operations)/max(1, centring), lattice, n, "'"+name+"'", "PG"+pointGroup(g.HM)))
	for _, op := range g.Operations {
		lines = append(lines, "SYMM "+strings.ToUpper(strings.ReplaceAll(op.String(), ",", ",  ")))
	}
	return lines
}

// pointGroup returns the symbol of the point group of a full Hermann–Mauguin symbol: screw axes
// become rotations, glide planes mirrors, and axes of order 1 go.
func pointGroup(hm string) string {
	var symbol strings.Builder
	fields := strings.Fields(hm)
	for i, field := range fields {
		if i == 0 || field == "1" && len(fields) > 2 {
			continue
		}
		axis, plane, both := strings.Cut(field, "/")
		for strings.HasSuffix(axis, "-") {
			axis = axis[:len(axis)-1]
		}
		switch {
		case strings.ContainsAny(axis, "abcdenm"):
			axis = "m"
		case len(axis) > 1 && axis[0] != '-': // a screw
			axis = axis[:1]
		}
		symbol.WriteString(axis)
		if both && plane != "" {
			symbol.WriteString("/m")
		}
	}
	return symbol.String()
}

// resolution returns the least and the largest 1/d² in Å⁻².
func resolution(m *structure.MillerArray) (low, high float64) {
	star := m.Cell.Reciprocal()
	low = math.Inf(1)
	for _, h := range m.Indices {
		sum := 0.0
		for _, row := range star {
			x := float64(h[0])*row[0] + float64(h[1])*row[1] + float64(h[2])*row[2]
			sum += x * x
		}
		low, high = min(low, sum), max(high, sum)
	}
	return low, high
}
