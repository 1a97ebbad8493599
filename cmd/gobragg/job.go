package main

import (
	"errors"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/refine/job"
)

// jobFlags adds the flags that say what a job works with, whatever it does then. The model is a string in flags.
func jobFlags(fs *pflag.FlagSet, o *job.Options, model *string) {
	fs.StringVar(&o.Structure, "structure", "", "`FILE[:LABELS]` of structure factors, or of a model; the labels are those of the columns to take: merged.mtz:F,SIGF")
	fs.StringVar(&o.System, "system", "", "crystal `SYSTEM` that ties the cell: "+strings.Join(job.Systems(), ", ")+"; that of the space group if left out")
	fs.StringVar(&o.Background, "background", "", "`KIND`: flat, radial, local, water, or the name of an image")
	fs.StringVar(&o.Mask, "mask", "", "`FILE` of a mask: pixels where it is 0 do not count")
	fs.StringVar(model, "model", "", "closed or sampled `FORM` of the spots")
	fs.IntVar(&o.Threads, "threads", 0, "`NUMBER` of threads; all processors if left out")
}

// useThreads binds also what is not told a number of workers.
func useThreads(o *job.Options) {
	if o.Threads > 0 {
		runtime.GOMAXPROCS(o.Threads)
	}
}

// jobError is the error of a job of a subcommand: that of an option names its flag.
func jobError(subcommand string, err error) error {
	var option *job.OptionError
	if errors.As(err, &option) {
		return cli.Usagef("%s: --%s %s", subcommand, option.Option, option.Problem)
	}
	return err
}
