package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// TestWrite: pixels of every type come back to the bit.
func TestWrite(t *testing.T) {
	folder := t.TempDir()
	if keep := os.Getenv("GOBRAGG_CLIENTS"); keep != "" {
		folder = keep // .ci/clients.d/tiff
	}
	for kind := format.Uint8; kind <= format.Bool; kind++ {
		var f format.Frame
		f.Reset(31, 17, kind)
		for i := range f.Data {
			f.Data[i] = byte(i & 1)
		}
		path := filepath.Join(folder, fmt.Sprintf("%v_%d.tif", kind, f.CRC32()))
		if err := WriteFile(path, &f); err != nil {
			t.Fatal(err)
		}
		m, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var again format.Frame
		if err := m.Read(0, &again); err != nil {
			t.Fatal(err)
		}
		want := kind
		if kind == format.Bool {
			want = format.Uint8
		}
		if again.Type != want || again.Fast != 31 || again.Slow != 17 || !bytes.Equal(again.Data, f.Data) {
			t.Errorf("%v: %d × %d %v", kind, again.Fast, again.Slow, again.Type)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// full is a writer that takes a few bytes.
type full int

func (w *full) Write(data []byte) (int, error) {
	if *w < full(len(data)) {
		return 0, errors.New("no space left")
	}
	*w -= full(len(data))
	return len(data), nil
}

func TestWriteErrors(t *testing.T) {
	var f format.Frame
	f.Reset(31, 17, format.Uint16)
	for _, space := range []full{0, 200} {
		if err := Write(&space, &f); err == nil || err.Error() != "tiff: no space left" {
			t.Error(err)
		}
	}
	f.Fast = 0
	if err := Write(&bytes.Buffer{}, &f); format.Class(err) != "invalid-value" {
		t.Error(err)
	}
}
