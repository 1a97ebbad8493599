package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on standard error if that is a terminal, and nothing otherwise. Errors are ignored: they only mean that
// the bar could not be drawn.
type progress struct {
	what string
	bar  *progressbar.ProgressBar
}

// begin names the work that the next updates belong to.
func (p *progress) begin(what string) { p.what = what }

// update is meant for simulator.OnProgress.
func (p *progress) update(done, total int) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription(p.what),
			progressbar.OptionSetWidth(40),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish())
	}
	_ = p.bar.Set(done)
}

// finish removes the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
