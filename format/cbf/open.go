package cbf

import (
	"fmt"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sweep"
)

// Open opens the images of a scan, or one image. Files whose names differ in their number alone are
// taken in the order of that number, and one that is missing between them is an error; others keep
// their order. All have the size and the type of the first and, where they say so, the angles that
// follow from its own; its geometry is that of all.
func Open(paths ...string) (format.Images, error) {
	var memory []byte
	return sweep.Open(sweep.Codec{Name: "cbf", Header: readHeaderFile, Read: func(path string, f *format.Frame) (sweep.Header, error) {
		file, err := os.Open(path)
		if err != nil {
			return sweep.Header{}, fmt.Errorf("cbf: %w", err)
		}
		g, grown, err := read(file, path, f, memory)
		_ = file.Close() // nothing was written
		memory = grown
		if err != nil {
			return sweep.Header{}, wrap(path, err)
		}
		return sweep.Header{Fast: f.Fast, Slow: f.Slow, Type: f.Type, Geometry: g}, nil
	}}, paths...)
}

// readHeaderFile reads what comes before the pixels.
func readHeaderFile(path string) (sweep.Header, error) {
	file, err := os.Open(path)
	if err != nil {
		return sweep.Header{}, fmt.Errorf("cbf: %w", err)
	}
	h, s, _, err := begin(file)
	_ = file.Close() // nothing was written
	if err != nil {
		return sweep.Header{}, wrap(path, err)
	}
	// Reading the pixels says why an imgCIF header is not followed.
	g, _ := h.geometry(s.fast, s.slow, sweep.Number(path))
	return sweep.Header{Fast: s.fast, Slow: s.slow, Type: s.kind, Geometry: g}, nil
}
