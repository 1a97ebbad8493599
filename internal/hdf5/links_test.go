package hdf5

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// memory is a file in memory.
type memory struct{ data []byte }

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if end := int(at) + len(p); end > len(m.data) {
		m.data = append(m.data, make([]byte, end-len(m.data))...)
	}
	return copy(m.data[at:], p), nil
}

// linkFile writes a file with an object header that has the given link messages in its root.
func linkFile(t *testing.T, links ...[]byte) []byte {
	t.Helper()
	var m memory
	w := NewWriter(&m)
	var h header
	h.message(messageLinkInfo, append([]byte{0, 0}, ones(16)...))
	h.message(messageGroupInfo, []byte{0, 0})
	for _, l := range links {
		h.message(messageLink, l)
	}
	data, err := h.bytes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.write(data); err != nil {
		t.Fatal(err)
	}
	root := uint64(w.at) - uint64(len(data))
	s := append([]byte(signature), 2, 8, 8, 0)
	for _, v := range []uint64{0, undefined, uint64(w.at), root} {
		s = binary.LittleEndian.AppendUint64(s, v)
	}
	if _, err := m.WriteAt(appendChecksum(s), 0); err != nil {
		t.Fatal(err)
	}
	return m.data
}

func soft(name, path string) []byte {
	l := append([]byte{1, 8, 1, byte(len(name))}, name...)
	l = binary.LittleEndian.AppendUint16(l, uint16(len(path)))
	return append(l, path...)
}

func external(name, file, path string) []byte {
	l := append([]byte{1, 8, 64, byte(len(name))}, name...)
	value := "\x00" + file + "\x00" + path + "\x00"
	l = binary.LittleEndian.AppendUint16(l, uint16(len(value)))
	return append(l, value...)
}

func TestLinks(t *testing.T) {
	folder := t.TempDir()
	inside := filepath.Join(folder, "inside")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{
		filepath.Join(folder, "outside.h5"): linkFile(t, soft("x", "/")),
		filepath.Join(inside, "master.h5"): linkFile(t, soft("a", "/b"), soft("b", "a"), soft("c", "/nowhere"), soft("d", "c"), soft("root", "/"),
			external("missing", "data_000001.h5", "/x"), external("out", "../outside.h5", "/"), external("absolute", filepath.Join(folder, "outside.h5"), "/x"),
			external("text", "text.h5", "/"), external("folder", ".", "/"), external("itself", "master.h5", "/itself"), external("here", "master.h5", "/root"), external("nothing", "master.h5", "/absent")),
		filepath.Join(inside, "text.h5"): []byte("this is no HDF5 file\n"),
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(inside, "master.h5")
	for _, test := range []struct {
		name   string
		any    bool // folder
		class  string
		says   string
		exists bool
	}{
		{"a", false, "inconsistent", "in a circle", false},
		{"itself", false, "inconsistent", "in a circle", false},
		{"c", false, "no-data", `there is no /nowhere, to which the link "c" leads`, false},
		{"d", false, "no-data", "/nowhere", false},
		{"e", false, "", "", false},
		{"root/root/root", false, "", "", true},
		{"here", false, "", "", true},
		{"nothing", false, "no-data", "has no /absent", false},
		{"missing", false, "missing-file", filepath.Join(inside, "data_000001.h5") + ", to which a link leads, is not there", false},
		{"out", false, "refused", "outside the folder", false},
		{"absolute", false, "refused", "outside the folder", false},
		{"out", true, "", "", true},
		{"absolute", true, "", "", true},
		{"text", false, "not-hdf5", filepath.Join(inside, "text.h5") + ": is no HDF5 file", false},
		{"folder", false, "refused", "is no regular file", false},
	} {
		f, err := Open(path, Options{AnyFolder: test.any})
		if err != nil {
			t.Fatal(err)
		}
		root, err := f.Root()
		if err != nil {
			t.Fatal(err)
		}
		o, err := root.Find(test.name)
		if format.Class(err) != test.class || err != nil && !strings.Contains(err.Error(), test.says) || (o != nil) != test.exists {
			t.Errorf("%s: object %v, error %v, want class %q", test.name, o, err, test.class)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A file that is open by other means than its path leads to no other ones.
func TestLinksWithoutPath(t *testing.T) {
	data := linkFile(t, external("x", "/etc/passwd", "/"))
	f, err := New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.Find("x"); format.Class(err) != "missing-file" {
		t.Errorf("error %v", err)
	}
}

// TestCut reads every beginning of a file: each but the whole is an error.
func TestCut(t *testing.T) {
	data, err := os.ReadFile("testdata/source0.h5")
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := New(bytes.NewReader(data[:n]), int64(n)); err == nil || format.Class(err) == "" {
			t.Fatalf("%d of %d bytes: error %v", n, len(data), err)
		}
	}
}

// TestBits turns every bit of the metadata of a new file, all of which has checksums: reading it has
// to fail, or to give the same.
func TestBits(t *testing.T) {
	var m memory
	w := NewWriter(&m)
	chunks, err := w.NewChunks(format.Uint16, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 24)
	for i := range frame {
		frame[i] = byte(i)
	}
	if err := chunks.Append(frame); err != nil {
		t.Fatal(err)
	}
	first := len(m.data)
	if err := w.Finish(NewGroup("", []Attribute{{"a", 1.5}}, &Node{Name: "d", Value: chunks, Attributes: []Attribute{{"units", "mm"}}})); err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) (string, error) {
		f, err := New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return "", err
		}
		root, err := f.Root()
		if err != nil {
			return "", err
		}
		o, err := root.Find("d")
		if err != nil || o == nil {
			return "", err
		}
		d, err := o.Dataset()
		if err != nil {
			return "", err
		}
		v, err := d.Read()
		if err != nil {
			return "", err
		}
		return string(v.Data), nil
	}
	if got, err := read(m.data); err != nil || got != string(frame) {
		t.Fatalf("%q, %v", got, err)
	}
	for i := range m.data {
		// The B-tree of version 1 behind the chunk has no checksum.
		if i >= 8 && i < superblockLen || i > first+2000 || bytes.HasPrefix(m.data[i:], []byte("OHDR")) {
			for bit := range 8 {
				data := bytes.Clone(m.data)
				data[i] ^= 1 << bit
				if got, err := read(data); err == nil && got != string(frame) {
					t.Fatalf("bit %d of byte %d of %d: %q", bit, i, len(data), got)
				}
			}
		}
	}
}

// TestConcurrent reads the same datasets, also through links, at the same time.
func TestConcurrent(t *testing.T) {
	f, err := Open("testdata/virtual.h5", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	o, err := root.Find("nested")
	if err != nil {
		t.Fatal(err)
	}
	d, err := o.Dataset()
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Read()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 20 {
				if got, err := d.Read(); err != nil || !bytes.Equal(got.Data, want.Data) {
					t.Errorf("other data, error %v", err)
				}
			}
		}()
	}
	wait.Wait()
}
