package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gobragg/gobragg/internal/mutation/planted"
)

// Result is what has been found out about a mutant.
type Result struct {
	Mutant string
	Kind   Kind
	File   string
	Commit string // of the module
	// Gradcheck and Tests say who caught it, or that nobody did; nil where that part has not been run.
	Gradcheck, Tests *Catch `json:",omitempty"`
}

// Parts of a run.
type Parts struct{ Gradcheck, Tests bool }

// Catch says whether and where a mistake was caught.
type Catch struct {
	Caught bool
	By     string `json:",omitempty"` // the check, or the package and the test
	What   string `json:",omitempty"` // the first failure
	// Located is the operation that gradcheck named.
	Located string  `json:",omitempty"`
	Seconds float64 // to build and to run
}

// Runner plants mutants, one at a time in each call of Run. Several may run at once.
type Runner struct {
	root, scratch string
	limit         time.Duration
	list          []Mutant
	commit        string
	combined      string // the overlay with all mutants but those alone
	alone         []int
	only          string // a regular expression: the set-ups to run

	mu       sync.Mutex
	programs map[string]*program // by overlay and package
	passes   map[string]*passes  // by tests
}

type program struct {
	once sync.Once
	path string
	err  error
}

type passes struct {
	once sync.Once
	err  error
}

// Limits of time for gradcheck and for each package's tests, where NewRunner is given none, and for
// the go command to build.
const (
	defaultLimit = 4 * time.Minute
	buildLimit   = 15 * time.Minute
)

// NewRunner prepares to plant some mutants in the module at root. It writes to an empty folder, scratch.
func NewRunner(ctx context.Context, root, scratch string, limit time.Duration, list []Mutant) (*Runner, error) {
	if limit <= 0 {
		limit = defaultLimit
	}
	r := &Runner{root: root, scratch: scratch, limit: limit, list: list, programs: map[string]*program{}, passes: map[string]*passes{}}
	files, alone, err := schemata(root, list)
	if err != nil {
		return nil, err
	}
	r.alone = alone
	if out, err := r.command(ctx, time.Minute, ".", 0, "git", "rev-parse", "--short", "HEAD"); err == nil {
		r.commit = strings.TrimSpace(string(out))
	}
	r.combined, err = r.write(scratch, "overlay.json", files)
	return r, err
}

// Run plants the i-th mutant and finds out who catches it.
func (r *Runner) Run(ctx context.Context, i int, parts Parts) (Result, error) {
	m := &r.list[i]
	out := Result{Mutant: m.Name, Kind: m.Kind, File: m.File, Commit: r.commit}
	overlay, number := r.combined, i+1
	if slices.Contains(r.alone, i) {
		dir, err := os.MkdirTemp(r.scratch, "mutant")
		if err != nil {
			return out, err
		}
		defer os.RemoveAll(dir)
		if overlay, err = r.overlay(ctx, m, dir); err != nil {
			return out, err
		}
		number = 0
	}
	var err error
	if parts.Gradcheck {
		if out.Gradcheck, err = r.gradcheck(ctx, overlay, number); err != nil {
			return out, fmt.Errorf("mutation: %s: %w", m.Name, err)
		}
	}
	if parts.Tests {
		start := time.Now()
		for _, test := range m.tests() {
			if out.Tests, err = r.test(ctx, overlay, number, test); err != nil {
				return out, fmt.Errorf("mutation: %s: %w", m.Name, err)
			}
			if out.Tests.Caught {
				break
			}
		}
		out.Tests.Seconds = time.Since(start).Seconds()
	}
	return out, nil
}

// Unchanged runs gradcheck without a mutant: all its checks must pass.
func (r *Runner) Unchanged(ctx context.Context) error {
	c, err := r.gradcheck(ctx, r.combined, 0)
	if err == nil && c.Caught {
		err = fmt.Errorf("mutation: without a mutant, %s fails: %s", c.By, c.What)
	}
	return err
}

// Setups lists the checks of gradcheck alone.
func (r *Runner) Setups(ctx context.Context) ([]Setup, error) {
	path, err := r.build(ctx, r.combined, setupsPackage)
	if err != nil {
		return nil, err
	}
	out, err := r.command(ctx, r.limit, ".", 0, path, "-list", "-json")
	if err != nil {
		return nil, fmt.Errorf("mutation: %w\n%s", err, out)
	}
	var list []Setup
	return list, json.Unmarshal(out, &list)
}

// overlay writes the files of a mutant that is planted alone, and the list of them for the option
// -overlay of the go command.
func (r *Runner) overlay(ctx context.Context, m *Mutant, dir string) (string, error) {
	text, err := m.apply(r.root)
	if err != nil {
		return "", err
	}
	list, err := r.write(dir, "overlay.json", map[string][]byte{m.File: text})
	if err != nil || path.Base(path.Dir(m.File)) != "gen" {
		return list, err
	}
	generated, err := r.generate(ctx, path.Dir(path.Dir(m.File)), list, dir)
	if err != nil {
		return "", fmt.Errorf("mutation: %s: %w", m.Name, err)
	}
	return r.write(dir, "generated.json", generated)
}

// write writes files to a folder, and a list of what they replace.
func (r *Runner) write(dir, name string, files map[string][]byte) (string, error) {
	root, err := filepath.Abs(r.root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range files {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "+"))
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return "", err
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, name)
	return to, os.WriteFile(to, list, 0o644)
}

const setupsPackage = "internal/mutation/setups"

// build builds the program of a package, or of its tests, once for an overlay.
func (r *Runner) build(ctx context.Context, overlay, pkg string) (string, error) {
	r.mu.Lock()
	key := overlay + " " + pkg
	p := r.programs[key]
	if p == nil {
		p = &program{path: filepath.Join(filepath.Dir(overlay), strings.ReplaceAll(pkg, "/", "+")+".program")}
		r.programs[key] = p
	}
	r.mu.Unlock()
	p.once.Do(func() {
		args := []string{"test", "-c", "-vet=off"}
		if pkg == setupsPackage {
			args = []string{"build", "-ldflags=-s -w"}
		}
		out, err := r.command(ctx, buildLimit, ".", 0, "go", append(args, "-overlay", overlay, "-o", p.path, "./"+pkg)...)
		if err != nil {
			p.err = fmt.Errorf("%s does not build: %w\n%s", pkg, err, out)
		}
	})
	return p.path, p.err
}

// generate runs the mutated generator of a package's kernels, and returns what it writes.
func (r *Runner) generate(ctx context.Context, kernels, overlay, dir string) (map[string][]byte, error) {
	const names = "kernel.go" // which lists the kernels
	text, err := os.ReadFile(filepath.Join(r.root, kernels, names))
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(dir, "module", kernels)
	for _, folder := range []string{copied, filepath.Join(copied, "../../cuda")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(copied, names), text, 0o644); err != nil {
		return nil, err
	}
	if out, err := r.command(ctx, buildLimit, filepath.Join(kernels, "gen"), 0, "go", "run", "-overlay", overlay, ".", copied); err != nil {
		return nil, fmt.Errorf("the generator does not run: %w\n%s", err, out)
	}
	files := map[string][]byte{}
	for _, file := range []string{"constants.go", "kernels_avx2_amd64.s", "kernels_avx512_amd64.s", "kernels_neon_arm64.s"} {
		if files[kernels+"/"+file], err = os.ReadFile(filepath.Join(copied, file)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// gradcheck runs the set-ups.
func (r *Runner) gradcheck(ctx context.Context, overlay string, number int) (*Catch, error) {
	program, err := r.build(ctx, overlay, setupsPackage)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	out, err := r.command(ctx, r.limit, ".", number, program, "-json", "-run", r.only)
	c := &Catch{Seconds: time.Since(start).Seconds()}
	var last struct{ Check, Failed, Located string }
	for _, line := range bytes.Split(out, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("{")) {
			if err := json.Unmarshal(line, &last); err != nil {
				return c, fmt.Errorf("what the set-ups print: %w", err)
			}
		}
	}
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return c, ctx.Err()
	case errors.Is(err, errLimit):
		c.Caught, c.By, c.What = true, "time limit", fmt.Sprintf("after %q", last.Check)
	case last.Failed == "":
		c.Caught, c.By, c.What = true, "crash", fmt.Sprintf("after %q: %s", last.Check, firstLine(out))
	default:
		c.Caught, c.By, c.What, c.Located = true, last.Check, last.Failed, last.Located
	}
	return c, nil
}

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// test runs the tests of one package.
func (r *Runner) test(ctx context.Context, overlay string, number int, test string) (*Catch, error) {
	r.mu.Lock()
	p := r.passes[test]
	if p == nil {
		p = &passes{}
		r.passes[test] = p
	}
	r.mu.Unlock()
	p.once.Do(func() {
		c, err := r.tests(ctx, r.combined, 0, test)
		if err == nil && c.Caught {
			err = fmt.Errorf("without a mutant, the tests %q fail: %s", test, c.What)
		}
		p.err = err
	})
	if p.err != nil {
		return nil, p.err
	}
	return r.tests(ctx, overlay, number, test)
}

func (r *Runner) tests(ctx context.Context, overlay string, number int, test string) (*Catch, error) {
	dir, run, _ := strings.Cut(test, " ")
	program, err := r.build(ctx, overlay, dir)
	if err != nil {
		return nil, err
	}
	out, err := r.command(ctx, r.limit+time.Minute, dir, number, program, "-test.failfast", "-test.short", "-test.timeout", r.limit.String(), "-test.run", run)
	switch {
	case err == nil:
		return &Catch{}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	c := &Catch{Caught: true, By: dir}
	switch m := failedTest.FindSubmatch(out); {
	case m != nil:
		c.What = string(m[1])
	case errors.Is(err, errLimit) || bytes.Contains(out, []byte("panic: test timed out")):
		c.What = "time limit"
	default:
		c.What = firstLine(out)
	}
	return c, nil
}

var errLimit = errors.New("time limit")

// command runs a program in a folder of the module, as a mutant, and returns what it prints.
func (r *Runner) command(ctx context.Context, limit time.Duration, dir string, number int, name string, args ...string) ([]byte, error) {
	limited, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, name, args...)
	cmd.Dir = filepath.Join(r.root, dir)
	cmd.Env = append(os.Environ(), planted.Variable+"="+strconv.Itoa(number))
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && context.Cause(limited) == errLimit {
		err = errLimit
	}
	return out, err
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
