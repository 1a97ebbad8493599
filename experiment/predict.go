package experiment

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/symmetry"
)

// Predicted are the reflections of a crystal, or of a part of a twin.
type Predicted struct {
	Crystal int // number of the crystal
	Twin    int // of its constant rotations
	Setup   *prediction.Setup
	*prediction.List
	// Sources has the numbers of the beam's sources for each of the setup's lines: those of a wavelength and
	// a width.
	Sources [][]int
	// Weighed reports whether the amplitudes are known. All reflections have the amplitude 1 otherwise.
	Weighed bool
}

// PredictOptions select what [Experiment.Predict] lists. The zero value is the selected image.
type PredictOptions struct {
	// Widths and Apart are those of [prediction.Setup].
	Widths float64
	Apart  bool
	// DMin is the resolution limit in Å beside that of the crystals. 0 means none.
	DMin float64
	// Groups are the space groups of the crystals, whose absent reflections are left out where no structure
	// factors are given. Missing and nil ones mean those of [Experiment.SpaceGroup].
	Groups []*symmetry.Group
	// First and Last are numbers of images of the scan, which are predicted as one rotation, of crystals
	// oriented as in the selected one. 0 means the selected one.
	First, Last int
}

// Predict returns the reflections that diffract at the current values of the nodes, a list for each
// crystal and each of its constant rotations, in the experiment's laboratory. nil options are the zero
// value.
//
// The predicted spots are Gaussians with the widths of the crystal's shape, its mosaic spread, the
// spectrum and the divergence, whose samples, if there are several, count by their standard deviations:
// see [crystal.Widths].
func (e *Experiment) Predict(o *PredictOptions) ([]Predicted, error) {
	if o == nil {
		o = &PredictOptions{}
	}
	b, sources, err := e.predictedBeam()
	if err != nil {
		return nil, err
	}
	panels, err := e.predictedPanels()
	if err != nil {
		return nil, err
	}
	var out []Predicted
	for i, x := range e.Crystals {
		c, rotations, err := e.predictedCrystal(i, o)
		if err != nil {
			return nil, err
		}
		group := e.SpaceGroup(i)
		if i < len(o.Groups) && o.Groups[i] != nil {
			group = o.Groups[i]
		}
		weighed := true
		if c.Amplitude, weighed, err = e.amplitudesOf(x, group); err != nil {
			return nil, err
		}
		for k, r := range rotations {
			own := c
			own.Axes, own.Point = geom.Mul(r, c.Axes), geom.Mul(r, c.Point, geom.Transpose(r))
			p := Predicted{Crystal: i, Twin: k, Sources: sources, Weighed: weighed}
			p.Setup = &prediction.Setup{Crystal: own, Beam: b, Panels: panels, Widths: o.Widths, Apart: o.Apart}
			if p.List, err = prediction.Predict(p.Setup); err != nil {
				return nil, fmt.Errorf("experiment: crystals[%d]: %w", i, err)
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// predictedBeam returns the lines of the spectrum, each with the numbers of its sources, and the
// divergence of all of them about their mean direction.
func (e *Experiment) predictedBeam() (b prediction.Beam, sources [][]int, err error) {
	list, err := e.Beam.At()
	if err != nil {
		return b, nil, refused("beam", err)
	}
	numbers := map[[2]float64]int{}
	total := 0.0
	for i, s := range list {
		key := [2]float64{s.Wavelength, s.Width}
		n, known := numbers[key]
		if !known {
			n = len(b.Lines)
			numbers[key] = n
			b.Lines = append(b.Lines, prediction.Line{Wavelength: s.Wavelength, Width: s.Width})
			sources = append(sources, nil)
		}
		b.Lines[n].Weight += s.Weight
		sources[n] = append(sources[n], i)
		b.Direction = geom.Add(b.Direction, geom.Scale(s.Weight, s.Incident))
		total += s.Weight
	}
	if !(total > 0) {
		return b, nil, problem("beam", "the weights of all %d sources are 0: there are no X-rays", len(list))
	}
	b.Direction = geom.Unit(b.Direction)
	b.Divergence = divergence(list, b.Direction, total)
	return b, sources, nil
}

// divergence returns the principal axes of the directions of sources about their mean, each as long as its
// standard deviation in radians: of those listed and of a Gaussian about each.
func divergence(list []beam.Numbers, mean [3]float64, total float64) [2][3]float64 {
	if len(list) == 1 {
		return list[0].Divergence
	}
	across := [3]float64{1, 0, 0}
	if math.Abs(mean[0]) > 0.5 {
		across = [3]float64{0, 1, 0}
	}
	across = geom.Unit(geom.Cross(mean, across))
	axes := [2][3]float64{across, geom.Cross(mean, across)}
	var cov [2][2]float64
	add := func(weight float64, v [3]float64) {
		at := [2]float64{geom.Dot(v, axes[0]), geom.Dot(v, axes[1])}
		for i := range cov {
			for j := range cov[i] {
				cov[i][j] += weight / total * at[i] * at[j]
			}
		}
	}
	for _, s := range list {
		add(s.Weight, s.Incident)
		add(s.Weight, s.Divergence[0])
		add(s.Weight, s.Divergence[1])
	}
	middle, half := (cov[0][0]+cov[1][1])/2, math.Hypot((cov[0][0]-cov[1][1])/2, cov[0][1])
	sin, cos := math.Sincos(math.Atan2(2*cov[0][1], cov[0][0]-cov[1][1]) / 2)
	at := func(u, v, variance float64) [3]float64 {
		if variance < 1e-20 { // roundings of parallel directions
			return [3]float64{}
		}
		return geom.Scale(math.Sqrt(variance), geom.Add(geom.Scale(u, axes[0]), geom.Scale(v, axes[1])))
	}
	return [2][3]float64{at(cos, sin, middle+half), at(-sin, cos, middle-half)}
}

// predictedPanels returns the detector's panels.
func (e *Experiment) predictedPanels() ([]prediction.Panel, error) {
	cfg := e.Detector.Config()
	if cfg.Curved {
		return nil, problem("detector.curved", "is set: reflections are predicted on flat panels only")
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, refused("detector", err)
	}
	wavelength, err := e.Beam.MeanWavelength()
	if err != nil {
		return nil, refused("beam", err)
	}
	sensors, err := e.Detector.SensorsAt(wavelength)
	if err != nil {
		return nil, refused("detector", err)
	}
	var list []prediction.Panel
	for i := range planes {
		p := &planes[i]
		panel := prediction.Panel{FastPixels: p.FastPixels, SlowPixels: p.SlowPixels, Pixel: [2]float64{p.Pixel, p.Pixel},
			Corner: p.Corner, Fast: p.Fast, Slow: p.Slow}
		if s := sensors[i]; s.Layers > 1 { // a single one absorbs at the surface
			panel.Thickness, panel.Attenuation = s.Thickness/1000, s.Attenuation/1000
		}
		list = append(list, panel)
	}
	return list, nil
}

// predictedCrystal returns crystal i without its amplitudes, and its constant rotations in the laboratory.
func (e *Experiment) predictedCrystal(i int, o *PredictOptions) (c prediction.Crystal, rotations [][3][3]float64, err error) {
	x := e.Crystals[i]
	path := fmt.Sprintf("crystals[%d]", i)
	var d nanobragg.Deviations
	if e.config.Physics.Reference {
		d = nanobragg.Reference()
	}
	n, err := x.AtWith(d)
	if err != nil {
		return c, nil, refused(path, err)
	}
	w, err := x.WidthsWith(d)
	if err != nil {
		return c, nil, refused(path, err)
	}
	cfg := x.Config()
	c = prediction.Crystal{Axes: geom.Columns(n.A, n.B, n.C), Point: w.Point, Mosaic: w.Mosaic, Strain: w.Strain,
		Spindle: cfg.Spindle, DMin: math.Max(cfg.DMin, o.DMin)}
	if c.Phi, c.Osc, err = e.rotationOf(i, o); err != nil {
		return c, nil, err
	}
	rotations = [][3][3]float64{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	if list := cfg.Mosaic.Rotations; len(list) > 0 {
		rotations = nil
		frame, err := x.ConstantFrame()
		if err != nil {
			return c, nil, refused(path, err)
		}
		for _, r := range list {
			rotations = append(rotations, geom.Mul(frame, r, geom.Transpose(frame)))
		}
	}
	return c, rotations, nil
}

// rotationOf returns the rotation of crystal i in the images of the options: where it starts and its range,
// in degrees.
func (e *Experiment) rotationOf(i int, o *PredictOptions) (phi, osc float64, err error) {
	x, s := e.Crystals[i], e.config.Scan
	if x.Config().Osc != 0 {
		if osc, err = e.value(x.Osc); err != nil {
			return 0, 0, err
		}
	}
	if s == nil {
		phi, err = e.value(x.Phi)
		return phi, osc, err
	}
	first := or(o.First, e.selected)
	last := or(o.Last, max(first, e.selected))
	if first < s.FirstImage() || last > s.LastImage() || first > last {
		return 0, 0, fmt.Errorf("experiment: there are no images %d to %d: the scan has images %d to %d", first, last, s.FirstImage(), s.LastImage())
	}
	own, err := e.ownPhi(i)
	if err != nil {
		return 0, 0, err
	}
	way := math.Abs(s.Start(last) - s.Start(first))
	if s.Width < 0 { // each image from its start backwards
		return own + s.Start(last) - osc, way + osc, nil
	}
	return own + s.Start(first), way + osc, nil
}

// ImageOf returns the angle at which the first image of crystal i begins and how far it turns in one, in
// degrees, with the sign of the scan; 0 for stills.
func (e *Experiment) ImageOf(i int) (start, width float64, err error) {
	if s := e.config.Scan; s != nil {
		own, err := e.ownPhi(i)
		return own + s.Phi, s.Width, err
	}
	return e.rotationOf(i, &PredictOptions{})
}

// ToFormat returns the rotation from the experiment's laboratory to that of [Experiment.Geometry].
func (e *Experiment) ToFormat() ([3][3]float64, error) {
	turn, _, _, err := e.laboratory()
	return turn, err
}

// amplitudesOf returns the function of a crystal's amplitudes, and whether they are known.
func (e *Experiment) amplitudesOf(x *crystal.Crystal, group *symmetry.Group) (f func(h, k, l int) float64, known bool, err error) {
	other, err := e.value(x.DefaultF)
	if err != nil {
		return nil, false, err
	}
	table := x.Table()
	if table == nil {
		known = other != 0
		amplitude := or(other, 1)
		return func(h, k, l int) float64 {
			if group != nil && group.Absent([3]int{h, k, l}) {
				return 0
			}
			return amplitude
		}, known, nil
	}
	values := table.F
	if n := x.Structure; n != nil && n.Op() == nil && n.Value() != nil {
		if now, ok := n.Value().Data().([]float64); ok && len(now) == len(values) {
			values = now
		}
	}
	nothing := 0.0
	if x.Anomalous != nil { // heavy atoms scatter where the rest of the crystal does not
		nothing = math.SmallestNonzeroFloat64
	}
	return func(h, k, l int) float64 {
		if i, ok := table.Index(h, k, l); ok {
			return or(values[i], nothing)
		}
		return or(other, nothing)
	}, true, nil
}
