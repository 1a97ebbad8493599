package main

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot/vg/vgimg"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/report"
)

// tile is the side of the part of the images that refine.png shows, in pixels.
const tile = 400

// arrange makes refine.png of what the example has written into a folder: counts and refined model above the residuals before and
// after, where spots are dense; and copies the plot of the convergence.
func arrange(ctx context.Context, from, to string) error {
	_, before, err := expected(ctx, filepath.Join(from, "experiment.json"))
	if err != nil {
		return err
	}
	f, after, err := expected(ctx, filepath.Join(from, "refined.json"))
	if err != nil {
		return err
	}
	panels, err := report.Figures(&report.Image{Fit: f, Before: before, After: after})
	if err != nil {
		return err
	}
	for i := range panels[0] {
		crop(&panels[0][i])
	}
	var page bytes.Buffer
	if err := figure.Encode(&page, 2, panels[0]...); err != nil {
		return err
	}
	img, err := png.Decode(&page)
	if err != nil {
		return err
	}
	if err := saveSmall(img, filepath.Join(to, "refine.png")); err != nil {
		return err
	}
	convergence, err := os.ReadFile(filepath.Join(from, "convergence.png"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "convergence.png"), convergence, 0o644)
}

// expected reads an experiment and its images, and returns the photons that its model expects.
func expected(ctx context.Context, path string) (*refine.Fit, []*tensor.Dense, error) {
	c, err := experiment.Read(path)
	if err != nil {
		return nil, nil, err
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, nil, err
	}
	data, err := e.ReadImages()
	if err != nil {
		return nil, nil, err
	}
	f, err := refine.NewFit(e, data)
	if err != nil {
		return nil, nil, err
	}
	photons, err := f.Expected(ctx)
	return f, photons, err
}

// crop leaves the part of a figure where spots are dense.
func crop(f *figure.Figure) {
	fast, slow := min(tile, f.Fast), min(tile, f.Slow)
	left, top := min(f.Fast*42/100, f.Fast-fast), min(f.Slow*30/100, f.Slow-slow)
	var part []float64
	for s := top; s < top+slow; s++ {
		part = append(part, f.Data[s*f.Fast+left:s*f.Fast+left+fast]...)
	}
	f.Data, f.Missing, f.Fast, f.Slow, f.First = part, nil, fast, slow, [2]int{left, top}
}

// saveSmall writes a PNG of at most 256 colours, of which each colour of the image has one that is near.
func saveSmall(img image.Image, path string) error {
	b := img.Bounds()
	counts := map[color.RGBA]int{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			counts[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	// Frequent colours first; those of one frequency in a fixed order.
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], slices.Compare([]uint8{a.R, a.G, a.B}, []uint8{b.R, b.G, b.B}))
	})
	for apart := 0; ; apart++ {
		palette, index := cover(colours, apart)
		if len(palette) > 256 {
			continue
		}
		small := image.NewPaletted(b, palette)
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				small.SetColorIndex(x, y, index[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)])
			}
		}
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
			return err
		}
		return os.WriteFile(path, out.Bytes(), 0o644)
	}
}

// cover returns a palette that has a colour within apart, in each channel, of each colour, and which one. A palette of more than
// 256 colours is not complete.
func cover(colours []color.RGBA, apart int) (color.Palette, map[color.RGBA]uint8) {
	if apart > 0 { // on a grid first: colours that fill the cube evenly are covered best by one
		if grid, index := onGrid(colours, (255+2*apart-1)/(2*apart)); len(grid) <= 256 {
			return grid, index
		}
	}
	var palette color.Palette
	var chosen []color.RGBA
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		k := slices.IndexFunc(chosen, func(d color.RGBA) bool {
			return max(distance(c.R, d.R), distance(c.G, d.G), distance(c.B, d.B)) <= apart
		})
		if k < 0 {
			if k = len(chosen); k == 256 {
				return append(palette, c), nil
			}
			chosen, palette = append(chosen, c), append(palette, c)
		}
		index[c] = uint8(k)
	}
	return palette, index
}

// onGrid is a palette of n + 1 levels of each channel, 0 and 255 among them.
func onGrid(colours []color.RGBA, n int) (color.Palette, map[color.RGBA]uint8) {
	round := func(v uint8) uint8 { return uint8((int(v)*n + 127) / 255 * 255 / n) }
	var palette color.Palette
	known, index := map[color.RGBA]int{}, map[color.RGBA]uint8{}
	for _, c := range colours {
		r := color.RGBA{round(c.R), round(c.G), round(c.B), 255}
		k, ok := known[r]
		if !ok {
			k = len(palette)
			known[r], palette = k, append(palette, r)
		}
		index[c] = uint8(k)
	}
	return palette, index
}

func distance(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

// savePNG writes a canvas as a PNG.
func savePNG(c *vgimg.Canvas, path string) error { return saveSmall(c.Image(), path) }
