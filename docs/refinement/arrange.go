package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/vg/vgimg"
)

// arrange makes refine.png of the middle of the example's pictures, data and model above the residuals before and after, and copies
// the plot of the convergence.
func arrange(from, to string) error {
	const tile, gap = 360, 4 // pixels
	names := []string{"data.png", "model.png", "before.png", "after.png"}
	sheet := image.NewRGBA(image.Rect(0, 0, 2*tile+gap, 2*tile+gap))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for i, name := range names {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		img, err := png.Decode(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		size := img.Bounds().Size()
		if size.X < tile || size.Y < tile {
			return fmt.Errorf("%s has %d × %d pixels, fewer than the %d × %d that are shown", name, size.X, size.Y, tile, tile)
		}
		left, top := size.X*42/100, size.Y*30/100 // where spots are dense
		left, top = min(left, size.X-tile), min(top, size.Y-tile)
		for y := range tile {
			for x := range tile {
				sheet.Set(i%2*(tile+gap)+x, i/2*(tile+gap)+y, img.At(left+x, top+y))
			}
		}
	}
	if err := saveSmall(sheet, filepath.Join(to, "refine.png")); err != nil {
		return err
	}
	convergence, err := os.ReadFile(filepath.Join(from, "convergence.png"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "convergence.png"), convergence, 0o644)
}

// saveSmall writes a PNG of at most 256 colours: as many bits of each channel as leave so few.
func saveSmall(img image.Image, path string) error {
	b := img.Bounds()
	for bits := 8; bits > 0; bits-- {
		small, known := image.NewPaletted(b, nil), map[color.RGBA]uint8{}
		levels := 1<<bits - 1
		coarse := func(v uint32) uint8 { return uint8((int(v>>8)*levels + 127) / 255 * 255 / levels) }
		fits := true
		for y := b.Min.Y; y < b.Max.Y && fits; y++ {
			for x := b.Min.X; x < b.Max.X && fits; x++ {
				r, g, bl, _ := img.At(x, y).RGBA()
				c := color.RGBA{coarse(r), coarse(g), coarse(bl), 255}
				k, ok := known[c]
				if !ok {
					if fits = len(known) < 256; !fits {
						continue
					}
					k = uint8(len(known))
					known[c], small.Palette = k, append(small.Palette, c)
				}
				small.SetColorIndex(x, y, k)
			}
		}
		if fits {
			var out bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
				return err
			}
			return os.WriteFile(path, out.Bytes(), 0o644)
		}
	}
	return fmt.Errorf("%s: no 256 colours will do", path) // 1 bit a channel makes 8
}

// savePNG writes a canvas as a PNG.
func savePNG(c *vgimg.Canvas, path string) error { return saveSmall(c.Image(), path) }
