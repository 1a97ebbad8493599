package xds

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/text"
)

// header is what the lines that begin with ! say before the reflections.
type header struct {
	lines      *text.Lines
	name       string
	integrate  bool
	values     map[string]string
	items      map[string]int // columns by the names of what they hold, from 1
	wavelength []string       // of data sets, of which a file of XSCALE has several
}

// maxHeader is the largest number of lines of a header.
const maxHeader = 1 << 16

// readHeader reads up to !END_OF_HEADER.
func readHeader(lines *text.Lines, name string) (*header, error) {
	h := &header{lines: lines, name: name, values: map[string]string{}, items: map[string]int{}}
	for number := 1; number <= maxHeader; number++ {
		line, ok := lines.Next()
		if !ok {
			return nil, format.Errorf(format.ErrTruncated, "xds: %s: the file ends in its header, without !END_OF_HEADER", name)
		}
		switch {
		case number == 1 && bytes.HasPrefix(line, []byte("!FORMAT=XDS_ASCII")):
		case number == 1 && bytes.HasPrefix(line, []byte("!OUTPUT_FILE=INTEGRATE.HKL")):
			h.integrate = true
		case number == 1:
			return nil, format.Errorf(format.Not("xds-ascii"), "xds: %s: it begins neither with !FORMAT=XDS_ASCII nor with !OUTPUT_FILE=INTEGRATE.HKL, but with %s", name, text.Quote(line))
		case bytes.HasPrefix(line, []byte("!END_OF_HEADER")):
			return h, nil
		case !bytes.HasPrefix(line, []byte("!")):
			return nil, format.Errorf(format.ErrInconsistent, "%w", lines.Errorf("a line of the header does not begin with !: %s", text.Quote(line)))
		}
		h.take(string(line[1:]))
	}
	return nil, format.Errorf(format.ErrLimit, "xds: %s: its header has more than %d lines", name, maxHeader)
}

// keys of which a line may have several, behind the first.
var keys = []string{"MERGE=", "FRIEDEL'S_LAW=", "NY=", "QX=", "QY=", "ORGY=", "DETECTOR_DISTANCE=", "DATE="}

// take reads a line KEY=value, which may be followed by others.
func (h *header) take(line string) {
	if names, ok := strings.CutPrefix(line, "H,K,L,"); ok && h.integrate {
		for i, item := range strings.Split("H,K,L,"+names, ",") {
			if item = strings.TrimSpace(item); item != "" {
				h.items[item] = i + 1
			}
		}
		return
	}
	if strings.HasPrefix(line, " ISET=") || strings.HasPrefix(line, "ISET=") {
		if _, value, ok := strings.Cut(line, "X-RAY_WAVELENGTH="); ok {
			if value = strings.TrimSpace(value); !slices.Contains(h.wavelength, value) {
				h.wavelength = append(h.wavelength, value)
			}
		}
		return
	}
	if rest, ok := strings.CutPrefix(line, "NUMBER OF DETECTOR SEGMENTS"); ok {
		h.values["SEGMENTS"] = strings.TrimSpace(rest)
		return
	}
	for line != "" {
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return
		}
		line = ""
		for _, next := range keys {
			if i := strings.Index(value, " "+next); i >= 0 && len(value)-i > len(line) {
				line = value[i+1:]
			}
		}
		value = strings.TrimSpace(value[:len(value)-len(line)])
		if item, ok := strings.CutPrefix(key, "ITEM_"); ok {
			if n, err := strconv.Atoi(value); err == nil {
				h.items[item] = n
			}
			continue
		}
		if _, there := h.values[key]; !there {
			h.values[strings.TrimSpace(key)] = value
		}
	}
}

// numbers returns the numbers of a key.
func (h *header) numbers(key string, count int) ([]float64, error) {
	value, ok := h.values[key]
	if !ok {
		return nil, format.Errorf(format.ErrNoData, "xds: %s: its header has no %s", h.name, key)
	}
	split := fields(value)
	if len(split) < count {
		return nil, h.errorf(format.ErrInvalidValue, "%s is %q, not %d numbers", key, value, count)
	}
	values := make([]float64, count)
	for i := range values {
		v, ok := text.Float([]byte(split[i]))
		if !ok {
			return nil, h.errorf(format.ErrInvalidValue, "%s: %q is not a number", key, split[i])
		}
		values[i] = v
	}
	return values, nil
}

func (h *header) errorf(class error, text string, args ...any) error {
	return errorf(class, h.name, text, args...)
}

// instrument returns the geometry in the header.
func (h *header) instrument() (*instrument, error) {
	in := &instrument{}
	var pixels [2]float64
	var first, group float64
	vectors := []struct {
		key string
		to  *[3]float64
	}{{"ROTATION_AXIS", &in.axis}, {"INCIDENT_BEAM_DIRECTION", &in.beam}, {"DIRECTION_OF_DETECTOR_X-AXIS", &in.fast}, {"DIRECTION_OF_DETECTOR_Y-AXIS", &in.slow},
		{"UNIT_CELL_A-AXIS", &in.real[0]}, {"UNIT_CELL_B-AXIS", &in.real[1]}, {"UNIT_CELL_C-AXIS", &in.real[2]}}
	if _, there := h.values["UNIT_CELL_A-AXIS"]; !there {
		vectors = vectors[:len(vectors)-len(in.real)]
	}
	for _, q := range vectors {
		v, err := h.numbers(q.key, 3)
		if err != nil {
			return nil, err
		}
		*q.to = [3]float64(v)
	}
	for _, q := range []struct {
		key string
		to  *float64
	}{{"STARTING_FRAME", &first}, {"STARTING_ANGLE", &in.phi}, {"OSCILLATION_RANGE", &in.width}, {"X-RAY_WAVELENGTH", &in.wavelength}, {"SPACE_GROUP_NUMBER", &group},
		{"NX", &pixels[0]}, {"NY", &pixels[1]}, {"QX", &in.pixel[0]}, {"QY", &in.pixel[1]}, {"ORGX", &in.org[0]}, {"ORGY", &in.org[1]}, {"DETECTOR_DISTANCE", &in.distance}} {
		v, err := h.numbers(q.key, 1)
		if err != nil {
			return nil, err
		}
		*q.to = v[0]
	}
	for i, v := range pixels {
		if !(v >= 1 && v <= format.MaxPixels) {
			return nil, h.errorf(format.ErrInvalidValue, "NX and NY are %g and %g", pixels[0], pixels[1])
		}
		in.pixels[i] = int(v)
	}
	in.first, in.group = int(first), int(group)
	if n := h.values["SEGMENTS"]; n != "" && n != "1" {
		in.notices = append(in.notices, "the header does not describe the "+n+" segments of the detector: it is taken for one flat panel; XPARM.XDS has them")
	}
	return in, nil
}
