//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// claim locks a new temporary file while it is open, so that no sweep removes it, and reports
// whether the file still exists. On a file system without locks, a sweep cannot lock the file
// either and removes nothing.
func claim(file *os.File) bool {
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false
	case err != nil:
		return true
	}
	named, err := os.Stat(file.Name())
	if err != nil {
		return false
	}
	opened, err := file.Stat()
	return err == nil && os.SameFile(named, opened)
}

// removeAbandoned removes a temporary file that is not locked. The system releases a lock when its
// holder dies, for whatever reason.
func removeAbandoned(path string, _ int) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		_ = os.Remove(path)
	}
	_ = file.Close()
}

// rename renames the file before releasing its lock.
func rename(file *os.File, path string) error {
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return file.Close()
}

// discard removes a temporary file before releasing its lock, for which a sweep may be waiting.
func discard(file *os.File) error { return errors.Join(os.Remove(file.Name()), file.Close()) }

// flushFolder waits until the names in a folder are on the disk.
func flushFolder(folder string) error {
	file, err := os.Open(folder)
	if err != nil {
		return nil // the folder is writable but not readable
	}
	return errors.Join(flush(file), file.Close())
}

// access returns an error if a device or pipe is not writable. It does not open it: a pipe's reader
// would take the closing for the end of the data.
func access(path string) error { return unix.Access(path, unix.W_OK) }
