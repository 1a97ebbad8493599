package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on the standard error stream where that is a terminal, and nothing elsewhere: of one sweep over the
// pixels after another, with the latest step's loss before it. Its errors are of no concern: they say that the bar could not
// be drawn.
type progress struct {
	what string
	bar  *progressbar.ProgressBar
}

// begin names what the next updates are of.
func (p *progress) begin(what string) {
	p.what = what
	if p.bar != nil {
		p.bar.Describe(what)
	}
}

// update is for simulator.OnProgress.
func (p *progress) update(done, total int) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return
	}
	if p.bar != nil && p.bar.GetMax() != total {
		p.finish()
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription(p.what),
			progressbar.OptionSetWidth(40),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish())
	}
	if int64(done) < p.bar.State().CurrentNum {
		p.bar.Reset()
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
