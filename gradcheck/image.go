package gradcheck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node"
)

// Images holds the derivatives of every pixel of a simulator by one node, analytic and by
// differences.
type Images struct {
	Parameter string
	Panels    []Panel
	// Worst is the largest difference of the two, relative to the largest derivative of any pixel.
	// It is in pixel (Fast, Slow) of Panel.
	Worst             Number
	Panel, Fast, Slow int
	// Estimate is the largest estimated error of the differences, relative to the largest
	// derivative of any pixel.
	Estimate Number
	// Verdict on all pixels together.
	Verdict Verdict
}

// Panel holds the images of one panel, of shape (slow, fast), row by row.
type Panel struct {
	Fast, Slow                    int
	Analytic, Numeric, Difference []float64
}

// Imager computes images and their derivatives. A simulator is an Imager.
type Imager interface {
	// Images returns the images of all panels, of shape (slow, fast).
	Images(ctx context.Context) ([]*tensor.Dense, error)
	// Derivatives returns, for each node, the derivatives of the images of all panels.
	Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error)
}

// DerivativeImages compares the derivative images of a simulator by a scalar input, as the
// simulator computes them, with differences of its images, pixel by pixel. The tolerance is
// relative to the largest derivative of any pixel. To test the rules of derivation and not the
// compiled program, pass the simulator on the tape: sim.On(simulator.Tape()).
func DerivativeImages(ctx context.Context, imager Imager, by *G.Node, options Options) (im *Images, err error) {
	if v := reflect.ValueOf(imager); imager == nil || v.Kind() == reflect.Pointer && v.IsNil() || by == nil {
		return nil, errors.New("gradcheck: derivative images need a simulator and a node: they are by a node")
	}
	if err := options.complete(G.Nodes{by}); err != nil {
		return nil, err
	}
	if by.Op() != nil || len(by.Shape()) != 0 {
		return nil, fmt.Errorf("gradcheck: derivative images are by scalar inputs; %s is not a scalar input", node.Describe(by))
	}
	im = &Images{Parameter: by.Name()}
	derivatives, err := imager.Derivatives(ctx, by)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	largest := 0.0
	var analytic []float64
	for _, d := range derivatives[0] {
		x := d.Float64s()
		im.Panels = append(im.Panels, Panel{Fast: d.Shape()[1], Slow: d.Shape()[0], Analytic: x})
		analytic = append(analytic, x...)
		for _, v := range x {
			largest = max(largest, math.Abs(v))
		}
	}
	e, err := node.Read(by)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	v, err := substitute(e[0])
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := v.restore(); err == nil {
			err = e
		}
	}()
	f := func(t float64) ([]float64, error) {
		v.set(0, v.at[0]+t)
		defer v.set(0, v.at[0])
		images, err := imager.Images(ctx)
		var all []float64
		for _, x := range images {
			all = append(all, x.Float64s()...)
		}
		return all, err
	}
	at, err := f(0)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	c := curve{f: f, at: at, least: leastStep(v.at[0])}
	slopes, err := c.differentiate(ctx, options.firstStep(by, v.at[0]), func(_ int, s slope) bool {
		return options.Trust*s.estimate <= 0.1*max(options.Atol, options.Rtol*largest)
	})
	if err != nil {
		return nil, err
	}
	im.compare(analytic, slopes, largest, &options)
	return im, nil
}

// compare fills in the differences and the verdict.
func (im *Images) compare(analytic []float64, slopes []slope, largest float64, o *Options) {
	im.Verdict = Pass
	if largest == 0 {
		im.Verdict = Vacuous
	}
	k := 0
	for p := range im.Panels {
		panel := &im.Panels[p]
		for i := range panel.Analytic {
			s := slopes[k]
			if s.constant {
				s.value, s.estimate = 0, 0
			}
			off := math.Abs(analytic[k] - s.value)
			panel.Numeric = append(panel.Numeric, s.value)
			panel.Difference = append(panel.Difference, analytic[k]-s.value)
			tolerance := max(o.Atol, o.Rtol*largest)
			switch {
			case !s.found && !s.constant || !finite(off):
				im.Verdict = NonFinite
			case off > max(tolerance, o.Trust*s.estimate) && im.Verdict != NonFinite:
				im.Verdict = Fail
			case o.Trust*s.estimate > coarsest*tolerance && im.Verdict == Pass:
				im.Verdict = Undecided
			}
			if part := Number(off / largest); part > im.Worst {
				im.Worst, im.Panel, im.Fast, im.Slow = part, p, i%panel.Fast, i/panel.Fast
			}
			im.Estimate = max(im.Estimate, Number(s.estimate/largest))
			k++
		}
	}
}

func (im *Images) String() string {
	return fmt.Sprintf("%v: derivative images by %s differ by at most %.2g of the largest, at pixel (%d, %d) of panel %d; differences are good to %.1g",
		im.Verdict, im.Parameter, im.Worst, im.Fast, im.Slow, im.Panel, im.Estimate)
}
