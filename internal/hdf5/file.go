package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/format"
)

// Options are the choices of a reader.
type Options struct {
	// AnyFolder allows links to files outside the folder of the file that is opened.
	AnyFolder bool
}

// File is a file that is open for reading. All its methods, and those of what they return, can be
// called at the same time. Errors have a class of package format; they name the place in the file
// and the names of other files, but not the file itself.
type File struct {
	r    io.ReaderAt
	name string
	base int64  // of the first byte that addresses count
	end  uint64 // address of the end of the file
	// Bytes of an address and of a length.
	offsetSize, lengthSize int
	root                   uint64
	set                    *set
}

// set is a file with the files to which it leads.
type set struct {
	folder  string // "" if there is none: then it leads nowhere
	options Options
	mu      sync.Mutex
	files   map[string]*File
	closers []io.Closer
}

// maxFiles limits the files that a file leads to: a sweep has hundreds.
const maxFiles = 1 << 14

// Open opens the file at path.
func Open(path string, options Options) (*File, error) {
	s := &set{folder: filepath.Dir(path), options: options, files: map[string]*File{}}
	f, err := s.open(path)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return f, nil
}

// New reads a file of the given size that is open. Links to other files are not followed.
func New(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, set: &set{}}
	if err := f.superblock(size); err != nil {
		return nil, err
	}
	return f, nil
}

// Close closes the file and those to which it led.
func (f *File) Close() error { return f.set.close() }

func (s *set) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	s.closers, s.files = nil, nil
	return errors.Join(errs...)
}

// open opens a file of the set; the caller holds the lock or is the only one.
func (s *set) open(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, format.Errorf(format.ErrRefused, "is no regular file, which HDF5 requires")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	s.closers = append(s.closers, file)
	f := &File{r: file, name: path, set: s}
	if err := f.superblock(info.Size()); err != nil {
		return nil, err
	}
	s.files[path] = f
	return f, nil
}

// withoutPath returns an error of the system without the path, which the caller adds.
func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// other returns the file of the given name to which f leads: relative to the folder of f.
func (f *File) other(name string) (*File, error) {
	s := f.set
	if s.folder == "" {
		return nil, format.Errorf(format.ErrMissingFile, "%q, to which a link leads, cannot be looked for: the file was not opened by its path", name)
	}
	if name == "" || strings.IndexByte(name, 0) >= 0 {
		return nil, format.Errorf(format.ErrInvalidValue, "a link leads to a file of the name %q", name)
	}
	// Windows has both kinds of separators, and files that were written there are read everywhere.
	local := filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
	path := local
	if !filepath.IsAbs(local) {
		path = filepath.Join(filepath.Dir(f.name), local)
	}
	relative, err := filepath.Rel(s.folder, path)
	if !s.options.AnyFolder && (err != nil || !filepath.IsLocal(relative)) {
		return nil, format.Errorf(format.ErrRefused, "a link leads to %s, outside the folder %s: put the files into one folder", name, s.folder)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		return nil, fs.ErrClosed
	}
	if known := s.files[path]; known != nil {
		return known, nil
	}
	if len(s.files) >= maxFiles {
		return nil, format.Errorf(format.ErrLimit, "links lead to more than %d files", maxFiles)
	}
	opened, err := s.open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, format.Errorf(format.ErrMissingFile, "%s, to which a link leads, is not there", path)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return opened, nil
}

// inFile adds the name of the file to an error, if it is not the one that was opened.
func (f *File) inFile(from *File, err error) error {
	if err == nil || f == from {
		return err
	}
	return fmt.Errorf("%s: %w", f.name, err)
}

// superblock finds and reads the superblock.
func (f *File) superblock(size int64) error {
	f.end = uint64(size)
	head := make([]byte, 8)
	for at := int64(0); ; at = max(512, 2*at) {
		if at > size-8 {
			return format.Errorf(format.Not("hdf5"), "is no HDF5 file: it has no signature at byte 0, 512, 1024, …")
		}
		if _, err := f.r.ReadAt(head, at); err != nil {
			return err
		}
		if string(head) == signature {
			f.base = at
			break
		}
	}
	f.end = uint64(size - f.base)
	c := f.cursor(8, 4)
	version := c.u8()
	switch {
	case c.err != nil:
		return c.err
	case version > 3:
		return format.Errorf(format.ErrUnsupported, "the superblock has version %d; 0 to 3 are read", version)
	case version >= 2:
		f.offsetSize, f.lengthSize = int(c.u8()), int(c.u8())
	default:
		c = f.cursor(13, 2)
		f.offsetSize, f.lengthSize = int(c.u8()), int(c.u8())
	}
	if c.err != nil {
		return c.err
	}
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if n != 2 && n != 4 && n != 8 {
			return format.Errorf(format.ErrInvalidValue, "the superblock gives addresses %d and lengths %d bytes; 2, 4 or 8 are read", f.offsetSize, f.lengthSize)
		}
	}
	var base, end uint64
	if version >= 2 {
		c = f.cursor(12, uint64(4*f.offsetSize+4))
		base = c.offset()
		c.offset() // of the extension
		end, f.root = c.offset(), c.offset()
		sum := c.u32()
		if c.err == nil {
			all := f.cursor(0, uint64(12+4*f.offsetSize))
			if all.err == nil && lookup3(all.data) != sum && !blind {
				return format.Errorf(format.ErrChecksum, "the superblock has the checksum %08x, and was written with %08x", lookup3(all.data), sum)
			}
		}
	} else {
		at := uint64(24)
		if version == 1 {
			at += 4
		}
		c = f.cursor(at, uint64(6*f.offsetSize))
		base = c.offset()
		c.offset() // of the free space
		end = c.offset()
		c.offset() // of the driver's information
		c.offset() // of the name of the root
		f.root = c.offset()
	}
	if c.err != nil {
		return c.err
	}
	// A user block may have been put before the file later on: then the base says where it was.
	if base > end || end-base > f.end {
		return format.Errorf(format.ErrTruncated, "the superblock says that the file ends at byte %d, and it has %d bytes", end, size)
	}
	return nil
}

// read returns n bytes at an address.
func (f *File) read(address, n uint64) ([]byte, error) {
	if address > f.end || n > f.end-address {
		return nil, format.Errorf(format.ErrTruncated, "%d bytes at byte %d are beyond the end of the file at byte %d", n, address, f.end)
	}
	data := make([]byte, n)
	return data, f.readInto(data, address)
}

func (f *File) readInto(data []byte, address uint64) error {
	if address > f.end || uint64(len(data)) > f.end-address {
		return format.Errorf(format.ErrTruncated, "%d bytes at byte %d are beyond the end of the file at byte %d", len(data), address, f.end)
	}
	_, err := f.r.ReadAt(data, f.base+int64(address))
	if errors.Is(err, io.EOF) {
		return format.Errorf(format.ErrTruncated, "%d bytes at byte %d are beyond the end of the file, which was cut while it was read", len(data), address)
	}
	return err
}

// cursor reads n bytes at an address for decoding.
func (f *File) cursor(address, n uint64) *cursor {
	data, err := f.read(address, n)
	return &cursor{f: f, at: address, data: data, err: err}
}

// cursor decodes numbers one after another. After an error it gives zeros.
type cursor struct {
	f    *File
	at   uint64 // address of data[0], for errors
	data []byte
	pos  int
	err  error
}

func (c *cursor) bytes(n int) []byte {
	if c.err == nil && (n < 0 || n > len(c.data)-c.pos) {
		c.err = format.Errorf(format.ErrTruncated, "an object of %d bytes at byte %d ends early: %d more are wanted at its byte %d", len(c.data), c.at, n, c.pos)
	}
	if c.err != nil {
		return make([]byte, min(max(n, 0), 16))
	}
	c.pos += n
	return c.data[c.pos-n : c.pos : c.pos]
}

func (c *cursor) u8() byte    { return c.bytes(1)[0] }
func (c *cursor) u16() uint16 { return binary.LittleEndian.Uint16(c.bytes(2)) }
func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.bytes(4)) }
func (c *cursor) u64() uint64 { return binary.LittleEndian.Uint64(c.bytes(8)) }
func (c *cursor) skip(n int)  { c.bytes(n) }

// uint decodes a number of 1 to 8 bytes.
func (c *cursor) uint(n int) uint64 {
	var b [8]byte
	copy(b[:], c.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

// offset decodes an address; all bits set stand for none, which is undefined.
func (c *cursor) offset() uint64 {
	v := c.uint(c.f.offsetSize)
	if v == 1<<(8*c.f.offsetSize)-1 { // also for 8 bytes, where the shift gives 0
		return undefined
	}
	return v
}

func (c *cursor) length() uint64 { return c.uint(c.f.lengthSize) }

// left returns the number of bytes that are left.
func (c *cursor) left() int { return len(c.data) - c.pos }

// text decodes a string that ends with a zero.
func (c *cursor) text() string {
	if c.err != nil {
		return ""
	}
	for i, b := range c.data[c.pos:] {
		if b == 0 {
			return string(c.bytes(i + 1)[:i])
		}
	}
	c.err = format.Errorf(format.ErrTruncated, "a text at byte %d of an object at byte %d has no end", c.pos, c.at)
	return ""
}

// fail sets the error, if there is none yet.
func (c *cursor) fail(class error, text string, args ...any) {
	if c.err == nil {
		c.err = format.Errorf(class, text, args...)
	}
}

// expect decodes the signature of an object.
func (c *cursor) expect(name string) {
	if got := c.bytes(len(name)); c.err == nil && string(got) != name {
		c.fail(format.ErrInconsistent, "an object %s is said to be at byte %d, where there is %q", name, c.at, got)
	}
}

// version decodes a version that has to be 0 up to most.
func (c *cursor) version(what string, most byte) byte {
	v := c.u8()
	if v > most {
		c.fail(format.ErrUnsupported, "%s at byte %d has version %d, and at most %d is read", what, c.at, v, most)
	}
	return v
}

// blind makes checksums of metadata not count, so that fuzzing gets behind them.
var blind bool

// checksum decodes the checksum of all bytes before it.
func (c *cursor) checksum() {
	end := c.pos
	if want := c.u32(); c.err == nil {
		if got := lookup3(c.data[:end]); got != want && !blind {
			c.fail(format.ErrChecksum, "the %d bytes at byte %d have the checksum %08x, and were written with %08x", end, c.at, got, want)
		}
	}
}

// budget limits a walk through objects that refer to each other. They cannot have more bytes than
// the file, unless one of them is visited twice.
type budget struct{ left uint64 }

func (f *File) budget() *budget { return &budget{f.end} }

func (b *budget) spend(n uint64, c *cursor) {
	if n > b.left {
		c.fail(format.ErrInconsistent, "objects at byte %d refer to each other in a circle", c.at)
		return
	}
	b.left -= n
}
