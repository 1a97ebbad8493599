package xds

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
)

// maxSegments is the largest number of segments of a detector that is read.
const maxSegments = 1 << 12

// ReadGeometryFile is [ReadGeometry] for the file at path.
func ReadGeometryFile(path string) (*format.Geometry, *format.Crystal, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("xds: %w", err)
	}
	defer file.Close()
	return ReadGeometry(file, path)
}

// ReadGeometry reads the geometry of an experiment and the lattice from XPARM.XDS or GXPARM.XDS, of the
// new layout or of the old one, which has no title, or from the header of an INTEGRATE.HKL or
// XDS_ASCII.HKL, decompressed if gzip or bzip2 has compressed it; name stands for the file in errors.
// Both are in the frame of package format. The crystal is nil if the header has no axes of the cell.
func ReadGeometry(r io.Reader, name string) (*format.Geometry, *format.Crystal, error) {
	data, err := sniff.Text(r, sniff.Matrix, sniff.XPARM, sniff.XDSASCII, sniff.Integrate)
	if err != nil {
		return nil, nil, fmt.Errorf("xds: %s: %w", name, format.Reading("xparm", err))
	}
	var in *instrument
	if bytes.HasPrefix(data, []byte("!")) {
		var h *header
		if h, err = readHeader(text.NewLines(data, "xds", name), name); err == nil {
			in, err = h.instrument()
		}
	} else {
		in, err = readXPARM(data, name)
	}
	if err != nil {
		return nil, nil, err
	}
	g, c, err := in.geometry()
	if err != nil {
		return nil, nil, fmt.Errorf("xds: %s: %w", name, err)
	}
	return g, c, nil
}

// Widths of the fields of each line, as XDS writes them: numbers may fill them without a blank.
var (
	spindleWidths = []int{6, 14, 10, 10, 10, 10}
	fourWidths    = []int{15, 15, 15, 15}
	threeWidths   = []int{15, 15, 15}
	cellWidths    = []int{6, 12, 12, 12, 8, 8, 8}
	detectorWidth = []int{9, 10, 10, 12, 12}
	segmentLimits = []int{10, 10, 10, 10, 10}
	segmentWidths = []int{8, 8, 8, 9, 9, 9, 9, 9, 9}

	oldSpindleWidths  = []int{6, 12, 12, 12, 12, 12}
	oldDetectorWidths = []int{10, 10, 10, 10}
	oldCellWidths     = []int{10, 10, 10, 10, 10, 10, 10}
)

// xparm reads lines of numbers.
type xparm struct {
	lines *text.Lines
	name  string
	err   error
}

// next returns the numbers of the next line that is not blank.
func (x *xparm) next(widths []int) []float64 {
	values := make([]float64, len(widths))
	if x.err != nil {
		return values
	}
	line, ok := x.lines.Next()
	for ok && len(bytes.TrimSpace(line)) == 0 {
		line, ok = x.lines.Next()
	}
	if !ok {
		x.err = format.Errorf(format.ErrTruncated, "xds: %s: the file ends after line %d", x.name, x.lines.Number())
		return values
	}
	split := fields(string(line))
	if len(split) != len(widths) {
		split = fixed(string(line), widths)
	}
	if split == nil {
		x.err = x.errorf("expected %d numbers, found %s", len(widths), text.Quote(line))
		return values
	}
	for i, s := range split {
		v, ok := text.Float([]byte(s))
		if !ok {
			x.err = x.errorf("%q is not a number, in %s", s, text.Quote(line))
			return values
		}
		values[i] = v
	}
	return values
}

func (x *xparm) errorf(text string, args ...any) error {
	return format.Errorf(format.ErrInvalidValue, "%w", x.lines.Errorf(text, args...))
}

// fixed returns the fields of a line with the widths; nil if it has another length.
func fixed(line string, widths []int) (all []string) {
	line = strings.TrimRight(line, " \t")
	for i, w := range widths {
		w = min(w, len(line))
		if i == len(widths)-1 {
			w = len(line)
		}
		field := strings.TrimSpace(line[:w])
		if field == "" || strings.ContainsAny(field, " \t") {
			return nil
		}
		all, line = append(all, field), line[w:]
	}
	return all
}

// readXPARM reads either layout.
func readXPARM(data []byte, name string) (*instrument, error) {
	lines := text.NewLines(data, "xds", name)
	x := &xparm{lines: lines, name: name}
	start := bytes.TrimLeft(data, " \t\r\n")
	title, _, _ := bytes.Cut(start, []byte("\n"))
	switch {
	case bytes.Contains(bytes.ToUpper(title), []byte("XPARM")):
		line, _ := lines.Next()
		for len(bytes.TrimSpace(line)) == 0 {
			line, _ = lines.Next()
		}
		return x.layout(false)
	case len(start) == 0 || len(fields(string(bytes.TrimSpace(title)))) != len(oldSpindleWidths):
		return nil, format.Errorf(format.Not("xparm"), "xds: %s: it begins neither with XPARM.XDS nor with the six numbers of a spindle, but with %s", name, text.Quote(title))
	}
	return x.layout(true)
}

func (x *xparm) layout(old bool) (*instrument, error) {
	in := &instrument{}
	var segments int
	if old {
		in.spindle(x.next(oldSpindleWidths))
		in.takeBeam(x.next(fourWidths))
		x.detector(in, x.next(oldDetectorWidths))
		v := x.next(threeWidths)
		in.distance, in.org = v[0], [2]float64{v[1], v[2]}
	} else {
		in.spindle(x.next(spindleWidths))
		in.takeBeam(x.next(fourWidths))
		in.takeCell(x.next(cellWidths))
		for i := range in.real {
			in.real[i] = [3]float64(x.next(threeWidths))
		}
		v := x.next(detectorWidth)
		if segments = int(v[0]); x.err == nil && (v[0] < 1 || v[0] > maxSegments || v[0] != float64(segments)) {
			return nil, format.Errorf(format.ErrLimit, "%w", x.lines.Errorf("%g segments of the detector; 1 to %d are read", v[0], maxSegments))
		}
		x.detector(in, v[1:])
		v = x.next(threeWidths)
		in.org, in.distance = [2]float64{v[0], v[1]}, v[2]
	}
	for _, axis := range []*[3]float64{&in.fast, &in.slow, &in.normal} {
		*axis = [3]float64(x.next(threeWidths))
	}
	if old {
		in.takeCell(x.next(oldCellWidths))
		for i := range in.real {
			in.real[i] = [3]float64(x.next(threeWidths))
		}
	}
	for range segments {
		limits, v := x.next(segmentLimits), x.next(segmentWidths)
		if x.err != nil {
			break
		}
		s := segment{org: [2]float64{v[0], v[1]}, distance: v[2], fast: [3]float64(v[3:6]), slow: [3]float64(v[6:9])}
		for i := range s.limits {
			s.limits[i] = x.whole(limits[i+1])
		}
		in.segments = append(in.segments, s)
	}
	return in, x.err
}

// whole returns a number of pixels.
func (x *xparm) whole(v float64) int {
	if n := int(v); float64(n) == v && n >= -format.MaxPixels && n <= format.MaxPixels {
		return n
	}
	if x.err == nil {
		x.err = x.errorf("%g is not a number of pixels", v)
	}
	return 0
}

func (x *xparm) detector(in *instrument, v []float64) {
	in.pixels = [2]int{x.whole(v[0]), x.whole(v[1])}
	in.pixel = [2]float64{v[2], v[3]}
}

func (in *instrument) spindle(v []float64) {
	in.first, in.phi, in.width, in.axis = int(v[0]), v[1], v[2], [3]float64(v[3:6])
}

func (in *instrument) takeBeam(v []float64) { in.wavelength, in.beam = v[0], [3]float64(v[1:4]) }

func (in *instrument) takeCell(v []float64) { in.group, in.cell = int(v[0]), [6]float64(v[1:7]) }
