package detector

import (
	"fmt"
	"slices"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Listed returns a detector of the same nodes, as they are now, whose simulated pixels are those of a list: numbers
// of this detector's pixels, each of which may be there any number of times, and in any order. It is what losses and models
// of some pixels are made of; its images are not the detector's. name is the prefix of the names of its leaves, and has
// to be new in the graph.
func (d *Detector) Listed(name string, list []int) (*Detector, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("detector: an empty list of pixels")
	}
	own, err := d.pixels.chosen(list)
	if err != nil {
		return nil, err
	}
	return d.with(own, name)
}

// Relist gives a detector that Listed returned other pixels of this one, as many as before: values of its leaves, while
// all that is made of them stays.
func (d *Detector) Relist(listed *Detector, list []int) error {
	px := &listed.pixels
	if len(list) != px.count {
		return fmt.Errorf("detector: a list of %d pixels in place of one of %d", len(list), px.count)
	}
	if err := d.pixels.list(list, px.listed); err != nil {
		return err
	}
	for k, values := range px.listed.values() {
		if err := G.Let(px.leaves[k], node.AsValue(px.leaves[k].Shape(), values)); err != nil {
			return fmt.Errorf("detector: %s: %w", px.leaves[k].Name(), err)
		}
	}
	return nil
}

// chosen returns the pixels of a list.
func (px *pixels) chosen(list []int) (pixels, error) {
	own := pixels{sizes: px.sizes, count: len(list), listed: px.newListed(len(list))}
	return own, px.list(list, own.listed)
}

// list writes the places of the pixels of a list, unless one is not there.
func (px *pixels) list(list []int, to *listed) error {
	for _, n := range list {
		if uint(n) >= uint(px.count) {
			return fmt.Errorf("detector: there is no pixel %d, of %d", n, px.count)
		}
	}
	to.empty()
	for _, n := range list {
		to.add(px.place(n))
	}
	return nil
}

// with returns a detector of the same nodes with other pixels.
func (d *Detector) with(px pixels, name string) (*Detector, error) {
	out := &Detector{
		Distance: d.Distance, CloseDistance: d.CloseDistance, BeamX: d.BeamX, BeamY: d.BeamY, CloseFast: d.CloseFast, CloseSlow: d.CloseSlow,
		Origin: d.Origin, RotX: d.RotX, RotY: d.RotY, RotZ: d.RotZ, TwoTheta: d.TwoTheta, Shift: d.Shift, Pixel: d.Pixel,
		Thickness: d.Thickness, Attenuation: d.Attenuation, Density: d.Density, Panels: slices.Clone(d.Panels), Groups: slices.Clone(d.Groups),
		g: d.g, cfg: d.cfg.clone(), axes: d.axes, panels: d.panels, pixels: px,
	}
	out.cfg.Name = name
	b := node.On(d.g)
	out.pixels.makeLeaves(b, out.cfg.Name)
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w", b.Err())
	}
	return out, nil
}

// Surface holds the plane that a ray from the crystal meets.
type Surface struct {
	Fast, Slow, Normal expr.Vec   // unit vectors
	Near               *expr.Node // distance of the plane from the crystal along the normal, m
	Pixel              *expr.Node // side of a pixel, m
}

// Surface returns the plane of each pixel: scalars for one panel, arrays on the pixel axis for several.
func (d *Detector) Surface() (*Surface, error) {
	b := node.On(d.g)
	f := d.surface(b)
	out := &Surface{Fast: f.fast, Slow: f.slow, Normal: f.normal, Near: f.near, Pixel: f.pixel}
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w", b.Err())
	}
	return out, nil
}

// Numbers returns, for each panel, the number of each of its pixels in the order of the pixel axis, in rows; −1 for those that
// are not simulated.
func (d *Detector) Numbers() [][]int32 {
	px := &d.pixels
	out := make([][]int32, len(px.sizes))
	for k := range out {
		out[k] = px.number(k)
	}
	return out
}

// number returns those of a panel.
func (px *pixels) number(k int) []int32 {
	list := make([]int32, px.sizes[k][0]*px.sizes[k][1])
	for i := range list {
		list[i] = -1
	}
	px.pieces(k, func(i, at, n int) {
		for j := range n {
			list[at+j] = int32(i + j)
		}
	})
	return list
}

// numbering keeps the numbers of the pixels of panels that are not simulated whole.
type numbering struct {
	sync.Mutex
	panels map[int][]int32
}

// of returns those of a panel.
func (n *numbering) of(px *pixels, k int) []int32 {
	n.Lock()
	defer n.Unlock()
	if n.panels == nil {
		n.panels = map[int][]int32{}
	}
	if n.panels[k] == nil {
		n.panels[k] = px.number(k)
	}
	return n.panels[k]
}

// AppendPixels appends the numbers of the simulated pixels in a rectangle of a panel, from the first index to before the second
// along each axis, row by row.
func (d *Detector) AppendPixels(list []int, panel int, fast, slow [2]int) []int {
	px := &d.pixels
	width := px.sizes[panel][0]
	first, numbers := px.from[panel], []int32(nil)
	whole := px.from[panel+1]-first == width*px.sizes[panel][1] // in the image's order
	if !whole {
		numbers = px.numbering.of(px, panel)
	}
	for s := slow[0]; s < slow[1]; s++ {
		if whole {
			for f := fast[0]; f < fast[1]; f++ {
				list = append(list, first+s*width+f)
			}
			continue
		}
		for _, n := range numbers[s*width:][fast[0]:fast[1]] {
			if n >= 0 {
				list = append(list, int(n))
			}
		}
	}
	return list
}

// Place returns the panel of a pixel by its number, and its indices along the axes.
func (d *Detector) Place(n int) (panel, fast, slow int) {
	p := d.pixels.place(n)
	return p.Panel, p.Fast, p.Slow
}
