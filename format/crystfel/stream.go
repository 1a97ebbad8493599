package crystfel

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
)

const degrees = 180 / math.Pi

// Chunk is what a stream has about an image.
type Chunk struct {
	Image, Event string
	Wavelength   float64 // Å, 0 if it is not given
	Distance     float64 // average_camera_length, mm
	Crystals     []Indexed
}

// Indexed is a crystal of an image.
type Indexed struct {
	format.Crystal
	Lattice, Centring string
	// Shift of the detector that prediction refinement has found, mm, in the laboratory of package format.
	Shift [2]float64
	// ProfileRadius of the reflections in Å⁻¹.
	ProfileRadius float64
	// Reflections that were integrated.
	Reflections []Reflection
}

// Reflection is an integrated reflection.
type Reflection struct {
	H, K, L                            int
	Intensity, Sigma, Peak, Background float64
	Fast, Slow                         float64 // pixels
	Panel                              string
}

// ReadStreamFile reads the stream in the file at path, as [ReadStream] does.
func ReadStreamFile(path string, use func(*Chunk) error) (chunks int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return ReadStream(file, path, use)
}

// ReadStream reads a stream from r, decompressed if gzip or bzip2 has compressed it, and calls use for every
// chunk, in the memory of one. It returns their number. name stands for the file in errors; an error of use
// ends it.
func ReadStream(r io.Reader, name string, use func(*Chunk) error) (chunks int, err error) {
	l, err := newLines(r, name, sniff.Stream)
	if err != nil {
		return 0, err
	}
	first, _, err := l.next()
	if err != nil {
		return 0, err
	}
	if !strings.HasPrefix(first, "CrystFEL stream format 2.") {
		return 0, format.Errorf(format.Not("crystfel-stream"), "crystfel: %s: begins with %q, not as a stream of CrystFEL", name, first)
	}
	s := &stream{lines: l}
	for {
		line, ok, err := l.next()
		if err != nil {
			return chunks, err
		}
		if !ok {
			break
		}
		if err := s.read(line); err != nil {
			return chunks, err
		}
		if line == chunkEnd {
			chunks++
			if err := use(s.chunk); err != nil {
				return chunks, err
			}
			s.chunk = nil
		}
	}
	if s.chunk != nil {
		return chunks, format.Errorf(format.ErrTruncated, "crystfel: %s: ends within chunk %d", name, chunks+1)
	}
	return chunks, nil
}

const (
	chunkStart       = "----- Begin chunk -----"
	chunkEnd         = "----- End chunk -----"
	crystalStart     = "--- Begin crystal"
	crystalEnd       = "--- End crystal"
	peaksStart       = "Peaks from peak search"
	peaksEnd         = "End of peak list"
	reflectionsStart = "Reflections measured after indexing"
	reflectionsEnd   = "End of reflections"
)

// stream is one as it is read.
type stream struct {
	lines   *lines
	chunk   *Chunk   // nil between chunks
	crystal *Indexed // nil outside a crystal
	axes    int      // that the crystal has so far
	table   string   // the line that ends the table that is being read
	titles  bool     // whether the next line has its titles
}

// Limits of what a chunk may hold.
const (
	maxCrystals    = 1 << 12
	maxReflections = 1 << 22
)

func (s *stream) read(line string) error {
	switch {
	case line == chunkStart:
		if s.chunk != nil {
			return s.lines.errorf(format.ErrInconsistent, "a chunk within a chunk")
		}
		s.chunk = &Chunk{}
	case s.chunk == nil: // geometry, cell and remarks
	case line == chunkEnd:
		if s.crystal != nil || s.table != "" {
			return s.lines.errorf(format.ErrInconsistent, "the chunk ends within a crystal or a list")
		}
	case s.table != "":
		return s.row(line)
	case line == peaksStart:
		s.table, s.titles = peaksEnd, true
	case line == reflectionsStart && s.crystal != nil:
		s.table, s.titles = reflectionsEnd, true
	case line == crystalStart:
		if s.crystal != nil || len(s.chunk.Crystals) >= maxCrystals {
			return s.lines.errorf(format.ErrInconsistent, "a crystal within a crystal, or more than %d of them", maxCrystals)
		}
		s.crystal, s.axes = &Indexed{}, 0
	case line == crystalEnd:
		if s.crystal == nil || s.axes != 3 {
			return s.lines.errorf(format.ErrInconsistent, "the crystal ends with %d of 3 axes", s.axes)
		}
		s.chunk.Crystals = append(s.chunk.Crystals, *s.crystal)
		s.crystal = nil
	default:
		return s.value(line)
	}
	return nil
}

// value reads a line of a chunk or a crystal, "key = value" or "key: value". Others say nothing that is
// kept.
func (s *stream) value(line string) (err error) {
	key, value, found := strings.Cut(line, " = ")
	if !found {
		key, value, _ = strings.Cut(line, ": ")
	}
	get := func(index int, factor float64) float64 {
		fields := strings.Fields(value)
		if index >= len(fields) {
			err = s.lines.errorf(format.ErrInvalidValue, "expected a number in %q", line)
			return 0
		}
		x, wrong := number(fields[index])
		if wrong != nil {
			err = s.lines.errorf(format.ErrInvalidValue, "expected a number in %q: %w", line, wrong)
		}
		return x * factor
	}
	c := s.crystal
	switch {
	case key == "Image filename":
		s.chunk.Image = value
	case key == "Event":
		s.chunk.Event = value
	case key == "photon_energy_eV":
		if energy := get(0, 1); energy > 0 {
			s.chunk.Wavelength = format.HC / energy
		}
	case key == "average_camera_length":
		s.chunk.Distance = get(0, 1000)
	case c == nil:
	case key == "astar" || key == "bstar" || key == "cstar":
		axis := key[0] - 'a'
		v := flip([3]float64{get(0, 0.1), get(1, 0.1), get(2, 0.1)}) // nm⁻¹
		for i := range 3 {
			c.A[i][axis] = v[i]
		}
		s.axes++
	case key == "lattice_type":
		c.Lattice = value
	case key == "centering":
		c.Centring = value
	case key == "profile_radius":
		c.ProfileRadius = get(0, 0.1)
	case strings.HasPrefix(line, "predict_refine/det_shift"):
		var x, y float64
		if _, wrong := fmt.Sscanf(line, "predict_refine/det_shift x = %g y = %g mm", &x, &y); wrong != nil {
			return s.lines.errorf(format.ErrInvalidValue, "%q is not a shift: %w", line, wrong)
		}
		c.Shift = [2]float64{-x, y}
	}
	return err
}

// row reads a line of a list of peaks or reflections.
func (s *stream) row(line string) error {
	if line == s.table {
		s.table = ""
		return nil
	}
	if s.titles {
		s.titles = false
		return nil
	}
	if s.table != reflectionsEnd {
		return nil
	}
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return s.lines.errorf(format.ErrInvalidValue, "expected h k l I sigma peak background fs ss panel, found %q", line)
	}
	if len(s.crystal.Reflections) >= maxReflections {
		return s.lines.errorf(format.ErrLimit, "more than %d reflections", maxReflections)
	}
	var x [9]float64
	for i := range x {
		var err error
		if x[i], err = number(fields[i]); err != nil {
			return s.lines.errorf(format.ErrInvalidValue, "expected a number in %q: %w", line, err)
		}
		if i < 3 && (x[i] != math.Trunc(x[i]) || math.Abs(x[i]) > math.MaxInt32) {
			return s.lines.errorf(format.ErrInvalidValue, "%s is not a Miller index", fields[i])
		}
	}
	r := Reflection{int(x[0]), int(x[1]), int(x[2]), x[3], x[4], x[5], x[6], x[7], x[8], ""}
	if len(fields) > 9 {
		r.Panel = fields[9]
	}
	s.crystal.Reflections = append(s.crystal.Reflections, r)
	return nil
}
