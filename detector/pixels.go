package detector

import (
	"errors"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/pages"
)

// pixels holds the simulated pixels of all panels, in pixel order: panel by panel, row by row, fast
// axis first.
type pixels struct {
	count       int
	rows        []row    // nil if the pixels are listed
	width       int      // of the rows; 0 if they differ
	listed      *listed  // instead of rows
	from        []int    // panel k holds the pixels from[k] … from[k+1]−1; nil for a list
	sizes       [][2]int // fast, slow
	leaves      []*G.Node
	fastIndex   *G.Node
	slowIndex   *G.Node
	panelNumber *G.Node // nil for one panel
	numbering   *numbering
	gain        *G.Node // the number of a gain, from 1; nil without gains
}

// selectPixels lists the pixels that regions and masks select.
func selectPixels(panels []Panel) (pixels, error) {
	px := pixels{from: []int{0}, numbering: &numbering{}}
	for _, p := range panels {
		px.sizes = append(px.sizes, [2]int{p.Fast, p.Slow})
		px.from = append(px.from, px.from[len(px.from)-1]+p.count())
	}
	px.count = px.from[len(panels)]
	if px.count == 0 {
		return px, refuse("mask", "the regions and masks leave no pixel")
	}
	for k, p := range panels {
		px.rows = p.selected(px.rows, k, px.from[k])
	}
	px.width = px.equalRows()
	return px, nil
}

// region returns the region of the panel that is simulated.
func (p Panel) region() Region {
	if p.Region != nil {
		return *p.Region
	}
	return Region{0, p.Fast - 1, 0, p.Slow - 1}
}

// count returns the number of pixels that region and mask select.
func (p Panel) count() int {
	r := p.region()
	width := r.FastMax - r.FastMin + 1
	if p.Mask == nil {
		return width * (r.SlowMax - r.SlowMin + 1)
	}
	n := 0
	for s := r.SlowMin; s <= r.SlowMax; s++ {
		for _, simulated := range p.Mask[s*p.Fast+r.FastMin:][:width] {
			if simulated {
				n++
			}
		}
	}
	return n
}

// makeLeaves makes the inputs of the pixels' places: ramps, which take no memory, unless the pixels are a list.
func (px *pixels) makeLeaves(b *node.Builder, prefix string) {
	names := []string{".fast_index", ".slow_index", ".panel_number"}[:px.coordinates()]
	px.leaves = nil
	if px.listed != nil {
		for k, values := range px.listed.values() {
			px.leaves = append(px.leaves, b.Leaf(prefix+names[k], values, 1, 1, 1, px.count))
		}
	} else {
		fast, slow, panel, err := px.ramps()
		b.Fail(err)
		for k, ramps := range []*expr.Ramps{fast, slow, panel}[:len(names)] {
			px.leaves = append(px.leaves, b.Ramps(prefix+names[k], ramps))
		}
	}
	px.fastIndex, px.slowIndex = px.leaves[0], px.leaves[1]
	if len(names) > 2 {
		px.panelNumber = px.leaves[2]
	}
}

// coordinates is how many numbers place a pixel.
func (px *pixels) coordinates() int {
	if len(px.sizes) > 1 {
		return 3
	}
	return 2
}

// Pixels returns the number of simulated pixels: those of all panels that regions and masks select.
// It is the length of the pixel axis.
func (d *Detector) Pixels() int { return d.pixels.count }

// Sizes returns the numbers of pixels (fast, slow) of each panel, or of the whole detector if it
// has none. They are the sizes of [Detector.Images]; regions and masks do not change them.
func (d *Detector) Sizes() [][2]int { return slices.Clone(d.pixels.sizes) }

// PixelLeaves returns the array leaves on the pixel axis, of shape (1, 1, 1, Pixels()): fast index,
// slow index and, with several panels, the panel's number. Simulators compute their elements where they need them; the first
// call stores them, since gorgonia's own operations need arrays.
func (d *Detector) PixelLeaves() []*G.Node {
	for _, n := range d.pixels.leaves {
		node.Store(n)
	}
	return slices.Clone(d.pixels.leaves)
}

// PixelInputs returns the leaves of [Detector.PixelLeaves] as expressions. Their elements are not stored.
func (d *Detector) PixelInputs() ([]*expr.Node, error) { return node.Read(d.pixels.leaves...) }

// Images arranges pixel values, in pixel order, into one (slow, fast) image per panel; pixels that
// are not simulated are 0.
func (d *Detector) Images(values []float64) ([]*tensor.Dense, error) {
	px := &d.pixels
	rows := make([][]float64, len(px.sizes))
	images := make([]*tensor.Dense, len(px.sizes))
	for k, size := range px.sizes {
		rows[k] = pages.Make[float64](size[0] * size[1])
		images[k] = tensor.New(tensor.WithShape(size[1], size[0]), tensor.WithBacking(rows[k]))
	}
	return images, d.arrange(values, rows, true)
}

// Arrange is [Detector.Images] in the rows of images that exist, as [Detector.Rows] returns them.
func (d *Detector) Arrange(values []float64, rows [][]float64) error {
	return d.arrange(values, rows, false)
}

// arrange writes pixel values into rows, which may be known to be 0.
func (d *Detector) arrange(values []float64, rows [][]float64, zero bool) error {
	px := &d.pixels
	if len(values) != px.count {
		return fmt.Errorf("detector: %d values for %d pixels", len(values), px.count)
	}
	for k, data := range rows {
		if own := values[px.from[k]:px.from[k+1]]; len(own) == len(data) {
			copy(data, own) // every pixel of the panel, in the image's order
			continue
		}
		if !zero {
			clear(data)
		}
		px.pieces(k, func(i, at, n int) { copy(data[at:][:n], values[i:]) })
	}
	return nil
}

// Select reads the values of the simulated pixels, in pixel order, from one (slow, fast) float64
// image a panel.
func (d *Detector) Select(images ...*tensor.Dense) ([]float64, error) {
	px := &d.pixels
	rows, err := d.Rows(images...)
	if err != nil {
		return nil, err
	}
	values := pages.Make[float64](px.count)
	for k, data := range rows {
		px.pieces(k, func(i, at, n int) { copy(values[i:][:n], data[at:]) })
	}
	return values, nil
}

// Rows returns the elements of one (slow, fast) float64 image a panel, row by row: their own memory, if that is how they are
// stored.
func (d *Detector) Rows(images ...*tensor.Dense) ([][]float64, error) {
	sizes := d.pixels.sizes
	if len(images) != len(sizes) {
		return nil, fmt.Errorf("detector: %d images for %d panels", len(images), len(sizes))
	}
	rows := make([][]float64, len(sizes))
	for k, size := range sizes {
		var err error
		if rows[k], err = rowMajor(images[k], size); err != nil {
			return nil, fmt.Errorf("detector: image %d %w", k, err)
		}
	}
	return rows, nil
}

// rowMajor returns an image's values row by row, without a copy if they are stored that way.
func rowMajor(image *tensor.Dense, size [2]int) ([]float64, error) {
	if image == nil {
		return nil, errors.New("is nil")
	}
	if s := image.Shape(); len(s) != 2 || s[0] != size[1] || s[1] != size[0] {
		return nil, fmt.Errorf("has shape %v, want (slow, fast) = (%d, %d)", s, size[1], size[0])
	}
	if image.Dtype() != tensor.Float64 {
		return nil, fmt.Errorf("holds %v, want float64", image.Dtype())
	}
	if !image.RequiresIterator() && image.DataOrder().IsRowMajor() && image.DataOrder().IsContiguous() {
		return image.Float64s(), nil
	}
	data := make([]float64, 0, size[0]*size[1])
	for s := range size[1] {
		for f := range size[0] {
			v, err := image.At(s, f)
			if err != nil {
				return nil, fmt.Errorf("cannot be read: %w", err)
			}
			x, ok := v.(float64)
			if !ok {
				return nil, fmt.Errorf("holds %T, want float64", v)
			}
			data = append(data, x)
		}
	}
	return data, nil
}

// Place is where a pixel is: its panel, and its indices along the fast and the slow axis from 0.
type Place struct{ Panel, Fast, Slow int }

// Places returns where the simulated pixels are, in pixel order.
func (d *Detector) Places() []Place {
	px := &d.pixels
	list := make([]Place, px.count)
	if px.listed != nil {
		for i := range list {
			list[i] = px.place(i)
		}
		return list
	}
	for k := range px.rows {
		r := &px.rows[k]
		for i := int(r.first); i < px.rowEnd(k); i++ {
			list[i] = Place{int(r.panel), int(r.fast) + i - int(r.first), int(r.slow)}
		}
	}
	return list
}
