package hdf5

import (
	"cmp"
	"slices"

	"github.com/gobragg/gobragg/format"
)

// Link is a name in a group and where it leads.
type Link struct {
	Name string
	// Path is that of a soft link, or within the file of an external one; empty in a hard link.
	Path    string
	File    string // of an external link
	address uint64
}

// maxLinks limits the names in a group.
const maxLinks = 1 << 20

// Links returns the names in a group, sorted. An object that is no group has none.
func (o *Object) Links() ([]Link, error) {
	links, err := o.file.links(o.messages)
	slices.SortStableFunc(links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
	return links, err
}

func (f *File) links(messages []message) (links []Link, err error) {
	for _, m := range messages {
		var more []Link
		switch m.kind {
		case messageSymbolTable:
			more, err = f.symbolTable(f.body(m))
		case messageLink:
			more = make([]Link, 1)
			more[0], err = f.link(f.body(m))
		case messageLinkInfo:
			more, err = f.denseLinks(f.body(m))
		}
		if err != nil {
			return nil, err
		}
		if links = append(links, more...); len(links) > maxLinks {
			return nil, format.Errorf(format.ErrLimit, "a group has more than %d names", maxLinks)
		}
	}
	return links, nil
}

// link decodes a link message.
func (f *File) link(c *cursor) (l Link, err error) {
	if v := c.u8(); v != 1 {
		c.fail(format.ErrUnsupported, "a link at byte %d has version %d, and 1 is read", c.at, v)
	}
	flags := c.u8()
	kind := byte(0)
	if flags&0x08 != 0 {
		kind = c.u8()
	}
	if flags&0x04 != 0 {
		c.skip(8) // order of creation
	}
	if flags&0x10 != 0 {
		c.skip(1) // character set
	}
	size := c.uint(1 << (flags & 3))
	if c.err == nil && size > uint64(c.left()) {
		c.fail(format.ErrTruncated, "a link at byte %d has a name of %d bytes, more than the link", c.at, size)
	}
	if c.err != nil {
		return l, c.err
	}
	l = Link{Name: string(c.bytes(int(size))), address: undefined}
	switch kind {
	case 0:
		l.address = c.offset()
	case 1:
		l.Path = string(c.bytes(int(c.u16())))
	case 64:
		value := &cursor{f: f, at: c.at, data: c.bytes(int(c.u16()))}
		value.skip(1) // version and flags
		l.File, l.Path = value.text(), value.text()
		if c.err == nil {
			c.err = value.err
		}
	default:
		c.fail(format.ErrUnsupported, "the link %q is of the kind %d, which is not read", l.Name, kind)
	}
	return l, c.err
}

// symbolTable returns the links of an old group: a B-tree whose leaves lead to nodes of symbols,
// with the names in a local heap.
func (f *File) symbolTable(c *cursor) (links []Link, err error) {
	tree, heapAddress := c.offset(), c.offset()
	if c.err != nil {
		return nil, c.err
	}
	heap, err := f.localHeap(heapAddress)
	if err != nil {
		return nil, err
	}
	b := f.budget()
	err = f.leaves1(tree, -1, b, func(address uint64) error {
		c := f.cursor(address, 8)
		c.expect("SNOD")
		c.skip(2)
		count := int(c.u16())
		size := uint64(count * (2*f.offsetSize + 24))
		if b.spend(size, c); c.err != nil {
			return c.err
		}
		c = f.cursor(address+8, size)
		for range count {
			nameAt := c.offset()
			l := Link{address: c.offset()}
			kind := c.u32()
			c.skip(4)
			scratch := &cursor{f: f, at: c.at, data: c.bytes(16)}
			if c.err != nil {
				return c.err
			}
			if l.Name, err = heap.textAt(nameAt); err != nil {
				return err
			}
			if kind == 2 {
				if l.Path, err = heap.textAt(uint64(scratch.u32())); err != nil {
					return err
				}
			}
			if links = append(links, l); len(links) > maxLinks {
				return format.Errorf(format.ErrLimit, "a group has more than %d names", maxLinks)
			}
		}
		return nil
	})
	return links, err
}

// denseLinks returns the links of a new group that has many: a B-tree whose records lead to link
// messages in a fractal heap.
func (f *File) denseLinks(c *cursor) (links []Link, err error) {
	c.version("a link info", 0)
	if c.u8()&1 != 0 {
		c.skip(8) // the largest number in the order of creation
	}
	heapAddress, treeAddress := c.offset(), c.offset()
	if c.err != nil || heapAddress == undefined || treeAddress == undefined {
		return nil, c.err
	}
	err = f.dense(heapAddress, treeAddress, 5, func(record *cursor) { record.skip(4) }, 7, func(object *cursor) error {
		l, err := f.link(object)
		links = append(links, l)
		return err
	})
	return links, err
}

// dense calls visit with the objects of a fractal heap to which the records of a B-tree lead. An id
// has idBytes, after what skip skips.
func (f *File) dense(heapAddress, treeAddress uint64, kind byte, skip func(record *cursor), idBytes int, visit func(object *cursor) error) error {
	heap, err := f.fractal(heapAddress)
	if err != nil {
		return err
	}
	tree, err := f.tree2(treeAddress, nil, kind)
	if err != nil {
		return err
	}
	visited := 0
	return tree.each(func(record *cursor) error {
		skip(record)
		id := record.bytes(idBytes)
		if record.err != nil {
			return record.err
		}
		if visited++; visited > maxLinks {
			return format.Errorf(format.ErrLimit, "an object has more than %d names", maxLinks)
		}
		object, err := heap.object(id)
		if err != nil {
			return err
		}
		return visit(object)
	})
}
