// Package atomicfile writes files so that readers never see a partial file and a crash never loses
// an existing one. The data go to a temporary file in the same folder, are flushed to the disk, and
// the file is then renamed to its path.
//
// A program that is killed while writing leaves its temporary file behind. The next program that
// writes to the folder removes it; temporary files of live programs are kept.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// bufferSize is large enough to write an image in a few system calls.
const bufferSize = 1 << 16

// Write creates or replaces the file at path with the output of write. When it returns nil, the
// file and its name are on the disk. On any error, or a panic in write, the old file is unchanged
// and no temporary file remains; the only exception is a disk that fails after the complete new
// file has been renamed. Errors name the path.
//
// A new file has mode 0644 less the umask; an existing one keeps its permissions, and is not
// replaced if it is not writable. Symbolic links are followed: the file they point to is replaced.
// Devices, pipes and open files (/dev/null, /dev/stdout, /dev/fd/3) have no content to preserve:
// they are opened once, when write is called, and written directly.
func Write(path string, write func(io.Writer) error) error {
	target, mode, err := resolve(path)
	switch {
	case err != nil:
	case mode.Type() != 0:
		err = writeDirect(target, write)
	default:
		err = replace(target, mode.Perm(), write)
	}
	return describe(path, err)
}

// Check returns the error with which [Write] would fail on path, as far as it can be predicted,
// without changing anything. It does not open devices or pipes. Its errors do not name the path.
func Check(path string) error {
	target, mode, err := resolve(path)
	if err != nil {
		return cause(err)
	}
	if mode.Type() != 0 {
		return access(target)
	}
	file, err := create(target)
	if err != nil {
		return fmt.Errorf("its folder: %w", cause(err))
	}
	return discard(file)
}

// resolve follows symbolic links. It returns the path to write and its mode, or 0 if it does not
// exist. A mode with type bits means that the path must be written directly.
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
		if info.Mode().IsRegular() && !isDescriptor(path) {
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
	case isDescriptor(path):
		return target, fs.ModeIrregular, nil
	}
	// Renaming does not require write permission for the file itself, so check it here.
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", 0, err
	}
	return target, info.Mode(), file.Close()
}

// isDescriptor reports whether path names a file that is already open, as shells pass them. The
// process that opened it would not see a replacement.
func isDescriptor(path string) bool {
	switch path {
	case "/dev/stdin", "/dev/stdout", "/dev/stderr":
		return true
	}
	return strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

func writeDirect(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(file, write), file.Close())
}

// replace writes a temporary file and renames it to path. A mode of 0 means that path does not
// exist yet.
func replace(path string, mode fs.FileMode, write func(io.Writer) error) error {
	pending, err := open(path, mode)
	if err != nil {
		return err
	}
	// Only clean up; the first error is the one to report.
	defer func() { _ = pending.Discard() }()
	if err := fill(pending.file, write); err != nil {
		return err
	}
	return pending.commit()
}

func fill(file *os.File, write func(io.Writer) error) error {
	buffer := bufio.NewWriterSize(nameless{file}, bufferSize)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// nameless is a file whose errors do not mention its temporary name.
type nameless struct{ file *os.File }

func (f nameless) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, cause(err)
}

// syncFile is a variable so that tests can replace it.
var syncFile = (*os.File).Sync

// flush waits until a file or folder is on the disk, if the file system supports it.
func flush(file *os.File) error {
	err := syncFile(file)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// describe adds the caller's path to err, in place of the temporary name in the operating system's
// error.
func describe(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", path, cause(err))
}

// cause returns a file system error without its path.
func cause(err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError) && err == error(pathError):
		return pathError.Err
	case errors.As(err, &linkError) && err == error(linkError):
		return linkError.Err
	}
	return err
}
