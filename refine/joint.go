package refine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/experiment"
)

// Frame is one image of a [Joint] problem.
type Frame struct {
	// Name of the image in messages and results. "" means "image" with its number, from 1.
	Name string
	// Problem is the image's loss by its parameters. Several frames may have the same one, which Select makes each image's in
	// turn. The loss has to have a Prediction and a Curvature, as all losses of this package have.
	Problem *Problem
	// Vectors is the same loss by long vectors that the frames share, such as the scales of reflections. They are held while the
	// search goes by the other parameters, and then refined together with these, by the diagonal of their Fisher matrix; restraints
	// of the parameters count once. nil where there are none.
	Vectors *Problem
	// Select makes the problem that of the image: it sets what differs besides the parameters, such as data and the angle of the
	// rotation, and at the first call the values that the image's own parameters start from. nil where there is nothing to set.
	Select func() error
	// Series is the number of the scan that the image is of, and Place where it is along it, such as its number. Splines and
	// roughness are along each series; parameters that are free in each frame need neither.
	Series int
	Place  float64
}

// Own makes a parameter of the frames' problems differ from frame to frame: free in each, or a cubic spline along the scan,
// with or without a restraint of its roughness. Knots are in units of [Frame].Place. Bounds and restraints of a parameter that
// is a spline are those of the spline's coefficients, between which its values lie. Parameters that are not listed are
// shared by all frames that have one of the name.
type Own = experiment.Own

// Joint is a problem of many images: the sum of the losses of frames, by parameters that all share and by parameters of which
// each has its own. Only one goroutine may use it at a time.
//
// Frames are evaluated one after the other, each on the workers of its simulator, so that the memory is that of one image's
// model besides the data; sums are in the order of the frames, and the same to the last bit for any number of workers.
type Joint struct {
	frames    []Frame
	own       map[string]*Own
	variables *variables
	vectors   *jointVectors // nil without any

	restraints [][]jointRestraint    // within the losses, of each frame
	bare       map[*Problem]*Problem // of each problem, without them

	selected    map[*Problem]int // the frame that a problem is at
	evaluations int
}

// NewJoint makes a problem of several frames. It selects each to learn where its parameters start; shared ones start at the
// values of the first frame that has them. It returns an error for a loss without [Loss].Prediction and Curvature, and for an own
// parameter that no frame has.
//
// The loss may be any, a robust one too, whose uncertainties are those of the sandwich covariance. A restraint of a shared parameter
// ([Parameter].Restraint) counts once, whatever the number of frames, and one of an own parameter in each of them. So do restraints
// within the losses ([Loss].Restrain): those in which an own parameter takes part count in each frame, and of the others, those of one
// name count once.
func NewJoint(frames []Frame, own ...Own) (*Joint, error) {
	if len(frames) == 0 {
		return nil, fmt.Errorf("refine: a joint problem of no frames")
	}
	j := &Joint{frames: slices.Clone(frames), own: map[string]*Own{}, selected: map[*Problem]int{}}
	for i := range own {
		o := own[i]
		if j.own[o.Parameter] != nil {
			return nil, fmt.Errorf("refine: %s is own of each frame twice", o.Parameter)
		}
		for _, p := range []struct {
			name  string
			value float64
		}{{"spacing of knots", o.Knots}, {"roughness", o.Roughness}} {
			if !(p.value >= 0) || math.IsInf(p.value, 0) {
				return nil, fmt.Errorf("refine: %s: the %s is %g; want a finite number of 0 or more", o.Parameter, p.name, p.value)
			}
		}
		j.own[o.Parameter] = &o
	}
	names, problems := map[string]bool{}, map[*Problem]bool{}
	var starts [][]float64
	for i := range j.frames {
		f := &j.frames[i]
		if f.Name == "" {
			f.Name = fmt.Sprintf("image %d", i+1)
		}
		if names[f.Name] {
			return nil, fmt.Errorf("refine: two frames are named %s", f.Name)
		}
		names[f.Name] = true
		if i > 0 && f.Series == j.frames[i-1].Series && !(f.Place > j.frames[i-1].Place) && len(own) > 0 && j.alongScan() {
			return nil, fmt.Errorf("refine: %s is at %g along its scan, the frame before it at %g; want frames in order", f.Name, f.Place, j.frames[i-1].Place)
		}
		if err := checkFrame(f, problems); err != nil {
			return nil, err
		}
		if err := j.selectFrame(i); err != nil {
			return nil, err
		}
		values, err := f.Problem.params.Values()
		if err != nil {
			return nil, err
		}
		starts = append(starts, values)
	}
	for name := range j.own {
		if !slices.ContainsFunc(j.frames, func(f Frame) bool { return f.Problem.params.has(name) }) {
			return nil, fmt.Errorf("refine: %s is to differ between the frames, and none has such a free parameter", name)
		}
	}
	j.variables = newVariables(j.frames, j.own, starts)
	if err := j.addRestraints(); err != nil {
		return nil, err
	}
	return j, j.addVectors()
}

// alongScan reports whether places matter.
func (j *Joint) alongScan() bool {
	for _, o := range j.own {
		if o.Knots > 0 || o.Roughness > 0 {
			return true
		}
	}
	return false
}

// checkFrame checks a frame's problem, once.
func checkFrame(f *Frame, known map[*Problem]bool) error {
	p := f.Problem
	switch {
	case p == nil:
		return fmt.Errorf("refine: %s has no problem", f.Name)
	case known[p] && f.Select == nil:
		return fmt.Errorf("refine: %s has the problem of another frame, and no Select that would make it its own", f.Name)
	case known[p]:
		return nil
	case p.loss.Prediction == nil || p.loss.Curvature == nil || p.loss.ChiSquare == nil || p.loss.Count == nil:
		return fmt.Errorf("refine: %s: %w", f.Name, errNoPrediction)
	}
	known[p] = true
	return p.needMatrix("a joint search")
}

// has reports whether a free parameter has a name.
func (p *Parameters) has(name string) bool {
	return slices.ContainsFunc(p.free, func(i int) bool { return p.list[i].Name == name })
}

// Frames returns the frames, with their names.
func (j *Joint) Frames() []Frame { return slices.Clone(j.frames) }

// Len returns the number of free numbers of all frames together.
func (j *Joint) Len() int { return len(j.variables.list) }

// Select makes a frame's problem that of the frame, at the present values of its parameters where a search of the joint
// problem has set them: see [JointResult.Set].
func (j *Joint) selectFrame(i int) error {
	f := &j.frames[i]
	if n, known := j.selected[f.Problem]; known && n == i {
		return nil
	}
	delete(j.selected, f.Problem)
	f.Problem.last = nil // it was computed for another frame
	if bare := j.bare[f.Problem]; bare != nil {
		bare.last = nil
	}
	if f.Select != nil {
		if err := f.Select(); err != nil {
			return fmt.Errorf("refine: %s: %w", f.Name, err)
		}
	}
	j.selected[f.Problem] = i
	return nil
}

// jointPoint is what has been computed at an x.
type jointPoint struct {
	x, values []float64
	possible  bool
	loss      float64   // restraints included
	gradient  []float64 // by the variables' values, restraints included
	fisher    *arrow    // likewise
	frames    []FrameResult
	each      []*point // of each frame
}

// evaluate sums the frames at x.
func (j *Joint) evaluate(ctx context.Context, x []float64) (*jointPoint, error) {
	pt := &jointPoint{x: slices.Clone(x), values: j.variables.values(x), each: make([]*point, len(j.frames))}
	j.evaluations++
	for i := range j.frames {
		if err := j.selectFrame(i); err != nil {
			return nil, err
		}
		if possible, err := j.evaluateFrame(ctx, pt, i); err != nil || !possible {
			return pt, cmp.Or(err, ctx.Err())
		}
	}
	j.sum(pt)
	return pt, nil
}

// evaluateFrame computes a frame, which is selected, and reports whether the point is possible there.
func (j *Joint) evaluateFrame(ctx context.Context, pt *jointPoint, i int) (possible bool, err error) {
	f := &j.frames[i]
	if j.vectors != nil {
		if err := j.setVectors(i, j.vectors.values); err != nil {
			return false, err
		}
	}
	own, err := j.bare[f.Problem].evaluate(ctx, j.variables.of(i, pt.values), framed)
	if err != nil {
		return false, fmt.Errorf("refine: %s: %w", f.Name, err)
	}
	pt.each[i] = own
	if !own.possible || len(j.restraints[i]) == 0 {
		return own.possible, nil
	}
	z, rows, err := j.restraintRows(ctx, i)
	if err != nil {
		return false, fmt.Errorf("refine: %s: %w", f.Name, err)
	}
	if own.possible = z != nil; !own.possible {
		return false, nil
	}
	for k, row := range rows {
		own.restraint += z[k] * z[k] / 2
		for a, v := range row {
			own.gradient[a] += z[k] * v
		}
		own.fisher.SymRankOne(own.fisher, 1, mat.NewVecDense(len(row), row))
	}
	return true, nil
}

// sum adds the frames of a point, in their order, and the restraints.
func (j *Joint) sum(pt *jointPoint) {
	v := j.variables
	pt.loss, pt.gradient = 0, make([]float64, len(pt.x))
	pt.fisher, pt.frames = newArrow(v.along, len(v.list)-v.along, v.width), make([]FrameResult, len(j.frames))
	for i, own := range pt.each {
		pt.loss += own.loss + own.restraint
		pt.frames[i] = FrameResult{Name: j.frames[i].Name, Loss: own.loss, ChiSquare: own.chiSquare, Pixels: own.count}
		v.addGradient(i, own.gradient, pt.gradient)
		v.addMatrix(i, own.fisher, pt.fisher)
	}
	pt.loss += v.restrain(pt.values, pt.gradient, pt.fisher) + j.vectors.restraint()
	pt.possible = true
}

// jointQuadratic is the quadratic model of the loss about a point, as [quadratic].
type jointQuadratic struct {
	unit     []float64
	scaling  []float64 // the change of a variable's value
	gradient []float64
	fisher   *arrow
}

// quadratic returns the model in variables that are scaled to a curvature of 1 each.
func (j *Joint) quadratic(pt *jointPoint) *jointQuadratic {
	n := len(pt.x)
	scaling := make([]float64, n)
	q := &jointQuadratic{unit: make([]float64, n), scaling: scaling, gradient: make([]float64, n)}
	for i, d := range pt.fisher.diagonal() {
		_, first, _ := j.variables.list[i].value(pt.x[i])
		if d > 0 && first > 0 {
			q.unit[i] = 1 / (math.Sqrt(d) * first)
		}
		scaling[i] = first * q.unit[i]
		q.gradient[i] = pt.gradient[i] * scaling[i]
	}
	for _, i := range j.resting(pt) { // they stay where they are
		q.unit[i], scaling[i], q.gradient[i] = 0, 0, 0
	}
	q.fisher = pt.fisher.scaled(scaling)
	return q
}

// resting returns the variables that rest on a bound, as [Problem.resting] does.
func (j *Joint) resting(pt *jointPoint) (list []int) {
	for i, v := range j.variables.list {
		if v.rests(pt.gradient[i], pt.values[i]) {
			list = append(list, i)
		}
	}
	return list
}

// step solves (F + damping) s = −g, and returns the decrease of the loss that the model predicts.
func (q *jointQuadratic) step(damping float64) (step []float64, predicted float64, err error) {
	for more := 0.0; ; more = max(weakest, 10*more) { // rounding may make it indefinite
		f := q.fisher.factor(damping+more, 0)
		solved, ok := f.schurSolver()
		if !ok || slices.Contains(f.left, true) {
			if more > 1 {
				return nil, 0, fmt.Errorf("refine: a joint step: the Fisher matrix is not finite")
			}
			continue
		}
		if step, err = f.solve(q.gradient, solved); err != nil {
			return nil, 0, err
		}
		break
	}
	for i := range step {
		v := -step[i]
		predicted += v * (damping*v - q.gradient[i]) / 2
		step[i] = v * q.unit[i]
	}
	return step, predicted, nil
}

// schurSolver returns the function that solves with the Schur complement, and whether it is positive definite.
func (f *factored) schurSolver() (func([]float64) ([]float64, error), bool) {
	if f.schur == nil {
		return nil, true
	}
	var c mat.Cholesky
	if !c.Factorize(f.schur) {
		return nil, false
	}
	return func(b []float64) ([]float64, error) {
		x := mat.NewVecDense(len(b), nil)
		if err := c.SolveVecTo(x, mat.NewVecDense(len(b), slices.Clone(b))); err != nil {
			var ill mat.Condition
			if !asCondition(err, &ill) {
				return nil, fmt.Errorf("refine: a joint step: %w", err)
			}
		} // An ill-conditioned matrix gives a step all the same; the trial shows whether the step is good.
		return x.RawVector().Data, nil
	}, true
}

// String is a line about the problem.
func (j *Joint) String() string {
	var own []string
	for _, o := range j.own {
		own = append(own, o.Parameter)
	}
	slices.Sort(own)
	v := j.variables
	shared := 0
	for _, x := range v.list {
		if x.kind == sharedVariable {
			shared++
		}
	}
	text := fmt.Sprintf("%d images, %d shared numbers", len(j.frames), shared)
	if len(own) > 0 {
		text += fmt.Sprintf(", %d of the images (%s)", len(v.list)-shared, strings.Join(own, ", "))
	}
	return text
}
