package hdf5

import (
	"fmt"
	"sync"

	"github.com/gobragg/gobragg/format"
)

// chunk is a chunk in the file.
type chunk struct {
	present bool
	address uint64
	stored  uint64 // bytes in the file
	mask    uint32 // of the filters that were skipped
}

// maxChunksRead limits the chunks that one reading takes: a frame of 16 megapixels in tiles of
// 8 × 8 pixels has as many.
const maxChunksRead = 1 << 18

// readChunks reads a box of a chunked dataset.
func (d *Dataset) readChunks(start, count []uint64, dst []byte) error {
	rank := len(d.Shape)
	first, number := make([]uint64, rank), make([]uint64, rank) // of chunks along each dimension
	total := uint64(1)
	for i, c := range d.layout.chunk {
		first[i] = start[i] / c
		number[i] = (start[i]+count[i]-1)/c - first[i] + 1
		if total *= number[i]; total > maxChunksRead {
			return format.Errorf(format.ErrLimit, "%v elements in chunks of %v are more than %d chunks", count, d.layout.chunk, maxChunksRead)
		}
	}
	buffers := getBuffers()
	defer buffers.release()
	scaled := append([]uint64(nil), first...)
	for {
		if err := d.readChunk(scaled, start, count, dst, buffers); err != nil {
			return err
		}
		i := rank - 1
		for ; i >= 0; i-- {
			if scaled[i]++; scaled[i] < first[i]+number[i] {
				break
			}
			scaled[i] = first[i]
		}
		if i < 0 {
			return nil
		}
	}
}

// readChunk reads what a chunk has of a box. scaled is the index of the chunk along each dimension.
func (d *Dataset) readChunk(scaled, start, count []uint64, dst []byte, buffers *buffers) error {
	rank := len(d.Shape)
	places := make([]uint64, 4*rank)
	offset, from, to, n := places[:rank], places[rank:2*rank], places[2*rank:3*rank], places[3*rank:]
	inside, edge, whole := true, false, true // chunk within the box; sticks out of the dataset; is all of the box
	for i, c := range d.layout.chunk {
		offset[i] = scaled[i] * c
		low, high := max(offset[i], start[i]), min(offset[i]+c, start[i]+count[i])
		from[i], to[i], n[i] = low-offset[i], low-start[i], high-low
		inside = inside && n[i] == c
		whole = whole && n[i] == count[i]
		edge = edge || offset[i]+c > d.Shape[i]
	}
	found, err := d.locate(offset, scaled, buffers)
	if err != nil {
		return err
	}
	target := box{count, to, n}
	if !found.present {
		size := uint64(d.Type.Size)
		return target.runs(func(at, n uint64) error {
			d.pour(dst[at*size : (at+n)*size])
			return nil
		})
	}
	filters := d.filters
	if edge && d.layout.plainEdges {
		filters = nil
	}
	unpack := func(data []byte) error {
		if err := d.unpack(data, found, filters, buffers); err != nil {
			return fmt.Errorf("the chunk %v at byte %d: %w", scaled, found.address, err)
		}
		return nil
	}
	if inside && whole {
		return unpack(dst)
	}
	source := box{d.layout.chunk, from, n}
	if len(filters) > 0 && rank > 0 && n[0] < d.layout.chunk[0] && d.layout.chunkBytes <= maxKept {
		// A frame of several in the chunk: the next ones will be wanted, too.
		return d.kept.use(found.address, d.layout.chunkBytes, unpack, func(data []byte) {
			copyBox(target, dst, source, data, d.Type.Size)
		})
	}
	data := grow(&buffers.chunk, int(d.layout.chunkBytes))
	if err := unpack(data); err != nil {
		return err
	}
	copyBox(target, dst, source, data, d.Type.Size)
	return nil
}

// maxKept limits the bytes of a chunk that is kept.
const maxKept = 1 << 28

// kept is the chunk that was unpacked last, if it has more than was wanted of it.
type kept struct {
	mu      sync.RWMutex
	address uint64 // 0 for none, which no chunk has
	data    []byte
}

// use calls take with the chunk at an address, which it unpacks unless it is the one that is kept.
func (k *kept) use(address, bytes uint64, unpack func(data []byte) error, take func(data []byte)) error {
	k.mu.RLock()
	if k.address == address {
		take(k.data)
		k.mu.RUnlock()
		return nil
	}
	k.mu.RUnlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.address != address {
		k.address = 0
		if err := unpack(grow(&k.data, int(bytes))); err != nil {
			return err
		}
		k.data = k.data[:bytes]
		k.address = address
	}
	take(k.data)
	return nil
}

// locate finds the chunk that begins with the element at offset.
func (d *Dataset) locate(offset, scaled []uint64, buffers *buffers) (chunk, error) {
	l := &d.layout
	if l.index == indexSingle {
		return l.single, nil
	}
	if l.address == undefined {
		return chunk{}, nil
	}
	switch l.index {
	case indexTree1:
		return d.file.chunk1(l.address, offset, buffers)
	case indexTree2:
		return d.chunk2(scaled, buffers)
	}
	unlimited := -1
	if l.index == indexExtensible {
		for i, n := range d.space.most {
			if n == undefined {
				unlimited = i
				break
			}
		}
	}
	n, err := d.number(scaled, unlimited)
	if err != nil {
		return chunk{}, err
	}
	switch l.index {
	case indexImplicit:
		if n > d.file.end/l.chunkBytes {
			return chunk{}, format.Errorf(format.ErrTruncated, "the chunk %v is beyond the end of the file at byte %d", scaled, d.file.end)
		}
		return chunk{present: true, address: l.address + n*l.chunkBytes, stored: l.chunkBytes}, nil
	case indexFixed:
		return d.file.fixedChunk(&l.fixed, n, l.chunkBytes, buffers)
	default:
		return d.file.extensibleChunk(&l.extensible, n, l.chunkBytes, buffers)
	}
}

// number returns the index of a chunk among all, the last dimension first, but for an unlimited one,
// which comes last.
func (d *Dataset) number(scaled []uint64, unlimited int) (uint64, error) {
	n := uint64(0)
	if unlimited >= 0 {
		n = scaled[unlimited]
	}
	for i, s := range scaled {
		if i == unlimited {
			continue
		}
		along := (max(d.space.most[i], d.Shape[i])-1)/d.layout.chunk[i] + 1
		if d.space.most[i] == undefined || n > 1<<62/max(along, 1) {
			return 0, format.Errorf(format.ErrInconsistent, "chunks of %v of a dataset of at most %v have no number", d.layout.chunk, d.space.most)
		}
		n = n*along + s
	}
	return n, nil
}

// chunk2 finds a chunk in a B-tree of version 2, whose records have an address, the bytes stored and
// the mask of filters if there are any, and the index along each dimension.
func (d *Dataset) chunk2(scaled []uint64, buffers *buffers) (chunk, error) {
	tree, err := d.file.tree2(d.layout.address, buffers, 10, 11)
	if err != nil {
		return chunk{}, err
	}
	head := d.file.offsetSize
	sizeBytes := tree.recordSize - head - 4 - 8*len(scaled)
	if tree.kind == 11 {
		head += sizeBytes + 4
	}
	if tree.recordSize != head+8*len(scaled) || tree.kind == 11 && (sizeBytes < 1 || sizeBytes > 8) {
		return chunk{}, format.Errorf(format.ErrInconsistent, "the B-tree at byte %d has records of %d bytes for chunks with %d dimensions", d.layout.address, tree.recordSize, len(scaled))
	}
	record, err := tree.search(func(record *cursor) int {
		record.pos = head
		return record.compare(scaled)
	})
	if err != nil || record == nil {
		return chunk{}, err
	}
	found := chunk{address: record.offset(), stored: d.layout.chunkBytes}
	if tree.kind == 11 {
		found.stored, found.mask = record.uint(sizeBytes), record.u32()
	}
	found.present = found.address != undefined
	return found, record.err
}
