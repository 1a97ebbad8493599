package main

import (
	"io"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/simulator"
)

// newMeter shows progress if that was asked for; by default it does on a terminal, unless the run is quiet.
func newMeter(asked optional[bool], quiet bool, w io.Writer) cli.Meter {
	return cli.NewMeter(asked.or(cli.IsTerminal(w) && !quiet), w)
}

// reporting makes a simulator report to a meter.
func reporting(m cli.Meter) []simulator.Option {
	if m.Update == nil {
		return nil
	}
	return []simulator.Option{simulator.OnProgress(m.Update)}
}
