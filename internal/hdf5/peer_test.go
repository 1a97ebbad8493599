package hdf5

import (
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

// TestPeer reads files that .ci/hdf5.py wrote by h5py, in all layouts, indices of chunks and kinds of
// groups. Where GOBRAGG_HDF5 names a folder, it has larger ones: .ci/clients.d/hdf5 makes them.
func TestPeer(t *testing.T) {
	folder := os.Getenv("GOBRAGG_HDF5")
	if folder == "" {
		folder = "testdata"
	}
	data, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		File, Path string
		Shape      []uint64
		Size       int
		CRC        uint32
		Attrs      map[string]float64
		Texts      map[string]string
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for _, want := range list {
		t.Run(want.File+"/"+want.Path, func(t *testing.T) {
			f, err := Open(filepath.Join(folder, want.File), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			root, err := f.Root()
			if err != nil {
				t.Fatal(err)
			}
			o, err := root.Find(want.Path)
			if err != nil || o == nil {
				t.Fatalf("%v, %v", o, err)
			}
			d, err := o.Dataset()
			if err != nil {
				t.Fatal(err)
			}
			checkPeer(t, d, want.Shape, want.Size, want.CRC)
			for name, value := range want.Attrs {
				v, err := o.Attribute(name)
				if err != nil || v == nil {
					t.Fatalf("attribute %s: %v, %v", name, v, err)
				}
				if x, err := v.Float64s(); err != nil || x[0] != value {
					t.Errorf("attribute %s: %v, %v, want %g", name, x, err, value)
				}
			}
			for name, value := range want.Texts {
				v, err := o.Attribute(name)
				if err != nil || v == nil {
					t.Fatalf("attribute %s: %v, %v", name, v, err)
				}
				if s, err := v.Strings(); err != nil || s[0] != value {
					t.Errorf("attribute %s: %q, %v, want %q", name, s, err, value)
				}
			}
		})
	}
}

// checkPeer reads a dataset as a whole, and again in parts that do not fit its chunks.
func checkPeer(t *testing.T, d *Dataset, shape []uint64, size int, sum uint32) {
	t.Helper()
	n := uint64(size)
	for i, s := range shape {
		if len(d.Shape) != len(shape) || d.Shape[i] != s {
			t.Fatalf("shape %v, want %v", d.Shape, shape)
		}
		n *= s
	}
	if d.Type.Size != size {
		t.Fatalf("elements of %d bytes, want %d", d.Type.Size, size)
	}
	all := make([]byte, n)
	const most = 100000 // elements of the first dimension at once
	start, count := make([]uint64, len(shape)), append([]uint64(nil), shape...)
	if len(shape) == 0 {
		if err := d.ReadBox(nil, nil, all); err != nil {
			t.Fatal(err)
		}
	} else {
		row := n / shape[0]
		for ; start[0] < shape[0]; start[0] += most {
			count[0] = min(most, shape[0]-start[0])
			if err := d.ReadBox(start, count, all[start[0]*row:(start[0]+count[0])*row]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := crc32.ChecksumIEEE(all); got != sum {
		t.Errorf("crc32 %d, want %d", got, sum)
	}
	if len(shape) == 0 {
		return
	}
	// Parts along the first dimension, of which one element is left out at each side of the others.
	for i := 1; i < len(shape); i++ {
		if shape[i] > 2 {
			start[i], count[i] = 1, shape[i]-2
		}
	}
	step := min(max(shape[0]/3, 1), most)
	if shape[0] < 20 {
		step = 1 // so that several parts are in the same chunk
	}
	for start[0] = 0; start[0] < shape[0]; start[0] += step {
		count[0] = min(step, shape[0]-start[0])
		n := uint64(size)
		for _, c := range count {
			n *= c
		}
		part, want := make([]byte, n), make([]byte, n)
		if err := d.ReadBox(start, count, part); err != nil {
			t.Fatal(err)
		}
		copyBox(box{count, make([]uint64, len(count)), count}, want, box{shape, start, count}, all, size)
		if string(part) != string(want) {
			t.Fatalf("elements %v from %v are other ones than in the whole", count, start)
		}
	}
}
