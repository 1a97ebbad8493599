package experiment

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// readPixels reads an image file of the given size, fast axis first; an SMV file is returned too. key is that of the file.
func (c *Config) readPixels(key, name, format string, fast, slow int) ([]float64, *smv.Image, error) {
	if format == "" {
		format = c.formatOf(name)
	}
	size := func(f, s int) error {
		if f != fast || s != slow {
			return problem(key, "%s has %d × %d pixels, the detector %d × %d", name, f, s, fast, slow)
		}
		return nil
	}
	switch format {
	case "smv":
		m, err := smv.ReadFile(c.path(name))
		if err != nil {
			return nil, nil, problem(key, "%w", err)
		}
		return m.Values(), m, size(m.Fast, m.Slow)
	case "raw":
		m, err := raw.ReadFile(c.path(name), fast, slow)
		if err != nil {
			return nil, nil, problem(key, "%w", err)
		}
		return floats(m), nil, nil
	case "pgm":
		m, err := pgm.ReadFile(c.path(name))
		if err != nil {
			return nil, nil, problem(key, "%w", err)
		}
		return floats(m.Pixels), nil, size(m.Fast, m.Slow)
	}
	return nil, nil, problem(key, "%s is neither .img (SMV), .bin (raw float32) nor .pgm, and does not begin as SMV or PGM does", name)
}

// formatOf returns the format that a file's extension names, else the one that its first bytes show; "" if neither does.
func (c *Config) formatOf(name string) string {
	plain := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".bz2")
	switch filepath.Ext(plain) {
	case ".img", ".smv":
		return "smv"
	case ".bin":
		return "raw"
	case ".pgm":
		return "pgm"
	}
	file, err := os.Open(c.path(name))
	if err != nil {
		return ""
	}
	defer file.Close()
	var start [2]byte
	if _, err := io.ReadFull(file, start[:]); err != nil {
		return ""
	}
	switch {
	case start[0] == '{':
		return "smv"
	case string(start[:]) == "P5":
		return "pgm"
	}
	return ""
}

// readMask reads a mask, which is true for the pixels of an image that are not 0, with notices about the file.
func (c *Config) readMask(key, name string, fast, slow int) ([]bool, []string, error) {
	pixels, img, err := c.readPixels(key, name, "", fast, slow)
	if err != nil {
		return nil, nil, err
	}
	var notices []string
	if img != nil {
		notices = about(name, img.Notices)
	}
	mask := make([]bool, len(pixels))
	for i, v := range pixels {
		mask[i] = v != 0
	}
	return mask, notices, nil
}

func floats[T uint16 | float32](values []T) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
