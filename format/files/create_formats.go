package files

import (
	"fmt"
	"io"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/format/tiff"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

func same(t format.Type) format.Type { return t }

// imageFormats has a row for each format.
var imageFormats = []imageFormat{
	{"cbf", []string{".cbf"}, false, createCBF, checkCBF, func(t format.Type) format.Type {
		if t.Float() || t == format.Bool || t.Size() == 8 {
			return format.Int32
		}
		return t
	}},
	{"nxmx", []string{".nxs", ".h5", ".hdf5"}, true, createNXmx, checkNXmx, func(t format.Type) format.Type {
		if t == format.Bool {
			return format.Uint8
		}
		return t
	}},
	{"npy", []string{".npy"}, true, createNPY, checkNothing, same},
	{"smv", []string{".img", ".smv"}, false, createSMV, checkSMV, func(format.Type) format.Type { return format.Uint16 }},
	{"tiff", []string{".tif", ".tiff"}, false, createTIFF, checkNothing, func(t format.Type) format.Type {
		if t == format.Bool {
			return format.Uint8
		}
		return t
	}},
	{"raw", []string{".bin", ".raw"}, false, createRaw, checkNothing, func(format.Type) format.Type { return format.Float32 }},
}

// single writes a file of one image at once.
type single struct {
	write   func(f *format.Frame) (notices []string, err error)
	notices []string
}

func (s *single) Write(f *format.Frame) (err error) {
	s.notices, err = s.write(f)
	return err
}
func (s *single) Close() error   { return nil }
func (s *single) Discard() error { return nil }

func checkNothing(*Target) error { return nil }

func checkCBF(t *Target) error {
	var f format.Frame
	f.Reset(t.Fast, t.Slow, format.Uint8)
	clear(f.Data)
	return cbf.Write(io.Discard, &f, t.Geometry, cbf.Header{})
}

func checkNXmx(t *Target) error {
	if t.Geometry == nil {
		return format.Errorf(format.ErrNoData, "the place of the detector, which NXmx requires, is not known: name a file with the geometry of the experiment, too")
	}
	w, err := nxmx.NewWriter(nowhere{}, t.Path, t.Geometry, t.Fast, t.Slow, format.Uint8)
	if err != nil {
		return err
	}
	return w.Discard()
}

// nowhere is a file that nothing is written to.
type nowhere struct{}

func (nowhere) WriteAt(data []byte, _ int64) (int, error) { return len(data), nil }

func checkSMV(t *Target) error {
	if t.Geometry == nil {
		return nil
	}
	_, _, err := smv.HeaderOf(t.Geometry, 0)
	return writeNXmx(err)
}

// writeNXmx adds to the error of what a header cannot say what can.
func writeNXmx(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: write NXmx", err)
}

func createCBF(path string, t *Target, image int) (frameWriter, error) {
	return &single{write: func(f *format.Frame) ([]string, error) {
		return nil, cbf.WriteFile(path, f, t.Geometry, cbf.Header{Image: image})
	}}, nil
}

func createNXmx(path string, t *Target, _ int) (frameWriter, error) {
	return nxmx.Create(path, t.Geometry, t.Fast, t.Slow, t.Type)
}

func createNPY(path string, t *Target, _ int) (frameWriter, error) {
	return npy.Create(path, t.Fast, t.Slow, t.Type)
}

func createRaw(path string, _ *Target, _ int) (frameWriter, error) {
	return &single{write: func(f *format.Frame) ([]string, error) {
		return nil, atomicfile.Write(path, func(w io.Writer) error { return raw.Write(w, f.Float64s(nil)) })
	}}, nil
}

func createTIFF(path string, _ *Target, _ int) (frameWriter, error) {
	return &single{write: func(f *format.Frame) ([]string, error) { return nil, tiff.WriteFile(path, f) }}, nil
}

func createSMV(path string, t *Target, image int) (frameWriter, error) {
	return &single{write: func(f *format.Frame) (notices []string, err error) {
		var h smv.Header
		if t.Geometry != nil {
			if h, notices, err = smv.HeaderOf(t.Geometry, image); err != nil {
				return nil, writeNXmx(err)
			}
			for i := range notices {
				notices[i] = "is SMV, whose header " + notices[i]
			}
		}
		img := &smv.Image{Header: h, Fast: f.Fast, Slow: f.Slow, Pixels: make([]uint16, f.Fast*f.Slow)}
		for i := range img.Pixels {
			img.Pixels[i] = uint16(f.Data[2*i]) | uint16(f.Data[2*i+1])<<8
		}
		return notices, smv.WriteFile(path, img)
	}}, nil
}
