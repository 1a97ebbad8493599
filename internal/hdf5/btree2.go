package hdf5

import (
	"math/bits"

	"github.com/gobragg/gobragg/format"
)

// tree2 is a B-tree of version 2.
type tree2 struct {
	f          *File
	buffers    *buffers
	kind       byte
	nodeSize   uint64
	recordSize int
	depth      int
	root       uint64
	rootCount  int
	// Bytes of the number of records in a child, and of those in all nodes below one, by depth.
	countSize int
	totalSize []int
}

// maxDepth limits the depth of a B-tree of version 2, whose nodes have at least two children.
const maxDepth = 48

func (f *File) tree2(address uint64, buffers *buffers, kinds ...byte) (*tree2, error) {
	c := buffers.block(f, address, uint64(22+f.offsetSize+f.lengthSize), named("BTHD"))
	c.skip(4)
	c.version("a B-tree", 0)
	t := &tree2{f: f, buffers: buffers, kind: c.u8()}
	known := false
	for _, kind := range kinds {
		known = known || kind == t.kind
	}
	if !known {
		c.fail(format.ErrInconsistent, "a B-tree of kind %v is said to be at byte %d, where there is one of kind %d", kinds, address, t.kind)
	}
	t.nodeSize, t.recordSize, t.depth = uint64(c.u32()), int(c.u16()), int(c.u16())
	c.skip(2)
	t.root, t.rootCount = c.offset(), int(c.u16())
	if c.err != nil {
		return nil, c.err
	}
	const prefix = 10
	if t.recordSize == 0 || t.nodeSize < prefix+uint64(t.recordSize) || t.depth > maxDepth {
		return nil, format.Errorf(format.ErrInvalidValue, "the B-tree at byte %d has nodes of %d bytes, records of %d bytes and a depth of %d", address, t.nodeSize, t.recordSize, t.depth)
	}
	most := (t.nodeSize - prefix) / uint64(t.recordSize)
	t.countSize = encodedSize(most)
	t.totalSize = []int{0}
	total := most
	for range t.depth {
		pointer := uint64(f.offsetSize + t.countSize + t.totalSize[len(t.totalSize)-1])
		if t.nodeSize < prefix+pointer {
			return nil, format.Errorf(format.ErrInvalidValue, "the B-tree at byte %d has nodes of %d bytes", address, t.nodeSize)
		}
		most := (t.nodeSize - prefix - pointer) / (uint64(t.recordSize) + pointer)
		if high, low := bits.Mul64(most+1, total); high != 0 || low+most < low {
			return nil, format.Errorf(format.ErrInvalidValue, "the B-tree at byte %d has a depth of %d", address, t.depth)
		}
		total = (most+1)*total + most
		t.totalSize = append(t.totalSize, encodedSize(total))
	}
	return t, nil
}

// encodedSize returns the bytes of numbers up to most.
func encodedSize(most uint64) int { return (bits.Len64(max(most, 1))-1)/8 + 1 }

// child is a node below another.
type child struct {
	address uint64
	count   int
}

// node reads a node and returns its records and its children, one more than records or none.
func (t *tree2) node(n child, depth int) (records []byte, children []child, err error) {
	size := 6 + n.count*t.recordSize + 4
	if depth > 0 {
		size += (n.count + 1) * (t.f.offsetSize + t.countSize + t.totalSize[depth-1])
	}
	if uint64(size) > t.nodeSize {
		return nil, nil, format.Errorf(format.ErrInconsistent, "a node of a B-tree at byte %d has %d records, which do not fit into its %d bytes", n.address, n.count, t.nodeSize)
	}
	name := "BTLF"
	if depth > 0 {
		name = "BTIN"
	}
	c := t.buffers.block(t.f, n.address, uint64(size), named(name))
	c.skip(4)
	c.version("a node of a B-tree", 0)
	if kind := c.u8(); kind != t.kind {
		c.fail(format.ErrInconsistent, "a node of a B-tree at byte %d has kind %d, and the tree %d", n.address, kind, t.kind)
	}
	records = c.bytes(n.count * t.recordSize)
	if depth > 0 {
		for range n.count + 1 {
			next := child{c.offset(), int(c.uint(t.countSize))}
			c.skip(t.totalSize[depth-1])
			children = append(children, next)
			if c.err != nil {
				break
			}
		}
	}
	return records, children, c.err
}

// each calls visit with every record, in order.
func (t *tree2) each(visit func(record *cursor) error) error {
	if t.root == undefined || t.rootCount == 0 {
		return nil
	}
	return t.below(child{t.root, t.rootCount}, t.depth, t.f.budget(), visit)
}

func (t *tree2) below(n child, depth int, b *budget, visit func(record *cursor) error) error {
	records, children, err := t.node(n, depth)
	if err != nil {
		return err
	}
	limit := &cursor{f: t.f, at: n.address}
	if b.spend(uint64(10+len(records)), limit); limit.err != nil {
		return limit.err
	}
	for i := 0; ; i++ {
		if depth > 0 {
			if err := t.below(children[i], depth-1, b, visit); err != nil {
				return err
			}
		}
		if i == n.count {
			return nil
		}
		if err := visit(t.record(records, i, n)); err != nil {
			return err
		}
	}
}

func (t *tree2) record(records []byte, i int, n child) *cursor {
	return &cursor{f: t.f, at: n.address, data: records[i*t.recordSize : (i+1)*t.recordSize]}
}

// search finds a record. compare returns the sign of the record less what is looked for.
func (t *tree2) search(compare func(record *cursor) int) (*cursor, error) {
	if t.root == undefined || t.rootCount == 0 {
		return nil, nil
	}
	n := child{t.root, t.rootCount}
	for depth := t.depth; ; depth-- {
		records, children, err := t.node(n, depth)
		if err != nil {
			return nil, err
		}
		low, high := 0, n.count
		for low < high {
			middle := (low + high) / 2
			record := t.record(records, middle, n)
			switch sign := compare(record); {
			case record.err != nil:
				return nil, record.err
			case sign == 0:
				return t.record(records, middle, n), nil
			case sign < 0:
				low = middle + 1
			default:
				high = middle
			}
		}
		if depth == 0 {
			return nil, nil
		}
		n = children[low]
	}
}
