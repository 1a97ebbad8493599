package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// Archive is a .npz file: arrays with names.
type Archive struct {
	path  string
	file  *os.File
	names []string
	files map[string]*zip.File
}

// maxMembers is the largest number of arrays in an archive.
const maxMembers = 1 << 16

// mostRatio is more than deflate ever gains.
const mostRatio = 1040

// OpenArchive opens the .npz file at path. Close it after use.
func OpenArchive(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	m, err := openArchive(file, path)
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, format.Reading("npz", fmt.Errorf("npz: %s: %w", path, err))
	}
	return m, nil
}

func openArchive(file *os.File, path string) (*Archive, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	start := make([]byte, 4)
	if _, err := io.ReadFull(file, start); err != nil || string(start[:2]) != "PK" {
		return nil, format.Errorf(format.ErrNotFormat, "an archive of arrays begins with PK, this file with %.20q", start)
	}
	z, err := zip.NewReader(file, info.Size())
	switch {
	case errors.Is(err, zip.ErrFormat):
		return nil, format.Errorf(format.ErrTruncated, "the directory at the end of the archive is missing: %w", err)
	case err != nil:
		return nil, format.Errorf(format.ErrInvalidValue, "%w", err)
	case len(z.File) > maxMembers:
		return nil, format.Errorf(format.ErrLimit, "the archive has %d members, more than %d", len(z.File), maxMembers)
	}
	m := &Archive{path: path, file: file, files: map[string]*zip.File{}}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		switch {
		case !ok:
			return nil, format.Errorf(format.ErrUnsupported, "the member %.60q is not an array (.npy): this is an archive of something else", f.Name)
		case m.files[name] != nil:
			return nil, format.Errorf(format.ErrInconsistent, "there are two arrays %.60q", name)
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return nil, format.Errorf(format.ErrUnsupported, "the array %.60q is compressed by the method %d of zip; stored and deflated ones are read", name, f.Method)
		case f.UncompressedSize64/mostRatio > f.CompressedSize64:
			return nil, format.Errorf(format.ErrInconsistent, "the array %.60q has %d bytes of %d compressed ones, which is not possible", name, f.UncompressedSize64, f.CompressedSize64)
		}
		m.names = append(m.names, name)
		m.files[name] = f
	}
	if len(m.names) == 0 {
		return nil, format.Errorf(format.ErrNoData, "the archive holds no arrays")
	}
	return m, nil
}

// Names returns the names of the arrays, in the order of the file.
func (m *Archive) Names() []string { return append([]string(nil), m.names...) }

// Open opens the named array. Close it after use, before the archive.
func (m *Archive) Open(name string) (*Array, error) {
	f := m.files[name]
	if f == nil {
		return nil, format.Errorf(format.ErrNoData, "npz: %s: there is no array %.60q among %s", m.path, name, strings.Join(m.names[:min(len(m.names), 20)], ", "))
	}
	a := &Array{name: m.path + ": " + name, open: func() (io.ReadCloser, error) { return openMember(f) }}
	err := a.begin()
	if err == nil {
		err = a.checkSize(int64(f.UncompressedSize64) - a.length)
	}
	if err != nil {
		_ = a.Close() // nothing was written
		return nil, wrap(a.name, err)
	}
	return a, nil
}

// Close closes the file.
func (m *Archive) Close() error { return m.file.Close() }

// openMember opens a member, whose errors of zip get a class.
func openMember(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, format.Errorf(format.ErrInvalidValue, "%w", err)
	}
	return &member{r}, nil
}

type member struct{ io.ReadCloser }

func (m *member) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	return n, memberError(err)
}

// memberError gives an error of zip its class.
func memberError(err error) error {
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return format.Errorf(format.ErrChecksum, "%w", err)
	case errors.Is(err, zip.ErrFormat):
		return format.Errorf(format.ErrInvalidValue, "%w", err)
	}
	return err
}
