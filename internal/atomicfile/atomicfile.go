// Package atomicfile writes files so that a reader never sees half of one, and a crash loses none: the bytes go to a
// temporary file in the same folder, reach the disk, and are then renamed over the path.
//
// A program that is killed while it writes leaves its temporary file behind. The next program that writes into the folder
// removes it; what a live program is writing stays.
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

// bufferSize is large enough that an image goes out in few system calls.
const bufferSize = 1 << 16

// Write creates or replaces the file at path with what write writes. When it returns without an error, the file is on the
// disk, under its name. On any error, a panic of write included, the old file stays as it was and no temporary file is
// left; the one exception is a disk that fails after the new file, whole, has got its name. Errors name the path.
//
// A new file gets mode 0644 less the umask, an existing one keeps its permissions, and one that may not be written is not
// replaced. A symbolic link is followed: the file that it points to is replaced. Devices, pipes and open files
// (/dev/null, /dev/stdout, /dev/fd/3) hold nothing to preserve: they are opened once, when write is called, and written
// directly.
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

// Check reports what would keep [Write] from writing path, as far as that can be known beforehand, and leaves everything
// as it was. It opens no device and no pipe. Its errors do not name the path.
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

// resolve follows symbolic links. It returns the path to write and the mode that it has, or is to have; a mode with a
// type is that of something to be written directly.
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
	// Renaming needs no right to write the file itself, so ask for it here.
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return "", 0, err
	}
	return target, info.Mode(), file.Close()
}

// isDescriptor reports whether path is a name for a file that is open already, as shells hand them on. Replacing that
// file would take it away from whoever opened it.
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

// replace writes a temporary file and renames it over path. A mode of 0 stands for a file that does not exist yet.
func replace(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	sweepOnce(folder)
	file, err := create(path)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			// The first error is the one to report; this only tidies up.
			_ = discard(file)
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
	if err := flush(file); err != nil {
		return err
	}
	if err := rename(file, path); err != nil {
		return err
	}
	done = true
	return flushFolder(folder)
}

func fill(file *os.File, write func(io.Writer) error) error {
	buffer := bufio.NewWriterSize(nameless{file}, bufferSize)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// nameless is a file whose errors do not speak of its temporary name.
type nameless struct{ file *os.File }

func (f nameless) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, cause(err)
}

// syncFile is replaced by tests.
var syncFile = (*os.File).Sync

// flush waits until a file or folder is on the disk, where the file system can do that.
func flush(file *os.File) error {
	err := syncFile(file)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// describe makes the path of the caller the subject of err, in place of the temporary name that the operating system
// speaks of.
func describe(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", path, cause(err))
}

// cause is an error of the file system without the path in it.
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
