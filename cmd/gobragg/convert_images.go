package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
)

// writeImages writes all images, one after another.
func (f *convertFlags) writeImages(ctx context.Context, s *session, in *input, out, word string) (err error) {
	if in.images == nil {
		return noneOf("images", in)
	}
	fast, slow, kind := in.images.Size()
	w, err := files.Create(files.Target{Path: out, Format: word, Geometry: in.geometry, Fast: fast, Slow: slow, Type: kind, Frames: in.images.Frames()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Discard()) }()
	if err := notOver(in.paths, w.Paths()); err != nil {
		return err
	}
	if in.reflections != nil {
		if err := s.lacks(out, "holds images: the reflections of %s are left out", in.from); err != nil {
			return err
		}
	}
	if len(in.crystals) > 0 {
		if err := s.lacks(out, "holds images: the orientation of the crystals is left out"); err != nil {
			return err
		}
	}
	var frame format.Frame
	for i := range in.images.Frames() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.images.Read(i, &frame); err != nil {
			return err
		}
		if in.mask != nil {
			for k, good := range in.mask.Good {
				if !good {
					frame.Mark(k)
				}
			}
		}
		if err := w.Write(&frame); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	for _, n := range w.Notices() {
		if err := s.lacks(out, "%s", n); err != nil {
			return err
		}
	}
	return nil
}

// noneOf is the error of files without what is to be converted.
func noneOf(what string, in *input) error {
	if len(in.paths) == 1 {
		return fmt.Errorf("%s holds no %s", in.paths[0], what)
	}
	return fmt.Errorf("none of the %d files holds %s", len(in.paths), what)
}
