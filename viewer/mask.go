package viewer

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Mask marks pixels of a panel, within a polygon in pixels of the panel, as not counting, or as counting again.
func (s *Session) Mask(panel int, polygon [][2]float64, counts bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if panel < 0 || panel >= len(s.sizes) {
		return fmt.Errorf("viewer: there is no panel %d", panel)
	}
	if len(polygon) < 3 {
		return errors.New("viewer: a mask needs three corners at least")
	}
	fast, slow := s.sizes[panel][0], s.sizes[panel][1]
	if s.masked[panel] == nil {
		s.masked[panel] = make([]bool, fast*slow)
	}
	for y := range slow {
		for _, span := range spans(polygon, float64(y)+0.5) {
			for x := max(0, span[0]); x < min(fast, span[1]); x++ {
				s.masked[panel][y*fast+x] = !counts
			}
		}
	}
	s.revision++
	s.masks++
	s.layers, s.recent = map[layerKey]*layer{}, nil
	return nil
}

// spans returns the pixels, first and one more than the last, whose centres on a line are within a polygon.
func spans(polygon [][2]float64, y float64) [][2]int {
	var cuts []float64
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a[1] <= y) != (b[1] <= y) {
			cuts = append(cuts, a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]))
		}
	}
	slices.Sort(cuts)
	var out [][2]int
	for i := 0; i+1 < len(cuts); i += 2 {
		out = append(out, [2]int{int(math.Ceil(cuts[i] - 0.5)), int(math.Ceil(cuts[i+1] - 0.5))})
	}
	return out
}

func (s *Session) anyMasked() bool {
	return slices.ContainsFunc(s.masked, func(m []bool) bool { return slices.Contains(m, true) })
}

// maskName is the file of the user's mask in the output folder.
const maskName = "mask.npy"

// writeMask writes a mask, 1 where pixels count by the data's own masks and by what was drawn, of a detector of one panel: it takes the place of
// all others. The session is locked.
func (s *Session) writeMask() (string, error) {
	if len(s.sizes) > 1 {
		return "", errors.New("viewer: a mask that is drawn is one of a detector of one panel")
	}
	if s.options.Out == "" {
		return "", errors.New("viewer: there is no folder for the mask: start with --out")
	}
	if err := os.MkdirAll(s.options.Out, 0o777); err != nil {
		return "", err
	}
	f := &format.Frame{Fast: s.sizes[0][0], Slow: s.sizes[0][1], Type: format.Uint8, Data: make([]byte, s.sizes[0][0]*s.sizes[0][1])}
	for i := range f.Data {
		if s.counts(0, i) {
			f.Data[i] = 1
		}
	}
	path := filepath.Join(s.options.Out, maskName)
	return path, atomicfile.Write(path, func(w io.Writer) error { return npy.Write(w, f) })
}
