package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/numbered"
)

// selected returns the numbers of the images to make, in order.
func (f *simulateFlags) selected(scan *experiment.Scan) (numbers []int, err error) {
	first, last := scan.FirstImage(), scan.LastImage()
	if f.images == "" {
		for number := first; number <= last; number++ {
			numbers = append(numbers, number)
		}
		return numbers, nil
	}
	for part := range strings.SplitSeq(f.images, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(low)
		to := from
		if err == nil && ranged {
			to, err = strconv.Atoi(high)
		}
		switch {
		case err != nil || to < from:
			return nil, cli.Usagef("simulate: --images %s: %q is no number of an image and no range of them, such as 5-10", f.images, part)
		case from < first || to > last:
			return nil, cli.Usagef("simulate: --images %s: %s is not among the images %d to %d", f.images, part, first, last)
		}
		for number := from; number <= to; number++ {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// missing returns those of the images that lack a file. The last one that does not is made again, in another folder: files of
// another experiment are an error.
func (f *simulateFlags) missing(ctx context.Context, e *experiment.Experiment, c *experiment.Config, numbers []int) (list []int, err error) {
	for _, path := range append(slices.Clone(f.out), f.picture, f.products) {
		if _, err := numbered.Parse(path); path != "" && len(numbers) > 1 && err != nil {
			return nil, cli.Usagef("simulate: --resume: %s %w", path, err)
		}
	}
	r, err := f.prepare(e, c, numbers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.discard()) }()
	last, found := 0, false
	for _, number := range numbers {
		if slices.ContainsFunc(r.pathsOf(number), func(path string) bool {
			info, err := os.Stat(path)
			return err != nil || !info.Mode().IsRegular()
		}) {
			list = append(list, number)
		} else {
			last, found = number, true
		}
	}
	if !found {
		return list, nil
	}
	return list, f.same(ctx, e, c, last, r.pathsOf(last))
}

// same makes an image in another folder, and returns an error unless its files are those that are there.
func (f *simulateFlags) same(ctx context.Context, e *experiment.Experiment, c *experiment.Config, number int, paths []string) (err error) {
	folder, err := os.MkdirTemp("", "gobragg")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	own, names := *f, append(slices.Clone(f.out), f.picture, f.products)
	for i, path := range names {
		if path == "" {
			continue
		}
		// Of a place for the number in a folder's name, the number remains.
		if name, err := numbered.Parse(path); err == nil && filepath.Dir(name.Path(number)) != filepath.Dir(path) {
			path = name.Path(number)
		}
		names[i] = filepath.Join(folder, strconv.Itoa(i), filepath.Base(path))
		if err := os.Mkdir(filepath.Dir(names[i]), 0o700); err != nil {
			return err
		}
	}
	own.out, own.picture, own.products = names[:len(f.out)], names[len(f.out)], names[len(f.out)+1]
	r, err := own.prepare(e, c, []int{number})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.discard()) }()
	if err := r.image(ctx, cli.NewMeter(false, io.Discard), number); err != nil {
		return err
	}
	if err := r.close(); err != nil {
		return err
	}
	for i, made := range r.pathsOf(number) {
		want, err := os.ReadFile(made)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(paths[i])
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("--resume: %s is not image %d of this experiment with these flags: remove it, or leave --resume out to make all images", paths[i], number)
		}
	}
	return nil
}
