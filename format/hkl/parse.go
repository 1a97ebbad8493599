package hkl

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
)

// columns of a reflection: h, k, l and F.
const columns = 4

// content is what a text file holds before its table is made.
type content struct {
	reflections []structure.Reflection
	missing     int       // reflections without an amplitude
	columns     int       // of each line; 4 if reflections run over line ends
	named       int       // of columns that a line names; 0 if none does
	phases      []float64 // a number of each reflection that may be its phase, in degrees; NaN where it is not known
	phase       int       // the column of phases that a line names, counted from 0; -1 if it names others, 0 without names
	among       int       // of how many columns
	values      Values
	why         string // the values are what they are, for a notice; "" if that is obvious
	notices     []string
}

func parse(data []byte, name string, values Values, maxCells int) (*Text, error) {
	c, alike := parseFixed(data, values)
	if c == nil {
		var err error
		if c, err = parseFree(data, name, values); err != nil {
			return nil, err
		}
		if alike && c.values == ByFile {
			c.why = "has columns like SHELX's: the values are taken for F; if they are F² (HKLF 4), read it as intensities"
		}
	}
	if len(c.reflections) == 0 {
		if c.missing > 0 {
			return nil, fmt.Errorf("hkl: %s: none of its %d reflections has an amplitude", name, c.missing)
		}
		return nil, fmt.Errorf("hkl: %s: no reflections", name)
	}
	negative := c.roots()
	box := structure.Bounds(c.reflections)
	if _, err := box.Check(maxCells); err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	table, err := structure.New(c.reflections)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	phased := c.hasPhases()
	if phased {
		table.Phases = make([]float64, len(table.F))
		for i, r := range c.reflections { // of several of the same indices the last one counts, as in structure.New
			k, _ := table.Box.Index(r.H, r.K, r.L)
			table.Phases[k] = c.phases[i]
		}
	}
	return &Text{Table: table, Notices: c.report(table, phased, negative)}, nil
}

// hasPhases reports whether phases are known: those of a column that a line names, or of a fifth and last one whose numbers can be
// no standard deviations: from −180 to 180, and many below 0.
func (c *content) hasPhases() bool {
	const many = 10 // one of so many
	if len(c.phases) != len(c.reflections) {
		return false
	}
	if c.phase > 0 {
		return true
	}
	below := 0
	for _, p := range c.phases {
		if p < 0 {
			below++
		}
		if !(math.Abs(p) <= 180) {
			return false
		}
	}
	return below*many >= len(c.phases)
}

// phaseColumn is the one whose numbers may be phases, of lines of so many; 0 without one.
func (c *content) phaseColumn(fields int) int {
	switch {
	case c.phase > 0 && c.among == fields:
		return c.phase
	case c.phase == 0 && fields == columns+1:
		return columns
	}
	return 0
}

// roots replaces intensities by amplitudes and returns how many were negative.
func (c *content) roots() (negative int) {
	if c.values != Intensities {
		return 0
	}
	for i := range c.reflections {
		f := &c.reflections[i].F
		if *f < 0 {
			negative++
		}
		*f = math.Sqrt(max(*f, 0))
	}
	return negative
}

// report returns the notices about a table.
func (c *content) report(table *structure.Table, phased bool, negative int) []string {
	list := c.notices
	if c.why != "" {
		list = append(list, c.why)
	}
	switch {
	case phased && c.phase == 0:
		list = append(list, "has 5 numbers a line, the last from -180 to 180 and below 0 for many: they are taken for h, k, l, F and the phase in degrees")
	case phased && c.columns > columns+1:
		list = append(list, fmt.Sprintf("has %d numbers a line: h, k, l, F and the phase are read, the others are left out", c.columns))
	case c.columns > columns && !phased:
		list = append(list, fmt.Sprintf("has %d numbers a line: the first four are taken for h, k, l and F, the others are left out (a line that names the columns, such as '# h k l F phi', has the phase read)", c.columns))
	}
	if c.missing > 0 {
		list = append(list, fmt.Sprintf("has no amplitude for %d of %d reflections, which are left out", c.missing, c.missing+len(c.reflections)))
	}
	if negative > 0 {
		list = append(list, fmt.Sprintf("has a negative F² for %d of %d reflections: their amplitude is 0", negative, len(c.reflections)))
	}
	if n := len(c.reflections) - table.Count(); n > 0 && c.repeats(table) {
		list = append(list, fmt.Sprintf("repeats %d reflections with other values: the last one of each counts", n))
	}
	return list
}

// repeats reports whether a reflection occurs with several values.
func (c *content) repeats(table *structure.Table) bool {
	for _, r := range c.reflections {
		if i, ok := table.Index(r.H, r.K, r.L); ok && table.F[i] != r.F {
			return true
		}
	}
	return false
}

// parseFree reads a table whose fields are separated.
func parseFree(data []byte, name string, values Values) (*content, error) {
	const first = 1 << 22 // more than that, and the list grows
	c := &content{values: values, reflections: make([]structure.Reflection, 0, min(bytes.Count(data, []byte{'\n'})+1, first))}
	lines := text.NewLines(data, "hkl", name)
	var ragged error
	var fields [][]byte
	count := 0
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		code := text.Code(line)
		fields = text.Fields(fields[:0], code, text.Separator)
		if remarked := len(fields) == 0; c.columns == 0 && (remarked || text.Names(fields)) {
			if err := c.header(line, remarked); err != nil {
				return nil, lines.Errorf("%w", err)
			}
			continue
		} else if remarked {
			continue
		}
		if fields = remark(fields, code); decimalComma(code) {
			return nil, lines.Errorf("a comma is a separator, and not in every place, or a decimal comma, in %s: write a point, or one kind of separator", text.Quote(line))
		}
		count++
		switch {
		case c.columns == 0 && c.named > 0 && c.named != len(fields):
			return nil, lines.Errorf("expected a number for each of the %d columns that are named above, found %s", c.named, text.Quote(line))
		case c.columns == 0:
			c.columns = len(fields)
		case len(fields) != c.columns && len(fields) >= columns && c.columns >= columns:
			ragged = lines.Errorf("expected %d numbers as in the lines before, found %s", c.columns, text.Quote(line))
		}
		if len(fields) < columns {
			ragged = lines.Errorf("expected four numbers 'h k l F', found %s", text.Quote(line))
		}
		if ragged != nil {
			break
		}
		if err := c.add(fields); err != nil {
			return nil, lines.Errorf("expected four numbers 'h k l F', found %s: %w", text.Quote(line), err)
		}
	}
	if ragged == nil && (c.columns < 2*columns || c.columns%columns != 0) {
		return c, nil
	}
	flow := &content{values: c.values, why: c.why, columns: columns}
	err := flow.parseFlow(data, name)
	switch {
	case ragged == nil && err == nil && count > 1:
		return nil, fmt.Errorf("hkl: %s: %d numbers a line may be %d reflections or one with more columns: write h k l F a line", name, c.columns, c.columns/columns)
	case err == nil:
		return flow, nil
	case ragged != nil:
		return nil, ragged
	}
	return c, nil
}

// header takes the names of the columns from a line before the reflections, which may be a comment.
// A line that is not a list of names beginning with h, k, l and one more means nothing.
func (c *content) header(line []byte, comment bool) error {
	fields := text.Fields(nil, bytes.TrimLeft(line, " \t#!;%/"), text.Separator)
	var names []string
	for _, f := range fields {
		names = append(names, strings.ToLower(string(f)))
	}
	at := slices.IndexFunc(names, func(s string) bool { return s == "h" || s == "k" || s == "l" })
	if at < 0 || len(names) <= at+columns-1 {
		return nil
	}
	indices := slices.Sorted(slices.Values(names[at : at+columns-1]))
	switch value := names[at+columns-1]; {
	case !slices.Equal(indices, []string{"h", "k", "l"}):
		return nil
	case at > 0 || names[0]+names[1] != "hk" || strings.HasPrefix(value, "sig") || strings.HasPrefix(value, "ph"):
		return fmt.Errorf("the columns are %s: they have to begin with h, k, l, F", strings.Join(names, ", "))
	case intensity(value) && c.values == ByFile:
		c.values = Intensities
		c.why = fmt.Sprintf("names its fourth column %s: the values are taken for F²", fields[columns-1])
	}
	if !comment {
		c.named = len(names)
	}
	c.among = len(names)
	c.phase = slices.IndexFunc(names, isPhase)
	return nil
}

// isPhase reports whether a column of this name holds phases.
func isPhase(name string) bool {
	return strings.HasPrefix(name, "ph") || strings.HasPrefix(name, "φ") || strings.HasPrefix(name, "f_ph")
}

// intensity reports whether a column of this name holds F².
func intensity(name string) bool {
	switch name {
	case "i", "j", "f2", "f^2", "f**2", "f²", "|f|^2", "|f|²", "fo2", "fc2", "fo^2", "fc^2":
		return true
	}
	for _, start := range []string{"int", "imean", "iobs", "icalc", "fsq", "f_sq", "f2", "f_squared"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// remark cuts off what follows a semicolon after F, if that does not begin with a number.
func remark(fields [][]byte, code []byte) [][]byte {
	if len(fields) <= columns || number(fields[columns]) {
		return fields
	}
	// Fields are slices of code: the capacities tell where the fourth ends.
	end := cap(code) - cap(fields[columns-1]) + len(fields[columns-1])
	for _, c := range code[end:] {
		switch {
		case c == ';':
			return fields[:columns]
		case !text.Separator(c):
			return fields
		}
	}
	return fields
}

// decimalComma reports whether a comma in a line may be a decimal point: it has no blank beside it,
// and other fields are separated without a comma.
func decimalComma(code []byte) bool {
	glued, bare := false, false
	for i := 0; i < len(code); {
		if !text.Separator(code[i]) {
			i++
			continue
		}
		start, commas := i, 0
		for i < len(code) && text.Separator(code[i]) {
			if code[i] == ',' {
				commas++
			}
			i++
		}
		switch inner := start > 0 && i < len(code); {
		case commas == 0:
			bare = bare || inner
		case i-start == 1:
			glued = true
		}
	}
	return glued && bare
}

// add adds the reflection that a line begins with.
func (c *content) add(fields [][]byte) error {
	for _, f := range fields[columns:] {
		if !number(f) {
			return fmt.Errorf("%s after F is not a number", text.Quote(f))
		}
	}
	r, there, err := reflection([columns][]byte(fields))
	switch {
	case err != nil:
		return err
	case there:
		c.reflections = append(c.reflections, r)
		if at := c.phaseColumn(len(fields)); at > 0 {
			p, ok := text.Float(fields[at])
			if !ok {
				p = math.NaN()
			}
			c.phases = append(c.phases, p)
		}
	default:
		c.missing++
	}
	return nil
}

// reflection parses h, k, l and F; there is false if it has no amplitude.
func reflection(fields [columns][]byte) (r structure.Reflection, there bool, err error) {
	var index [3]int
	for i := range index {
		n, ok := integer(fields[i])
		if !ok {
			return r, false, fmt.Errorf("%c is %s, not an integer within ±%d", "hkl"[i], text.Quote(fields[i]), structure.MaxIndex)
		}
		index[i] = n
	}
	r = structure.Reflection{H: index[0], K: index[1], L: index[2]}
	if absent(fields[columns-1]) {
		return r, false, nil
	}
	f, ok := text.Float(fields[columns-1])
	if !ok {
		return r, false, fmt.Errorf("the amplitude is %s, not a finite number", text.Quote(fields[columns-1]))
	}
	r.F = f
	return r, true, nil
}

// absent reports whether a field stands for a value that is not there.
func absent(field []byte) bool {
	switch c := field[0]; {
	case '0' <= c && c <= '9' || len(field) > 4:
		return false
	}
	switch strings.ToLower(string(field)) {
	case "nan", "+nan", "-nan", "na", "n/a", "?", ".":
		return true
	}
	return false
}

func number(field []byte) bool {
	_, ok := text.Float(field)
	return ok || absent(field)
}

// integer parses a Miller index, with a fast path for plain digits.
func integer(field []byte) (n int, ok bool) {
	const fewDigits = 9 // fit in any int
	digits := field
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	plain := 0 < len(digits) && len(digits) <= fewDigits
	for _, c := range digits {
		plain = plain && '0' <= c && c <= '9'
		n = 10*n + int(c-'0')
	}
	if plain {
		if field[0] == '-' {
			n = -n
		}
		return n, true
	}
	x, ok := text.Float(field)
	if !ok || x != math.Trunc(x) || math.Abs(x) > structure.MaxIndex {
		return 0, false
	}
	return int(x), true
}
