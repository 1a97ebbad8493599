//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestPipe: a named pipe is opened once, for else its reader would come to an end of the first
// opening, and not at all by Check, which would wait for a reader.
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

// TestFullDisk: the error names the path once, however the writer wraps it, and never the temporary
// file.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no full device here:", err)
	}
	err := Write("/dev/full", func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("x", 2*bufferSize))
		return fmt.Errorf("raw: %w", err)
	})
	if want := "writing /dev/full: raw: no space left on device"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
