package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
)

// standardOutput is the name of an output that is written to standard output.
const standardOutput = "-"

// outputPath is the path that an output is written to, with one name for standard output.
func outputPath(path string) string {
	switch path {
	case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return standardOutput
	}
	return path
}

// file is an output and the option that names it.
type file struct{ option, path string }

// identity is that of the file; all names of standard output have one.
func (f file) identity() (string, error) {
	if f.path == standardOutput {
		return f.path, nil
	}
	return cli.Identity(f.path)
}

// files are those that are written, in a sweep those of each image with a place for its number.
func (w *output) files() []file {
	return slices.Concat(w.imageFiles(), w.stackFiles(), w.onceFiles())
}

// imageFiles are those of an image.
func (w *output) imageFiles() []file {
	return append(withNames([]file{
		{"-floatfile", w.float}, {"-intfile", w.integer}, {"-pgmfile", w.pgm}, {"-noisefile", w.noise}, {"-cbffile", w.cbf}, {"-pngfile", w.png},
	}), w.derivatives.files()...)
}

// onceFiles are those that a sweep has one of.
func (w *output) onceFiles() []file {
	return withNames([]file{{"-dump", w.dump}, {"-experiment", w.experiment}})
}

// withNames are those of a list that are written.
func withNames(list []file) []file {
	return slices.DeleteFunc(list, func(f file) bool { return f.path == "" })
}

// takesStdout reports whether an output is written to standard output.
func (w *output) takesStdout() bool {
	for _, f := range w.files() {
		if f.path == standardOutput {
			return true
		}
	}
	return false
}

// check reports, before a long run, that nothing would be written after it, or could not be, and refuses to overwrite a
// file that was read or is written twice.
func (w *output) check() error {
	if w.forgotten {
		return cli.Usagef("no output is asked for: give -floatfile, -intfile, -noisefile, -cbffile, -nxsfile, -npyfile, -pgmfile, -pngfile, -derivfile or -experiment; or -outputs reference for all files that nanoBragg writes; or -outputs none to print the summary only")
	}
	if err := errors.Join(w.checkNames(), w.checkStacks()); err != nil {
		return err
	}
	seen := map[string]string{}
	for _, path := range w.inputs {
		if key, err := cli.Identity(path); err != nil {
			return err
		} else if key != "" {
			seen[key] = "a file that is read"
		}
	}
	all, err := w.allFiles()
	if err != nil {
		return err
	}
	for _, f := range all {
		key, err := f.identity()
		if err != nil {
			return err
		}
		if other := seen[key]; other != "" && key != "" {
			return cli.Usagef("%s %s is also %s", f.option, f.path, other)
		}
		seen[key] = "that of " + f.option
		if f.path == standardOutput {
			continue
		}
		if err := atomicfile.Check(f.path); err != nil {
			return fmt.Errorf("%s %s cannot be written: %w", f.option, f.path, err)
		}
	}
	return nil
}

// saver writes an output.
type saver func(path string, write func(io.Writer) error) error

// save writes one output, unless the run was interrupted before.
func (p *program) save(ctx context.Context, path string, write func(io.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := path
	if path == standardOutput {
		name = "standard output"
	}
	p.files.begin(name)
	if path != standardOutput {
		if err := atomicfile.Write(path, write); err != nil {
			return err
		}
	} else if err := writeBuffered(p.stdout, write); err != nil {
		return fmt.Errorf("writing standard output: %w", err)
	}
	p.files.end()
	return nil
}

func writeBuffered(w io.Writer, write func(io.Writer) error) error {
	buffer := bufio.NewWriterSize(w, 1<<16)
	if err := write(buffer); err != nil {
		return err
	}
	return buffer.Flush()
}

// journal knows which outputs of a run are written. It may be read while they are.
type journal struct {
	mu      sync.Mutex
	current string
	done    []string

	images, whole int // of a sweep, and those that are written

	stacks []string // files of all images that are not complete
}

// begun names the files of all images of a sweep that are begun.
func (j *journal) begun(list stacks) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range list {
		j.stacks = append(j.stacks, s.path)
	}
}

// sweep begins a sweep of several images, of which some are there.
func (j *journal) sweep(images, there int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.images, j.whole, j.done = images, there, nil
}

// imageDone counts an image whose files are all written.
func (j *journal) imageDone() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.whole, j.done = j.whole+1, nil
}

func (j *journal) begin(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.current = name
}

func (j *journal) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done, j.current = append(j.done, j.current), ""
}

// String says what is on the disk.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := "nothing was written"
	switch {
	case j.images > 0 && len(j.stacks) > 0:
		text = fmt.Sprintf("%d of %d images were made, and nothing is left of %s, for all of them: -resume makes them anew", j.whole, j.images, strings.Join(j.stacks, " and "))
	case j.images > 0:
		text = fmt.Sprintf("%d of %d images are written; -resume makes the others", j.whole, j.images)
		if len(j.done) > 0 {
			text += "; of the next there is only " + strings.Join(j.done, ", ")
		}
	case len(j.done) > 0:
		text = "only " + strings.Join(j.done, ", ") + " was written"
		if len(j.done) > 1 {
			text = "only " + strings.Join(j.done, ", ") + " were written"
		}
	}
	if j.current != "" {
		text += ", and " + j.current + " was not finished"
	}
	return text
}
