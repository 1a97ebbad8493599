package hdf5

import (
	"math/bits"

	"github.com/gobragg/gobragg/format"
)

// Elements of fixed and extensible arrays are the addresses of chunks; where there are filters, each
// with the bytes stored and the mask of the filters that were skipped.

// elements decodes the element i of a list at an address.
func (f *File) element(c *cursor, filtered bool, size int, chunkBytes uint64) (chunk, error) {
	found := chunk{address: c.offset(), stored: chunkBytes}
	if filtered {
		found.stored = c.uint(size - f.offsetSize - 4)
		found.mask = c.u32()
	}
	found.present = found.address != undefined
	return found, c.err
}

// checkElement returns an error if elements cannot have a size.
func (f *File) checkElement(c *cursor, filtered bool, size int) {
	if least := f.offsetSize; !filtered && size != least || filtered && (size < least+5 || size > least+12) {
		c.fail(format.ErrInvalidValue, "the array of chunks at byte %d has elements of %d bytes", c.at, size)
	}
}

// fixedArray is the index of the chunks of a dataset that cannot grow.
type fixedArray struct {
	filtered bool
	size     int // of an element
	pageBits int
	count    uint64
	block    uint64
}

func (f *File) fixedArray(address uint64) (a fixedArray, err error) {
	c := f.cursor(address, uint64(12+f.lengthSize+f.offsetSize))
	c.expect("FAHD")
	c.version("a fixed array", 0)
	a.filtered = c.u8() == 1
	a.size, a.pageBits = int(c.u8()), int(c.u8())
	a.count, a.block = c.length(), c.offset()
	c.checksum()
	f.checkElement(c, a.filtered, a.size)
	if a.pageBits > 32 {
		c.fail(format.ErrInvalidValue, "the array of chunks at byte %d has pages of 2^%d elements", address, a.pageBits)
	}
	if c.err == nil && a.count > f.end {
		c.fail(format.ErrLimit, "the array of chunks at byte %d has %d elements, more than the file has bytes", address, a.count)
	}
	return a, c.err
}

func (f *File) fixedChunk(a *fixedArray, n, chunkBytes uint64, buffers *buffers) (chunk, error) {
	if a.block == undefined {
		return chunk{}, nil
	}
	if n >= a.count {
		return chunk{}, format.Errorf(format.ErrInconsistent, "the chunk %d is not among the %d of its array", n, a.count)
	}
	prefix := uint64(6 + f.offsetSize)
	page := uint64(1) << a.pageBits
	size := uint64(a.size)
	if a.count <= page {
		c := buffers.block(f, a.block, prefix+a.count*size+4, named("FADB"))
		if c.err != nil {
			return chunk{}, c.err
		}
		c.pos = int(prefix + n*size)
		return f.element(c, a.filtered, a.size, chunkBytes)
	}
	pages := (a.count + page - 1) / page
	bitmap := (pages + 7) / 8
	c := buffers.block(f, a.block, prefix+bitmap+4, named("FADB"))
	if c.err != nil {
		return chunk{}, c.err
	}
	p := n / page
	if c.data[prefix+p/8]>>(7-p%8)&1 == 0 {
		return chunk{}, nil // nothing was written to the page
	}
	return f.paged(a.block+prefix+bitmap+4, p, page, min(page, a.count-p*page), n%page, a.filtered, a.size, chunkBytes, buffers)
}

// paged decodes an element of a page, of which each has a checksum behind its elements. All but the
// last one have full elements.
func (f *File) paged(address, p, full, count, n uint64, filtered bool, size int, chunkBytes uint64, buffers *buffers) (chunk, error) {
	distance := full*uint64(size) + 4
	if p > f.end/distance {
		return chunk{}, format.Errorf(format.ErrTruncated, "the page %d of an array of chunks at byte %d is beyond the end of the file", p, address)
	}
	c := buffers.block(f, address+p*distance, count*uint64(size)+4, named(""))
	if c.err != nil {
		return chunk{}, c.err
	}
	c.pos = int(n) * size
	return f.element(c, filtered, size, chunkBytes)
}

// extensibleArray is the index of the chunks of a dataset that can grow along one dimension: an
// index block with the first elements, and addresses of data blocks and of secondary blocks with
// further addresses of data blocks. Blocks grow: those of the group u have 2^⌈u/2⌉ times as many
// elements as the smallest, and there are 2^⌊u/2⌋ of them.
type extensibleArray struct {
	address     uint64
	filtered    bool
	size        int // of an element
	indexCount  uint64
	least       uint64 // elements of the smallest data block
	pointers    uint64 // data blocks of the smallest secondary block
	pageBits    int
	offsetBytes int // of the offset of a block
	groups      int
	block       uint64 // the index block
}

func (f *File) extensibleArray(address uint64) (a extensibleArray, err error) {
	c := f.cursor(address, uint64(16+6*f.lengthSize+f.offsetSize))
	c.expect("EAHD")
	c.version("an extensible array", 0)
	a.address = address
	a.filtered = c.u8() == 1
	a.size = int(c.u8())
	countBits := int(c.u8())
	a.indexCount, a.least, a.pointers, a.pageBits = uint64(c.u8()), uint64(c.u8()), uint64(c.u8()), int(c.u8())
	for range 6 {
		c.length()
	}
	a.block = c.offset()
	c.checksum()
	f.checkElement(c, a.filtered, a.size)
	power := func(x uint64) bool { return bits.OnesCount64(x) == 1 }
	if countBits < 1 || countBits > 64 || a.pageBits > 32 || !power(a.least) || !power(a.pointers) || bits.Len64(a.least) > countBits {
		c.fail(format.ErrInvalidValue, "the array of chunks at byte %d has 2^%d elements in blocks of %d and more, and blocks of %d and more addresses", address, countBits, a.least, a.pointers)
	}
	a.offsetBytes = (countBits + 7) / 8
	a.groups = 1 + countBits - (bits.Len64(a.least) - 1)
	return a, c.err
}

func (f *File) extensibleChunk(a *extensibleArray, n, chunkBytes uint64, buffers *buffers) (chunk, error) {
	if a.block == undefined {
		return chunk{}, nil
	}
	inIndex := 2 * (bits.Len64(a.pointers) - 1) // groups whose data blocks the index block lists
	blocks, secondary := 2*(a.pointers-1), uint64(max(a.groups-inIndex, 0))
	prefix := uint64(6 + f.offsetSize)
	size, offsetSize := uint64(a.size), uint64(f.offsetSize)
	listed := prefix + a.indexCount*size
	c := buffers.block(f, a.block, listed+(blocks+secondary)*offsetSize+4, named("EAIB"))
	if c.err != nil {
		return chunk{}, c.err
	}
	if n < a.indexCount {
		c.pos = int(prefix + n*size)
		return f.element(c, a.filtered, a.size, chunkBytes)
	}
	n -= a.indexCount
	group := bits.Len64(n/a.least+1) - 1
	if group >= a.groups {
		return chunk{}, format.Errorf(format.ErrInconsistent, "the chunk %d is beyond the array of chunks at byte %d", n+a.indexCount, a.address)
	}
	// Before the group u there are 2^u - 1 times the smallest number of elements.
	within := n - (1<<group-1)*a.least
	count := a.least << ((group + 1) / 2) // elements of a data block of the group
	block, n := within/count, within%count
	pages := uint64(1)
	if page := uint64(1) << a.pageBits; count > page {
		pages = count / page
	}
	present := func(p uint64) bool { return true }
	if group < inIndex {
		first := uint64(0) // data blocks of the groups before
		for u := range group {
			first += 1 << (u / 2)
		}
		c.pos = int(listed + (first+block)*offsetSize)
	} else {
		c.pos = int(listed + (blocks+uint64(group-inIndex))*offsetSize)
		address := c.offset()
		if c.err != nil || address == undefined {
			return chunk{}, c.err
		}
		number := uint64(1) << (group / 2)
		bitmap := uint64(0)
		if pages > 1 {
			bitmap = number * ((pages + 7) / 8)
		}
		head := prefix + uint64(a.offsetBytes)
		c = buffers.block(f, address, head+bitmap+number*offsetSize+4, named("EASB"))
		if c.err != nil {
			return chunk{}, c.err
		}
		if pages > 1 {
			written := c.data[head : head+bitmap]
			present = func(p uint64) bool {
				i := block*pages + p
				return written[i/8]>>(7-i%8)&1 != 0
			}
		}
		c.pos = int(head + bitmap + block*offsetSize)
	}
	address := c.offset()
	if c.err != nil || address == undefined {
		return chunk{}, c.err
	}
	head := prefix + uint64(a.offsetBytes)
	if pages == 1 {
		c = buffers.block(f, address, head+count*size+4, named("EADB"))
		if c.err != nil {
			return chunk{}, c.err
		}
		c.pos = int(head + n*size)
		return f.element(c, a.filtered, a.size, chunkBytes)
	}
	c = buffers.block(f, address, head+4, named("EADB"))
	page := count / pages
	if c.err != nil || !present(n/page) {
		return chunk{}, c.err
	}
	return f.paged(address+head+4, n/page, page, page, n%page, a.filtered, a.size, chunkBytes, buffers)
}
