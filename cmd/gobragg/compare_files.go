package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/internal/cli"
)

// imageFile is an image that was read from a file.
type imageFile struct {
	path string
	*files.Image
}

// read reads the two images and, if there is one, the mask. They are of one size.
func (f *compareFlags) read(paths ...string) ([]*imageFile, error) {
	fast, slow, err := parseSize(f.size)
	if err != nil {
		return nil, err
	}
	given := fast > 0
	if f.mask != "" {
		paths = append(paths, f.mask)
	}
	images := make([]*imageFile, len(paths))
	local := make([]string, len(paths)) // where they can be read more than once
	for i, path := range paths {
		var remove func()
		if local[i], remove, err = spool(path); err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		defer remove()
	}
	var anyRaw bool
	// Files that say their size come first: those that do not have the same.
	for i, path := range paths {
		frame := f.frame
		if i == 2 { // the mask
			frame = 0
		}
		img, err := f.readHeaded(local[i], frame)
		if err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		if img == nil {
			anyRaw = true
			continue
		}
		images[i] = &imageFile{path, img}
		if !given && fast == 0 {
			fast, slow = img.Fast, img.Slow
		}
	}
	if given && !anyRaw {
		return nil, cli.Usagef("compare: --size %s is for raw files, and there is none", f.size)
	}
	for i, path := range paths {
		if images[i] == nil {
			m, err := guess(local[i], fast, slow)
			if err != nil {
				return nil, fmt.Errorf("compare: %w", cure(err, given, fast))
			}
			images[i] = &imageFile{path, &files.Image{Format: fmt.Sprintf("raw float%d", m.Bits), Fast: m.Fast, Slow: m.Slow, Values: m.Values}}
		}
		if first := images[0]; images[i].Fast != first.Fast || images[i].Slow != first.Slow {
			return nil, fmt.Errorf("compare: %s has %d × %d pixels, fast × slow, and %s %d × %d: images of one size can be compared",
				first.path, first.Fast, first.Slow, path, images[i].Fast, images[i].Slow)
		}
	}
	return images, nil
}

// spool returns the path of a file's content that can be read more than once: a temporary copy of what comes from a pipe.
// remove removes it.
func spool(path string) (local string, remove func(), err error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return path, func() {}, err
	}
	from, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer from.Close()
	to, err := os.CreateTemp("", "gobragg-*")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.Remove(to.Name()) } // the system removes it some day
	if _, err := io.Copy(to, from); err != nil {
		return "", nil, errors.Join(err, to.Close(), os.Remove(to.Name()))
	}
	if err := to.Close(); err != nil {
		remove()
		return "", nil, err
	}
	return to.Name(), remove, nil
}

// readHeaded reads an image that says its size; nil if the file does not. The frame is for files that have several images.
func (f *compareFlags) readHeaded(path string, frame int) (*files.Image, error) {
	img, err := files.ReadImage(path, frame)
	var which *files.FrameError
	if errors.As(err, &which) && which.Frames == 1 {
		img, err = files.ReadImage(path, 0)
	}
	switch {
	case err == nil:
		return img, nil
	case errors.Is(err, files.ErrNoHeader):
		return nil, nil
	case which != nil && which.Frames > 1 && frame == 0:
		return nil, fmt.Errorf("%w by --frame", err)
	}
	return nil, err
}

// guess reads an image without a header.
func guess(path string, fast, slow int) (*raw.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return raw.Guess(file, path, fast, slow)
}

// bad returns a mask without the pixels that do not count by the statements of the files, and how many these are; the mask is
// nil if there are none.
func bad(images ...*imageFile) (mask []bool, n int) {
	for _, m := range images {
		for i, is := range m.Bad {
			if !is {
				continue
			}
			if mask == nil {
				mask = make([]bool, len(m.Bad))
				for k := range mask {
					mask[k] = true
				}
			}
			if mask[i] {
				mask[i] = false
				n++
			}
		}
	}
	return mask, n
}

// cure adds to the error of a raw file where its size comes from.
func cure(err error, given bool, fast int) error {
	switch {
	case given:
		return err
	case fast > 0:
		return fmt.Errorf("%w, the size of the other image", err)
	}
	return fmt.Errorf("%w by --size FASTxSLOW", err)
}

// parseSize reads FASTxSLOW; 0 stands for nothing.
func parseSize(text string) (fast, slow int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	first, second, found := strings.Cut(strings.ReplaceAll(strings.ToLower(text), "×", "x"), "x")
	fast, errFast := strconv.Atoi(first)
	slow, errSlow := strconv.Atoi(second)
	if !found || errFast != nil || errSlow != nil || fast < 1 || slow < 1 {
		return 0, 0, cli.Usagef("compare: --size %s is not FASTxSLOW, two numbers of pixels, such as 1024x512", text)
	}
	return fast, slow, nil
}
