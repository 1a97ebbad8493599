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
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/structure"
)

// headerEnd ends the header of a dump, after the six bounds.
const headerEnd = "\n\f"

// maxHeader is more than the length of six 32-bit integers.
const maxHeader = 128

// ReadDump reads an Fdump.bin: the text "hmin hmax kmin kmax lmin lmax", a line feed and a form
// feed, then little-endian float64 values in the order of [structure.Table.F], except that there is
// one unused cell after the last l, one unused row after the last k and one unused layer after the
// last h. Unused cells are skipped, whatever they contain.
//
// A dump does not mark absent reflections: their cells contain the default F of the program that
// wrote it. Cells that contain defaultF are absent from the table, unless all of them do. A dump of
// the wrong length and amplitudes that are not finite are errors. name stands for the file in errors.
// A dump compressed by gzip or bzip2 is decompressed.
func ReadDump(r io.Reader, name string, defaultF float64) (*structure.Table, error) {
	return readDump(r, name, defaultF, structure.MaxCells)
}

// ReadDumpFile reads the Fdump.bin at path, as [ReadDump] does.
func ReadDumpFile(path string, defaultF float64) (*structure.Table, error) {
	return readFile(path, func(r io.Reader, name string) (*structure.Table, error) { return ReadDump(r, name, defaultF) })
}

// WriteDump writes t as nanoBragg does, with defaultF in absent cells and zeros in unused ones. An
// invalid table and a defaultF that is not finite are errors.
func WriteDump(w io.Writer, t *structure.Table, defaultF float64) error {
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
	_, _, nl := t.Shape()
	row := make([]byte, 8*(nl+1))
	for h := t.HMin; h <= t.HMax+1; h++ {
		for k := t.KMin; k <= t.KMax+1; k++ {
			clear(row)
			if first, ok := t.Box.Index(h, k, t.LMin); ok {
				encodeRow(row, t, first, nl, defaultF)
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

// WriteDumpFile writes t as an Fdump.bin at path, replacing the file atomically.
func WriteDumpFile(path string, t *structure.Table, defaultF float64) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteDump(w, t, defaultF) })
}

func readDump(r io.Reader, name string, defaultF float64, maxCells int) (*structure.Table, error) {
	reader, err := sniff.Open(r, sniff.Reflections, sniff.Dump)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	t, err := readBounds(reader)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	cells, err := t.Check(maxCells)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	nh, nk, nl := t.Shape()
	// With the unused cells, the file holds at most eight times the cells of the box.
	data, err := exact.Read(reader, 8*int64(nh+1)*int64(nk+1)*int64(nl+1))
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: after the header: %w", name, err)
	}
	t.F = make([]float64, 0, cells)
	for range nh {
		for range nk {
			for l := range nl {
				f := math.Float64frombits(binary.LittleEndian.Uint64(data[8*l:]))
				if math.IsNaN(f) || math.IsInf(f, 0) {
					h, k, l := t.Indices(len(t.F))
					return nil, fmt.Errorf("hkl: %s: the amplitude of (%d, %d, %d) is %v", name, h, k, l, f)
				}
				t.F = append(t.F, f)
			}
			data = data[8*(nl+1):]
		}
		data = data[8*(nl+1):] // the unused row
	}
	markAbsent(t, defaultF)
	return t, nil
}

// markAbsent marks the cells that contain defaultF as absent, if there are others.
func markAbsent(t *structure.Table, defaultF float64) {
	present, count := make([]bool, len(t.F)), 0
	for i, f := range t.F {
		if f != defaultF {
			present[i] = true
			count++
		}
	}
	if 0 < count && count < len(t.F) {
		t.Present = present
	}
}

// readBounds reads the header, including the form feed at its end.
func readBounds(reader *bufio.Reader) (*structure.Table, error) {
	start, err := reader.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	end := bytes.Index(start, []byte(headerEnd))
	t := new(structure.Table)
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

// encodeRow encodes n cells of t, starting at first, into row.
func encodeRow(row []byte, t *structure.Table, first, n int, defaultF float64) {
	for l := range n {
		f := t.F[first+l]
		if t.Present != nil && !t.Present[first+l] {
			f = defaultF
		}
		binary.LittleEndian.PutUint64(row[8*l:], math.Float64bits(f))
	}
}
