package viewer

import (
	"bytes"
	"context"
	"image/png"
)

// thumbnail is a small picture of an image's data.
type thumbnail struct {
	changes int // of the mask
	png     []byte
}

// thumbnailSide is that of a small picture, and mostThumbnails how many are kept.
const (
	thumbnailSide  = 96
	mostThumbnails = 2000
)

// Thumbnail is a small picture of an image for the film strip, as PNG.
func (s *Session) Thumbnail(ctx context.Context, image int) ([]byte, error) {
	p := s.pictures
	changes := s.drawn.Load().changes
	p.mu.Lock()
	small := p.small[image]
	p.mu.Unlock()
	if small != nil && small.changes == changes {
		return small.png, nil
	}
	l, err := s.measured(ctx, layerKey{name: layerData, image: image, revision: changes})
	if err != nil {
		return nil, err
	}
	v, err := ParseShown("")
	if err != nil {
		return nil, err
	}
	v.width, v.height = thumbnailSide, thumbnailSide
	v.whole(s.layout)
	var b bytes.Buffer
	if err := png.Encode(&b, raster(l, s.layout, v, v.painter(l), 1)); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.small == nil || len(p.small) >= mostThumbnails {
		p.small = map[int]*thumbnail{}
	}
	p.small[image] = &thumbnail{changes, b.Bytes()}
	return b.Bytes(), nil
}
