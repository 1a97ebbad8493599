package format

import (
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Classes of errors, for errors.Is. [Class] returns the word that stands for one.
var (
	ErrNotFormat    = errors.New("not of this format") // see [Not]
	ErrTruncated    = errors.New("truncated")          // the file ends early
	ErrInconsistent = errors.New("inconsistent")       // two statements of the file disagree
	ErrInvalidValue = errors.New("invalid-value")      // a value that nothing can have
	ErrChecksum     = errors.New("checksum")           // the data are not those that were written
	ErrLimit        = errors.New("limit")              // more than this module takes
	ErrUnsupported  = errors.New("unsupported")        // a feature of the format that is not read
	ErrMissingFile  = errors.New("missing-file")       // another file that this one refers to
	ErrRefused      = errors.New("refused")            // unsafe to read
	ErrNoData       = errors.New("no-data")            // the file has nothing of what was wanted
)

var classes = []error{ErrTruncated, ErrInconsistent, ErrInvalidValue, ErrChecksum, ErrLimit, ErrUnsupported, ErrMissingFile, ErrRefused, ErrNoData}

// classified is an error with a class that its text does not show.
type classified struct {
	class error
	err   error
}

func (e *classified) Error() string   { return e.err.Error() }
func (e *classified) Unwrap() []error { return []error{e.class, e.err} }

// Errorf returns an error of the class, with the text and the wrapped errors of fmt.Errorf.
func Errorf(class error, text string, args ...any) error {
	return &classified{class, fmt.Errorf(text, args...)}
}

// Classify returns the class of an error, for [Errorf] to keep it; otherwise if it has none.
func Classify(err, otherwise error) error {
	var not notFormat
	if errors.As(err, &not) {
		return not
	}
	for _, class := range classes {
		if errors.Is(err, class) {
			return class
		}
	}
	return otherwise
}

// notFormat is the class of files that are not of the named format.
type notFormat string

func (n notFormat) Error() string        { return "not-" + string(n) }
func (n notFormat) Is(target error) bool { return target == ErrNotFormat }

// Not returns the class of errors "this is not of the format name", where name is a word such as
// "mtz". Each such class is an [ErrNotFormat] for errors.Is.
func Not(name string) error { return notFormat(name) }

// Class returns the word for the class of an error, for instance "truncated" or "not-mtz"; an empty
// string if it has none.
func Class(err error) string {
	if class := Classify(err, nil); class != nil {
		return class.Error()
	}
	return ""
}

// Reading gives an error that reading a file of the format name met the class that fits, if it has
// none: a file of another format ([ErrNotFormat]) becomes [Not](name), one that ends early is
// truncated, and data that cannot be decompressed are truncated, damaged or of a wrong checksum. Other
// errors, such as those of the disk, stay without a class.
func Reading(name string, err error) error {
	var corrupt flate.CorruptInputError
	var structural bzip2.StructuralError
	switch {
	case err == nil || Class(err) != "":
		return err
	case errors.Is(err, ErrNotFormat):
		return &classified{Not(name), err}
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &classified{ErrTruncated, err}
	case errors.Is(err, gzip.ErrChecksum):
		return &classified{ErrChecksum, err}
	case errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt) || errors.As(err, &structural):
		return &classified{ErrInvalidValue, err}
	}
	return err
}
