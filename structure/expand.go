package structure

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

// Expand applies the symmetry of the group to the array and returns amplitudes over the full sphere,
// with phases if the array has them, as the table of a P1 crystal:
//
//	F(h R) = F(h) exp(−2πi h·t), F(−h) = conj F(h)
//
// The amplitude of an intensity I is √max(I, 0). If Minus is not nil, the equivalents h R have F(+)
// and the mates −h R have F(−); where only one of the two is known, both have that. If Apart is true,
// no mates are added. Reflections that the group forbids are dropped. Reflections with several rows
// have the mean of those, as [MillerArray.Merge] takes it. Cells of the table without a reflection
// are absent, (0, 0, 0) among them if the file has none.
//
// An array without reflections is a [format.ErrNoData], more than [MaxCells] cells are a
// [format.ErrLimit], which [MillerArray.Cut] avoids, and a value that is infinite is a
// [format.ErrInvalidValue].
func (m *MillerArray) Expand() (*Expansion, error) {
	if m.Group == nil {
		return nil, fmt.Errorf("structure: expansion to P1: the space group is unknown")
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	e := &Expansion{}
	repeated, err := m.expand(e)
	if err == nil && repeated {
		var unique *MillerArray
		if unique, e, err = m.Merge(); err == nil {
			_, err = unique.expand(e)
		}
	}
	if err != nil {
		return nil, err
	}
	if m.Cell.Validate() == nil {
		if text := m.Group.CheckCell(m.Cell.Parameters()); text != "" {
			e.contradiction = "may have a wrong cell or space group: " + text
		}
	}
	return e, nil
}

// check returns an error if the slices of m do not fit together.
func (m *MillerArray) check() error {
	n := len(m.Indices)
	for _, s := range []struct {
		name   string
		values []float64
		needed bool
	}{{"Values", m.Values, true}, {"Sigmas", m.Sigmas, false}, {"Minus", m.Minus, false}, {"MinusSigmas", m.MinusSigmas, false}, {"Phases", m.Phases, false}} {
		if len(s.values) != n && (s.needed || s.values != nil) {
			return fmt.Errorf("structure: there are %d indices and %d %s", n, len(s.values), s.name)
		}
	}
	return nil
}

// A file of a few rows with large indices must not fill the memory: a box of more than anyCells cells
// needs a reflection in one of sparsest cells.
const (
	anyCells = 1 << 25
	sparsest = 100
)

// images are the operations on Miller indices as linear forms: h R lies step·h cells from (0, 0, 0).
type images struct {
	step, shift [][3]int
	centrings   [][3]int
	box         Box
	strides     [3]int
	centre      int
}

func (m *MillerArray) images() (*images, error) {
	box, err := m.sphere()
	if err != nil {
		return nil, err
	}
	_, nk, nl := box.Shape()
	im := &images{box: box, strides: [3]int{nk * nl, nl, 1}, centre: box.Cells() / 2, centrings: m.Group.Centrings()[1:]}
	for _, o := range m.Group.Primitive() {
		var step [3]int
		for j := range 3 {
			for axis, stride := range im.strides {
				step[j] += o.R[j][axis] * stride
			}
		}
		im.step, im.shift = append(im.step, step), append(im.shift, o.T)
	}
	return im, nil
}

// of puts the distances from (0, 0, 0) of the images of a reflection into at and returns the number
// of distinct ones, Friedel mates included, and whether the mates are among the images; 0 if the
// group forbids the reflection.
func (im *images) of(h, k, l int, at []int) (distinct int, centric bool) {
	for _, t := range im.centrings {
		if (h*t[0]+k*t[1]+l*t[2])%symmetry.Denominator != 0 {
			return 0, false
		}
	}
	own := h*im.strides[0] + k*im.strides[1] + l
	same := 0
	for i := range im.step {
		s := &im.step[i]
		d := h*s[0] + k*s[1] + l*s[2]
		at[i] = d
		if d == own {
			if t := &im.shift[i]; (h*t[0]+k*t[1]+l*t[2])%symmetry.Denominator != 0 {
				return 0, false
			}
			same++
		}
		if d == -own {
			centric = true
		}
	}
	if distinct = len(at) / same; !centric {
		distinct *= 2
	}
	return distinct, centric
}

// expand fills e. If two rows are equivalent, repeated is true and e is as it was.
func (m *MillerArray) expand(e *Expansion) (repeated bool, err error) {
	im, err := m.images()
	if err != nil {
		return false, err
	}
	cells := im.box.Cells()
	table := &Table{Box: im.box, F: make([]float64, cells), Present: make([]bool, cells)}
	var phases []float64
	if m.Phases != nil {
		phases = make([]float64, cells)
	}
	// Each worker fills a part of the table, from all rows.
	workers := max(1, min(runtime.GOMAXPROCS(0), 8, len(m.Indices)>>12))
	results := make([]filled, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			results[w] = m.fill(im, table, phases, w*cells/workers, (w+1)*cells/workers)
		})
	}
	wg.Wait()
	present := 0
	for _, r := range results {
		if r.err != nil {
			return false, r.err
		}
		present += r.present
	}
	switch absent := results[0].absent; {
	case present == 0:
		return false, format.Errorf(format.ErrNoData, "structure: expansion to P1: no reflection has a value (%d rows, %d of them absences of %s)", len(m.Indices), absent, m.Group.Symbol())
	case present < results[0].given:
		return true, nil
	case present == cells:
		table.Present = nil
		fallthrough
	default:
		table.Phases = phases
		e.Table, e.Absent = table, e.Absent+absent
		return false, nil
	}
}

// filled is what a worker did.
type filled struct {
	present int // cells of its part with a reflection
	given   int // distinct images of the rows, all workers' together
	absent  int // rows that the group forbids, all workers' together
	err     error
}

// fill writes the cells from first to end.
func (m *MillerArray) fill(im *images, table *Table, phases []float64, first, end int) (r filled) {
	f, present := table.F[first:end], table.Present[first:end]
	if phases != nil {
		phases = phases[first:end]
	}
	centre := im.centre - first
	at := make([]int, len(im.step))
	for row, index := range m.Indices {
		h, k, l := int(index[0]), int(index[1]), int(index[2])
		plus, minus := m.amplitudes(row)
		if math.IsInf(plus, 0) || math.IsInf(minus, 0) {
			r.err = format.Errorf(format.ErrInvalidValue, "structure: the value of (%d, %d, %d) is infinite", h, k, l)
			return r
		}
		if plus != plus {
			if plus = minus; plus != plus {
				continue
			}
		} else if minus != minus {
			minus = plus
		}
		distinct, centric := im.of(h, k, l, at)
		if distinct == 0 {
			r.absent++
			continue
		}
		if m.Apart && !centric {
			distinct /= 2
		}
		r.given += distinct
		if centric && plus != minus {
			plus = (plus + minus) / 2
			minus = plus
		}
		for i, d := range at {
			if c := centre + d; uint(c) < uint(len(f)) {
				f[c], present[c] = plus, true
				if phases != nil {
					phases[c] = turned(m.Phases[row], h*im.shift[i][0]+k*im.shift[i][1]+l*im.shift[i][2])
				}
			}
			if m.Apart {
				continue
			}
			if c := centre - d; uint(c) < uint(len(f)) {
				f[c], present[c] = minus, true
				if phases != nil {
					phases[c] = -turned(m.Phases[row], h*im.shift[i][0]+k*im.shift[i][1]+l*im.shift[i][2])
				}
			}
		}
	}
	for _, p := range present {
		if p {
			r.present++
		}
	}
	return r
}

// amplitudes returns F of a row and of its Friedel mate, NaN where it is unknown.
func (m *MillerArray) amplitudes(row int) (plus, minus float64) {
	plus = m.Values[row]
	minus = plus
	if m.Minus != nil {
		minus = m.Minus[row]
	}
	if m.Quantity == Intensities {
		// max keeps a NaN.
		return math.Sqrt(max(plus, 0)), math.Sqrt(max(minus, 0))
	}
	return plus, minus
}

// turned returns phase − shift/24 of a turn, in degrees from −180 to 180.
func turned(phase float64, shift int) float64 {
	phase -= float64(shift%symmetry.Denominator) * (360 / symmetry.Denominator)
	if phase > 180 || phase < -180 {
		phase -= 360 * math.Round(phase/360)
	}
	return phase
}

// sphere returns the box around (0, 0, 0) of all reflections equivalent to those of m.
func (m *MillerArray) sphere() (Box, error) {
	var extent [3]int
	for axis := range 3 {
		// The columns of the rotations, up to their signs.
		var columns [][3]int
		seen := map[[3]int]bool{}
		for _, o := range m.Group.Primitive() {
			c := [3]int{o.R[0][axis], o.R[1][axis], o.R[2][axis]}
			if !seen[c] && !seen[[3]int{-c[0], -c[1], -c[2]}] {
				seen[c] = true
				columns = append(columns, c)
			}
		}
		for _, c := range columns {
			largest := 0
			for _, h := range m.Indices {
				v := int(h[0])*c[0] + int(h[1])*c[1] + int(h[2])*c[2]
				largest = max(largest, v, -v)
			}
			extent[axis] = max(extent[axis], largest)
		}
	}
	b := Box{-extent[0], extent[0], -extent[1], extent[1], -extent[2], extent[2]}
	cells, err := b.Check(MaxCells)
	if err != nil {
		return b, format.Errorf(format.ErrLimit, "structure: expansion to P1: %w; a lower resolution is needed", err)
	}
	if filled := 2 * len(m.Group.Primitive()) * len(m.Indices); cells > anyCells && cells/sparsest > filled {
		return b, format.Errorf(format.ErrLimit, "structure: expansion to P1: the box %v has %d cells for at most %d reflections: are the indices right?", &b, cells, filled)
	}
	return b, nil
}

// Notices returns what was dropped and averaged, and how the cell contradicts the group, as sentences
// whose subject is the file.
func (e *Expansion) Notices() []string {
	var all []string
	if e.contradiction != "" {
		all = append(all, e.contradiction)
	}
	if e.Absent > 0 {
		all = append(all, fmt.Sprintf("has %d reflections that the space group forbids: they are left out", e.Absent))
	}
	if e.Repeated > 0 {
		all = append(all, fmt.Sprintf("has %d reflections more than once, which differ from their mean by up to %.3g %%: they have the mean", e.Repeated, 100*e.Disagreement))
	}
	return all
}
