package view

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLatency prints how long users wait: .ci/view-latency. It is run on a machine that does nothing else.
func TestLatency(t *testing.T) {
	folder := os.Getenv("GOBRAGG_LATENCY")
	if folder == "" {
		t.Skip("!!! NOT RUN: .ci/view-latency measures latencies !!!")
	}
	files(t)
	ctx := blank(t, 1280, 900)

	start := time.Now()
	address, _ := serve(t, filepath.Join(folder, "large.cbf"))
	listening := time.Since(start)
	run(t, ctx, chromedp.Navigate(address), chromedp.WaitReady(`body[data-ready="1"]`))
	value[bool](t, ctx, painted)
	first := time.Since(start)
	t.Logf("16 megapixels: the server listens after %.2f s, the picture is there %.2f s after the start (1 s asked)", listening.Seconds(), first.Seconds())

	run(t, ctx, chromedp.Evaluate(`performance.clearResourceTimings(); performance.setResourceTimingBufferSize(5000)`, nil))
	for range 12 {
		run(t, ctx, key("+"))
		value[bool](t, ctx, painted)
	}
	run(t, ctx, key("f"))
	value[bool](t, ctx, painted)
	tiles := value[[]float64](t, ctx, `performance.getEntriesByType("resource").filter(e => e.name.includes("api/tile")).map(e => e.duration)`)
	slices.Sort(tiles)
	if len(tiles) == 0 {
		t.Fatal("no tile was fetched")
	}
	t.Logf("zoom in 12 steps: %d tiles, half of them within %.1f ms, nine in ten within %.1f ms, all within %.1f ms (50 ms asked)", len(tiles), tiles[len(tiles)/2], tiles[len(tiles)*9/10], tiles[len(tiles)-1])

	address, _ = serve(t, filepath.Join(folder, "megapixel.json"))
	run(t, ctx, chromedp.Navigate(address), chromedp.WaitReady(`body[data-ready="1"]`))
	until(t, ctx, "the model is there", `document.getElementById("lacks").hidden && document.querySelectorAll("#knobs .knob").length > 5`)
	run(t, ctx, key("2"))
	drawn(t, ctx)
	frames := value[float64](t, ctx, `new Promise(done => {
		const s = document.querySelector('input[type=range][data-name="misset.x"]'), begin = performance.now(), before = +(document.body.dataset.frames || 0);
		const move = () => {
			s.value = 60 * Math.sin((performance.now() - begin) / 700);
			s.dispatchEvent(new Event("input"));
			if (performance.now() - begin < 5000) requestAnimationFrame(move);
			else done((document.body.dataset.frames - before) / (performance.now() - begin) * 1000);
		};
		move();
	})`)
	t.Logf("slider, 1 megapixel in closed form: %.1f frames a second (20 asked)", frames)
}

// painted waits, without a pause, until all tiles that are seen are drawn.
const painted = `import("./app.js").then(({ app }) => new Promise(done => { const look = () => { const v = app.panes[0].view; v.draw(); requestAnimationFrame(() => setTimeout(() => app.showing === 0 && v.key && v.missing === 0 ? done(true) : look())); }; look(); }))`
