package hdf5

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// walker visits all objects of a file, each once, and reads what it can of them.
type walker struct {
	seen    map[uint64]bool
	objects int
}

func (w *walker) walk(o *Object, depth int) {
	if w.seen[o.address] || depth > 20 || w.objects > 1000 {
		return
	}
	w.seen[o.address] = true
	w.objects++
	for _, name := range []string{"NX_class", "units", "vector", "value3", "variable"} {
		if v, err := o.Attribute(name); err == nil && v != nil {
			_, _ = v.Float64s()
			_, _ = v.Strings()
		}
	}
	if d, err := o.Dataset(); err == nil {
		w.read(d)
	}
	links, _ := o.Links()
	for i, l := range links {
		if i > 200 {
			break
		}
		turns := 0
		if child, err := o.follow(l, &turns); err == nil && child != nil {
			w.walk(child, depth+1)
		}
	}
}

// read reads the first elements of a dataset, and all of a small one.
func (w *walker) read(d *Dataset) {
	if v, err := d.Read(); err == nil && len(v.Data) < 1<<16 {
		_, _ = v.Float64s()
		_, _ = v.Strings()
	}
	count := append([]uint64(nil), d.Shape...)
	n := uint64(d.Type.Size)
	for i := range count {
		count[i] = min(count[i], 20)
		n *= count[i]
	}
	if n < 1<<20 {
		_ = d.ReadBox(make([]uint64, len(count)), count, make([]byte, n))
	}
}

func addSamples(f *testing.F, folders ...string) {
	for _, folder := range folders {
		for _, pattern := range []string{"*.h5", "*.nxs"} {
			paths, _ := filepath.Glob(filepath.Join(folder, pattern))
			for _, path := range paths {
				if data, err := os.ReadFile(path); err == nil && len(data) < 1<<17 {
					f.Add(data)
				}
			}
		}
	}
}

// FuzzFile reads all of damaged files: errors have a class, and nothing hangs or panics.
func FuzzFile(f *testing.F) {
	addSamples(f, "testdata", samples, samples+"/malformed")
	blind = true
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error %v has no class", err)
			}
			return
		}
		root, err := file.Root()
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error %v has no class", err)
			}
			return
		}
		(&walker{seen: map[uint64]bool{}}).walk(root, 0)
	})
}

// FuzzUnpack undoes filters of damaged chunks.
func FuzzUnpack(f *testing.F) {
	paths, _ := filepath.Glob(filepath.Join(samples, "codec/*.chunk"))
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil {
			f.Add(data, uint16(filterBitshuffle), uint8(4), uint8(2), uint32(10000))
			f.Add(data, uint16(filterLZ4), uint8(1), uint8(2), uint32(12000))
		}
	}
	var c Compressor
	packed, err := c.Compress(make([]byte, 1000), 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, uint16(filterBitshuffle), uint8(2), uint8(2), uint32(1000))
	f.Add([]byte("x\x9c\x03\x00\x00\x00\x00\x01"), uint16(filterDeflate), uint8(1), uint8(0), uint32(1))
	f.Add([]byte("abcdefgh"), uint16(filterShuffle), uint8(4), uint8(0), uint32(8))
	f.Fuzz(func(t *testing.T, data []byte, id uint16, size, mode uint8, n uint32) {
		out := make([]byte, n%(1<<20)+1)
		filter := filter{id, []uint32{uint32(size), 4, uint32(size), 0, uint32(mode)}}
		if err := filter.undo(out, data, new(buffers)); err != nil && format.Class(err) == "" {
			t.Errorf("error %v has no class", err)
		}
		if size > 0 && size <= 8 {
			back, err := new(Compressor).Compress(data, int(size))
			if err != nil {
				t.Fatal(err)
			}
			again := make([]byte, len(data))
			if err := unpackBitshuffle(again, back, []uint32{0, 4, uint32(size), 0, 2}, new([]byte)); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%d bytes are other ones after packing and unpacking: %v", len(data), err)
			}
		}
	})
}
