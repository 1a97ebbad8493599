package experiment

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// Data contains measured images in photons, with which a refinement compares a model.
type Data struct {
	// Photons contains an image (slow, fast) for each panel, with 0 in excluded pixels.
	Photons []*tensor.Dense
	// Mask is false for excluded pixels: fast·slow values for each panel, fast axis first.
	Mask [][]bool
	// Notices reports what looks wrong in the files, such as a header that contradicts the experiment.
	Notices []string
}

// LeftOut counts excluded pixels by the rule that excludes them.
type LeftOut struct {
	NotFinite, Gaps int // NaN and infinities; −1 and −2
	Missing         int // values of Counts.Missing
	Overload        int // values from Counts.Overload on
	Masked          int // by a mask file
}

// Total returns the number of excluded pixels.
func (l LeftOut) Total() int { return l.NotFinite + l.Gaps + l.Missing + l.Overload + l.Masked }

// String lists the rules that exclude pixels.
func (l LeftOut) String() string {
	text := ""
	for _, r := range []struct {
		n    int
		rule string
	}{
		{l.Overload, "at or above counts.overload"}, {l.Missing, "listed in counts.missing"}, {l.Gaps, "−1 or −2"},
		{l.NotFinite, "not finite"}, {l.Masked, "masked by mask_file"},
	} {
		if r.n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", r.n, r.rule)
		}
	}
	return text
}

// Photons converts pixel values to photons. mask is false for excluded pixels, which have 0 photons.
func (c Counts) Photons(values []float64) (photons []float64, mask []bool, out LeftOut) {
	photons, mask = make([]float64, len(values)), make([]bool, len(values))
	gain := or(c.Gain, 1)
	for i, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			out.NotFinite++
		case v == -1 || v == -2:
			out.Gaps++
		case c.Overload > 0 && v >= c.Overload:
			out.Overload++
		case slices.Contains(c.Missing, v):
			out.Missing++
		default:
			photons[i], mask[i] = (v-c.Pedestal)/gain, true
		}
	}
	return photons, mask, out
}

// Values returns what a detector reports for photons, before rounding: the inverse of [Counts.Photons].
func (c Counts) Values(photons []float64) []float64 {
	values := make([]float64, len(photons))
	for i, p := range photons {
		values[i] = or(c.Gain, 1)*p + c.Pedestal
	}
	return values
}

// ReadImages reads the images and masks that the experiment names, of a scan those of the selected image. It returns an error if all pixels are excluded, and a
// notice for each entry in the header of an SMV file that contradicts the experiment.
func (e *Experiment) ReadImages() (*Data, error) {
	c := &e.config
	if len(c.Images) == 0 {
		return nil, problem("images", "is empty: there is nothing to read")
	}
	var data Data
	var out LeftOut
	counted, total := 0, 0
	for i, size := range e.Detector.Sizes() {
		fast, slow := size[0], size[1]
		path := fmt.Sprintf("images[%d]", i)
		file := c.Images[i].fileOf(c.Scan, e.selected)
		values, img, err := c.readPixels(path+".file", file, c.Images[i].Format, fast, slow)
		if err != nil {
			return nil, err
		}
		if img != nil {
			notices, err := e.compareHeader(file, &img.Header)
			if err != nil {
				return nil, err
			}
			data.Notices = append(append(data.Notices, about(file, img.Notices)...), notices...)
		}
		photons, mask, left := c.Counts.Photons(values)
		if name := c.Images[i].MaskFile; name != "" {
			own, notices, err := c.readMask(path+".mask_file", name, fast, slow)
			if err != nil {
				return nil, err
			}
			data.Notices = append(data.Notices, notices...)
			for k, counts := range own {
				if mask[k] && !counts {
					mask[k], photons[k] = false, 0
					left.Masked++
				}
			}
		}
		out.NotFinite, out.Gaps, out.Missing = out.NotFinite+left.NotFinite, out.Gaps+left.Gaps, out.Missing+left.Missing
		out.Overload, out.Masked = out.Overload+left.Overload, out.Masked+left.Masked
		total += len(values)
		counted += len(values) - left.Total()
		data.Photons = append(data.Photons, tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(photons)))
		data.Mask = append(data.Mask, mask)
	}
	if counted == 0 {
		return nil, problem("images", "have no pixel that counts: all %d are masked: %s", total, out)
	}
	if out.Total() > total/2 {
		data.Notices = append(data.Notices, fmt.Sprintf("images: %d of %d pixels do not count: %s", out.Total(), total, out))
	}
	return &data, nil
}

// Median returns the median photons of the pixels that are not excluded, which approximates a flat background. It is at least
// 0.1, because the mean of a Poisson variable is above 0.
func (d *Data) Median() float64 {
	var v []float64
	for k, m := range d.Photons {
		for i, x := range m.Float64s() {
			if d.Mask == nil || d.Mask[k] == nil || d.Mask[k][i] {
				v = append(v, x)
			}
		}
	}
	if len(v) == 0 {
		return 0.1
	}
	slices.Sort(v)
	return max(v[len(v)/2], 0.1)
}

// Sum returns the photons in the pixels that are not excluded, and the number of these.
func (d *Data) Sum() (photons float64, pixels int) {
	for k, m := range d.Photons {
		for i, x := range m.Float64s() {
			if d.Mask == nil || d.Mask[k] == nil || d.Mask[k][i] {
				photons += x
				pixels++
			}
		}
	}
	return photons, pixels
}
