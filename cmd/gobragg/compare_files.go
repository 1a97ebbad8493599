package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
)

// imageFile is an image that was read from a file.
type imageFile struct {
	path       string
	format     string // in words
	fast, slow int
	values     []float64
	notices    []string // sentences without their subject, the file
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
	contents := make([][]byte, len(paths))
	var anyRaw bool
	// Files that say their size come first: those that do not have the same.
	for i, path := range paths {
		if contents[i], err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		if images[i], err = readHeaded(path, contents[i]); err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		anyRaw = anyRaw || images[i] == nil
		if images[i] != nil && !given && fast == 0 {
			fast, slow = images[i].fast, images[i].slow
		}
	}
	if given && !anyRaw {
		return nil, cli.Usagef("compare: --size %s is for raw files, and there is none", f.size)
	}
	for i, path := range paths {
		if images[i] == nil {
			m, err := raw.Guess(bytes.NewReader(contents[i]), path, fast, slow)
			if err != nil {
				return nil, fmt.Errorf("compare: %w", cure(err, given, fast))
			}
			images[i] = &imageFile{path: path, format: fmt.Sprintf("raw float%d", m.Bits), fast: m.Fast, slow: m.Slow, values: m.Values}
		}
		if first := images[0]; images[i].fast != first.fast || images[i].slow != first.slow {
			return nil, fmt.Errorf("compare: %s has %d × %d pixels, fast × slow, and %s %d × %d: images of one size can be compared",
				first.path, first.fast, first.slow, path, images[i].fast, images[i].slow)
		}
	}
	return images, nil
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

// readHeaded reads an image that says its size; nil if the file is of another format. The file's extension says its format, or
// its first bytes if that is none that is known.
func readHeaded(path string, content []byte) (*imageFile, error) {
	plain := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".bz2")
	extension := filepath.Ext(plain)
	switch {
	case extension == ".bin" || extension == ".raw":
		return nil, nil
	case extension == ".pgm" || bytes.HasPrefix(content, []byte("P5")):
		m, err := pgm.Read(bytes.NewReader(content), path)
		if err != nil {
			return nil, err
		}
		values := make([]float64, len(m.Pixels))
		for i, v := range m.Pixels {
			values[i] = float64(v)
		}
		return &imageFile{path: path, format: fmt.Sprintf("PGM to %d", m.Max), fast: m.Fast, slow: m.Slow, values: values}, nil
	case extension == ".img" || extension == ".smv" || bytes.HasPrefix(content, []byte("{")):
		m, err := smv.Read(bytes.NewReader(content), path)
		if err != nil {
			return nil, err
		}
		return &imageFile{path: path, format: "SMV", fast: m.Fast, slow: m.Slow, values: m.Values(), notices: m.Notices}, nil
	}
	return nil, nil
}
