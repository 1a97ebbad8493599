package experiment

import (
	"errors"
	"math"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// source is an image of a file: which, of what format if that was given, and for errors the key that names it.
type source struct {
	key, name, format string
	frame             int
}

// readFile reads an image; fast and slow are the size of one without a header.
func (c *Config) readFile(s source, fast, slow int) (*files.Image, error) {
	switch s.format {
	case "smv":
		m, err := smv.ReadFile(c.path(s.name))
		if err != nil {
			return nil, problem(s.key, "%w", err)
		}
		return &files.Image{Fast: m.Fast, Slow: m.Slow, Values: m.Values(), Header: &m.Header, Notices: m.Notices}, nil
	case "":
		m, err := files.ReadImage(c.path(s.name), s.frame)
		var frame *files.FrameError
		switch {
		case err == nil:
			return m, nil
		case errors.As(err, &frame) && frame.Frames > 0 && strings.HasSuffix(s.key, ".file"):
			return nil, problem(strings.TrimSuffix(s.key, "file")+"frame", "%w", err)
		case !errors.Is(err, files.ErrNoHeader):
			return nil, problem(s.key, "%w", err)
		case !rawName(s.name):
			return nil, problem(s.key, "%w, and neither .img (SMV), .bin (raw float32) nor .pgm", err)
		}
	}
	m, err := raw.ReadFile(c.path(s.name), fast, slow)
	if err != nil {
		return nil, problem(s.key, "%w", err)
	}
	return &files.Image{Fast: fast, Slow: slow, Values: floats(m)}, nil
}

// rawName reports whether the name is that of an image without a header.
func rawName(name string) bool {
	return strings.EqualFold(filepath.Ext(name), ".bin")
}

func floats(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// fit returns the part of an image that is a panel's, from the pixel first on; the whole one, which has to have the panel's
// size, if first is nil.
func fit(s source, m *files.Image, first *[2]int, fast, slow int) (*files.Image, error) {
	if first == nil {
		if m.Fast != fast || m.Slow != slow {
			return nil, problem(s.key, "%s has %d × %d pixels, the detector %d × %d", s.name, m.Fast, m.Slow, fast, slow)
		}
		return m, nil
	}
	f, l := first[0], first[1]
	if f+fast > m.Fast || l+slow > m.Slow {
		return nil, problem(s.key, "%s has %d × %d pixels: a panel of %d × %d from (%d, %d) on is not within them", s.name, m.Fast, m.Slow, fast, slow, f, l)
	}
	part := *m
	part.Fast, part.Slow, part.Values, part.Bad = fast, slow, make([]float64, 0, fast*slow), nil
	for row := l; row < l+slow; row++ {
		at := row*m.Fast + f
		part.Values = append(part.Values, m.Values[at:at+fast]...)
		if m.Bad != nil {
			part.Bad = append(part.Bad, m.Bad[at:at+fast]...)
		}
	}
	return &part, nil
}

// readMask reads a mask, which is true for the pixels of an image that are not 0, with notices about the file.
func (c *Config) readMask(key, name string, first *[2]int, fast, slow int) ([]bool, []string, error) {
	m, err := c.readBeside(source{key: key, name: name}, first, fast, slow)
	if err != nil {
		return nil, nil, err
	}
	return m.Mask().Good, about(name, m.Notices), nil
}

// readNoise reads the readout noise of the pixels of a panel, with notices about the file. It has to be above 0 in the pixels
// that count.
func (c *Config) readNoise(key string, of *Image, fast, slow int, counts []bool) ([]float64, []string, error) {
	m, err := c.readBeside(source{key: key, name: of.ReadoutFile}, of.First, fast, slow)
	if err != nil {
		return nil, nil, err
	}
	for i, v := range m.Values {
		if counts[i] && !(v > 0 && v <= math.MaxFloat64) {
			return nil, nil, problem(key, "%s has a readout noise of %g photons at pixel (%d, %d), which counts: want more than 0, or mask it", of.ReadoutFile, v, i%fast, i/fast)
		}
	}
	return m.Values, about(of.ReadoutFile, m.Notices), nil
}

// readBeside reads what a file says of the pixels of a panel. One that is larger than the panel is cut as the panel's image is.
func (c *Config) readBeside(s source, first *[2]int, fast, slow int) (*files.Image, error) {
	m, err := c.readFile(s, fast, slow)
	if err != nil {
		return nil, err
	}
	if m.Fast == fast && m.Slow == slow {
		first = nil
	}
	return fit(s, m, first, fast, slow)
}
