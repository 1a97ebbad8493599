package hdf5

import (
	"strings"

	"github.com/gobragg/gobragg/format"
)

// Object is a group or a dataset.
type Object struct {
	file     *File
	address  uint64
	messages []message
}

// maxTurns limits the links on the way to an object, so that links that lead to each other end.
const maxTurns = 100

// Root returns the root group.
func (f *File) Root() (*Object, error) { return f.object(f.root) }

func (f *File) object(address uint64) (*Object, error) {
	messages, err := f.header(address)
	if err != nil {
		return nil, err
	}
	return &Object{f, address, messages}, nil
}

// Same reports whether two objects are the same one, by whatever names they were found.
func (o *Object) Same(other *Object) bool { return o.file == other.file && o.address == other.address }

// IsDataset reports whether the object is a dataset and not a group.
func (o *Object) IsDataset() bool {
	for _, m := range o.messages {
		if m.kind == messageLayout {
			return true
		}
	}
	return false
}

// Find returns the object at a path, which counts from o unless it begins with a slash. It is nil if
// there is none of this name; a link that leads to a file or an object that is missing is an error.
func (o *Object) Find(path string) (*Object, error) {
	turns := 0
	return o.find(path, &turns)
}

func (o *Object) find(path string, turns *int) (*Object, error) {
	at := o
	if strings.HasPrefix(path, "/") {
		root, err := o.file.Root()
		if err != nil {
			return nil, err
		}
		at = root
	}
	for _, name := range strings.Split(path, "/") {
		if name == "" || name == "." {
			continue
		}
		next, err := at.child(name, turns)
		if err != nil || next == nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// child returns the object of a name in a group.
func (o *Object) child(name string, turns *int) (*Object, error) {
	links, err := o.file.links(o.messages)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Name == name {
			return o.follow(l, turns)
		}
	}
	return nil, nil
}

func (o *Object) follow(l Link, turns *int) (*Object, error) {
	if *turns++; *turns > maxTurns {
		return nil, format.Errorf(format.ErrInconsistent, "the link %q leads through more than %d names: links lead to each other in a circle", l.Name, maxTurns)
	}
	switch {
	case l.File != "":
		other, err := o.file.other(l.File)
		if err != nil {
			return nil, err
		}
		root, err := other.Root()
		if err != nil {
			return nil, other.inFile(o.file, err)
		}
		found, err := root.find(l.Path, turns)
		if err == nil && found == nil {
			err = format.Errorf(format.ErrNoData, "has no %s, to which the link %q leads", l.Path, l.Name)
		}
		return found, other.inFile(o.file, err)
	case l.Path != "":
		found, err := o.find(l.Path, turns)
		if err == nil && found == nil {
			err = format.Errorf(format.ErrNoData, "there is no %s, to which the link %q leads", l.Path, l.Name)
		}
		return found, err
	case l.address == undefined:
		return nil, format.Errorf(format.ErrInconsistent, "the link %q leads nowhere", l.Name)
	}
	return o.file.object(l.address)
}
