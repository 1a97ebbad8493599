package refine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gobragg/gobragg/experiment"
)

// JointResult is the outcome of a search of a [Joint] problem. The embedded result is that of the shared parameters: its
// uncertainties and correlations hold with all own parameters free.
type JointResult struct {
	Result
	// Own are the parameters of which each frame has its own value, in the order of the first frame that has them.
	Own []OwnResult
	// LongVectors are the numbers of long vectors that all share.
	LongVectors []VectorResult
	// Frames says how well each image is fitted.
	Frames []FrameResult
	// Resting are the names of the numbers that rest on a bound, where they count as converged: of a shared parameter its own, of an
	// own one with the image after it, such as "scale, image 3".
	Resting []string

	values []float64 // of all variables
}

// OwnResult is a number that differs from frame to frame, with an element for each frame: NaN where a frame does not
// have it. For a spline, values and uncertainties are those of its curve.
type OwnResult struct {
	Name                 string
	Start, Values, Sigma []float64
}

// JointVerdict is a [Verdict] of several images. Where [Result].Verdict is one, what is printed and recorded has what it says of each.
type JointVerdict interface {
	Verdict
	// ImageReasons are the reasons why each image is not fitted, none where it is.
	ImageReasons() [][]experiment.Reason
	// SandwichOwn are the own parameters with uncertainties of the sandwich covariance where the model does not fit, or nil.
	SandwichOwn() []OwnResult
}

// known are the own parameters with the uncertainties that are shown: see [Result.known].
func (r *JointResult) known() []OwnResult {
	if r.Verdict == nil || r.Verdict.Fits() {
		return r.Own
	}
	if v, ok := r.Verdict.(JointVerdict); ok && v.SandwichOwn() != nil {
		return v.SandwichOwn()
	}
	out := slices.Clone(r.Own)
	for k := range out {
		out[k].Sigma = slices.Repeat([]float64{math.NaN()}, len(out[k].Values))
	}
	return out
}

// FrameResult is how well an image is fitted.
type FrameResult struct {
	Name string
	// Loss of the image, without restraints.
	Loss float64
	// ChiSquare is Σ w (prediction − data)²/variance over Pixels pixels that have a weight.
	ChiSquare float64
	Pixels    int
}

// Reduced is χ² for each pixel.
func (f FrameResult) Reduced() float64 { return f.ChiSquare / float64(f.Pixels) }

// shared returns the names and values of the shared parameters, in the order of the frames' parameters.
func (j *Joint) shared(values []float64) (names []string, out []float64) {
	for _, i := range j.sharedVariables() {
		names, out = append(names, j.variables.list[i].name), append(out, values[i])
	}
	return names, out
}

// sharedVariables returns the numbers of the variables of shared parameters.
func (j *Joint) sharedVariables() []int {
	var list []int
	for i, v := range j.variables.list {
		if v.kind == sharedVariable {
			list = append(list, i)
		}
	}
	return list
}

// shortVectors returns where shared vectors are among the shared numbers.
func (j *Joint) shortVectors() []Vector {
	var out []Vector
	seen := map[string]bool{}
	at := map[string]int{}
	for k, i := range j.sharedVariables() {
		at[j.variables.list[i].name] = k
	}
	for _, f := range j.frames {
		for _, i := range f.Problem.params.free {
			q := &f.Problem.params.list[i]
			if q.vector && j.own[q.Name] == nil && !seen[q.Name] {
				seen[q.Name] = true
				out = append(out, Vector{Name: q.Name, First: at[q.element(0)], Len: q.size})
			}
		}
	}
	slices.SortFunc(out, func(a, b Vector) int { return a.First - b.First })
	return out
}

// Set sets the parameters' nodes to those of a frame in a result, and the frame's problem to its image. Without a result
// they are those that the search starts from.
func (j *Joint) Set(r *JointResult, frame int) error {
	if frame < 0 || frame >= len(j.frames) {
		return fmt.Errorf("refine: there is no frame %d, of %d", frame, len(j.frames))
	}
	if err := j.selectFrame(frame); err != nil {
		return err
	}
	if v := j.vectors; v != nil {
		long := v.start
		if r != nil {
			long = make([]float64, len(r.LongVectors))
			for n, x := range r.LongVectors {
				long[n] = x.Value
			}
		}
		if err := j.setVectors(frame, long); err != nil {
			return err
		}
	}
	var values []float64
	if r != nil {
		values = r.values
	} else {
		for _, v := range j.variables.list {
			values = append(values, v.start)
		}
	}
	return j.frames[frame].Problem.params.Set(j.variables.of(frame, values))
}

// ResultOf is a result seen from a frame: its parameters, shared and own ones, in the order of the frame's problem, with the
// uncertainties that the frames have together. Of those there is no matrix.
func (j *Joint) ResultOf(r *JointResult, frame int) (*Result, error) {
	if frame < 0 || frame >= len(j.frames) || len(r.values) != len(j.variables.list) {
		return nil, fmt.Errorf("refine: there is no result of frame %d, of %d", frame, len(j.frames))
	}
	v, p := j.variables, j.frames[frame].Problem.params
	starts := make([]float64, len(v.list))
	for i := range starts {
		starts[i] = v.list[i].start
	}
	out := &Result{Status: r.Status, Detail: r.Detail, Method: r.Method, Names: p.Names(), Vectors: p.Vectors(), Start: v.of(frame, starts), Values: v.of(frame, r.values)}
	if len(r.Frames) > frame {
		out.Loss = r.Frames[frame].Loss
	}
	if r.Uncertainty == nil {
		return out, nil
	}
	known := map[string]float64{}
	for i, name := range r.Names {
		known[name] = r.Uncertainty.Sigma[i]
	}
	for _, o := range r.Own {
		known[o.Name] = o.Sigma[frame]
	}
	u := &Uncertainty{Names: out.Names, Values: out.Values, ChiSquare: r.Frames[frame].ChiSquare, Reduced: r.Frames[frame].Reduced()}
	for _, name := range out.Names {
		u.Sigma = append(u.Sigma, known[name])
	}
	out.Uncertainty = u
	return out, nil
}

// result makes the result of the best point.
func (s *jointSearch) result(status Status, detail string) (*JointResult, error) {
	v := s.variables
	starts := make([]float64, len(v.list))
	for i := range starts {
		starts[i] = v.list[i].start
	}
	r := &JointResult{values: starts}
	r.Status, r.Detail, r.Method = status, detail, "joint Gauss-Newton"
	r.Names, r.Start = s.shared(starts)
	r.Vectors = s.shortVectors()
	r.StartLoss, r.Loss = s.first, math.Inf(1)
	if s.best != nil {
		r.values, r.Loss, r.Frames = s.best.values, s.best.loss, s.best.frames
		for _, i := range s.resting(s.best) {
			r.Resting = append(r.Resting, v.list[i].name)
		}
	}
	_, r.Values = s.shared(r.values)
	var c *jointCovariance
	if s.best != nil && status != Interrupted && !s.settings.WithoutUncertainty {
		outer := *s.best
		middle, err := s.sandwich(s.ctx, &outer)
		if err == nil {
			r.Uncertainty, c, err = s.uncertainty(&outer, middle)
		}
		if err != nil {
			return nil, err
		}
	}
	s.ownResults(r, starts, c)
	r.LongVectors = s.vectors.results()
	for i := range s.frames { // the last frame of each problem stays selected
		if err := s.Set(r, i); err != nil {
			return nil, err
		}
	}
	r.Iterations, r.Evaluations, r.Elapsed = s.number, s.evaluations, time.Since(s.beginning)
	return r, nil
}

// ownResults lists the own parameters, frame by frame. c has the covariances, in units of unit; nil without any.
func (s *jointSearch) ownResults(r *JointResult, starts []float64, c *jointCovariance) {
	at := map[string]int{}
	for i, f := range s.frames {
		for k, e := range f.Problem.params.each {
			if s.own[e.Name] == nil {
				continue
			}
			name := e.element(e.index)
			n, known := at[name]
			if !known {
				n = len(r.Own)
				at[name] = n
				nothing := slices.Repeat([]float64{math.NaN()}, len(s.frames))
				r.Own = append(r.Own, OwnResult{Name: name, Start: nothing, Values: slices.Clone(nothing), Sigma: slices.Clone(nothing)})
			}
			o, own := &r.Own[n], s.variables.frames[i][k]
			o.Start[i], o.Values[i] = own.value(starts), own.value(r.values)
		}
	}
	if c != nil {
		s.ownSigma(r.Own, c)
	}
}

// ownSigma fills in the uncertainties of own parameters.
func (j *Joint) ownSigma(list []OwnResult, c *jointCovariance) {
	at := map[string]int{}
	for n, o := range list {
		at[o.Name] = n
	}
	for i, f := range j.frames {
		for k, e := range f.Problem.params.each {
			if j.own[e.Name] != nil {
				list[at[e.element(e.index)]].Sigma[i] = c.sigma(j.variables.frames[i][k])
			}
		}
	}
}

// ownShown is how many undetermined directions are printed.
const ownShown = 8

// shown is the result of the shared parameters with as many undetermined directions as are printed, and what is said of the others.
func (r *JointResult) shown() (shared *Result, more string) {
	own := r.Result
	if u := r.Uncertainty; u != nil && len(u.Undetermined) > ownShown {
		few := *u
		few.Undetermined = u.Undetermined[:ownShown]
		own.Uncertainty = &few
		more = fmt.Sprintf("and %d more such combinations\n", len(u.Undetermined)-ownShown)
	}
	return &own, more
}

// ownRange is the range of an own parameter over the images, and its mean uncertainty, NaN where one is not known.
type ownRange struct {
	name                   string
	low, mean, high, sigma float64
}

func (r *JointResult) ranges() (list []ownRange) {
	for _, o := range r.known() {
		q := ownRange{name: o.Name, low: math.Inf(1), high: math.Inf(-1)}
		n := 0.0
		for i, v := range o.Values {
			if math.IsNaN(v) {
				continue
			}
			q.low, q.high, q.mean, n = min(q.low, v), max(q.high, v), q.mean+v, n+1
			q.sigma += o.Sigma[i]
		}
		q.mean, q.sigma = q.mean/n, q.sigma/n
		list = append(list, q)
	}
	return list
}

// String returns a table of the shared parameters, and of the own ones, of which it gives the range.
func (r *JointResult) String() string {
	var b strings.Builder
	shared, more := r.shown()
	b.WriteString(shared.String())
	b.WriteString(more)
	if len(r.Own) > 0 {
		fmt.Fprintf(&b, "%-24s  %14s  %14s  %14s  %12s\n", "of each image", "lowest", "mean", "highest", "mean sigma")
	}
	for _, o := range r.ranges() {
		text := "?"
		if !math.IsNaN(o.sigma) {
			text = fmt.Sprintf("%.3g", o.sigma)
		}
		fmt.Fprintf(&b, "%-24s  %14.8g  %14.8g  %14.8g  %12s\n", o.name, o.low, o.mean, o.high, text)
	}
	if n := len(r.LongVectors); n > 0 {
		fmt.Fprintf(&b, "%d numbers of long vectors, from %s to %s, with sigma of each if all others were known\n", n, r.LongVectors[0].Name, r.LongVectors[n-1].Name)
	}
	if len(r.Frames) > 0 {
		worst := slices.MaxFunc(r.Frames, func(a, b FrameResult) int {
			switch x, y := a.Reduced(), b.Reduced(); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		fmt.Fprintf(&b, "%d images; chi square for each pixel of the worst, %s: %.4f\n", len(r.Frames), worst.Name, worst.Reduced())
	}
	return b.String()
}
