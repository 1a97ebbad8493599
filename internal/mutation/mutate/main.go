// Mutate plants the mistakes of package mutation one at a time, and prints who catches them.
//
//	go run ./internal/mutation/mutate                        # all of them, from where the last run ended
//	go run ./internal/mutation/mutate -only 'sine|forward'   # those whose name, kind or file matches
//	go run ./internal/mutation/mutate -update                # writes the table in docs/gradcheck.md as well
//
// Results are kept in a file as they come. A mutant whose result is there is not run again, unless
// -again is given.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/gobragg/gobragg/internal/mutation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	results := flag.String("results", "mutation.json", "file of results, which is read before and written after each mutant")
	only := flag.String("only", "", "a regular expression: the mutants to plant, by name, kind or file")
	workers := flag.Int("workers", max(1, runtime.GOMAXPROCS(0)/2), "how many mutants to plant at once")
	again := flag.Bool("again", false, "plant mutants whose results are known already")
	part := flag.String("part", "both", "run gradcheck, the tests, or both")
	update := flag.Bool("update", false, "write the table into docs/gradcheck.md")
	limit := flag.Duration("limit", 0, "time limit for gradcheck and for each package's tests (default 4 minutes)")
	list := flag.Bool("list", false, "list the mutants")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("mutate: -only: %w", err)
	}
	parts, ok := map[string]mutation.Parts{"gradcheck": {Gradcheck: true}, "tests": {Tests: true}, "both": {Gradcheck: true, Tests: true}}[*part]
	if !ok {
		return fmt.Errorf("mutate: -part %s; want gradcheck, tests or both", *part)
	}
	all, err := mutation.ReadResults(*results)
	if err != nil {
		return err
	}
	var chosen []task
	for _, m := range mutation.Table() {
		if !pattern.MatchString(m.Name) && !pattern.MatchString(string(m.Kind)) && !pattern.MatchString(m.File) {
			continue
		}
		if *list {
			fmt.Printf("%-90s %s\n", m.Name, m.File)
			continue
		}
		want := parts
		if !*again {
			want.Gradcheck = want.Gradcheck && all[m.Name].Gradcheck == nil
			want.Tests = want.Tests && all[m.Name].Tests == nil
		}
		if want != (mutation.Parts{}) {
			chosen = append(chosen, task{m, want})
		}
	}
	if *list {
		return nil
	}
	if len(chosen) > 0 {
		if err := plant(ctx, chosen, all, *results, *workers, *limit); err != nil {
			return err
		}
	}
	fmt.Println(all)
	if *update {
		return writePage(ctx, all)
	}
	return nil
}

// task is a mutant to plant, and the parts to run with it.
type task struct {
	mutation.Mutant
	parts mutation.Parts
}

// plant runs mutants on some workers and writes each result as it comes.
func plant(ctx context.Context, chosen []task, all mutation.Results, path string, workers int, limit time.Duration) error {
	scratch, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	list := make([]mutation.Mutant, len(chosen))
	for i, t := range chosen {
		list[i] = t.Mutant
	}
	r, err := mutation.NewRunner(ctx, ".", scratch, limit, list)
	if err == nil {
		err = r.Unchanged(ctx)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var mu sync.Mutex
	var wg sync.WaitGroup
	done := 0
	for range workers {
		wg.Go(func() {
			for i := range next {
				result, err := r.Run(ctx, i, chosen[i].parts)
				mu.Lock()
				if err == nil {
					done++
					all.Add(result)
					fmt.Printf("%3d of %d  %s\n", done, len(chosen), result)
					err = all.Write(path)
				}
				mu.Unlock()
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for i := range chosen {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// writePage writes the results into the documentation.
func writePage(ctx context.Context, all mutation.Results) error {
	scratch, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	r, err := mutation.NewRunner(ctx, ".", scratch, 0, nil)
	if err != nil {
		return err
	}
	setups, err := r.Setups(ctx)
	if err != nil {
		return err
	}
	return mutation.UpdatePage("docs/gradcheck.md", all, setups)
}
