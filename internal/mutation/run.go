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
	"strings"
	"sync"
	"time"
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

// Runner plants mutants, one at a time in each call of Run.
type Runner struct {
	Root    string        // of the module
	Limit   time.Duration // for gradcheck, and for each package's tests; the time to build is not counted
	Scratch string        // an empty folder
	commit  string
	once    sync.Once
}

// Limits of time where Runner.Limit is 0, and for the go command to build.
const (
	defaultLimit = 4 * time.Minute
	buildLimit   = 10 * time.Minute
)

// ErrBuild means that a mutated program could not be built: the mutant is at fault.
var ErrBuild = errors.New("does not build")

// Run plants a mutant and finds out who catches it.
func (r *Runner) Run(ctx context.Context, m *Mutant, parts Parts) (Result, error) {
	out := Result{Mutant: m.Name, Kind: m.Kind, File: m.File, Commit: r.head(ctx)}
	dir, err := os.MkdirTemp(r.Scratch, "mutant")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	overlay, err := r.overlay(ctx, m, dir)
	if err != nil {
		return out, err
	}
	if parts.Gradcheck {
		if out.Gradcheck, err = r.gradcheck(ctx, dir, overlay); err != nil {
			return out, fmt.Errorf("mutation: %s: %w", m.Name, err)
		}
	}
	if parts.Tests {
		start := time.Now()
		for _, test := range m.tests() {
			if out.Tests, err = r.test(ctx, overlay, test); err != nil {
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
	dir, err := os.MkdirTemp(r.Scratch, "unchanged")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := r.gradcheck(ctx, dir, "")
	if err == nil && c.Caught {
		err = fmt.Errorf("mutation: without a mutant, %s fails: %s", c.By, c.What)
	}
	return err
}

// Setups lists the checks of gradcheck alone.
func (r *Runner) Setups(ctx context.Context) ([]Setup, error) {
	out, err := r.command(ctx, buildLimit, ".", "go", "run", "./internal/mutation/setups", "-list", "-json")
	if err != nil {
		return nil, fmt.Errorf("mutation: %w\n%s", err, out)
	}
	var list []Setup
	return list, json.Unmarshal(out, &list)
}

// overlay writes the mutated files and the list of them for the option -overlay of the go command.
func (r *Runner) overlay(ctx context.Context, m *Mutant, dir string) (string, error) {
	text, err := m.apply(r.Root)
	if err != nil {
		return "", err
	}
	files := map[string][]byte{m.File: text}
	if m.plants() {
		files[plantedFile] = []byte(plantedSource)
	}
	list, err := r.write(dir, "overlay.json", files)
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
	root, err := filepath.Abs(r.Root)
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

// generate runs the mutated generator of a package's kernels, and returns what it writes.
func (r *Runner) generate(ctx context.Context, kernels, overlay, dir string) (map[string][]byte, error) {
	const names = "kernel.go" // which lists the kernels
	text, err := os.ReadFile(filepath.Join(r.Root, kernels, names))
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
	if out, err := r.command(ctx, buildLimit, filepath.Join(kernels, "gen"), "go", "run", "-overlay", overlay, ".", copied); err != nil {
		return nil, fmt.Errorf("%w: %v\n%s", ErrBuild, err, out)
	}
	files := map[string][]byte{}
	for _, file := range []string{"constants.go", "kernels_avx2_amd64.s", "kernels_avx512_amd64.s"} {
		if files[kernels+"/"+file], err = os.ReadFile(filepath.Join(copied, file)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// gradcheck builds and runs the set-ups.
func (r *Runner) gradcheck(ctx context.Context, dir, overlay string) (*Catch, error) {
	start := time.Now()
	program := filepath.Join(dir, "setups")
	args := []string{"build", "-ldflags=-s -w", "-o", program}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	if out, err := r.command(ctx, buildLimit, ".", "go", append(args, "./internal/mutation/setups")...); err != nil {
		return nil, fmt.Errorf("%w: %v\n%s", ErrBuild, err, out)
	}
	out, err := r.command(ctx, r.limit(), ".", program, "-json")
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
func (r *Runner) test(ctx context.Context, overlay, test string) (*Catch, error) {
	dir, run, _ := strings.Cut(test, " ")
	args := []string{"test", "-vet=off", "-failfast", "-count=1", "-short", "-overlay", overlay, "-timeout", r.limit().String()}
	if run != "" {
		args = append(args, "-run", run)
	}
	out, err := r.command(ctx, buildLimit+r.limit(), ".", "go", append(args, "./"+dir)...)
	switch {
	case err == nil:
		return &Catch{}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return nil, fmt.Errorf("%w: %v\n%s", ErrBuild, err, out)
	}
	c := &Catch{Caught: true, By: dir}
	switch m := failedTest.FindSubmatch(out); {
	case m != nil:
		c.What = string(m[1])
	case bytes.Contains(out, []byte("panic: test timed out")):
		c.What = "time limit"
	default:
		c.What = firstLine(out)
	}
	return c, nil
}

func (r *Runner) limit() time.Duration {
	if r.Limit > 0 {
		return r.Limit
	}
	return defaultLimit
}

var errLimit = errors.New("time limit")

// command runs a program in a folder of the module and returns what it prints.
func (r *Runner) command(ctx context.Context, limit time.Duration, dir, name string, args ...string) ([]byte, error) {
	limited, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, name, args...)
	cmd.Dir = filepath.Join(r.Root, dir)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && context.Cause(limited) == errLimit {
		err = errLimit
	}
	return out, err
}

// head is the commit of the module.
func (r *Runner) head(ctx context.Context) string {
	r.once.Do(func() {
		if out, err := r.command(ctx, time.Minute, ".", "git", "rev-parse", "--short", "HEAD"); err == nil {
			r.commit = strings.TrimSpace(string(out))
		}
	})
	return r.commit
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
