package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Pending is a file that is written in any order, by several calls, and takes the place of an
// existing one only when it is complete. It follows the rules of [Write].
type Pending struct {
	path   string // of the caller
	target string // where the file goes
	mode   fs.FileMode
	file   *os.File // nil once committed or discarded
}

// Create begins a file that [Pending.Commit] puts at path. Until then there is only a temporary file
// in its folder. A device or a pipe is an error: it cannot be written in any order. Errors name the
// path.
func Create(path string) (*Pending, error) {
	target, mode, err := resolve(path)
	if err == nil && mode.Type() != 0 {
		err = errors.New("is no regular file, and this format cannot be written to a pipe or a device")
	}
	if err != nil {
		return nil, describe(path, err)
	}
	p, err := open(target, mode.Perm())
	if err != nil {
		return nil, describe(path, err)
	}
	p.path = path
	return p, nil
}

// open creates the temporary file for a target. A mode of 0 means that the target does not exist
// yet.
func open(target string, mode fs.FileMode) (*Pending, error) {
	sweepOnce(filepath.Dir(target))
	file, err := create(target)
	if err != nil {
		return nil, err
	}
	return &Pending{path: target, target: target, mode: mode, file: file}, nil
}

// WriteAt writes data at an offset of the file, as io.WriterAt says.
func (p *Pending) WriteAt(data []byte, offset int64) (int, error) {
	if p.file == nil {
		return 0, describe(p.path, fs.ErrClosed)
	}
	n, err := p.file.WriteAt(data, offset)
	return n, describe(p.path, cause(err))
}

// Commit puts the file at its path. When it returns nil, the file and its name are on the disk; on
// an error the old file is unchanged and the temporary file is gone, as with [Write].
func (p *Pending) Commit() error {
	if p.file == nil {
		return describe(p.path, fs.ErrClosed)
	}
	err := p.commit()
	if err != nil {
		_ = p.Discard() // the first error is the one to report
	}
	return describe(p.path, err)
}

func (p *Pending) commit() error {
	if p.mode != 0 {
		if err := os.Chmod(p.file.Name(), p.mode); err != nil {
			return err
		}
	}
	if err := flush(p.file); err != nil {
		return err
	}
	if err := rename(p.file, p.target); err != nil {
		return err
	}
	p.file = nil
	return flushFolder(filepath.Dir(p.target))
}

// Discard removes the temporary file. After [Pending.Commit] or another Discard it does nothing, so
// it can be deferred.
func (p *Pending) Discard() error {
	if p.file == nil {
		return nil
	}
	file := p.file
	p.file = nil
	return discard(file)
}
