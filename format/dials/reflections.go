package dials

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Table is a table of reflections: named columns with a value for each row.
type Table struct {
	Rows int
	// Identifiers are those of the experiments, by the numbers in the column id.
	Identifiers map[int]string
	Columns     []Column
}

// Column is a column of a table as the file has it.
type Column struct {
	Name, Type string // the type in the words of DIALS, such as "vec3<double>"
	Data       []byte // little-endian
}

// sizes of the values of each type of column, in bytes. Those of other types vary, or are unknown.
var sizes = map[string]int{
	"bool": 1, "int": 4, "std::size_t": 8, "double": 8, "vec2<double>": 16, "vec3<double>": 24, "mat3<double>": 72, "int6": 24, "cctbx::miller::index<>": 12,
}

// tableID begins every file.
const (
	tableID      = "dials::af::reflection_table"
	tableVersion = 1
)

// MaxTable is the largest size in bytes of a table that is read.
const MaxTable = 1 << 35

// maxColumns is the largest number of columns of a table.
const maxColumns = 1 << 12

// ReadTableFile reads the table in the file at path, as [ReadTable] does.
func ReadTableFile(path string) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return ReadTable(file, info.Size(), path)
}

// ReadTable reads a table of size bytes from r; name stands for the file in errors.
func ReadTable(r io.Reader, size int64, name string) (*Table, error) {
	if size > MaxTable {
		return nil, format.Errorf(format.ErrLimit, "dials: %s: a table of %d bytes", name, size)
	}
	in := &tableReader{msgpack.NewDecoder(r), size}
	t, err := in.table()
	if err != nil {
		class := format.ErrInvalidValue
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			class = format.ErrTruncated
			if size == 0 {
				err = errors.New("the file is empty")
			}
		}
		return nil, format.Errorf(format.Classify(err, class), "dials: %s: %w", name, err)
	}
	return t, nil
}

// tableReader reads the parts of a table from MessagePack.
type tableReader struct {
	*msgpack.Decoder
	size int64 // of the file, which no number within exceeds
}

// length checks the length of an array or a map.
func (r *tableReader) length(n int, err error, what string, most int) (int, error) {
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", what, err)
	case n < 0 || int64(n) > r.size:
		return 0, format.Errorf(format.ErrTruncated, "%s: a length of %d in a file of %d bytes", what, n, r.size)
	case n > most:
		return 0, format.Errorf(format.ErrLimit, "%s: a length of %d, more than %d", what, n, most)
	}
	return n, nil
}

func (r *tableReader) table() (*Table, error) {
	n, err := r.DecodeArrayLen()
	if err != nil || n != 3 {
		if err == nil || !errors.Is(err, io.EOF) {
			err = format.Errorf(format.Not("dials-refl"), "does not begin as a table of reflections")
		}
		return nil, err
	}
	if id, err := r.text(); err != nil || id != tableID {
		return nil, format.Errorf(format.Not("dials-refl"), "does not begin as a table of reflections")
	}
	if version, err := r.DecodeInt(); err != nil || version != tableVersion {
		return nil, format.Errorf(format.ErrUnsupported, "version %d of the tables", version)
	}
	keys, err := r.DecodeMapLen()
	if keys, err = r.length(keys, err, "table", maxColumns); err != nil {
		return nil, err
	}
	t := &Table{Rows: -1}
	for range keys {
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		switch key {
		case "identifiers":
			err = r.identifiers(t)
		case "nrows":
			t.Rows, err = r.DecodeInt()
		case "data":
			err = r.columns(t)
		default:
			err = r.Skip()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return t, t.check()
}

func (r *tableReader) identifiers(t *Table) error {
	n, err := r.DecodeMapLen()
	if n, err = r.length(n, err, "their map", maxExperiments); err != nil {
		return err
	}
	t.Identifiers = map[int]string{}
	for range n {
		id, err := r.DecodeInt()
		if err != nil {
			return err
		}
		if t.Identifiers[id], err = r.text(); err != nil {
			return err
		}
	}
	return nil
}

// bytes reads bytes or a string, whose length it compares with that of the file before it makes room.
func (r *tableReader) bytes() ([]byte, error) {
	n, err := r.DecodeBytesLen()
	if n, err = r.length(n, err, "bytes", math.MaxInt); err != nil {
		return nil, err
	}
	out := make([]byte, n)
	return out, r.ReadFull(out)
}

func (r *tableReader) text() (string, error) {
	b, err := r.bytes()
	return string(b), err
}

// pair reads the start of an array of two.
func (r *tableReader) pair() error {
	n, err := r.DecodeArrayLen()
	if err == nil && n != 2 {
		err = format.Errorf(format.ErrInconsistent, "an array of %d in place of two", n)
	}
	return err
}

func (r *tableReader) columns(t *Table) error {
	n, err := r.DecodeMapLen()
	if n, err = r.length(n, err, "their map", maxColumns); err != nil {
		return err
	}
	for range n {
		var c Column
		if c.Name, err = r.text(); err != nil {
			return err
		}
		if err := r.pair(); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		if c.Type, err = r.text(); err != nil {
			return err
		}
		if err := r.pair(); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		rows, err := r.DecodeInt()
		if err != nil {
			return err
		}
		if c.Data, err = r.bytes(); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		if t.Rows < 0 {
			t.Rows = rows
		}
		if rows != t.Rows {
			return format.Errorf(format.ErrInconsistent, "column %s: %d rows of %d", c.Name, rows, t.Rows)
		}
		t.Columns = append(t.Columns, c)
	}
	return nil
}

// check checks the lengths of the columns.
func (t *Table) check() error {
	if t.Rows < 0 {
		return format.Errorf(format.ErrInconsistent, "has no number of rows")
	}
	for _, c := range t.Columns {
		if size, fixed := sizes[c.Type]; fixed && len(c.Data) != size*t.Rows {
			return format.Errorf(format.ErrInconsistent, "column %s: %d bytes for %d values of type %s", c.Name, len(c.Data), t.Rows, c.Type)
		}
	}
	return nil
}

// Column returns the column of a name; nil if there is none.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// column is one of a name and a type.
func (t *Table) column(name, typ string) ([]byte, error) {
	c := t.Column(name)
	switch {
	case c == nil:
		return nil, format.Errorf(format.ErrNoData, "dials: the table has no column %s", name)
	case c.Type != typ:
		return nil, format.Errorf(format.ErrInvalidValue, "dials: the column %s is of type %s, not %s", name, c.Type, typ)
	}
	return c.Data, nil
}

// set replaces a column, or adds it.
func (t *Table) set(name, typ string, rows int, data []byte) error {
	if len(t.Columns) == 0 {
		t.Rows = rows
	}
	if rows != t.Rows {
		return fmt.Errorf("dials: %d values of %s for a table of %d rows", rows, name, t.Rows)
	}
	if c := t.Column(name); c != nil {
		c.Type, c.Data = typ, data
		return nil
	}
	t.Columns = append(t.Columns, Column{name, typ, data})
	return nil
}

// Value is what the columns that have accessors hold: numbers and truth values, and arrays of numbers.
type Value interface {
	bool | int32 | uint64 | float64 | [2]float64 | [3]float64 | [3]int32 | [6]int32
}

// typeOf returns the type of a column of values.
func typeOf[T Value]() string {
	var v T
	switch any(v).(type) {
	case bool:
		return "bool"
	case int32:
		return "int"
	case uint64:
		return "std::size_t"
	case float64:
		return "double"
	case [2]float64:
		return "vec2<double>"
	case [3]float64:
		return "vec3<double>"
	case [3]int32:
		return "cctbx::miller::index<>"
	}
	return "int6"
}

// Get returns the values of a column, for instance the boxes of the spots: Get[[6]int32](t, "bbox").
// A column that is not there, or of another type, is an error.
func Get[T Value](t *Table, name string) ([]T, error) {
	data, err := t.column(name, typeOf[T]())
	if err != nil {
		return nil, err
	}
	out := make([]T, t.Rows)
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, out); err != nil {
		return nil, fmt.Errorf("dials: column %s: %w", name, err)
	}
	return out, nil
}

// Set makes values a column, in place of the one of that name if there is one. The first column of a
// table sets its number of rows; another number is an error after that.
func Set[T Value](t *Table, name string, values []T) error {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, values); err != nil {
		return fmt.Errorf("dials: column %s: %w", name, err)
	}
	return t.set(name, typeOf[T](), len(values), b.Bytes())
}

// WriteTableFile writes a table to the file at path.
func WriteTableFile(path string, t *Table) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteTable(w, t) })
}

// WriteTable writes a table. The bytes depend on nothing but the table.
func WriteTable(w io.Writer, t *Table) error {
	if err := t.check(); err != nil {
		return fmt.Errorf("dials: %w", err)
	}
	e := msgpack.NewEncoder(w)
	var err error
	do := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	do(func() error { return e.EncodeArrayLen(3) })
	do(func() error { return e.EncodeString(tableID) })
	do(func() error { return e.EncodeUint(tableVersion) })
	do(func() error { return e.EncodeMapLen(3) })
	do(func() error { return e.EncodeString("identifiers") })
	do(func() error { return e.EncodeMapLen(len(t.Identifiers)) })
	for _, id := range slices.Sorted(maps.Keys(t.Identifiers)) {
		do(func() error { return e.EncodeUint(uint64(id)) })
		do(func() error { return e.EncodeString(t.Identifiers[id]) })
	}
	do(func() error { return e.EncodeString("nrows") })
	do(func() error { return e.EncodeUint(uint64(t.Rows)) })
	do(func() error { return e.EncodeString("data") })
	do(func() error { return e.EncodeMapLen(len(t.Columns)) })
	for _, c := range t.Columns {
		if int64(len(c.Data)) > math.MaxUint32 {
			return fmt.Errorf("dials: column %s: %d bytes are more than the format takes", c.Name, len(c.Data))
		}
		do(func() error { return e.EncodeString(c.Name) })
		do(func() error { return e.EncodeArrayLen(2) })
		do(func() error { return e.EncodeString(c.Type) })
		do(func() error { return e.EncodeArrayLen(2) })
		do(func() error { return e.EncodeUint(uint64(t.Rows)) })
		data := c.Data
		if data == nil {
			data = []byte{} // of no rows, which is not the nil of the format
		}
		do(func() error { return e.EncodeBytes(data) })
	}
	if err != nil {
		return fmt.Errorf("dials: %w", err)
	}
	return nil
}
