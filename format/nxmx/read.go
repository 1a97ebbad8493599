package nxmx

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/hdf5"
)

// Options are the choices of a reader.
type Options struct {
	// AnyFolder allows a master file to refer to files outside its own folder. Without it that is an
	// error of the class format.ErrRefused, since a file from elsewhere could read any other one.
	AnyFolder bool
}

// Images are the frames of a file, which are read when they are wanted. Frames can be read at the same
// time, into different ones.
type Images struct {
	name       string
	file       *hdf5.File
	stacks     []stack
	fast, slow int
	kind       format.Type
	frames     int
	geometry   *format.Geometry
	mask       mask
}

// stack is a dataset of frames.
type stack struct {
	data   *hdf5.Dataset
	path   string
	first  int // index of its first frame
	frames int
}

const maxFrames = 1 << 28

// Open opens an NXmx file, a master file of DECTRIS, or another HDF5 file that has images in
// /entry/data.
func Open(name string, options Options) (*Images, error) {
	file, err := hdf5.Open(name, hdf5.Options(options))
	if err != nil {
		return nil, fmt.Errorf("nxmx: %s: %w", name, err)
	}
	images, err := open(name, file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("nxmx: %s: %w", name, err), file.Close())
	}
	return images, nil
}

func open(name string, file *hdf5.File) (*Images, error) {
	root, err := file.Root()
	if err != nil {
		return nil, err
	}
	r := &reader{root: root}
	m := &Images{name: name, file: file}
	p := r.paths()
	if r.err != nil {
		return nil, r.err
	}
	if err := m.collect(r, p); err != nil {
		return nil, err
	}
	m.geometry = r.geometry(p, m.fast, m.slow, m.frames)
	m.readMask(r, p)
	if r.err != nil {
		return nil, r.err
	}
	if m.geometry != nil {
		m.scaling(r, p)
		m.geometry.Notices = r.notices
	}
	return m, nil
}

// scaling takes gain and pedestal from the factor and the offset by which NXdata corrects counts.
func (m *Images) scaling(r *reader, p paths) {
	base := m.stacks[0].path
	factor, ok := r.number(base + "_scaling_factor")
	if !ok {
		factor, ok = r.number(path.Join(p.data, "scaling_factor"))
	}
	offset, hasOffset := r.number(base + "_offset")
	for i := range m.geometry.Panels {
		if ok && factor > 0 {
			m.geometry.Panels[i].Gain = 1 / factor
		}
		if hasOffset {
			m.geometry.Panels[i].Pedestal = flip(offset)
		}
	}
}

// collect finds the datasets of the frames.
func (m *Images) collect(r *reader, p paths) error {
	candidates := dataPaths(r, p)
	if r.err != nil {
		return r.err
	}
	if len(candidates) == 0 {
		return format.Errorf(format.ErrNoData, "it has no images: neither a signal in a group NXdata, nor /entry/data/data, nor /entry/data/data_000001")
	}
	for _, where := range candidates {
		o, err := r.root.Find(where)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		d, err := o.Dataset()
		if err == nil {
			err = m.add(where, d)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	if m.frames == 0 {
		return format.Errorf(format.ErrNoData, "%s has no frames", candidates[0])
	}
	return nil
}

// add appends the frames of a dataset: (slow, fast), (frames, slow, fast), or with several modules
// (frames, modules, slow, fast), of which one comes below the other.
func (m *Images) add(where string, d *hdf5.Dataset) error {
	kind, err := d.Type.Pixels()
	if err != nil {
		return err
	}
	shape := d.Shape
	rank := len(shape)
	if rank < 2 || rank > 4 {
		return format.Errorf(format.ErrUnsupported, "its %d dimensions %v are no frames: 2 to 4 are read", rank, shape)
	}
	frames, modules := uint64(1), uint64(1)
	if rank > 2 {
		frames = shape[0]
	}
	if rank > 3 {
		modules = shape[1]
	}
	slow, fast := shape[rank-2], shape[rank-1]
	if frames > maxFrames-uint64(m.frames) || fast > format.MaxPixels || slow > format.MaxPixels || modules > format.MaxPixels || fast*slow > format.MaxPixels || fast*slow*modules > format.MaxPixels {
		return format.Errorf(format.ErrLimit, "its frames %v are more than %d, or have more than %d pixels", shape, maxFrames, format.MaxPixels)
	}
	slow *= modules
	if fast == 0 || slow == 0 {
		return format.Errorf(format.ErrNoData, "its frames %v have no pixels", shape)
	}
	if bytes := fast * slow * uint64(kind.Size()); bytes > max(d.Plausible(), 1<<26) {
		return format.Errorf(format.ErrLimit, "a frame has %d bytes, more than its file can hold", bytes)
	}
	if len(m.stacks) > 0 && (m.fast != int(fast) || m.slow != int(slow) || m.kind != kind) {
		return format.Errorf(format.ErrInconsistent, "its frames have %d × %d pixels of type %v, and those before it %d × %d of type %v", fast, slow, kind, m.fast, m.slow, m.kind)
	}
	m.fast, m.slow, m.kind = int(fast), int(slow), kind
	m.stacks = append(m.stacks, stack{d, where, m.frames, int(frames)})
	m.frames += int(frames)
	return nil
}

// dataPaths returns the paths of the datasets with frames, in their order.
func dataPaths(r *reader, p paths) []string {
	if p.data != "" {
		signal := r.word(p.data, "signal")
		numbered := numberedData(r.children(p.data))
		if signal != "" && !slices.Contains(numbered, signal) && dataset(r, path.Join(p.data, signal)) {
			return []string{path.Join(p.data, signal)}
		}
		if signal == "" && dataset(r, path.Join(p.data, "data")) {
			return []string{path.Join(p.data, "data")}
		}
		if len(numbered) > 0 {
			for i := range numbered {
				numbered[i] = path.Join(p.data, numbered[i])
			}
			return numbered
		}
	}
	for _, where := range []string{path.Join(p.data, "data"), path.Join(p.detector, "data"), "/entry/data/data", "/entry/data", "/data", "/data/data"} {
		if path.IsAbs(where) && dataset(r, where) {
			return []string{where}
		}
	}
	return nil
}

// dataset reports whether there is a dataset at a path; a link to one that is missing counts.
func dataset(r *reader, where string) bool {
	if r.err != nil {
		return false
	}
	o, err := r.root.Find(where)
	return err != nil || o != nil && o.IsDataset()
}

// numberedData returns the names data_000001, … in the order of their numbers.
func numberedData(names []string) (out []string) {
	number := func(name string) int {
		digits, ok := strings.CutPrefix(name, "data_")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil || strings.Trim(digits, "0123456789") != "" {
			return -1
		}
		return n
	}
	for _, name := range names {
		if number(name) >= 0 {
			out = append(out, name)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return number(a) - number(b) })
	return out
}

// Size returns the pixels along the fast and the slow axis and the type of a frame.
func (m *Images) Size() (fast, slow int, t format.Type) { return m.fast, m.slow, m.kind }

// Frames returns the number of frames.
func (m *Images) Frames() int { return m.frames }

// Geometry returns what the file says of the experiment, nil if it says nothing.
func (m *Images) Geometry() *format.Geometry { return m.geometry }

// Close closes the file and those to which it refers.
func (m *Images) Close() error { return m.file.Close() }

// Read reads frame i, from 0, into f. Pixels that do not count are those of the file's mask, those
// outside the trusted range, and in unsigned integers the largest number of the type, which
// detectors write where there is no count.
func (m *Images) Read(i int, f *format.Frame) error {
	if i < 0 || i >= m.frames {
		return fmt.Errorf("nxmx: %s: there is no frame %d: it has %d, from 0", m.name, i, m.frames)
	}
	s := m.stacks[0]
	if k, _ := slices.BinarySearchFunc(m.stacks, i+1, func(s stack, i int) int { return s.first - i }); k > 0 {
		s = m.stacks[k-1]
	}
	f.Reset(m.fast, m.slow, m.kind)
	if err := s.read(i-s.first, f.Data); err != nil {
		return fmt.Errorf("nxmx: %s: frame %d, %s: %w", m.name, i+1, s.path, err)
	}
	m.mask.apply(f)
	return nil
}

// read reads a frame of a stack as little-endian numbers.
func (s stack) read(i int, dst []byte) error {
	start, count := make([]uint64, len(s.data.Shape)), slices.Clone(s.data.Shape)
	if len(start) > 2 {
		start[0], count[0] = uint64(i), 1
	}
	if err := s.data.ReadBox(start, count, dst); err != nil {
		return err
	}
	if s.data.Type.Big {
		hdf5.Swap(dst, s.data.Type.Size)
	}
	return nil
}
