package main

import (
	"cmp"
	"context"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradplot"
)

// pictureSide is the side of the pictures of derivatives, in pixels: of larger panels they show the part around the brightest.
const pictureSide = 128

// imageRow is the check of the derivatives of each pixel by a parameter.
type imageRow struct {
	Parameter string            `json:"parameter"`
	Verdict   gradcheck.Verdict `json:"verdict"`
	// Worst is the largest difference and Estimate the largest error of the differences, relative to the largest derivative.
	Worst    gradcheck.Number `json:"worst"`
	Estimate gradcheck.Number `json:"estimate"`
	Files    []string         `json:"files"` // a picture of each panel: the derivative, by differences, and what is left
}

// draw checks the derivatives of each pixel by the parameters that are not idle, and writes pictures of them.
func (r *gradcheckResult) draw(ctx context.Context, t *target, by G.Nodes, folder string) error {
	windows, masks, err := t.windows(ctx)
	if err != nil {
		return err
	}
	part, err := t.part(masks)
	if err != nil {
		return err
	}
	for _, n := range by {
		if slices.Contains(t.own, n) || t.idle(n) != "" {
			continue // no pixel of the image depends on it
		}
		same, err := part.Parameter(n.Name())
		if err != nil {
			return err
		}
		images, err := gradcheck.DerivativeImages(ctx, cropped{part, windows}, same, gradcheck.Options{Rtol: r.rtol})
		if err != nil {
			return err
		}
		files, err := gradplot.WritePNG(images, folder, gradplot.Options{Label: "photons per " + cmp.Or(t.Unit(n), "unit"), First: firsts(windows)})
		if err != nil {
			return err
		}
		r.Images = append(r.Images, imageRow{images.Parameter, images.Verdict, images.Worst, images.Estimate, files})
	}
	return nil
}

func firsts(windows []window) [][2]int {
	list := make([][2]int, len(windows))
	for k, w := range windows {
		list[k] = [2]int{w.fast, w.slow}
	}
	return list
}

// windows are the parts of the panels that pictures show, and masks of their simulated pixels.
func (t *target) windows(ctx context.Context) ([]window, [][]bool, error) {
	images, err := t.whole.Images(ctx)
	if err != nil {
		return nil, nil, err
	}
	simulated, err := t.simulated()
	if err != nil {
		return nil, nil, err
	}
	var windows []window
	var masks [][]bool
	for k, image := range images {
		w := around(image, pictureSide)
		fast := image.Shape()[1]
		mask := simulated[k]
		for i := range mask {
			mask[i] = mask[i] && w.contains(i%fast, i/fast)
		}
		windows, masks = append(windows, w), append(masks, mask)
	}
	return windows, masks, nil
}

// window is a part of an image: its first pixel and its size, along the fast and the slow axis.
type window struct{ fast, slow, width, height int }

// around returns the window of at most side × side pixels around the brightest pixel of an image (slow, fast).
func around(image *tensor.Dense, side int) window {
	slow, fast := image.Shape()[0], image.Shape()[1]
	brightest, most := 0, 0.0
	for i, v := range image.Float64s() {
		if v > most {
			brightest, most = i, v
		}
	}
	w := window{width: min(side, fast), height: min(side, slow)}
	w.fast = min(max(brightest%fast-w.width/2, 0), fast-w.width)
	w.slow = min(max(brightest/fast-w.height/2, 0), slow-w.height)
	return w
}

func (w window) contains(fast, slow int) bool {
	return fast >= w.fast && fast < w.fast+w.width && slow >= w.slow && slow < w.slow+w.height
}

// of returns the window's part of an image (slow, fast).
func (w window) of(image *tensor.Dense) *tensor.Dense {
	row, all := image.Shape()[1], image.Float64s()
	out := make([]float64, 0, w.width*w.height)
	for s := w.slow; s < w.slow+w.height; s++ {
		out = append(out, all[s*row+w.fast:s*row+w.fast+w.width]...)
	}
	return tensor.New(tensor.WithShape(w.height, w.width), tensor.WithBacking(out))
}

// cropped is an experiment whose images are cut down to a window of each panel.
type cropped struct {
	*experiment.Experiment
	windows []window
}

func (c cropped) Images(ctx context.Context) ([]*tensor.Dense, error) {
	images, err := c.Experiment.Images(ctx)
	return c.crop(images), err
}

func (c cropped) Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error) {
	list, err := c.Experiment.Derivatives(ctx, nodes...)
	for i := range list {
		list[i] = c.crop(list[i])
	}
	return list, err
}

func (c cropped) crop(images []*tensor.Dense) []*tensor.Dense {
	for k := range images {
		images[k] = c.windows[k].of(images[k])
	}
	return images
}
