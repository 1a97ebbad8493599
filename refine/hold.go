package refine

import (
	"slices"

	"github.com/gobragg/gobragg/internal/node"
)

// hold keeps the mean of a spectrum's free weights at 1. The model divides them by their mean, unless the experiment says
// otherwise, so that it does not depend on it: the restraint takes up what would be undetermined, and leaves no trace in the
// loss where it is smallest.
func (f *Fit) hold(loss *Loss, free []Parameter) error {
	const loose = 1e-3 // of the mean: nothing next to the uncertainty of a weight, and not stiff
	x := f.Experiment.Beam
	if x.Weights == nil || x.Config().FreeSum || !slices.ContainsFunc(free, func(q Parameter) bool { return q.Node == x.Weights }) {
		return nil
	}
	b := node.On(x.Weights.Graph())
	mean := b.Out(b.Scale(1/float64(x.Len()), b.SumAll(b.In(x.Weights))))
	if b.Err() != nil {
		return b.Err()
	}
	return loss.Restrain(mean, 1, loose)
}
