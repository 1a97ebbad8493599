// Command bench measures whole processes next to the reference program, and prints the table of docs/performance.md for this
// machine, on which nothing else should run:
//
//	gcc -O3 -march=native -fopenmp nanoBragg.c -o nanoBragg -lm
//	go run ./docs/bench -reference ./nanoBragg -o bench.json
//
// A case is run in rounds: in each the reference program, then this one with each set of kernels, all with the same options
// and outputs (floats and SMV, into a folder of their own). What counts is the median of the rounds' ratios. -before names
// the JSON of an earlier run on the same machine, whose times are shown as ratios, too.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gobragg/gobragg"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	reference := flag.String("reference", "", "the reference program, nanoBragg; none: this one alone")
	rounds := flag.Int("n", 5, "rounds")
	kernels := flag.String("kernels", "avx512,avx2,neon,go", "sets of kernels; those that this machine lacks are left out")
	data := flag.String("data", "../shared/golden/data", "folder with A.mat and scaled.hkl of the PILATUS 6M case; without them it is left out")
	only := flag.String("cases", "", "cases whose names contain this text; none: all")
	program := flag.String("program", "", "the nanobragg to measure; none: one that is built from this folder")
	result := flag.String("o", "", "a file for the results as JSON")
	before := flag.String("before", "", "the JSON of an earlier run")
	flag.Parse()
	if err := bench(*reference, *program, *data, *only, *before, *result, strings.Split(*kernels, ","), *rounds); err != nil {
		log.Fatal(err)
	}
}

// Results are those of a run, as JSON.
type Results struct {
	Version string
	Go      string
	System  string
	CPU     string
	CPUs    int
	Date    time.Time
	Rounds  int
	Cases   []Case
}

// Case is one of the table.
type Case struct {
	Name      string
	Options   string
	Threads   int
	Reference *Times `json:",omitempty"`
	Kernels   []Kernels
}

// Kernels are the times of this program with a set of kernels.
type Kernels struct {
	Name string
	Times
	Ratio    float64 `json:",omitempty"` // median of the reference program's time, by the clock, over this one's
	CPURatio float64 `json:",omitempty"` // the same of processor time
}

// Times are medians of rounds.
type Times struct {
	Seconds    float64 // by the clock, from the start of the process to its end
	CPUSeconds float64 // user and system
	PeakMB     float64 `json:",omitempty"`
}

func bench(reference, program, data, only, before, result string, kernels []string, rounds int) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if program == "" {
		program = filepath.Join(folder, "nanobragg")
		if out, err := exec.Command("go", "build", "-o", program, "./cmd/nanobragg").CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	var old Results
	if before != "" {
		text, err := os.ReadFile(before)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &old); err != nil {
			return fmt.Errorf("%s: %w", before, err)
		}
	}
	kernels = slices.DeleteFunc(kernels, func(k string) bool { return !runs(program, folder, k) })
	r := Results{Version: gobragg.Version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPU: processor(), CPUs: runtime.NumCPU(), Date: time.Now().UTC(), Rounds: rounds}
	for _, c := range cases(data) {
		if !strings.Contains(c.Name, only) {
			continue
		}
		if c.inLoop {
			err = c.loop(reference, folder, kernels, rounds)
		} else {
			err = c.processes(reference, program, folder, kernels, rounds)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		r.Cases = append(r.Cases, c.Case)
	}
	r.print(old)
	if result == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(result, append(text, '\n'), 0o644)
}

// runs reports whether this machine has a set of kernels.
func runs(program, folder, kernels string) bool {
	_, err := run(program, append(strings.Fields("-cell 100 100 100 90 90 90 -N 5 -default_F 100 -detpixels 8 -oversample 1 -outputs none -kernels"), kernels), folder, 1)
	return err == nil
}

// print prints the table, with the times of an earlier run in units of this one's.
func (r *Results) print(old Results) {
	fmt.Printf("%s, %s, %d processors, %s, %s; medians of %d rounds\n\n", r.CPU, r.System, r.CPUs, r.Go, r.Date.Format(time.DateOnly), r.Rounds)
	fmt.Println("| case | threads | kernels | nanoBragg, s | here, s | ratio | processor time, s | ratio | peak, MB | before |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range r.Cases {
		for _, k := range c.Kernels {
			reference, ratio, cpuRatio, since := "", "", "", ""
			if c.Reference != nil {
				reference, ratio, cpuRatio = fmt.Sprintf("%.3f", c.Reference.Seconds), fmt.Sprintf("%.1f", k.Ratio), fmt.Sprintf("%.1f", k.CPURatio)
			}
			if t, ok := old.find(c.Name, k.Name); ok {
				since = fmt.Sprintf("%.2f", t.CPUSeconds/k.CPUSeconds)
			}
			peak := ""
			if k.PeakMB > 0 {
				peak = fmt.Sprintf("%.0f", k.PeakMB)
			}
			fmt.Printf("| %s | %d | %s | %s | %.4f | %s | %.4f | %s | %s | %s |\n", c.Name, c.Threads, k.Name, reference, k.Seconds, ratio, k.CPUSeconds, cpuRatio, peak, since)
		}
	}
}

// find returns the times of a case.
func (r *Results) find(name, kernels string) (Times, bool) {
	for _, c := range r.Cases {
		for _, k := range c.Kernels {
			if c.Name == name && k.Name == kernels {
				return k.Times, true
			}
		}
	}
	return Times{}, false
}

// processor names the processor, where the system tells.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unnamed processor"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unnamed processor"
}
