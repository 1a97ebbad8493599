//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"os"
	"runtime"
)

// claim has nothing to do: see removeAbandoned.
func claim(*os.File) bool { return true }

// removeAbandoned removes a temporary file if its writer has died. On Windows, open files cannot be
// removed, and a process that has ended is not found; if a new process has its number, the file
// stays until a later sweep. On other systems there is no way to know, so nothing is removed.
func removeAbandoned(path string, pid int) {
	if runtime.GOOS != "windows" {
		return
	}
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Release()
		return
	}
	_ = os.Remove(path)
}

// rename closes the file first, since Windows does not rename open files.
func rename(file *os.File, path string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// discard closes and removes a temporary file, in that order, since Windows does not remove open files.
func discard(file *os.File) error { return errors.Join(file.Close(), os.Remove(file.Name())) }

// flushFolder does nothing: Windows journals the names in a folder itself.
func flushFolder(string) error { return nil }

// access reports no error; opening the device will, if it must.
func access(string) error { return nil }
