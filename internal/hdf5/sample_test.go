package hdf5

import (
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const samples = "../../../shared/formats/nxmx"

func TestSamples(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(samples, "*.json"))
	if len(paths) == 0 {
		t.Skipf("NOT TESTED: no samples in %s", samples)
	}
	for _, path := range paths {
		var want struct {
			Error string
			File  struct {
				Dataset struct {
					Path  string
					Shape []uint64
				}
			}
			Frames []struct{ CRC32 uint32 }
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := Open(strings.TrimSuffix(path, ".json"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			root, err := f.Root()
			if err != nil {
				t.Fatal(err)
			}
			o, err := root.Find(want.File.Dataset.Path)
			if err != nil || o == nil {
				t.Fatal(o, err)
			}
			d, err := o.Dataset()
			if err != nil {
				t.Fatal(err)
			}
			shape := want.File.Dataset.Shape
			for i, w := range want.Frames {
				dst := make([]byte, shape[1]*shape[2]*uint64(d.Type.Size))
				err := d.ReadBox([]uint64{uint64(i), 0, 0}, []uint64{1, shape[1], shape[2]}, dst)
				if err != nil {
					if want.Error == "" {
						t.Fatal(err)
					}
					t.Log(err)
					continue
				}
				if got := crc32.ChecksumIEEE(dst); got != w.CRC32 {
					t.Errorf("frame %d: crc32 %d, want %d", i, got, w.CRC32)
				}
			}
		})
	}
}
