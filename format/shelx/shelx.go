// Package shelx reads reflections and instructions of SHELX: files .hkl in the formats HKLF 4 and
// HKLF 3, and what .ins and .res files say of the crystal.
package shelx

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
)

// Formats of reflections, by their numbers in the instruction HKLF.
const (
	Amplitudes  = 3 // HKLF 3: F and its standard deviation
	Intensities = 4 // HKLF 4: F² and its standard deviation
)

// maxIndex is the largest magnitude of a Miller index: the columns are four wide.
const maxIndex = 9999

// Ends of the fixed columns 3I4, 2F8, I4: h, k, l, value, standard deviation, batch number.
var ends = [...]int{4, 8, 12, 20, 28, 32}

// needed is the number of columns that every line has; a batch number may be missing.
const needed = 5

// ReadFile is [Read] for the file at path.
func ReadFile(path string, in *Instructions) (*structure.MillerArray, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("shelx: %w", err)
	}
	defer file.Close()
	return Read(file, path, in)
}

// Read reads reflections from r, decompressed if gzip or bzip2 has compressed it; name stands for it in
// errors. They end at h = k = l = 0, or at the end of the file; SHELX reads nothing that follows. A file
// has neither a cell nor a space group: they are those of the instructions, and unknown (zero and nil)
// if in is nil. The values are F² unless the instructions say HKLF 3. Batch numbers are left out, and
// equivalent reflections stay as they are.
func Read(r io.Reader, name string, in *Instructions) (*structure.MillerArray, error) {
	data, err := sniff.Text(r, sniff.Reflections)
	if err != nil {
		return nil, fmt.Errorf("shelx: %s: %w", name, format.Reading("shelx", err))
	}
	m := &structure.MillerArray{Quantity: structure.Intensities, Labels: []string{"F-squared"}}
	switch {
	case in == nil:
		m.Notices = append(m.Notices, "the values are taken for F² (HKLF 4); they are F in a file for HKLF 3")
	case in.HKLF == Amplitudes:
		m.Quantity, m.Labels = structure.Amplitudes, []string{"F"}
	case in.HKLF != Intensities && in.HKLF != 0:
		return nil, format.Errorf(format.ErrUnsupported, "shelx: %s: the instructions say HKLF %d; HKLF 3 and 4 are read", name, in.HKLF)
	}
	if in != nil {
		m.Cell, m.Group, m.Wavelength = in.Cell, in.Group, in.Wavelength
	}
	lines := text.NewLines(data, "shelx", name)
	negative := 0
	for {
		line, ok := lines.Next()
		if !ok {
			if m.Rows == 0 {
				return nil, format.Errorf(format.ErrNoData, "shelx: %s: it has no reflections", name)
			}
			m.Notices = append(m.Notices, "the reflections do not end with 0 0 0: the file may be incomplete")
			break
		}
		if len(bytes.TrimSpace(line)) == 0 {
			if m.Rows > 0 {
				break // SHELX reads a blank line as zeros
			}
			continue
		}
		v, err := row(line)
		if err != nil {
			class := error(format.ErrInvalidValue)
			if m.Rows == 0 {
				class = format.Not("shelx")
			}
			return nil, format.Errorf(class, "%w", lines.Errorf("%w", err))
		}
		if v[0] == 0 && v[1] == 0 && v[2] == 0 {
			break
		}
		m.Rows++
		if v[3] < 0 && m.Quantity == structure.Amplitudes {
			v[3] = -v[3]
			negative++
		}
		m.Indices = append(m.Indices, [3]int32{int32(v[0]), int32(v[1]), int32(v[2])})
		m.Values, m.Sigmas = append(m.Values, v[3]), append(m.Sigmas, v[4])
	}
	if m.Rows == 0 {
		return nil, format.Errorf(format.ErrNoData, "shelx: %s: it has no reflections before 0 0 0", name)
	}
	if negative > 0 {
		m.Notices = append(m.Notices, fmt.Sprintf("%d amplitudes are negative: their magnitudes are taken", negative))
	}
	return m, nil
}

// row returns h, k, l, the value and its standard deviation of a line.
func row(line []byte) (v [needed]float64, err error) {
	line = bytes.TrimRight(line, " \t\v\f")
	start := 0
	for i := range v {
		// The last column may be shorter: "49.0 1.5".
		end := ends[i]
		if start >= len(line) {
			return v, fmt.Errorf("expected 3 indices in columns of 4 and 2 values in columns of 8, found %s", text.Quote(line))
		}
		field := bytes.TrimSpace(line[start:min(end, len(line))])
		x, ok := text.Float(field)
		touching := start > 0 && !text.Blank(line[start-1]) && !text.Blank(line[start])
		switch {
		case touching && (end > len(line) || text.Blank(line[end-1])):
			return v, fmt.Errorf("a number runs over column %d, where one has to end, in %s", start, text.Quote(line))
		case !ok:
			return v, fmt.Errorf("columns %d to %d are %s, not a number, in %s", start+1, end, text.Quote(field), text.Quote(line))
		case i < 3 && (x != math.Trunc(x) || math.Abs(x) > maxIndex):
			return v, fmt.Errorf("the index in columns %d to %d is %s, in %s", start+1, end, text.Quote(field), text.Quote(line))
		}
		v[i], start = x, end
	}
	if rest := bytes.TrimSpace(line[min(start, len(line)):]); len(rest) > 0 {
		batch := rest[:min(len(rest), ends[needed]-ends[needed-1])]
		if _, ok := text.Float(bytes.TrimSpace(batch)); !ok && !bytes.ContainsAny(batch, " \t") {
			return v, fmt.Errorf("the batch number is %s, in %s", text.Quote(batch), text.Quote(line))
		}
	}
	return v, nil
}

// Detect reports whether the start of a file looks like reflections in these columns: at least one
// line, and no line up to 0 0 0 that is something else. The last line is not looked at, since start may
// end in it.
func Detect(start []byte) bool {
	lines := text.NewLines(start, "shelx", "")
	found := false
	previous, ok := lines.Next()
	for ok {
		var line []byte
		line, ok = lines.Next()
		if !ok && found {
			return true
		}
		if len(bytes.TrimSpace(previous)) > 0 {
			v, err := row(previous)
			if err != nil || len(previous) < ends[needed-1] {
				return false
			}
			if v[0] == 0 && v[1] == 0 && v[2] == 0 {
				return found
			}
			found = true
		}
		previous = line
	}
	return found
}
