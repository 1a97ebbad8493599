package shim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// ErrNoCompiler says that there is no C++ compiler, or none that makes programs which this machine
// runs.
var ErrNoCompiler = errors.New("cuda: the stand-in GPU needs a C++17 compiler of a Unix system ($CXX, c++, g++ or clang++)")

// Compiler is the C++ compiler that is used: $CXX, c++, g++ or clang++, the first that is there and
// makes a program that runs. The error wraps ErrNoCompiler, and says of each why not.
func Compiler() (string, error) {
	t, err := findTools()
	if err != nil {
		return "", err
	}
	return t.name, nil
}

// Flags are what Compiler is given for kernels, but for what makes a shared object: no contraction
// of a·b + c, so that fma is used where the text says so, and the processor's fma where it has it
// (the library's is slow, and as exact).
func Flags() ([]string, error) {
	t, err := findTools()
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.flags), nil
}

// tools are a compiler that works.
type tools struct {
	name    string
	command []string // $CXX may have arguments
	flags   []string
}

// None of these changes values. A small kernel compiles in 0.04 s; -O0 would save a fifth of what a
// large one takes, and run slower.
var baseFlags = []string{"-std=c++17", "-O1", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math",
	"-fno-exceptions", "-fno-rtti", "-fno-asynchronous-unwind-tables", "-fno-threadsafe-statics", "-U_FORTIFY_SOURCE", "-pipe"}

var (
	toolsLock  sync.Mutex
	toolsFound = map[string]func() (*tools, error){}
)

// findTools finds a compiler, once for each environment.
func findTools() (*tools, error) {
	toolsLock.Lock()
	environment := os.Getenv("CXX") + "\x00" + os.Getenv("PATH")
	find := toolsFound[environment]
	if find == nil {
		find = sync.OnceValues(searchTools)
		toolsFound[environment] = find
	}
	toolsLock.Unlock()
	return find()
}

func searchTools() (*tools, error) {
	if runtime.GOOS == "windows" {
		return nil, ErrNoCompiler
	}
	if _, err := exec.LookPath("sh"); err != nil {
		return nil, fmt.Errorf("%w, and a shell: %v", ErrNoCompiler, err)
	}
	path, err := folder()
	if err != nil {
		return nil, err
	}
	var whyNot []string
	for _, name := range []string{os.Getenv("CXX"), "c++", "g++", "clang++"} {
		command := strings.Fields(name)
		if len(command) == 0 {
			continue
		}
		flagSets := [][]string{baseFlags}
		if runtime.GOARCH == "amd64" {
			flagSets = [][]string{slices.Concat(baseFlags, []string{"-mfma"}), baseFlags}
		}
		for _, flags := range flagSets {
			t := &tools{name, command, flags}
			if err = t.probe(path); err == nil {
				return t, nil
			}
		}
		whyNot = append(whyNot, fmt.Sprintf("%s: %v", name, err))
	}
	return nil, fmt.Errorf("%w\n%s", ErrNoCompiler, strings.Join(whyNot, "\n"))
}

// probe tries whether a compiler makes a program that this machine runs.
func (t *tools) probe(folder string) error {
	program, err := os.CreateTemp(folder, "probe-")
	if err != nil {
		return err
	}
	if err := program.Close(); err != nil {
		return err
	}
	if err := t.program(filepath.Join(folder, "server", "probe.cc"), program.Name()); err != nil {
		return err
	}
	if out, err := exec.Command(program.Name()).CombinedOutput(); err != nil {
		return fmt.Errorf("what it makes does not run: %w %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// program makes an executable whose functions are there for the shared objects that it loads.
func (t *tools) program(source, target string) error {
	return t.run(source, "-rdynamic", source, "-o", target, "-ldl", "-lm")
}

// object makes the shared object of a text. It is not linked with the C++ library, which would take
// half of the time.
func (t *tools) object(source, target string, flags []string) error {
	link := []string{"-shared", "-fPIC", source, "-o", target}
	if runtime.GOOS == "darwin" {
		link = append(link, "-undefined", "dynamic_lookup")
	} else {
		link = append(link, "-ftls-model=initial-exec", "-nostdlib", "-lm", "-lgcc")
	}
	return t.run(source, slices.Concat(flags, link)...)
}

// compilation is what a compiler says of a source that it does not take.
type compilation struct {
	err error
	log string
}

func (c *compilation) Error() string { return fmt.Sprintf("%v\n%s", c.err, c.log) }
func (c *compilation) Unwrap() error { return c.err }

func (t *tools) run(source string, arguments ...string) error {
	cmd := exec.Command(t.command[0], slices.Concat(t.command[1:], t.flags, arguments)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err != nil {
		text := strings.ReplaceAll(log.String(), filepath.Dir(source)+string(filepath.Separator), "")
		return &compilation{err, strings.TrimSpace(text)}
	}
	return nil
}
