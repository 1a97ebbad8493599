package main

import (
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/simulator"
)

// meter shows the progress of a run: as a bar on a terminal, as lines of percentages elsewhere, or not at all.
type meter struct {
	update func(done, total int) // nil where nothing is shown
	expect func(parts int)       // says how many parts a run in parts has
	next   func()                // ends a part
	clear  func()                // makes room for a line of text
	finish func()
}

// silent shows nothing.
func silent() meter {
	nothing := func() {}
	return meter{expect: func(int) {}, next: nothing, clear: nothing, finish: nothing}
}

// inParts returns the meter of a run that consists of several, of the same length each.
func (m meter) inParts() meter {
	if m.update == nil {
		return m
	}
	const whole = 1000 // of a part
	part, parts, update := 0, 1, m.update
	m.update = func(done, total int) {
		if total > 0 {
			update(part*whole+int(whole*int64(done)/int64(total)), parts*whole)
		}
	}
	m.expect = func(n int) { parts = n }
	m.next = func() { part++ }
	return m
}

// option makes a simulator report to the meter.
func (m meter) option() []simulator.Option {
	if m.update == nil {
		return nil
	}
	return []simulator.Option{simulator.OnProgress(m.update)}
}

// newMeter shows progress if that was asked for; by default it does on a terminal, unless the run is quiet.
func newMeter(asked optional[bool], quiet bool, w io.Writer) meter {
	terminal := cli.IsTerminal(w)
	if !asked.or(terminal && !quiet) {
		return silent()
	}
	if !terminal {
		return percents(w)
	}
	return bar(w)
}

// bar is redrawn in its line and cleared in the end. A bar that cannot be drawn is no reason to stop a run.
func bar(w io.Writer) meter {
	var b *progressbar.ProgressBar
	size, last := 0, 0
	m := silent()
	m.update = func(done, total int) {
		if b == nil || total != size || done < last { // another sweep
			size = total
			b = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("simulating"),
				progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(40))
		}
		last = done
		_ = b.Set(done)
	}
	m.clear = func() {
		if b != nil {
			_ = b.Clear()
		}
	}
	m.finish = func() {
		if b != nil {
			_ = b.Clear()
			_ = b.Exit()
			cli.ClearLine(w)
		}
	}
	return m
}

// percents prints a line every 5 percent.
func percents(w io.Writer) meter {
	const step = 5
	last := 0
	m := silent()
	m.update = func(done, total int) {
		if total <= 0 {
			return
		}
		if p := int(100 * int64(done) / int64(total) / step * step); p != last {
			last = p
			_, _ = fmt.Fprintf(w, "%d%% done\n", p) // a lost line is no reason to stop a run
		}
	}
	return m
}
