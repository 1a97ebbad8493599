package hkl

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// headerEnd follows the six bounds in a dump.
const headerEnd = "\n\f"

// maxHeader is more than six 32-bit integers take.
const maxHeader = 128

// ReadDump reads an Fdump.bin: the text "hmin hmax kmin kmax lmin lmax", a line
// feed and a form feed, then float64 little-endian in the order of Table.F, but
// with one unused cell after the last l, one unused row after the last k and one
// unused layer after the last h. The unused ones are skipped, whatever they hold.
//
// A dump does not tell absent cells, so all are present in the table; those that
// were absent hold the default F of whoever wrote it. A dump that is too short
// or too long, and amplitudes that are not finite, are errors.
func ReadDump(r io.Reader, name string) (*Table, error) { return readDump(r, name, MaxCells) }

// ReadDumpFile reads the Fdump.bin at path, as ReadDump does.
func ReadDumpFile(path string) (*Table, error) { return readFile(path, ReadDump) }

// WriteDump writes t as the original program dumps it, with defaultF in absent
// cells and zeros in the unused ones.
func WriteDump(w io.Writer, t *Table, defaultF float64) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if math.IsNaN(defaultF) || math.IsInf(defaultF, 0) {
		return fmt.Errorf("hkl: the default F is %v", defaultF)
	}
	buffer := bufio.NewWriter(w)
	_, err := fmt.Fprintf(buffer, "%d %d %d %d %d %d"+headerEnd, t.HMin, t.HMax, t.KMin, t.KMax, t.LMin, t.LMax)
	if err != nil {
		return fmt.Errorf("hkl: %w", err)
	}
	nh, nk, nl := t.shape()
	row := make([]byte, 8*(nl+1))
	for h := range nh + 1 {
		for k := range nk + 1 {
			clear(row)
			if h < nh && k < nk {
				t.encodeRow(row, (h*nk+k)*nl, nl, defaultF)
			}
			if _, err := buffer.Write(row); err != nil {
				return fmt.Errorf("hkl: %w", err)
			}
		}
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("hkl: %w", err)
	}
	return nil
}

// WriteDumpFile writes t as an Fdump.bin at path, replacing it as a whole.
func WriteDumpFile(path string, t *Table, defaultF float64) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteDump(w, t, defaultF) })
}

func readDump(r io.Reader, name string, maxCells int) (*Table, error) {
	reader := bufio.NewReader(r)
	t, err := readBounds(reader)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	cells, err := t.box(maxCells)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	nh, nk, nl := t.shape()
	// The unused cells make it eight times the box at most.
	data, err := exact.Read(reader, 8*int64(nh+1)*int64(nk+1)*int64(nl+1))
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: after the header: %w", name, err)
	}
	t.F = make([]float64, cells)
	for h := range nh {
		for k := range nk {
			row := data[8*(h*(nk+1)+k)*(nl+1):]
			for l := range nl {
				bits := binary.LittleEndian.Uint64(row[8*l:])
				t.F[(h*nk+k)*nl+l] = math.Float64frombits(bits)
			}
		}
	}
	if i := indexNonFinite(t.F); i >= 0 {
		h, k, l := t.indices(i)
		return nil, fmt.Errorf("hkl: %s: the amplitude of (%d, %d, %d) is %v", name, h, k, l, t.F[i])
	}
	return t, nil
}

// readBounds reads the header and the form feed that ends it.
func readBounds(reader *bufio.Reader) (*Table, error) {
	start, err := reader.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	end := bytes.Index(start, []byte(headerEnd))
	t := new(Table)
	bounds := []*int{&t.HMin, &t.HMax, &t.KMin, &t.KMax, &t.LMin, &t.LMax}
	if end < 0 {
		return nil, fmt.Errorf("expected %d integers, a line feed and a form feed, found %q", len(bounds), start[:min(len(start), 60)])
	}
	fields := bytes.Fields(start[:end])
	if len(fields) != len(bounds) {
		return nil, fmt.Errorf("expected %d integers, found %q", len(bounds), start[:end])
	}
	for i, field := range fields {
		n, err := strconv.ParseInt(string(field), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("expected %d integers, found %q: %w", len(bounds), start[:end], err)
		}
		*bounds[i] = int(n)
	}
	if _, err := reader.Discard(end + len(headerEnd)); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Table) encodeRow(row []byte, first, n int, defaultF float64) {
	for l := range n {
		f := t.F[first+l]
		if t.Present != nil && !t.Present[first+l] {
			f = defaultF
		}
		binary.LittleEndian.PutUint64(row[8*l:], math.Float64bits(f))
	}
}

// shape is the number of cells along h, k and l.
func (t *Table) shape() (nh, nk, nl int) {
	return t.HMax - t.HMin + 1, t.KMax - t.KMin + 1, t.LMax - t.LMin + 1
}
