package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// file is an output and the option that names it.
type file struct{ option, path string }

// files are those that are written.
func (w *output) files() []file {
	var list []file
	for _, f := range []file{
		{"-floatfile", w.float}, {"-intfile", w.integer}, {"-pgmfile", w.pgm}, {"-noisefile", w.noise}, {"-pngfile", w.png}, {"-dump", w.dump},
	} {
		if f.path != "" {
			list = append(list, f)
		}
	}
	return append(list, w.derivatives.files()...)
}

// check tells, before a long run, what could not be written after it, and refuses to overwrite a file that was read or
// is written twice.
func (w *output) check() error {
	seen := map[string]string{}
	for _, path := range w.inputs {
		if key, err := identity(path); err != nil {
			return err
		} else if key != "" {
			seen[key] = "a file that is read"
		}
	}
	for _, f := range w.files() {
		key, err := identity(f.path)
		if err != nil {
			return err
		}
		if other := seen[key]; other != "" && key != "" {
			return usagef("%s %s is also %s", f.option, f.path, other)
		}
		seen[key] = "that of " + f.option
		if err := writable(f.path); err != nil {
			return fmt.Errorf("%s %s cannot be written: %w", f.option, f.path, err)
		}
	}
	return nil
}

// identity is what two names of one file have in common; "" for devices and pipes, which may be written twice.
func identity(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return filepath.Abs(path)
}

// writable tries whether a file can be made or replaced, and leaves everything as it was.
func writable(path string) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return cause(err)
	case info.IsDir():
		return errors.New("is a folder")
	default:
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return cause(err)
		}
		if err := f.Close(); err != nil || !info.Mode().IsRegular() {
			return err
		}
	}
	// Files are written beside and renamed, so it is the folder that must be writable.
	f, err := os.CreateTemp(filepath.Dir(path), ".nanobragg-*")
	if err != nil {
		return fmt.Errorf("its folder: %w", cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// cause is an error of the file system without the path, which the caller tells.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
