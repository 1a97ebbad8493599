package main

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

// predictedFlag is the flag of DIALS for reflections that are predicted.
const predictedFlag = 1

// refl returns the table as DIALS has it: xyzcal.px counts images from 0, bbox is in whole pixels and images, ends excluded, and
// s1 is in the laboratory of the experiments that gobragg convert writes.
func (t *predictedTable) refl() (*dials.Table, error) {
	n := len(t.Reflections)
	id, panel, flags, entering := make([]int32, n), make([]uint64, n), make([]uint64, n), make([]bool, n)
	hkl, box := make([][3]int32, n), make([][6]int32, n)
	s1, px, mm := make([][3]float64, n), make([][3]float64, n), make([][3]float64, n)
	d, partiality, lp, rocking := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range t.Reflections {
		r := &t.Reflections[i]
		id[i], panel[i], flags[i], entering[i] = int32(r.Crystal), uint64(r.Panel), predictedFlag, r.Entering
		for k, v := range [3]int{r.H, r.K, r.L} {
			if v < math.MinInt32 || v > math.MaxInt32 {
				return nil, fmt.Errorf("the Miller index %d is beyond those of DIALS", v)
			}
			hkl[i][k] = int32(v)
		}
		s1[i] = geom.Scale(1/r.Wavelength, r.Ray)
		image := r.Image - 1
		if !t.scans {
			image = 0
		}
		px[i], mm[i] = [3]float64{r.Fast, r.Slow, image}, [3]float64{r.at[0], r.at[1], r.Phi * geom.Degree}
		b := r.box()
		whole := int32(math.Floor(image))
		box[i] = [6]int32{int32(b.FastFrom), int32(b.FastTo), int32(b.SlowFrom), int32(b.SlowTo), whole, whole + 1}
		d[i], partiality[i], lp[i], rocking[i] = r.D, r.Partiality, r.Lorentz, r.Rocking
	}
	table := &dials.Table{Rows: n}
	for _, err := range []error{
		dials.Set(table, "miller_index", hkl), dials.Set(table, "id", id), dials.Set(table, "panel", panel), dials.Set(table, "entering", entering),
		dials.Set(table, "s1", s1), dials.Set(table, "xyzcal.px", px), dials.Set(table, "xyzcal.mm", mm), dials.Set(table, "flags", flags),
		dials.Set(table, "bbox", box), dials.Set(table, "d", d), dials.Set(table, "partiality", partiality),
		dials.Set(table, "lorentz", lp), dials.Set(table, "rocking_width", rocking),
	} {
		if err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("no reflection diffracts: a table of DIALS would be empty")
	}
	return table, nil
}
