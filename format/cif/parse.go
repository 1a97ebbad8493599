package cif

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// File is a CIF in memory.
type File struct {
	Blocks []*Block
	lexer  *Lexer
}

// Block is a data block, or a save frame of one. Tags are compared without regard to case.
type Block struct {
	Name   string
	Frames []*Block
	// Start is the position of the block's first byte in the file.
	Start int
	items []item
	loops []*Table
	lexer *Lexer
}

// item is a tag with its value, or a column of a loop.
type item struct {
	tag          []byte
	start        int
	value        Value // of a tag outside of loops
	loop, column int   // loop is -1 outside
}

// Table is a loop: a table whose columns have tags.
type Table struct {
	// Tags are those of the columns, as the file has them.
	Tags []string
	// Rows is the number of rows.
	Rows int
	// Start and End are the positions in the file of the first value and behind the last one.
	Start, End int
	lexer      *Lexer
}

// Parse reads a CIF from data, which it keeps; name stands for it in errors, which give the line.
func Parse(data []byte, name string) (*File, error) { return parse(data, name, maxNames) }

func parse(data []byte, name string, most int) (*File, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	l := NewLexer(data, name)
	if bytes.HasPrefix(data, []byte(`#\#CIF_2.0`)) {
		return nil, l.Errorf(format.ErrUnsupported, 0, "it is a CIF 2.0; CIF 1.1 is read")
	}
	p := &parser{file: &File{lexer: l}, lexer: l, most: most}
	for {
		done, err := p.step()
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
	}
	for _, b := range p.file.Blocks {
		for _, b := range append([]*Block{b}, b.Frames...) {
			if err := b.unique(); err != nil {
				return nil, err
			}
		}
	}
	return p.file, nil
}

// maxNames is the largest number of tags, blocks and frames of a file. No data file comes near it, and
// a file of nothing else would take many times its size in memory.
const maxNames = 1 << 20

// parser builds blocks.
type parser struct {
	file    *File
	lexer   *Lexer
	block   *Block // the data block
	current *Block // it, or a save frame in it
	names   int
	most    int // names
}

// count counts a name at a position in the file.
func (p *parser) count(at int) error {
	if p.names++; p.names > p.most {
		return p.lexer.Errorf(format.ErrLimit, at, "there are more than %d tags and blocks", p.most)
	}
	return nil
}

// step reads one item of a block; done is true at the end of the file.
func (p *parser) step() (done bool, err error) {
	l := p.lexer
	t, err := l.Next()
	if err != nil {
		return false, err
	}
	if p.block == nil && t.Kind != Data && t.Kind != Global && t.Kind != End {
		return false, l.Errorf(format.ErrNotFormat, t.Start, "expected a data block, data_NAME, found %s", shown(&t))
	}
	if err := p.count(t.Start); err != nil {
		return false, err
	}
	switch t.Kind {
	case End:
		if p.block == nil {
			return false, l.Errorf(format.ErrNoData, t.Start, "it has no data block")
		}
		return true, nil
	case Data, Global:
		p.block = &Block{Name: string(t.Text), Start: t.Start, lexer: l}
		p.current = p.block
		p.file.Blocks = append(p.file.Blocks, p.block)
	case Save:
		p.current = p.block
		if len(t.Text) > 0 {
			p.current = &Block{Name: string(t.Text), Start: t.Start, lexer: l}
			p.block.Frames = append(p.block.Frames, p.current)
		}
	case Loop:
		return false, p.loop(t.Start)
	case Stop: // ends a loop, which has ended
	case Tag:
		v, err := l.Next()
		switch {
		case err != nil:
			return false, err
		case v.Kind == End:
			return false, l.Errorf(format.ErrTruncated, t.Start, "the file ends after the tag %s", shown(&t))
		case !v.IsValue():
			return false, l.Errorf(format.ErrInvalidValue, t.Start, "the tag %s has no value", shown(&t))
		}
		p.current.items = append(p.current.items, item{t.Text, t.Start, Value{v.Kind, v.Text}, -1, 0})
	default:
		return false, l.Errorf(format.ErrInvalidValue, t.Start, "the value %s has no tag", shown(&t))
	}
	return false, nil
}

// loop reads a loop behind its first word. Its values are counted, and read again when they are
// asked for: of a large file, the memory is that of its bytes.
func (p *parser) loop(start int) error {
	l, b := p.lexer, p.current
	table := &Table{lexer: l}
	for {
		t, err := l.Next()
		if err != nil {
			return err
		}
		if t.Kind != Tag {
			l.Seek(t.Start)
			table.Start = t.Start
			break
		}
		if err := p.count(t.Start); err != nil {
			return err
		}
		b.items = append(b.items, item{t.Text, t.Start, Value{}, len(b.loops), len(table.Tags)})
		table.Tags = append(table.Tags, string(t.Text))
	}
	if len(table.Tags) == 0 {
		return l.Errorf(format.ErrInvalidValue, start, "the loop has no tags")
	}
	count := 0
	for {
		t, err := l.Next()
		if err != nil {
			return err
		}
		if !t.IsValue() {
			if t.Kind == End && count == 0 {
				return l.Errorf(format.ErrTruncated, start, "the file ends in the tags of the loop")
			}
			l.Seek(t.Start)
			table.End = t.Start
			break
		}
		count++
	}
	if extra := count % len(table.Tags); extra != 0 {
		return l.Errorf(format.ErrTruncated, start, "the loop of %d tags from %s has %d values: %d in its last row", len(table.Tags), table.Tags[0], count, extra)
	}
	table.Rows = count / len(table.Tags)
	b.loops = append(b.loops, table)
	return nil
}

// mostShown is how many bytes of a token an error shows.
const mostShown = 40

func shown(t *Token) string {
	switch t.Kind {
	case Loop:
		return "loop_"
	case Save:
		return "save_" + string(t.Text[:min(len(t.Text), mostShown)])
	case Stop:
		return "stop_"
	}
	if len(t.Text) > mostShown {
		return string(t.Text[:mostShown]) + "…"
	}
	return string(t.Text)
}

// unique returns an error if a tag is there twice.
func (b *Block) unique() error {
	order := make([]int32, len(b.items))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(compareFold(b.items[i].tag, b.items[j].tag), cmp.Compare(i, j))
	})
	for i := 1; i < len(order); i++ {
		first, second := &b.items[order[i-1]], &b.items[order[i]]
		if compareFold(first.tag, second.tag) == 0 {
			return b.lexer.Errorf(format.ErrInconsistent, second.start, "the tag %s is there already in line %d", second.tag, b.lexer.Line(first.start))
		}
	}
	return nil
}

func compareFold(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

func (b *Block) find(tag string) *item {
	for i := range b.items {
		if t := b.items[i].tag; len(t) == len(tag) && compareFold(t, []byte(tag)) == 0 {
			return &b.items[i]
		}
	}
	return nil
}

// Value returns the value of the first of the tags that the block has; of a column of a loop, that
// of the first row. A block that has none gives a value that is [Value.Missing].
func (b *Block) Value(tags ...string) Value {
	for _, tag := range tags {
		i := b.find(tag)
		switch {
		case i == nil:
		case i.loop < 0:
			return i.value
		default:
			for row := range b.loops[i.loop].All() {
				return row[i.column]
			}
		}
	}
	return Value{}
}

// Has reports whether the block has the tag, in a loop or outside.
func (b *Block) Has(tag string) bool { return b.find(tag) != nil }

// Table returns the loop that has the tag; nil if none has. A tag outside of loops is not one.
func (b *Block) Table(tag string) *Table {
	if i := b.find(tag); i != nil && i.loop >= 0 {
		return b.loops[i.loop]
	}
	return nil
}

// Tags yields the tags of the block, those of loops included, as the file has them.
func (b *Block) Tags() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range b.items {
			if !yield(string(b.items[i].tag)) {
				return
			}
		}
	}
}

// Errorf returns an error about a position in the file, with its name and line.
func (b *Block) Errorf(class error, offset int, text string, args ...any) error {
	return b.lexer.Errorf(class, offset, text, args...)
}

// Column returns the position of the first of the tags that the loop has; -1 if it has none.
func (t *Table) Column(tags ...string) int {
	for _, tag := range tags {
		for i := range t.Tags {
			if strings.EqualFold(t.Tags[i], tag) {
				return i
			}
		}
	}
	return -1
}

// All yields the rows, one value a column. The slice is used again for the next row.
func (t *Table) All() iter.Seq[[]Value] {
	return func(yield func([]Value) bool) {
		l := *t.lexer
		l.at = t.Start
		row := make([]Value, len(t.Tags))
		for range t.Rows {
			for i := range row {
				token, err := l.Next()
				if err != nil {
					return // not possible: Parse has read it
				}
				row[i] = Value{token.Kind, token.Text}
			}
			if !yield(row) {
				return
			}
		}
	}
}
