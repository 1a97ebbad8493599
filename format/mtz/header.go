package mtz

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Limits on what a header may say.
const (
	maxColumns    = 1 << 14
	maxOperations = 192 // of a space group
	maxBatches    = 1 << 24
)

// header is what is being read of it.
type header struct {
	*File
	columns    int // as NCOL says; 0 before
	operations int // as SYMINF says; -1 if it does not
	group      string
	number     string
	read       []symmetry.Operation
}

// readHeader reads the records from the byte at on.
func (f *File) readHeader(r io.Reader, at int64) error {
	h := &header{File: f, operations: -1}
	record := make([]byte, recordBytes)
	for number := 1; ; number++ {
		line, err := next(r, record)
		if err != nil {
			return f.headerEnd(err, number, "END")
		}
		key := strings.ToUpper(line[:min(4, len(line))])
		if number == 1 && key != "VERS" {
			return f.errorf(format.ErrInconsistent, "there is no header at byte %d: its first record begins with %q, not with VERS", at, key)
		}
		if strings.TrimSpace(key) == "END" {
			break
		}
		if err := h.record(key, line); err != nil {
			return f.errorf(classOf(err), "record %d of the header, %q: %w", number, line, err)
		}
	}
	if err := f.readHistory(r, record); err != nil {
		return err
	}
	return h.check(at)
}

// next reads a record and returns it without blanks at its end.
func next(r io.Reader, record []byte) (string, error) {
	n, err := io.ReadFull(r, record)
	if errors.Is(err, io.ErrUnexpectedEOF) && bytes.HasPrefix(record[:n], []byte("MTZENDOFHEADERS")) {
		err = nil // the last one need not be complete
	}
	return strings.TrimRight(string(record[:n]), " \x00"), err
}

func (f *File) headerEnd(err error, number int, missing string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return f.errorf(format.ErrTruncated, "the file ends in record %d of the header, before %s", number, missing)
	}
	return fmt.Errorf("mtz: %s: %w", f.name, err)
}

// readHistory reads what follows END. Headers of batches are left out.
func (f *File) readHistory(r io.Reader, record []byte) error {
	left := 0
	for number := 1; ; number++ {
		line, err := next(r, record)
		if err != nil {
			return f.headerEnd(err, number, "MTZENDOFHEADERS")
		}
		fields := strings.Fields(strings.ToUpper(line))
		switch {
		case strings.HasPrefix(line, "MTZENDOFHEADERS"), len(fields) > 0 && fields[0] == "MTZBATS":
			return nil
		case left > 0:
			f.History = append(f.History, line)
			left--
		case len(fields) > 1 && fields[0] == "MTZHIST":
			left, err = strconv.Atoi(fields[1])
			if err != nil || left < 0 {
				return f.errorf(format.ErrInvalidValue, "the record %q does not give a number of lines", line)
			}
		}
	}
}

// record reads one record; errors have a class.
func (h *header) record(key, line string) error {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	fields = fields[1:]
	switch key {
	case "TITL":
		h.Title = strings.TrimSpace(line[min(len(line), len("TITLE")):])
	case "NCOL":
		return h.sizes(fields)
	case "CELL":
		return readCell(fields, &h.Cell)
	case "SYMI":
		return h.syminf(line, fields)
	case "SYMM":
		return h.symm(line)
	case "VALM":
		return h.valm(fields)
	case "COLU":
		return h.column(fields)
	case "PROJ", "CRYS", "DATA", "DCEL", "DWAV":
		return h.ofDataset(key, line, fields)
	}
	return nil
}

func classOf(err error) error {
	for _, class := range []error{format.ErrLimit, format.ErrInconsistent, format.ErrTruncated} {
		if errors.Is(err, class) {
			return class
		}
	}
	return format.ErrInvalidValue
}

// sizes reads NCOL.
func (h *header) sizes(fields []string) error {
	numbers := []struct {
		what string
		most int
		to   *int
	}{{"columns", maxColumns, &h.columns}, {"reflections", MaxReflections, &h.Reflections}, {"batches", maxBatches, &h.Batches}}
	for i, n := range numbers {
		if i == len(fields) && i == 2 {
			return nil // old files have no number of batches
		}
		if i == len(fields) {
			return fmt.Errorf("the number of %s is missing", n.what)
		}
		v, err := strconv.ParseInt(fields[i], 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) || v > int64(n.most):
			return format.Errorf(format.ErrLimit, "%s %s are more than the %d that are read", fields[i], n.what, n.most)
		case err != nil || v < 0:
			return fmt.Errorf("%q is no number of %s", fields[i], n.what)
		}
		*n.to = int(v)
	}
	return nil
}

func readCell(fields []string, cell *structure.Cell) error {
	if len(fields) < 6 {
		return fmt.Errorf("expected six numbers of a cell, found %d", len(fields))
	}
	for i, to := range []*float64{&cell.A, &cell.B, &cell.C, &cell.Alpha, &cell.Beta, &cell.Gamma} {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", fields[i])
		}
		*to = v
	}
	if *cell == (structure.Cell{Alpha: cell.Alpha, Beta: cell.Beta, Gamma: cell.Gamma}) {
		*cell = structure.Cell{} // lengths of 0 stand for an unknown one
		return nil
	}
	return cell.Validate()
}

// syminf reads SYMINF: the numbers of operations and of primitive ones, the letter of the lattice,
// the number of the group, its name in quotes, the point group.
func (h *header) syminf(line string, fields []string) error {
	if len(fields) == 0 {
		return nil
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no number of operations", fields[0])
	}
	h.operations = n
	if len(fields) > 3 {
		h.number = fields[3]
	}
	if open := strings.IndexByte(line, '\''); open >= 0 {
		h.group, _, _ = strings.Cut(line[open+1:], "'")
		h.group = strings.TrimSpace(h.group)
	} else if len(fields) > 4 {
		h.group = fields[4]
	}
	return nil
}

func (h *header) symm(line string) error {
	if len(h.read) == maxOperations {
		return format.Errorf(format.ErrLimit, "there are more than %d operations", maxOperations)
	}
	op, err := symmetry.ParseOperation(line[len("SYMM"):])
	if err != nil {
		return err
	}
	h.read = append(h.read, op)
	return nil
}

func (h *header) valm(fields []string) error {
	if len(fields) == 0 || strings.EqualFold(fields[0], "NAN") {
		return nil
	}
	v, err := strconv.ParseFloat(fields[0], 32)
	if err != nil {
		return fmt.Errorf("%q is not a number", fields[0])
	}
	h.missing = float32(v)
	return nil
}

// column reads COLUMN: label, type, least and largest value, and a dataset that may be missing.
func (h *header) column(fields []string) error {
	if len(h.Columns) == maxColumns {
		return format.Errorf(format.ErrLimit, "there are more than %d columns", maxColumns)
	}
	if len(fields) < 2 || len(fields[1]) != 1 {
		return errors.New("expected a label and a type of one letter")
	}
	c := Column{Label: fields[0], Type: fields[1][0]}
	if len(fields) > 4 {
		id, err := strconv.Atoi(fields[4])
		if err != nil {
			return fmt.Errorf("%q is not the number of a dataset", fields[4])
		}
		c.Dataset = id
	}
	h.Columns = append(h.Columns, c)
	return nil
}

// ofDataset reads a record about the dataset whose number comes first.
func (h *header) ofDataset(key, line string, fields []string) error {
	if len(fields) == 0 {
		return errors.New("there is no number of a dataset")
	}
	id, err := strconv.Atoi(fields[0])
	if err != nil {
		return fmt.Errorf("%q is not the number of a dataset", fields[0])
	}
	if len(h.Datasets) == 0 || h.Datasets[len(h.Datasets)-1].ID != id {
		h.Datasets = append(h.Datasets, Dataset{ID: id})
	}
	d := &h.Datasets[len(h.Datasets)-1]
	_, text, _ := strings.Cut(line, fields[0])
	text = strings.TrimSpace(text)
	switch key {
	case "PROJ":
		d.Project = text
	case "CRYS":
		d.Crystal = text
	case "DATA":
		d.Name = text
	case "DCEL":
		return readCell(fields[1:], &d.Cell)
	case "DWAV":
		if len(fields) < 2 {
			return errors.New("there is no wavelength")
		}
		if d.Wavelength, err = strconv.ParseFloat(fields[1], 64); err != nil || !(d.Wavelength >= 0) || math.IsInf(d.Wavelength, 0) {
			return fmt.Errorf("%q is not a wavelength", fields[1])
		}
	}
	return nil
}

// check compares the statements of the header with one another and with the bytes before it.
func (h *header) check(at int64) error {
	f := h.File
	if h.columns == 0 {
		return f.errorf(format.ErrInconsistent, "its header has no record NCOL with a number of columns")
	}
	if h.columns != len(f.Columns) {
		return f.errorf(format.ErrInconsistent, "NCOL says %d columns, and there are %d records COLUMN", h.columns, len(f.Columns))
	}
	row := int64(h.columns) * wordBytes
	if there := at - headerWords*wordBytes; int64(f.Reflections)*row != there {
		return f.errorf(format.ErrInconsistent, "NCOL says %d reflections of %d columns, %d bytes, and there are %d bytes before the header", f.Reflections, h.columns, int64(f.Reflections)*row, there)
	}
	return h.takeGroup()
}

// takeGroup takes the group from the operations.
func (h *header) takeGroup() error {
	f := h.File
	switch {
	case h.operations >= 0 && h.operations != len(h.read):
		return f.errorf(format.ErrInconsistent, "SYMINF says %d symmetry operations, and there are %d records SYMM", h.operations, len(h.read))
	case len(h.read) == 0:
		return f.errorf(format.ErrNoData, "its header has no records SYMM, without which the space group is unknown")
	}
	group, err := symmetry.FromOperations(h.read)
	if err != nil {
		return f.errorf(format.ErrInconsistent, "the records SYMM: %w", err)
	}
	if len(group.Operations) != len(h.read) {
		return f.errorf(format.ErrInconsistent, "the %d records SYMM are no group: they generate %d operations", len(h.read), len(group.Operations))
	}
	f.Group = group
	c := f.Cell
	named, err := symmetry.Lookup(h.group, [6]float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma})
	if err != nil || named.Number != group.Number {
		f.Notices = append(f.Notices, fmt.Sprintf("names its space group %q, number %s, but its operations, which count, are those of %s", h.group, h.number, group.Symbol()))
	}
	return nil
}
