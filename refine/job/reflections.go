package job

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
)

// Reflection is a reflection of the refined crystal in the image.
type Reflection struct {
	Crystal int
	Image   int // its number
	HKL     [3]int
	D       float64 // spacing, Å
	F       float64 // amplitude
	// Panel, Fast, Slow is the centre of the spot in pixels from the outer corner of the first.
	Panel      int
	Fast, Slow float64
	Phi        float64 // at which it diffracts, degrees
	Entering   bool
	Partiality float64
	Lorentz    float64
	Ray        [3]float64 // unit vector to the spot
	Wavelength float64

	Box prediction.Box
	// Pixels of the box that count and belong to this spot: those of several boxes belong to the nearest.
	Pixels int
	// Model and Observed are the photons of the spot in these pixels, expected and counted less the background, which is Background.
	Model, Observed, Background float64
	// Sigma is the standard deviation of Observed that the model expects.
	Sigma float64
}

// Residual is (observed − model)/σ; 0 without a pixel.
func (r *Reflection) Residual() float64 {
	if r.Sigma == 0 {
		return 0
	}
	return (r.Observed - r.Model) / r.Sigma
}

// reflections lists the reflections of a fit at its present values, with the photons in the simulated pixels that count.
func reflections(ctx context.Context, f *refine.Fit) ([]Reflection, error) {
	e := f.Experiment
	lists, err := e.Predict(nil)
	if err != nil {
		return nil, err
	}
	var out []Reflection
	for _, l := range lists {
		for i := range l.Reflections {
			p := &l.Reflections[i]
			r := Reflection{Crystal: l.Crystal, HKL: p.HKL, D: p.D, F: p.F, Panel: p.Panel, Fast: p.Fast, Slow: p.Slow, Phi: p.Phi, Entering: p.Entering,
				Partiality: p.Partiality, Lorentz: p.Lorentz, Ray: p.Ray, Wavelength: l.Setup.Beam.Lines[l.Order[p.Line]].Wavelength}
			for _, b := range p.Boxes {
				if b.Panel == p.Panel {
					r.Box = b
				}
			}
			out = append(out, r)
		}
	}
	spots, _, err := parts(ctx, e)
	if err != nil {
		return nil, err
	}
	panels, err := f.Expected(ctx)
	if err != nil {
		return nil, err
	}
	expected, err := e.Detector.Select(panels...)
	if err != nil {
		return nil, err
	}
	counts, err := e.Detector.Select(f.Data.Photons...)
	if err != nil {
		return nil, err
	}
	scale, ok := f.Model.Scale.Value().Data().(float64)
	if !ok {
		return nil, fmt.Errorf("job: the scale is not a number")
	}
	good, owner := selected(e, f.Data), owners(e, out)
	places, sizes := e.Detector.Places(), e.Detector.Sizes()
	for i, k := range owner {
		if k < 0 || !good[i] {
			continue
		}
		r := &out[k]
		model := scale * spots[i]
		r.Pixels++
		r.Model += model
		r.Background += expected[i] - model
		r.Observed += counts[i] - (expected[i] - model)
		p := places[i]
		r.Sigma += f.Variance(p.Panel, p.Slow*sizes[p.Panel][0]+p.Fast, expected[i])
	}
	for i := range out {
		out[i].Sigma = math.Sqrt(out[i].Sigma)
	}
	return out, nil
}

// owners returns the reflection that each simulated pixel belongs to, or −1: that whose centre is nearest.
func owners(e *experiment.Experiment, list []Reflection) []int {
	numbers, sizes := e.Detector.Numbers(), e.Detector.Sizes()
	owner := make([]int, e.Detector.Pixels())
	nearest := make([]float64, len(owner))
	for i := range owner {
		owner[i] = -1
	}
	for k := range list {
		r := &list[k]
		b := r.Box
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				i := numbers[b.Panel][row*sizes[b.Panel][0]+column]
				if i < 0 {
					continue
				}
				way := math.Hypot(float64(column)+0.5-r.Fast, float64(row)+0.5-r.Slow)
				if owner[i] < 0 || way < nearest[i] {
					owner[i], nearest[i] = k, way
				}
			}
		}
	}
	return owner
}

// writeCSV writes reflections as a table with commas.
func writeCSV(path string, list []Reflection) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		rows := [][]string{{"crystal", "image", "h", "k", "l", "d", "F", "panel", "fast", "slow", "phi", "partiality", "pixels", "background", "model", "observed", "sigma", "residual"}}
		number := func(v float64) string { return strconv.FormatFloat(v, 'g', 7, 64) }
		for i := range list {
			r := &list[i]
			rows = append(rows, []string{strconv.Itoa(r.Crystal), strconv.Itoa(r.Image), strconv.Itoa(r.HKL[0]), strconv.Itoa(r.HKL[1]), strconv.Itoa(r.HKL[2]), number(r.D), number(r.F),
				strconv.Itoa(r.Panel), number(r.Fast), number(r.Slow), number(r.Phi), number(r.Partiality), strconv.Itoa(r.Pixels),
				number(r.Background), number(r.Model), number(r.Observed), number(r.Sigma), number(r.Residual())})
		}
		return c.WriteAll(rows)
	})
}

// numberColumns are those of a table that hold a number.
var numberColumns = []string{"d", "partiality", "lorentz", "intensity.sum.value", "intensity.sum.variance", "intensity.calculated", "background.sum.value", "residual", "num_pixels"}

// predictedFlag and integratedFlag are those of DIALS.
const predictedFlag, integratedFlag = 1 << 0, 1 << 8

// writeTable writes reflections as a table of DIALS, in the laboratory of the experiments that are written beside it. The columns
// intensity.sum are the photons observed, and intensity.calculated those of the model.
func (j *job) writeTable(path string, list []Reflection, turn [3][3]float64) error {
	n := len(list)
	t := &dials.Table{Rows: n}
	id, panel, flags, entering := make([]int32, n), make([]uint64, n), make([]uint64, n), make([]bool, n)
	hkl, box := make([][3]int32, n), make([][6]int32, n)
	s1, px := make([][3]float64, n), make([][3]float64, n)
	columns := map[string][]float64{}
	for _, name := range numberColumns {
		columns[name] = make([]float64, n)
	}
	for i := range list {
		r := &list[i]
		id[i], panel[i], flags[i], entering[i] = int32(j.experimentOf(r.Image, r.Crystal)), uint64(r.Panel), predictedFlag, r.Entering
		if r.Pixels > 0 {
			flags[i] |= integratedFlag
		}
		for k, v := range r.HKL {
			hkl[i][k] = int32(v)
		}
		z, whole := j.place(r.Image, r.Phi)
		px[i] = [3]float64{r.Fast, r.Slow, z}
		box[i] = [6]int32{int32(r.Box.Fast[0]), int32(r.Box.Fast[1]), int32(r.Box.Slow[0]), int32(r.Box.Slow[1]), whole, whole + 1}
		s1[i] = geom.Apply(turn, geom.Scale(1/r.Wavelength, r.Ray))
		for name, v := range map[string]float64{"d": r.D, "partiality": r.Partiality, "lorentz": r.Lorentz, "intensity.sum.value": r.Observed,
			"intensity.sum.variance": r.Sigma * r.Sigma, "intensity.calculated": r.Model, "background.sum.value": r.Background, "residual": r.Residual(),
			"num_pixels": float64(r.Pixels)} {
			columns[name][i] = v
		}
	}
	errs := []error{dials.Set(t, "miller_index", hkl), dials.Set(t, "id", id), dials.Set(t, "panel", panel), dials.Set(t, "entering", entering),
		dials.Set(t, "flags", flags), dials.Set(t, "s1", s1), dials.Set(t, "xyzcal.px", px), dials.Set(t, "bbox", box)}
	for _, name := range numberColumns {
		errs = append(errs, dials.Set(t, name, columns[name]))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return dials.WriteTableFile(path, t)
}

// place returns the place of an angle among the images, as DIALS counts, and the whole part of it for the image.
func (j *job) place(image int, phi float64) (z float64, whole int32) {
	s := j.said.Scan
	if s == nil || j.stills() {
		return 0.5, 0
	}
	whole = int32(image - 1)
	if s.Width == 0 {
		return float64(whole) + 0.5, whole
	}
	return float64(whole) + (phi-s.Start(image))/s.Width, whole
}
