package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on the standard error stream where that is a terminal, and nothing elsewhere. Its errors are of no
// concern: they say that the bar could not be drawn.
type progress struct {
	what string
	bar  *progressbar.ProgressBar
}

// begin names what the next updates are of.
func (p *progress) begin(what string) { p.what = what }

// update is for simulator.OnProgress.
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

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
