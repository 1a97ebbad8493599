// Package atomicfile writes files so that a reader never sees half of one: the
// bytes go to a temporary file in the same folder, which is then renamed over
// the path.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// newFileMode is the mode of a file that did not exist; the umask applies.
const newFileMode fs.FileMode = 0o644

// attempts bounds the search for a free temporary name; one nearly always does.
const attempts = 100

// bufferSize is large enough that an image goes out in few system calls.
const bufferSize = 1 << 16

// Write creates or replaces the file at path with what write writes. On any
// error, a panic of write included, the old file stays as it was and no
// temporary file is left. Errors name the path.
//
// A new file gets mode 0644 less the umask, an existing one keeps its
// permissions, and one that may not be written is not replaced. A symbolic link
// is followed: the file that it points to is replaced. Devices and pipes
// (/dev/null, /dev/stdout) hold nothing to preserve and are written directly.
func Write(path string, write func(io.Writer) error) error {
	target, mode, err := resolve(path)
	if err != nil {
		return describe(path, err)
	}
	if mode.Type() != 0 {
		return describe(path, writeDirect(target, write))
	}
	return describe(path, replace(target, mode.Perm(), write))
}

// resolve follows symbolic links and returns the path to write and the mode
// that it has, or is to have.
func resolve(path string) (target string, mode fs.FileMode, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	target = path
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(path); err != nil {
			return "", 0, err
		}
		// A link to a pipe, such as /dev/stdout, has no path of its own.
		if info.Mode().IsRegular() {
			if target, err = filepath.EvalSymlinks(path); err != nil {
				return "", 0, err
			}
		}
	}
	switch {
	case info.IsDir():
		return "", 0, errors.New("is a folder")
	case !info.Mode().IsRegular():
		return target, info.Mode(), nil
	}
	// Renaming needs no right to write the file itself, so ask for it here.
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", 0, err
	}
	return target, info.Mode(), file.Close()
}

func writeDirect(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(file, write), file.Close())
}

// replace writes a temporary file and renames it over path. A mode of 0 stands
// for a file that does not exist yet.
func replace(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	file, err := temporary(path)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			// The first error is the one to tell; these only tidy up.
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()

	if err := fill(file, write); err != nil {
		return err
	}
	if mode != 0 {
		if err := os.Chmod(file.Name(), mode); err != nil {
			return err
		}
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	done = true
	return nil
}

// temporary opens a new file beside path. os.CreateTemp would make it 0600,
// and what the umask leaves of 0644 cannot be asked for portably.
func temporary(path string) (*os.File, error) {
	folder, base := filepath.Split(path)
	for range attempts - 1 {
		file, err := create(folder, base)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
	return create(folder, base)
}

func create(folder, base string) (*os.File, error) {
	name := filepath.Join(folder, fmt.Sprintf(".%s.%016x.tmp", base, rand.Uint64()))
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFileMode)
}

func fill(file *os.File, write func(io.Writer) error) error {
	buffer := bufio.NewWriterSize(file, bufferSize)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// describe makes the path of the caller the subject of err, in place of the
// temporary name that the operating system speaks of.
func describe(path string, err error) error {
	if err == nil {
		return nil
	}
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError) && err == error(pathError):
		err = pathError.Err
	case errors.As(err, &linkError) && err == error(linkError):
		err = linkError.Err
	}
	return fmt.Errorf("writing %s: %w", path, err)
}
