package experiment

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format/files"
)

// Data contains measured images in photons, with which a refinement compares a model.
type Data struct {
	// Photons contains an image (slow, fast) for each panel, with 0 in excluded pixels.
	Photons []*tensor.Dense
	// Mask is false for excluded pixels: fast·slow values for each panel, fast axis first.
	Mask [][]bool
	// Readout contains the standard deviation of each pixel's readout noise in photons, an image for each panel; nil without
	// images.readout_file.
	Readout []*tensor.Dense
	// Left counts the excluded pixels of images that were read, by rule.
	Left LeftOut
	// Notices reports what looks wrong in the files, such as a header that contradicts the experiment.
	Notices []string
}

// LeftOut counts excluded pixels by the rule that excludes them.
type LeftOut struct {
	NotFinite, Gaps int // NaN and infinities; −1 and −2
	Missing         int // values of Counts.Missing
	Overload        int // values from Counts.Overload on
	Untrusted       int // outside the range that the image's file gives
	Marked          int // as bad in the image's file
	Masked          int // by a mask file
}

// Total returns the number of excluded pixels.
func (l LeftOut) Total() int {
	return l.NotFinite + l.Gaps + l.Missing + l.Overload + l.Untrusted + l.Marked + l.Masked
}

func (l *LeftOut) add(o LeftOut) {
	l.NotFinite, l.Gaps, l.Missing, l.Overload = l.NotFinite+o.NotFinite, l.Gaps+o.Gaps, l.Missing+o.Missing, l.Overload+o.Overload
	l.Untrusted, l.Marked, l.Masked = l.Untrusted+o.Untrusted, l.Marked+o.Marked, l.Masked+o.Masked
}

// String lists the rules that exclude pixels.
func (l LeftOut) String() string {
	text := ""
	for _, r := range []struct {
		n    int
		rule string
	}{
		{l.Overload, "at or above counts.overload"}, {l.Missing, "listed in counts.missing"}, {l.Gaps, "−1 or −2"},
		{l.NotFinite, "not finite"}, {l.Untrusted, "outside the trusted range of the file"}, {l.Marked, "marked as bad in the file"},
		{l.Masked, "masked by mask_file"},
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

// ReadImages reads the images and masks that the experiment names, of a scan those of the selected image. It returns an error
// if all pixels are excluded, and a notice for each statement of a file that contradicts the experiment.
func (e *Experiment) ReadImages() (*Data, error) {
	c := &e.config
	if len(c.Images) == 0 {
		return nil, problem("images", "is empty: there is nothing to read")
	}
	var data Data
	var out LeftOut
	counted, total := 0, 0
	var last source // panels may be parts of one image
	var whole *files.Image
	for i, size := range e.Detector.Sizes() {
		fast, slow := size[0], size[1]
		path := fmt.Sprintf("images[%d]", i)
		own := &c.Images[i]
		from := source{path + ".file", own.fileOf(c.Scan, e.selected), own.Format, own.frameOf(c.Scan, e.selected)}
		if whole == nil || from.name != last.name || from.frame != last.frame || from.format != last.format || own.First == nil {
			var err error
			if whole, err = c.readFile(from, fast, slow); err != nil {
				return nil, err
			}
			last = from
			notices, err := e.contradictions(from, whole)
			if err != nil {
				return nil, err
			}
			data.Notices = append(append(data.Notices, about(from.name, whole.Notices)...), notices...)
		}
		img, err := fit(from, whole, own.First, fast, slow)
		if err != nil {
			return nil, err
		}
		photons, mask, left := c.Counts.Photons(img.Values)
		left.exclude(img, photons, mask)
		if name := own.MaskFile; name != "" {
			good, notices, err := c.readMask(path+".mask_file", name, own.First, fast, slow)
			if err != nil {
				return nil, err
			}
			data.Notices = append(data.Notices, notices...)
			for k, counts := range good {
				if mask[k] && !counts {
					mask[k], photons[k] = false, 0
					left.Masked++
				}
			}
		}
		if own.ReadoutFile != "" {
			sigma, notices, err := c.readNoise(path+".readout_file", own, fast, slow, mask)
			if err != nil {
				return nil, err
			}
			data.Notices = append(data.Notices, notices...)
			data.Readout = append(data.Readout, tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(sigma)))
		}
		out.add(left)
		total += len(photons)
		counted += len(photons) - left.Total()
		data.Photons = append(data.Photons, tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(photons)))
		data.Mask = append(data.Mask, mask)
	}
	data.Left = out
	if counted == 0 {
		return nil, problem("images", "have no pixel that counts: all %d are masked: %s", total, out)
	}
	if out.Total() > total/2 {
		data.Notices = append(data.Notices, fmt.Sprintf("images: %d of %d pixels do not count: %s", out.Total(), total, out))
	}
	return &data, nil
}

// exclude excludes the pixels that do not count by the statements of their file.
func (l *LeftOut) exclude(m *files.Image, photons []float64, mask []bool) {
	var trusted *[2]float64
	if m.Geometry != nil && len(m.Geometry.Panels) > 0 {
		trusted = m.Geometry.Panels[0].Trusted
	}
	for i, bad := range m.Bad {
		if !bad || !mask[i] {
			continue
		}
		mask[i], photons[i] = false, 0
		if v := m.Values[i]; trusted != nil && (v < trusted[0] || v > trusted[1]) {
			l.Untrusted++
		} else {
			l.Marked++
		}
	}
}

// contradictions returns what an image's file says otherwise than the experiment.
func (e *Experiment) contradictions(from source, m *files.Image) ([]string, error) {
	switch {
	case m.Header != nil:
		return e.compareHeader(from.name, m.Header)
	case m.Geometry != nil:
		return e.compareGeometry(from.name, from.frame, m.Geometry)
	}
	return nil, nil
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
