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
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// drawn is what the user has masked: true does not count; nil for a panel without. It does not change: a new one takes its place.
type drawn struct {
	panels  [][]bool
	changes int
}

// has reports whether a pixel is masked.
func (d *drawn) has(panel, i int) bool { return d.panels[panel] != nil && d.panels[panel][i] }

// shape is what is drawn into a mask, in pixels of a panel: a polygon, or a brush along a path.
type shape struct {
	Panel   int          `json:"panel"`
	Polygon [][2]float64 `json:"polygon,omitempty"`
	Path    [][2]float64 `json:"path,omitempty"`
	Radius  float64      `json:"radius,omitempty"`
	// Counts makes the pixels count again.
	Counts bool `json:"counts,omitempty"`
}

// mostPoints is how many corners or points a shape has.
const mostPoints = 10000

func (h *shape) check(sizes [][2]int) error {
	switch {
	case h.Panel < 0 || h.Panel >= len(sizes):
		return fmt.Errorf("viewer: there is no panel %d", h.Panel)
	case (len(h.Polygon) == 0) == (len(h.Path) == 0):
		return errors.New("viewer: a mask needs a polygon or a path of a brush, one of them")
	case len(h.Path) == 0 && len(h.Polygon) < 3:
		return errors.New("viewer: a mask needs three corners at least")
	case len(h.Path) > mostPoints || len(h.Polygon) > mostPoints:
		return fmt.Errorf("viewer: a mask of more than %d points: draw it in parts", mostPoints)
	case len(h.Path) > 0 && !(h.Radius > 0 && h.Radius <= 1000):
		return fmt.Errorf("viewer: the radius of the brush is %g pixels: above 0, and 1000 at most", h.Radius)
	}
	return nil
}

// Mask marks pixels of a panel, within a shape, as not counting, or as counting again.
func (s *Session) Mask(h shape) error {
	if err := h.check(s.sizes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return errRunning
	}
	fast, slow := s.sizes[h.Panel][0], s.sizes[h.Panel][1]
	before := s.drawn.Load()
	next := &drawn{panels: slices.Clone(before.panels), changes: before.changes + 1}
	pixels := make([]bool, fast*slow)
	copy(pixels, before.panels[h.Panel])
	fill := func(corners [][2]float64) {
		low, high := math.Inf(1), math.Inf(-1)
		for _, c := range corners {
			low, high = min(low, c[1]), max(high, c[1])
		}
		for y := int(max(0, math.Floor(low))); y < slow && float64(y) <= high; y++ {
			for _, span := range spans(corners, float64(y)+0.5) {
				for x := max(0, span[0]); x < min(fast, span[1]); x++ {
					pixels[y*fast+x] = !h.Counts
				}
			}
		}
	}
	if h.Polygon != nil {
		fill(h.Polygon)
	}
	for i, c := range h.Path {
		fill(disc(c, h.Radius))
		if i > 0 {
			fill(band(h.Path[i-1], c, h.Radius))
		}
	}
	next.panels[h.Panel] = pixels
	s.drawn.Store(next)
	s.revision++
	return nil
}

// disc is a polygon that is nearly a circle.
func disc(c [2]float64, radius float64) [][2]float64 {
	const corners = 32
	out := make([][2]float64, corners)
	for i := range out {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		out[i] = [2]float64{c[0] + radius*cos, c[1] + radius*sin}
	}
	return out
}

// band is the rectangle about the way from one point to another.
func band(a, b [2]float64, radius float64) [][2]float64 {
	x, y := b[0]-a[0], b[1]-a[1]
	long := math.Hypot(x, y)
	if long == 0 {
		return nil
	}
	x, y = x/long*radius, y/long*radius
	return [][2]float64{{a[0] - y, a[1] + x}, {b[0] - y, b[1] + x}, {b[0] + y, b[1] - x}, {a[0] + y, a[1] - x}}
}

// spans returns the pixels, first and one more than the last, whose centres on a line are within a polygon.
func spans(polygon [][2]float64, y float64) [][2]int {
	var cuts []float64
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a[1] <= y) != (b[1] <= y) {
			cuts = append(cuts, max(-1e9, min(1e9, a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]))))
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
	return slices.ContainsFunc(s.drawn.Load().panels, func(m []bool) bool { return slices.Contains(m, true) })
}

// maskName is the file of the mask of a panel in the output folder.
func (s *Session) maskName(panel int, kind string) string {
	if len(s.sizes) == 1 {
		return "mask." + kind
	}
	return fmt.Sprintf("mask-%d.%s", panel+1, kind)
}

// writeMasks writes a file a panel, of the kind npy or pbm, in which pixels count by the data's own masks and by what was drawn: it takes
// the place of all others. The session is locked.
func (s *Session) writeMasks(kind string) (paths []string, err error) {
	if err := s.folder(); err != nil {
		return nil, err
	}
	for k, size := range s.sizes {
		m := &mask.Mask{Fast: size[0], Slow: size[1], Good: make([]bool, size[0]*size[1])}
		good, err := s.good(k)
		if err != nil {
			return nil, err
		}
		for i := range m.Good {
			m.Good[i] = good(i)
		}
		path := filepath.Join(s.options.Out, s.maskName(k, kind))
		if err := atomicfile.Write(path, func(w io.Writer) error {
			if kind == "pbm" {
				return m.WritePBM(w)
			}
			return npy.Write(w, bytesOf(m))
		}); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// good reports whether a pixel of a panel counts, with a model or without.
func (s *Session) good(panel int) (func(i int) bool, error) {
	if s.fit != nil {
		return func(i int) bool { return s.counts(panel, i) }, nil
	}
	s.pictures.mu.Lock()
	defer s.pictures.mu.Unlock()
	if len(s.pictures.order) == 0 {
		return nil, errors.New("viewer: no image has been read yet")
	}
	m := s.pictures.kept[s.pictures.order[len(s.pictures.order)-1]] // the one that was looked at last
	values, own := m.panels[panel], s.drawn.Load()
	return func(i int) bool { return values[i] == values[i] && !own.has(panel, i) }, nil
}

func bytesOf(m *mask.Mask) *format.Frame {
	f := &format.Frame{Fast: m.Fast, Slow: m.Slow, Type: format.Uint8, Data: make([]byte, len(m.Good))}
	for i, good := range m.Good {
		if good {
			f.Data[i] = 1
		}
	}
	return f
}

// folder makes the output folder.
func (s *Session) folder() error {
	if s.options.Out == "" {
		return errors.New("viewer: there is no folder for files: start with --out")
	}
	return os.MkdirAll(s.options.Out, 0o777)
}
