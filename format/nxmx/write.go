package nxmx

import (
	"fmt"
	"io"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/hdf5"
)

// Writer writes a sweep, or any list of frames of one size and type, into one file. Its memory is
// that of a compressed frame, its mask, and 12 bytes a frame written.
//
// Each frame is compressed by bitshuffle and LZ4. The same frames and geometry give the same bytes.
type Writer struct {
	path       string
	file       *atomicfile.Pending // nil for a writer that was not made by Create
	hdf5       *hdf5.Writer
	chunks     *hdf5.Chunks
	geometry   *format.Geometry
	fast, slow int
	kind       format.Type
	always     []bool // pixels that are bad in every frame; nil before the first frame
	sometimes  bool   // some frame has others
	// Notices are what a user should know of what the file cannot hold, after [Writer.Close].
	Notices []string
}

// Create begins a file at path for frames of the given size and type. The file appears when
// [Writer.Close] has completed it. Frames cut by panels lie in each frame as format.Panel.First says.
//
// The geometry's beam comes to lie along z, as NXmx has it: if it does not, the whole laboratory is
// rotated, which changes no image. Not written are the polarization and panels' μ, and of trusted
// ranges, gains and sensors that differ between panels all but the first one's.
func Create(path string, g *format.Geometry, fast, slow int, t format.Type) (*Writer, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("nxmx: %w", err)
	}
	w, err := NewWriter(file, path, g, fast, slow, t)
	if err != nil {
		_ = file.Discard() // the first error is the one to report
		return nil, err
	}
	w.file = file
	return w, nil
}

// NewWriter is [Create] for a file that is open and empty; the name is for errors.
func NewWriter(file io.WriterAt, name string, g *format.Geometry, fast, slow int, t format.Type) (*Writer, error) {
	if err := check(g, fast, slow, t); err != nil {
		return nil, fmt.Errorf("nxmx: writing %s: %w", name, err)
	}
	h := hdf5.NewWriter(file)
	chunks, err := h.NewChunks(t, slow, fast)
	if err != nil {
		return nil, fmt.Errorf("nxmx: writing %s: %w", name, err)
	}
	return &Writer{path: name, hdf5: h, chunks: chunks, geometry: g, fast: fast, slow: slow, kind: t}, nil
}

// check returns an error for what NXmx cannot hold.
func check(g *format.Geometry, fast, slow int, t format.Type) error {
	if t == format.Bool {
		return fmt.Errorf("frames of type %v cannot be written: convert them to uint8", t)
	}
	if fast < 1 || slow < 1 || fast > format.MaxPixels/slow {
		return fmt.Errorf("a frame of %d × %d pixels cannot be written: it has to have 1 to %d", fast, slow, format.MaxPixels)
	}
	switch {
	case g == nil || len(g.Panels) == 0:
		return fmt.Errorf("the geometry has no panels, which NXmx requires")
	case !(g.Wavelength > 0):
		return fmt.Errorf("the wavelength %g Å is not above 0", g.Wavelength)
	}
	for i, p := range g.Panels {
		if p.First[0] < 0 || p.First[1] < 0 || p.Size[0] < 1 || p.Size[1] < 1 || p.First[0] > fast-p.Size[0] || p.First[1] > slow-p.Size[1] {
			return fmt.Errorf("panel %d has pixels %v to %v, outside the frame of %d × %d pixels", i, p.First, [2]int{p.First[0] + p.Size[0], p.First[1] + p.Size[1]}, fast, slow)
		}
	}
	return nil
}

// Write appends a frame.
func (w *Writer) Write(f *format.Frame) error {
	if f.Fast != w.fast || f.Slow != w.slow || f.Type != w.kind {
		return fmt.Errorf("nxmx: writing %s: frame %d has %d × %d pixels of type %v, expected %d × %d of type %v", w.path, w.chunks.Len()+1, f.Fast, f.Slow, f.Type, w.fast, w.slow, w.kind)
	}
	if err := w.chunks.Append(f.Data); err != nil {
		return fmt.Errorf("nxmx: writing %s: frame %d: %w", w.path, w.chunks.Len()+1, err)
	}
	w.mask(f.Bad)
	return nil
}

// mask keeps the pixels that are bad in every frame, for the mask of the file.
func (w *Writer) mask(bad []bool) {
	if w.always == nil {
		w.always = make([]bool, w.fast*w.slow)
		copy(w.always, bad)
		return
	}
	for i, always := range w.always {
		if now := bad != nil && bad[i]; now != always {
			w.always[i], w.sometimes = false, true
		}
	}
}

// Close completes the file and puts it at its path. A file without frames is an error.
func (w *Writer) Close() error {
	err := w.finish()
	if w.file == nil {
		return err
	}
	if err != nil {
		_ = w.file.Discard() // the first error is the one to report
		return err
	}
	if err := w.file.Commit(); err != nil {
		return fmt.Errorf("nxmx: %w", err)
	}
	return nil
}

// Discard gives up the file; nothing is left of it. After [Writer.Close] it does nothing, so it can
// be deferred.
func (w *Writer) Discard() error {
	if w.file == nil {
		return nil
	}
	return w.file.Discard()
}

func (w *Writer) finish() error {
	if w.chunks.Len() == 0 {
		return fmt.Errorf("nxmx: writing %s: there are no frames", w.path)
	}
	if w.sometimes {
		w.Notices = append(w.Notices, "pixels that do not count in some frames only are not marked: NXmx has one mask for all frames")
	}
	root, err := w.tree()
	if err == nil {
		err = w.hdf5.Finish(root)
	}
	if err != nil {
		return fmt.Errorf("nxmx: writing %s: %w", w.path, err)
	}
	return nil
}

// WriteFile writes all frames of images to a file, one after another.
func WriteFile(path string, images format.Images) error {
	fast, slow, t := images.Size()
	w, err := Create(path, images.Geometry(), fast, slow, t)
	if err != nil {
		return err
	}
	return format.Copy(w, images)
}
