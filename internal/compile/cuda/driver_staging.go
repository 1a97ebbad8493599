//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"unsafe"

	"gorgonia.org/cu"
)

const (
	// chunkBytes is what is copied at once: some 0.2 ms over the bus.
	chunkBytes = 4 << 20
	// chunkLimit bounds a stream's page-locked memory, to 64 MB.
	chunkLimit = 16
	// stagingAlign keeps numbers on their boundaries.
	stagingAlign = 8
)

// staging is page-locked memory through which a stream copies: only such memory is copied while the host goes on. It is
// handed out in order, and free again when the stream's work is done.
type staging struct {
	chunks []unsafe.Pointer
	chunk  int // the one in use
	offset int // what of it is handed out
	copies []pendingCopy
}

// pendingCopy is what has to be copied out of page-locked memory when the stream's work is done.
type pendingCopy struct {
	to   []byte
	from unsafe.Pointer
}

// take hands out some bytes, from 1 to at most want. None where all is in use: the stream's work has to be done first.
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
				return nil, nil // there is less than we would like
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

// done copies out what was downloaded, and takes all back.
func (s *staging) done() {
	for _, c := range s.copies {
		copy(c.to, unsafe.Slice((*byte)(c.from), len(c.to)))
	}
	s.copies = s.copies[:0]
	s.chunk, s.offset = 0, 0
}

// abandon takes all back where nothing is to be copied out any more, and frees it.
func (s *staging) abandon() (err error) {
	for _, memory := range s.chunks {
		if failure := failed("page-locked memory", cu.MemFreeHost(memory)); err == nil {
			err = failure
		}
	}
	*s = staging{}
	return err
}

// transfer cuts data into parts that fit into page-locked memory, and has each copied.
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

// upload copies to the device, from memory that may change as soon as it returns.
func (s *driverStream) upload(to cu.DevicePtr, data []byte) error {
	return s.transfer(data, func(part []byte, at int) error {
		copy(part, data[at:])
		what := fmt.Sprintf("copying %d bytes to the device", len(part))
		return failed(what, cu.MemcpyHtoDAsync(to+cu.DevicePtr(at), unsafe.Pointer(&part[0]), int64(len(part)), s.queue))
	})
}

// download copies from the device, to memory that has it after finish.
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

// bytesOf is numbers as they lie in memory.
func bytesOf(data []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), 8*len(data))
}
