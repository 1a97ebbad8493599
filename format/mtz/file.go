// Package mtz reads and writes MTZ files, in which CCP4 and most other programs of macromolecular
// crystallography keep merged reflections: amplitudes or intensities in columns, with the cell, the
// space group and the wavelength.
//
// [Read] takes the structure factors out of a file, by labels of columns or by a rule; [Open] gives
// access to everything in it; [Write] writes structure factors.
package mtz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// MaxReflections is the largest number of rows that [Open] accepts.
const MaxReflections = 1 << 28

// MaxBytes is the largest size, decompressed, of a file that is not read in place: one that is
// compressed, or that [Read] is given.
const MaxBytes = 1 << 34

// File is an MTZ file that is open for reading. Rows are read when they are asked for.
type File struct {
	Title string
	// Cell is that of the whole file; a dataset may have another.
	Cell structure.Cell
	// Group is that of the SYMM records, whatever the name in SYMINF says.
	Group       *symmetry.Group
	Columns     []Column
	Datasets    []Dataset
	Reflections int // rows
	Batches     int // 0 in a file of merged reflections
	History     []string
	// Notices are what a user should know of how the header was read, a line each.
	Notices []string

	name    string
	r       io.ReaderAt
	reals   binary.ByteOrder
	missing float32 // stands for no value, as NaN does
	closer  io.Closer
}

// Column is a column of a [File].
type Column struct {
	Label   string
	Type    byte // a letter, for instance 'F' for amplitudes and 'Q' for standard deviations
	Dataset int  // the ID of a [Dataset]
}

// Dataset is what the columns of one measurement share.
type Dataset struct {
	ID                     int
	Project, Crystal, Name string
	Cell                   structure.Cell // zero if the file does not give one
	Wavelength             float64        // Å, 0 if unknown
}

// Open opens the file at path, which may be compressed by gzip or bzip2. Close it after use.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("mtz: %w", err)
	}
	start := make([]byte, len(magic))
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		if _, err := file.ReadAt(start, 0); err == nil && string(start) == magic {
			f, err := NewFile(file, info.Size(), path)
			if err != nil {
				_ = file.Close() // only read
				return nil, err
			}
			f.closer = file
			return f, nil
		}
	}
	defer file.Close()
	return load(file, path)
}

// Close closes the file that [Open] opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// load reads a file into memory and opens it there.
func load(r io.Reader, name string) (*File, error) {
	reader, err := sniff.Open(r, sniff.Reflections, sniff.MTZ)
	if err != nil {
		return nil, fmt.Errorf("mtz: %s: %w", name, format.Reading("mtz", err))
	}
	if start, err := reader.Peek(len(magic)); err == nil && string(start) != magic {
		return nil, notMTZ(name, start)
	}
	data, err := io.ReadAll(io.LimitReader(reader, MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("mtz: %s: %w", name, format.Reading("mtz", err))
	case len(data) > MaxBytes:
		return nil, format.Errorf(format.ErrLimit, "mtz: %s: has more than %d bytes, which are not read from a stream: unpack it", name, int64(MaxBytes))
	}
	return NewFile(bytes.NewReader(data), int64(len(data)), name)
}

func notMTZ(name string, start []byte) error {
	return format.Errorf(format.Not("mtz"), "mtz: %s: begins with %q, not with %q", name, start, magic)
}

const (
	magic       = "MTZ "
	wordBytes   = 4
	headerWords = 20 // before the reflections
	recordBytes = 80
)

// NewFile reads the header of an MTZ file of size bytes; name stands for it in errors. The rows are
// read from r later.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{r: r, name: name, missing: float32(math.NaN())}
	head := make([]byte, min(size, headerWords*wordBytes))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("mtz: %s: %w", name, err)
	}
	if start := head[:min(len(head), len(magic))]; string(start) != magic[:len(start)] || len(start) == 0 {
		return nil, notMTZ(name, start)
	}
	if len(head) < headerWords*wordBytes {
		return nil, format.Errorf(format.ErrTruncated, "mtz: %s: has %d bytes, fewer than the %d before the reflections", name, len(head), headerWords*wordBytes)
	}
	at, err := f.pointer(head, size)
	if err != nil {
		return nil, err
	}
	header := bufio.NewReaderSize(io.NewSectionReader(r, at, size-at), 1<<14)
	if err := f.readHeader(header, at); err != nil {
		return nil, err
	}
	return f, nil
}

// pointer returns the position of the header, and takes the order of bytes from the machine stamp.
func (f *File) pointer(head []byte, size int64) (at int64, err error) {
	const integer, real = 9, 8 // bytes of the stamp whose high halves tell the formats of numbers
	integers, known := order(head[integer] >> 4)
	f.reals, err = f.realOrder(head[real] >> 4)
	if err != nil {
		return 0, err
	}
	word := func(o binary.ByteOrder) int64 {
		p := int64(int32(o.Uint32(head[4:])))
		if p == -1 {
			p = int64(o.Uint64(head[12:]))
		}
		return p
	}
	switch {
	case !known && binary.BigEndian.Uint32(head[real:]) != 0:
		return 0, f.errorf(format.ErrUnsupported, "its machine stamp % x is of numbers that are neither little- nor big-endian", head[8:12])
	case !known: // old files: the order in which the pointer lies within the file
		integers = binary.LittleEndian
		if within(word(integers), size) != nil && within(word(binary.BigEndian), size) == nil {
			integers = binary.BigEndian
		}
		f.reals = integers
	}
	p := word(integers)
	switch err := within(p, size); {
	case errors.Is(err, errBefore):
		return 0, f.errorf(format.ErrInconsistent, "the header is said to begin at word %d, but the reflections begin at word %d", p, headerWords+1)
	case err != nil:
		return 0, f.errorf(format.ErrTruncated, "the header is said to begin at word %d, and the file ends after %d", p, size/wordBytes)
	}
	return (p - 1) * wordBytes, nil
}

var errBefore, errAfter = errors.New("before the reflections"), errors.New("after the end")

// within returns an error if the header cannot begin at the word p, counted from 1.
func within(p, size int64) error {
	switch {
	case p <= headerWords:
		return errBefore
	case p > size/wordBytes:
		return errAfter
	}
	return nil
}

// order returns the order of bytes that a digit of the machine stamp stands for.
func order(digit byte) (o binary.ByteOrder, known bool) {
	switch digit {
	case 1:
		return binary.BigEndian, true
	case 4:
		return binary.LittleEndian, true
	}
	return nil, false
}

func (f *File) realOrder(digit byte) (binary.ByteOrder, error) {
	o, known := order(digit)
	if !known && digit != 0 {
		return nil, f.errorf(format.ErrUnsupported, "its machine stamp is of real numbers of kind %d, which are not those of IEEE 754 (1 and 4 are)", digit)
	}
	return o, nil
}

func (f *File) errorf(class error, text string, args ...any) error {
	return format.Errorf(class, "mtz: %s: %w", f.name, fmt.Errorf(text, args...))
}

// dataset returns the dataset with an ID; the zero one if the file does not describe it.
func (f *File) dataset(id int) Dataset {
	for _, d := range f.Datasets {
		if d.ID == id {
			return d
		}
	}
	return Dataset{ID: id}
}
