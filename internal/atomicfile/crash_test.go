package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// writerPath names the file that this program, started by a test, writes half of.
const writerPath = "ATOMICFILE_TEST_WRITER"

func TestMain(m *testing.M) {
	path := os.Getenv(writerPath)
	if path == "" {
		os.Exit(m.Run())
	}
	err := Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("x", 2*bufferSize)); err != nil {
			return err
		}
		fmt.Println("writing")
		_, err := io.Copy(io.Discard, os.Stdin) // until killed
		return err
	})
	fmt.Println(err)
}

// startWriter starts a program that is in the middle of writing path.
func startWriter(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	writer := exec.Command(program)
	writer.Env = append(os.Environ(), writerPath+"="+path)
	if _, err := writer.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("an emulator runs this test, and cannot start another program")
	} else if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("writing"))); err != nil {
		t.Fatal(err)
	}
	return writer
}

func kill(t *testing.T, writer *exec.Cmd) {
	t.Helper()
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Wait() // "signal: killed"
}

func temporaries(t *testing.T, folder string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, ".*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// TestKilledWriter: what a killed program leaves behind the next one removes, and nothing of one
// that is alive, nor what only looks alike.
func TestKilledWriter(t *testing.T) {
	folder := t.TempDir()
	dead, live := startWriter(t, filepath.Join(folder, "a")), startWriter(t, filepath.Join(folder, "a"))
	kill(t, dead)
	if n := temporaries(t, folder); n != 2 {
		t.Fatalf("%d temporary files, want those of both writers", n)
	}
	others := []string{".notes.tmp", ".b.00000000-1-0123456789abcdef.gobragg.tmp"} // the second of another machine
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(filepath.Join(folder, "b"), writeString("new")); err != nil {
		t.Fatal(err)
	}
	if n := temporaries(t, folder); n != 1+len(others) {
		t.Errorf("%d temporary files, want that of the live writer and %v", n, others)
	}
	kill(t, live)
	swept = sync.Map{} // as another program
	if err := Write(filepath.Join(folder, "b"), writeString("newer")); err != nil {
		t.Fatal(err)
	}
	if n := temporaries(t, folder); n != len(others) {
		t.Errorf("%d temporary files, want %v alone", n, others)
	}
}

// TestFlushed: the bytes reach the disk before the file has its name, and the name before Write
// returns.
func TestFlushed(t *testing.T) {
	defer func(old func(*os.File) error) { syncFile = old }(syncFile)
	folder := t.TempDir()
	path := filepath.Join(folder, "image.img")
	var flushed []string
	syncFile = func(file *os.File) error {
		_, err := os.Stat(path)
		switch info, statErr := file.Stat(); {
		case statErr != nil:
			return statErr
		case info.IsDir():
			flushed = append(flushed, fmt.Sprintf("folder %v", err == nil))
		default:
			flushed = append(flushed, fmt.Sprintf("file of %d %v", info.Size(), err == nil))
		}
		return nil
	}
	if err := Write(path, writeString("abc")); err != nil {
		t.Fatal(err)
	}
	want := "file of 3 false, folder true"
	if runtime.GOOS == "windows" { // which has no such call for folders
		want = "file of 3 false"
	}
	if got := strings.Join(flushed, ", "); got != want {
		t.Errorf("flushed %s; want %s", got, want)
	}

	boom := errors.New("boom")
	syncFile = func(*os.File) error { return boom }
	if err := Write(path, writeString("def")); !errors.Is(err, boom) {
		t.Errorf("error %v, want that of the disk", err)
	}
	onlyFile(t, folder, "image.img", "abc")
}

func TestCheck(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                                   "",
		filepath.Join(folder, "new"):           "",
		os.DevNull:                             "",
		folder:                                 "is a folder",
		filepath.Join(folder, "none", "new"):   "its folder: ",
		filepath.Join(file, "new"):             "not a directory",
		filepath.Join(folder, "a", "b", "new"): "its folder: ",
	} {
		err := Check(path)
		if (err == nil) != (want == "") || err != nil && (os.PathSeparator == '/' && !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ".tmp")) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	onlyFile(t, folder, "file", "old")
}
