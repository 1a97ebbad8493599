//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// TestPipe: a named pipe is opened once, for else its reader would come to an end of the first opening, and not at all by
// Check, which would wait for a reader.
func TestPipe(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if err := Check(path); err != nil {
		t.Fatal(err)
	}
	type result struct {
		text string
		err  error
	}
	read := make(chan result)
	go func() {
		text, err := os.ReadFile(path)
		read <- result{string(text), err}
	}()
	if err := Write(path, writeString("through the pipe")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got.err != nil || got.text != "through the pipe" {
		t.Errorf("read %q, %v", got.text, got.err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", info, err)
	}
}

// TestDescriptor: a file that is open already, by its name in /dev/fd, is written, not replaced.
func TestDescriptor(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	saved, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(saved)
	path := "/dev/fd/" + strconv.Itoa(saved)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no descriptors by name here:", err)
	}
	if err := Write(path, writeString("in place")); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(file); err != nil || string(got) != "in place" {
		t.Errorf("the open file holds %q, %v", got, err)
	}
}
