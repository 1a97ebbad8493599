package nxmx

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/hdf5"
)

// FuzzOpen reads damaged files: errors have a class, and nothing hangs or panics. The metadata of
// the old format have no checksums, so that damage gets far in these samples.
func FuzzOpen(f *testing.F) {
	for _, pattern := range []string{"*.nxs", "*_master.h5", "malformed/*.h5"} {
		paths, _ := filepath.Glob(filepath.Join(samples, pattern))
		for _, path := range paths {
			if data, err := os.ReadFile(path); err == nil && len(data) < 1<<16 {
				f.Add(data)
			}
		}
	}
	g, draw := sweep(8, 6, 3, format.Uint16)
	path := filepath.Join(f.TempDir(), "sweep.nxs")
	write(f, path, g, 3, draw)
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := hdf5.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		images, err := open("x", file)
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error %v has no class", err)
			}
			return
		}
		if fast, slow, kind := images.Size(); fast*slow*kind.Size() > 1<<22 {
			return
		}
		var frame format.Frame
		for i := range min(images.Frames(), 3) {
			if err := images.Read(i, &frame); err != nil && format.Class(err) == "" {
				t.Errorf("error %v has no class", err)
			}
		}
	})
}
