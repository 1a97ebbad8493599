//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gobragg/gobragg/internal/cputime"
	"github.com/gobragg/gobragg/refine/job"
)

// rssUnit is that of Rusage.Maxrss in bytes.
var rssUnit = map[bool]float64{true: 1, false: 1024}[runtime.GOOS == "darwin"]

// timed runs a command. The exit status 3 of a model that does not fit is not an error.
func timed(c *exec.Cmd) (measured, error) {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	begin := time.Now()
	err := c.Run()
	m := measured{wall: time.Since(begin).Seconds()}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		m.status = 3
	} else if err != nil {
		return m, fmt.Errorf("%s: %w\n%s", c, err, &out)
	}
	m.cpu = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.memory = peak(u)
	}
	return m, nil
}

// The rows of the parts that are sums.
const (
	toVerdict = "from the start to the verdict"
	allParts  = "all"
	peakRow   = "peak memory, MB"
)

// printPhases refines in this process, and prints a row for each part: its name and its processor seconds, after a tab.
func printPhases(folder string, sampled bool, profile string) (err error) {
	runtime.GOMAXPROCS(1)
	o := job.Options{Inputs: []string{filepath.Join(folder, "start.json")}, Threads: 1, Out: filepath.Join(folder, "refined")}
	if sampled {
		o.Model = job.Sampled
	}
	var names []string
	parts := map[string]float64{}
	begin := cputime.Seconds()
	last, name := begin, ""
	end := func(next string) {
		now := cputime.Seconds()
		if name != "" {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			parts[name] += now - last
		}
		last, name = now, next
	}
	files := begin
	o.OnPhase = func(phase string) {
		end(phase)
		files = last // the last part writes files
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	out, err := job.Run(context.Background(), o)
	if err != nil {
		return err
	}
	end("")
	for _, name := range names {
		fmt.Printf("%-36s\t%.3f\n", name, parts[name])
	}
	fmt.Printf("%-36s\t%.3f\n%-36s\t%.3f\n", toVerdict, files-begin, allParts, last-begin)
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	fmt.Printf("%-36s\t%.0f\n%s%d reflections\n", peakRow, peak(&u), out.Result, len(out.Reflections))
	return nil
}

// printParts runs a refinement in closed form and a sampled one, each in a process of its own, and prints the least of some rounds for each
// part.
func printParts(folder string, rounds int) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	var names []string
	least := map[string][2]float64{}
	for way, args := range [][]string{{"-phases", "-dir", folder}, {"-phases", "-sampled", "-dir", folder}} {
		for range rounds {
			c := exec.Command(own, args...)
			c.Env = append(os.Environ(), "GOMAXPROCS=1")
			text, err := c.Output()
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", c, err, text)
			}
			for line := range strings.Lines(string(text)) {
				name, number, ok := strings.Cut(line, "\t")
				if !ok {
					continue
				}
				v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
				if err != nil {
					return fmt.Errorf("%q: %w", line, err)
				}
				name = strings.TrimSpace(name)
				row, known := least[name]
				if !known {
					names, row = append(names, name), [2]float64{math.Inf(1), math.Inf(1)}
				}
				row[way] = min(row[way], v)
				least[name] = row
			}
		}
	}
	fmt.Println("| part, one thread | closed form, processor s | sampled, 100 domains |\n|---|---|---|")
	for _, name := range names {
		row := least[name]
		if name == peakRow {
			fmt.Printf("| %s | %.0f | %.0f |\n", name, row[0], row[1])
			continue
		}
		if max(row[0], row[1]) >= 0.005 {
			fmt.Printf("| %s | %.2f | %.2f |\n", name, row[0], row[1])
		}
	}
	return nil
}
