//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"unsafe"

	"gorgonia.org/cu"
)

const (
	// chunkBytes is the size of one copy, which takes about 0.2 ms over the bus.
	chunkBytes = 4 << 20
	// chunkLimit bounds the page-locked memory of a stream to 64 MB.
	chunkLimit = 16
	// stagingAlign aligns float64s.
	stagingAlign = 8
)

// staging is page-locked memory through which a stream copies: only copies of such memory run while
// the host goes on. It is handed out in order and is free again when the stream's work is done.
type staging struct {
	chunks []unsafe.Pointer
	chunk  int // the chunk in use
	offset int // bytes of it that are handed out
	copies []pendingCopy
}

// pendingCopy is a copy out of page-locked memory that has to be made when the stream's work is
// done.
type pendingCopy struct {
	to   []byte
	from unsafe.Pointer
}

// take hands out from 1 to want bytes. It returns none if all memory is in use: the caller must
// wait for the stream first.
func (s *staging) take(want int) ([]byte, error) {
	if s.offset == chunkBytes {
		s.chunk, s.offset = s.chunk+1, 0
	}
	if s.chunk == chunkLimit {
		return nil, nil
	}
	if s.chunk == len(s.chunks) {
		memory, err := allocateHost(chunkBytes)
		if err != nil {
			if s.chunk > 0 {
				return nil, nil // less memory than chunkLimit allows, but some
			}
			return nil, err
		}
		s.chunks = append(s.chunks, memory)
	}
	size := min(want, chunkBytes-s.offset)
	part := unsafe.Slice((*byte)(unsafe.Add(s.chunks[s.chunk], s.offset)), size)
	s.offset = min(chunkBytes, (s.offset+size+stagingAlign-1)/stagingAlign*stagingAlign)
	return part, nil
}

// done copies downloads to their destinations and reclaims all memory.
func (s *staging) done() {
	for _, c := range s.copies {
		copy(c.to, unsafe.Slice((*byte)(c.from), len(c.to)))
	}
	s.copies = s.copies[:0]
	s.chunk, s.offset = 0, 0
}

// abandon drops pending copies and frees all memory.
func (s *staging) abandon() (err error) {
	for _, memory := range s.chunks {
		if failure := failed("page-locked memory", cu.MemFreeHost(memory)); err == nil {
			err = failure
		}
	}
	*s = staging{}
	return err
}

// transfer cuts data into parts that fit into page-locked memory, and calls enqueue to copy each.
func (s *driverStream) transfer(data []byte, enqueue func(part []byte, at int) error) error {
	for at := 0; at < len(data); {
		part, err := s.staging.take(len(data) - at)
		if err == nil && part == nil {
			if err = s.finish(); err == nil {
				part, err = s.staging.take(len(data) - at)
			}
		}
		if err != nil {
			return err
		}
		if err := enqueue(part, at); err != nil {
			return err
		}
		at += len(part)
	}
	return nil
}

// upload copies data to the device. The caller may change data as soon as upload returns.
func (s *driverStream) upload(to cu.DevicePtr, data []byte) error {
	return s.transfer(data, func(part []byte, at int) error {
		copy(part, data[at:])
		what := fmt.Sprintf("copying %d bytes to the device", len(part))
		return failed(what, cu.MemcpyHtoDAsync(to+cu.DevicePtr(at), unsafe.Pointer(&part[0]), int64(len(part)), s.queue))
	})
}

// download copies from the device to data, which is valid after finish.
func (s *driverStream) download(data []byte, from cu.DevicePtr) error {
	return s.transfer(data, func(part []byte, at int) error {
		what := fmt.Sprintf("copying %d bytes from the device", len(part))
		memory := unsafe.Pointer(&part[0])
		if err := cu.MemcpyDtoHAsync(memory, from+cu.DevicePtr(at), int64(len(part)), s.queue); err != nil {
			return failed(what, err)
		}
		s.staging.copies = append(s.staging.copies, pendingCopy{data[at : at+len(part)], memory})
		return nil
	})
}

// finish waits until the stream's work is done.
func (s *driverStream) finish() error {
	if err := s.queue.Synchronize(); err != nil {
		return failed("waiting for the device", err)
	}
	s.staging.done()
	return nil
}

// bytesOf returns the memory of data as bytes.
func bytesOf(data []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), 8*len(data))
}
