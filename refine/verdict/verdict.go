// Package verdict says in plain words whether a refined model fits its data, and if it does not, why.
//
//	v, err := verdict.Of(ctx, fit, result)
//	result.Verdict = v // printed first, and part of the result's file
//
// A search converges to wrong models as readily as to right ones, and gives them small uncertainties. A verdict compares what the
// residuals are with what they would be if the model were right: see [Of].
package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// Verdict is whether a model fits its data.
type Verdict struct {
	// Fit reports whether it does: there are no Reasons then.
	Fit bool
	// Reasons why it does not, the likeliest cause first.
	Reasons []Reason
	// Remarks are what should be known of a fit besides: parameters that the data hardly determine, a few hot pixels that change
	// nothing, a header that contradicts the experiment.
	Remarks []Reason
	// Statistics are what was computed, each with what it is compared with.
	Statistics []Statistic
	// Uncertainty has the sandwich covariance of the parameters where the model does not fit, and is nil where it does.
	Uncertainty *refine.Uncertainty
	// Images are the verdicts of the images that were refined together, in their order: see [OfJoint]. nil for one image.
	Images []Image
	// Own are the parameters of which each image has its own, with uncertainties as Uncertainty has; nil where the model fits.
	Own []refine.OwnResult
}

// Reason is a cause for which a model does not fit, or a remark.
type Reason struct {
	Kind Kind
	// Text is a sentence or two: what was seen, with its numbers, and what helps.
	Text string
	// Value is the statistic that shows it and Limit what it may be; both are 0 where there is none.
	Value, Limit float64
	// Parameters that have to do with it.
	Parameters []string
	// Pixels are those suspected, the worst first.
	Pixels []Pixel
}

// Pixel is a pixel that is not what the model expects.
type Pixel struct {
	Panel      int // from 0
	Fast, Slow int // from 0
	Counts     float64
	Expected   float64 // photons
}

// Statistic is a number computed of the residuals, with its distribution if the model is right.
type Statistic struct {
	// Name is one of the constants below.
	Name string
	// Value, and what its mean and standard deviation would be.
	Value, Mean, Sigma float64
	// Limit is the value from which on the model does not fit.
	Limit float64
	// Number of pixels, spots or rings that it is computed of.
	Number int
}

// Kind is the kind of cause.
type Kind string

// The kinds of causes.
const (
	NoSpots       Kind = "no spots"       // the image has none
	NoOverlap     Kind = "no overlap"     // those of the model are not where those of the image are
	Indexing      Kind = "indexing"       // axes are swapped, or the indices are others of the same lattice
	SecondLattice Kind = "second lattice" // spots that the model does not have
	Geometry      Kind = "geometry"       // a parameter of the detector, the beam or the lattice that is held has a wrong value
	Size          Kind = "crystal size"   // the number of cells N is wrong
	Mosaicity     Kind = "mosaicity"      // the mosaic spread is wrong
	Spectrum      Kind = "spectrum"       // the width of the spectrum is wrong
	Shape         Kind = "spot shape"     // spots have another shape than the model's
	Intensities   Kind = "intensities"    // spots have other intensities than the structure factors
	Background    Kind = "background"     // the background has another form than the model's
	HotPixels     Kind = "hot pixels"     // single pixels are wrong: hot or dead ones
	Saturation    Kind = "saturation"     // pixels that could not count more
	Pedestal      Kind = "pedestal"       // left in the counts, or taken twice
	Gain          Kind = "gain"           // counts are not photons: their variance is not their mean
	NotConverged  Kind = "not converged"  // the search ended before it was at a minimum
	AtBound       Kind = "at a bound"     // a parameter rests on a bound: a remark, since it counts as converged there
	Undetermined  Kind = "undetermined"   // the data do not determine parameters, or hardly
	Header        Kind = "header"         // an image's header contradicts the experiment
	Misfit        Kind = "misfit"         // none of the above explains the residuals
	NotTested     Kind = "not tested"     // a remark: what could be wrong and was not looked at
)

// Fits reports whether the model fits: it is v.Fit.
func (v *Verdict) Fits() bool { return v.Fit }

// Sandwich is v.Uncertainty.
func (v *Verdict) Sandwich() *refine.Uncertainty { return v.Uncertainty }

// Suspects are the pixels that reasons and remarks list, each once, for a mask.
func (v *Verdict) Suspects() []Pixel {
	var list []Pixel
	seen := map[[3]int]bool{}
	for _, r := range slices.Concat(v.Reasons, v.Remarks) {
		for _, p := range r.Pixels {
			if at := [3]int{p.Panel, p.Fast, p.Slow}; !seen[at] {
				seen[at] = true
				list = append(list, p)
			}
		}
	}
	return list
}

// Mask returns the mask of some data without the pixels that reasons and remarks list.
func (v *Verdict) Mask(d *experiment.Data) [][]bool {
	mask := make([][]bool, len(d.Photons))
	for k, m := range d.Photons {
		mask[k] = make([]bool, m.Shape().TotalSize())
		for i := range mask[k] {
			mask[k][i] = d.Mask == nil || d.Mask[k] == nil || d.Mask[k][i]
		}
	}
	for _, p := range v.Suspects() {
		mask[p.Panel][p.Slow*d.Photons[p.Panel].Shape()[1]+p.Fast] = false
	}
	return mask
}

// String is the verdict in words: FIT or NOT A FIT, the reasons and the remarks, a line or two each.
func (v *Verdict) String() string {
	var b strings.Builder
	if v.Fit {
		b.WriteString("FIT: the model explains the data within their noise\n")
	} else {
		b.WriteString("NOT A FIT\n")
	}
	for i, r := range v.Reasons {
		mark := "because"
		if i > 0 {
			mark = "also"
		}
		fmt.Fprintf(&b, "%-9s %s\n", mark, r)
	}
	for _, r := range v.Remarks {
		fmt.Fprintf(&b, "%-9s %s\n", "note", r)
	}
	if v.Images != nil {
		fmt.Fprintf(&b, "%-9s %s\n", "images", v.aboutImages())
	}
	if !v.Fit && v.Uncertainty != nil {
		b.WriteString("σ are those of the sandwich covariance: they are of what the fit converges to, which is not the truth where the model is wrong\n")
	}
	return b.String()
}

// mostListed is the number of pixels that a line of text lists.
const mostListed = 5

// String is the kind and the text, with the worst pixels.
func (r Reason) String() string {
	text := string(r.Kind) + ": " + r.Text
	for i, p := range r.Pixels {
		switch {
		case i == mostListed:
			return text + fmt.Sprintf("; and %d more", len(r.Pixels)-i)
		case i == 0:
			text += ": "
		default:
			text += "; "
		}
		text += p.String()
	}
	return text
}

// String is the pixel's place with what it counted and what the model expects.
func (p Pixel) String() string {
	return fmt.Sprintf("panel %d (fast %d, slow %d) %.6g photons for %.4g", p.Panel, p.Fast, p.Slow, p.Counts, p.Expected)
}

// Record is the verdict as an experiment's file holds it.
func (v *Verdict) Record() *experiment.Verdict {
	out := &experiment.Verdict{Fit: v.Fit, Reasons: records(v.Reasons), Remarks: records(v.Remarks)}
	for _, s := range v.Statistics {
		s.Value, s.Mean, s.Sigma, s.Limit = finite(s.Value), finite(s.Mean), finite(s.Sigma), finite(s.Limit)
		out.Statistics = append(out.Statistics, experiment.VerdictStatistic(s))
	}
	return out
}

// finite is a number for a file, which has none for infinities.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func records(list []Reason) []experiment.Reason {
	var out []experiment.Reason
	for _, r := range list {
		o := experiment.Reason{Kind: string(r.Kind), Text: r.Text, Value: finite(r.Value), Limit: finite(r.Limit), Parameters: r.Parameters}
		for _, p := range r.Pixels {
			o.Pixels = append(o.Pixels, experiment.SuspectPixel(p))
		}
		out = append(out, o)
	}
	return out
}

// Names of statistics.
const (
	BrightChiSquare = "chi_square_bright" // χ² per pixel in which half a photon or more is expected
	DarkChiSquare   = "chi_square_dark"   // of the other pixels
	Deviance        = "deviance"          // per pixel, of counts of photons
	Neighbours      = "autocorrelation"   // of the residuals of neighbouring pixels
	OnSpots         = "autocorrelation_on_spots"
	Dispersion      = "dispersion"        // variance of counts between spots, of what photons would have
	Rings           = "rings"             // χ² of the background in rings about the beam, per degree of freedom
	Squares         = "squares"           // the same in squares
	SpotIntensities = "spot_intensities"  // χ² of the spots' photons, per spot
	SpotShifts      = "spot_shifts"       // χ² of the shifts of spots along each axis
	Held            = "held_geometry"     // the largest decrease of χ² that freeing a held parameter of the geometry would give
	Unexplained     = "unexplained_spots" // number of spots of the image that the model does not have
)
