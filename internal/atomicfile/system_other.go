//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"os"
	"runtime"
)

// claim has nothing to do: see removeAbandoned.
func claim(*os.File) bool { return true }

// removeAbandoned removes a temporary file if its writer is dead. On Windows no open file can be removed, and a process
// that has ended is not found; a new process may have got its number, and the file then stays until a later sweep. Other
// systems cannot tell, so there nothing is removed.
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

// rename closes the file first: Windows renames none that is open.
func rename(file *os.File, path string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// discard removes a temporary file; Windows removes none that is open.
func discard(file *os.File) error { return errors.Join(file.Close(), os.Remove(file.Name())) }

// flushFolder has nothing to do: Windows writes the names in a folder to its journal by itself.
func flushFolder(string) error { return nil }

// access leaves it to the opening of a device to fail.
func access(string) error { return nil }
