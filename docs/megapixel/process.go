//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
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

// printPhases refines in this process.
func printPhases(folder string, sampled bool, profile string) (err error) {
	runtime.GOMAXPROCS(1)
	o := job.Options{Inputs: []string{filepath.Join(folder, "start.json")}, Threads: 1, Out: filepath.Join(folder, "refined")}
	if sampled {
		o.Model = job.Sampled
	}
	last, name := cputime.Seconds(), ""
	end := func(next string) {
		now := cputime.Seconds()
		if name != "" {
			fmt.Printf("%-40s %6.3f s\n", name, now-last)
		}
		last, name = now, next
	}
	o.OnPhase = func(phase string) { end(phase) }
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
	begin := cputime.Seconds()
	out, err := job.Run(context.Background(), o)
	if err != nil {
		return err
	}
	end("")
	fmt.Printf("%-40s %6.3f s\n%s%d reflections\n", "all", cputime.Seconds()-begin, out.Result, len(out.Reflections))
	return nil
}
