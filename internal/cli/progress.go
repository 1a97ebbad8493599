package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Meter shows the progress of a run: as a bar on a terminal, as lines of percentages elsewhere, or not at all.
type Meter struct {
	Update func(done, total int) // nil where nothing is shown
	Expect func(parts int)       // says how many parts a run in parts has
	Next   func()                // ends a part
	Clear  func()                // makes room for a line of text
	Finish func()
}

// silent shows nothing.
func silent() Meter {
	nothing := func() {}
	return Meter{Expect: func(int) {}, Next: nothing, Clear: nothing, Finish: nothing}
}

// InParts returns the meter of a run that consists of several, of the same length each.
func (m Meter) InParts() Meter {
	if m.Update == nil {
		return m
	}
	const whole = 1000 // of a part
	part, parts, update := 0, 1, m.Update
	m.Update = func(done, total int) {
		if total > 0 {
			update(part*whole+int(whole*int64(done)/int64(total)), parts*whole)
		}
	}
	m.Expect = func(n int) { parts = n }
	m.Next = func() { part++ }
	return m
}

// NewMeter returns a meter that writes to w, or one that shows nothing.
func NewMeter(shown bool, w io.Writer) Meter {
	switch {
	case !shown:
		return silent()
	case !IsTerminal(w):
		return percents(w)
	}
	return bar(w)
}

// bar is redrawn in its line and cleared in the end. A bar that cannot be drawn is no reason to stop a run.
func bar(w io.Writer) Meter {
	const every = 50 * time.Millisecond
	wipe := "\r" + strings.Repeat(" ", 79) + "\r" // as terminals of all systems understand it
	var began, drawn time.Time
	size, last := 0, 0
	m := silent()
	m.Update = func(done, total int) {
		now := time.Now()
		if began.IsZero() || total != size || done < last { // another sweep
			began, size = now, total
		}
		if last = done; total > 0 && now.Sub(drawn) >= every {
			drawn = now
			_, _ = io.WriteString(w, wipe+barLine(float64(done)/float64(total), now.Sub(began)))
		}
	}
	clear := func() {
		if !drawn.IsZero() {
			_, _ = io.WriteString(w, wipe)
		}
	}
	m.Clear, m.Finish = clear, clear
	return m
}

// barLine is a bar of a run of which a part is done, with the time it has taken and the time that is left.
func barLine(part float64, took time.Duration) string {
	const width = 40
	full := int(width * part)
	line := fmt.Sprintf("simulating %3.0f%% |%s%s| %v", 100*part, strings.Repeat("█", full), strings.Repeat(" ", width-full), took.Round(time.Second))
	if part > 0 {
		line += fmt.Sprintf(", %v left", time.Duration(float64(took)*(1-part)/part).Round(time.Second))
	}
	return line
}

// percents prints a line every 5 percent.
func percents(w io.Writer) Meter {
	const step = 5
	last := 0
	m := silent()
	m.Update = func(done, total int) {
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
