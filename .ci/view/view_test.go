// Package view looks at the page of gobragg view in a browser: .ci/clients.d/view. It is a module of its own, so that the browser's driver is no dependency of gobragg.
package view

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// files are inputs of gobragg view in the clone.
func files(t *testing.T, names ...string) (paths []string) {
	root := os.Getenv("GOBRAGG_ROOT")
	if os.Getenv("GOBRAGG_PROGRAM") == "" || os.Getenv("GOBRAGG_BROWSER") == "" || root == "" {
		t.Skip("!!! NOT RUN: .ci/clients.d/view says which program, browser and clone to test !!!")
	}
	for _, n := range names {
		paths = append(paths, filepath.Join(root, n))
	}
	return paths
}

func lysozyme(t *testing.T) []string {
	return files(t, "examples/lysozyme/lysozyme.expt", "examples/lysozyme/lysozyme.mtz")
}

// serve starts gobragg view, GOBRAGG_PROGRAM, and returns the address of its page and its output folder.
func serve(t *testing.T, inputs ...string) (address, out string) {
	out = t.TempDir()
	server := exec.Command(os.Getenv("GOBRAGG_PROGRAM"), append([]string{"view", "--browser=false", "--out", out}, inputs...)...)
	server.Stderr = os.Stderr
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := server.Wait(); err != nil {
			t.Logf("gobragg view after Ctrl-C: %v", err)
		}
	})
	address, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address), out
}

// browser opens a page in GOBRAGG_BROWSER, and waits for its first picture. What the page throws or writes to its console is an error.
func browser(t *testing.T, address string, wide, high int) context.Context {
	ctx := blank(t, wide, high)
	run(t, ctx, chromedp.Navigate(address), chromedp.WaitReady(`body[data-ready="1"]`))
	return ctx
}

// blank is a browser without a page.
func blank(t *testing.T, wide, high int) context.Context {
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(os.Getenv("GOBRAGG_BROWSER")), chromedp.WindowSize(wide, high))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page fails: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("the console has %v", e.Args)
		}
	})
	run(t, ctx, chromedp.EmulateViewport(int64(wide), int64(high)))
	return ctx
}

// open shows the lysozyme example with its model.
func open(t *testing.T, wide, high int) (ctx context.Context, out string) {
	address, out := serve(t, lysozyme(t)...)
	ctx = browser(t, address, wide, high)
	until(t, ctx, "the model is there", `document.getElementById("lacks").hidden && document.querySelectorAll("#knobs .knob").length > 5`)
	drawn(t, ctx)
	return ctx, out
}

// until waits for a condition of the page.
func until(t *testing.T, ctx context.Context, what, condition string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !value[bool](t, ctx, condition) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// drawn waits until all tiles that are seen are there, and nothing is computed.
func drawn(t *testing.T, ctx context.Context) {
	t.Helper()
	time.Sleep(300 * time.Millisecond)
	until(t, ctx, "the picture is drawn", `import("./app.js").then(({ app }) => { const v = app.panes.filter((p, i) => i === 0 || document.getElementById("beside").value); for (const p of v) p.view.draw(); return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(app.showing === 0 && document.getElementById("busy").hidden && v.every(p => p.view.missing === 0))))); })`)
}

// shot takes a picture of the page into GOBRAGG_PAGES, if that is a folder.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("GOBRAGG_PAGES")
	if folder == "" {
		return
	}
	var data []byte
	run(t, ctx, chromedp.CaptureScreenshot(&data))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// value is that of an expression of the page; promises are waited for.
func value[T any](t *testing.T, ctx context.Context, expression string) (v T) {
	t.Helper()
	run(t, ctx, chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// colours counts those of the picture: a blank one has one.
const colours = `(() => { const c = document.getElementById("view"), d = new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer); return new Set(d).size; })()`

// sum changes with every pixel of the picture.
const sum = `(() => { const c = document.getElementById("view"), d = new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer); let s = 0; for (const v of d) s = (31 * s + v) % 4294967291; return s; })()`

// pixel is a row of what is known of the pixel under the pointer.
func pixel(name string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#pixel tr")].find(r => r.cells[0].textContent === %q)?.cells[1].textContent || ""`, name)
}

func key(k string) chromedp.Action { return chromedp.SendKeys("#view", k, chromedp.ByQuery) }

// press presses keys one after another, each with its picture.
func press(t *testing.T, ctx context.Context, keys ...string) {
	t.Helper()
	for _, k := range keys {
		run(t, ctx, key(k))
		drawn(t, ctx)
	}
}

// point moves the pointer to a part of the picture.
func point(t *testing.T, ctx context.Context, x, y float64) {
	t.Helper()
	p := inPicture(t, ctx, x, y)
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error { return input.DispatchMouseEvent(input.MouseMoved, p[0], p[1]).Do(ctx) }))
}

func inPicture(t *testing.T, ctx context.Context, x, y float64) []float64 {
	t.Helper()
	return value[[]float64](t, ctx, fmt.Sprintf(`(() => { const r = document.getElementById("view").getBoundingClientRect(); return [r.left + %g * r.width, r.top + %g * r.height]; })()`, x, y))
}

// drag drags from one part of the picture to another.
func drag(t *testing.T, ctx context.Context, x0, y0, x1, y1 float64) {
	t.Helper()
	a, b := inPicture(t, ctx, x0, y0), inPicture(t, ctx, x1, y1)
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		for _, e := range []*input.DispatchMouseEventParams{
			input.DispatchMouseEvent(input.MousePressed, a[0], a[1]).WithButton(input.Left).WithClickCount(1),
			input.DispatchMouseEvent(input.MouseMoved, (a[0]+b[0])/2, (a[1]+b[1])/2).WithButton(input.Left),
			input.DispatchMouseEvent(input.MouseMoved, b[0], b[1]).WithButton(input.Left),
			input.DispatchMouseEvent(input.MouseReleased, b[0], b[1]).WithButton(input.Left).WithClickCount(1),
		} {
			if err := e.Do(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// slide moves the slider of a parameter, and with let lets it go.
func slide(t *testing.T, ctx context.Context, name string, to int, let bool) {
	t.Helper()
	run(t, ctx, chromedp.Evaluate(fmt.Sprintf(`(() => { const s = document.querySelector('input[type=range][data-name=%q]'); s.value = %d; s.dispatchEvent(new Event("input")); if (%v) s.dispatchEvent(new Event("change")); })()`, name, to, let), nil))
}

// TestLook: the picture is drawn, every layer differs from the others, hovering and zooming show single pixels and their indices, and the
// address holds what is shown.
func TestLook(t *testing.T) {
	ctx, _ := open(t, 1280, 900)
	if n := value[int](t, ctx, colours); n < 30 {
		t.Fatalf("the picture has %d colours", n)
	}
	seen := map[float64]string{}
	for _, k := range []string{"1", "2", "3", "4", "5", "6"} { // the derivative, 7, is 5 in another unit
		press(t, ctx, k)
		s := value[float64](t, ctx, sum)
		if before := seen[s]; before != "" {
			t.Errorf("the layers of the keys %s and %s look alike", before, k)
		}
		seen[s] = k
		if k == "5" || k == "6" {
			shot(t, ctx, map[string]string{"5": "sigma", "6": "information"}[k])
		}
	}
	press(t, ctx, "1", "g", "s")
	shot(t, ctx, "rings")
	press(t, ctx, "g", "s", "d", "d", "3") // dark
	shot(t, ctx, "residual")
	// A reflection that is found by its indices is in the middle of the picture, and so is what the pointer is over there.
	press(t, ctx, "1", "s")
	until(t, ctx, "the list of spots", `document.querySelectorAll("#list li button").length > 10`)
	run(t, ctx, chromedp.Evaluate(`document.querySelector("#list li button").click()`, nil))
	drawn(t, ctx)
	chosen := value[string](t, ctx, `document.querySelector("#list li button").textContent.split("  ")[0]`)
	until(t, ctx, "the pixel at the spot is that of "+chosen, fmt.Sprintf(`(%s) === %q`, pixel("spot"), chosen))
	middle := value[string](t, ctx, pixel("pixel"))
	point(t, ctx, 0.48, 0.48)
	until(t, ctx, "another pixel", fmt.Sprintf(`(%s) !== %q`, pixel("pixel"), middle))
	point(t, ctx, 0.5, 0.5)
	until(t, ctx, "the pixel in the middle", fmt.Sprintf(`(%s) === %q`, pixel("pixel"), middle))
	until(t, ctx, "the pixel under the pointer is that of "+chosen, fmt.Sprintf(`(%s) === %q`, pixel("spot"), chosen))
	if nearest := value[string](t, ctx, pixel("nearest")); nearest != chosen {
		t.Errorf("the indices nearest to the spot %q are %q", chosen, nearest)
	}
	until(t, ctx, "the address", `location.hash.includes("layer=data") && location.hash.includes("spots=1")`)
	// From a zoom of 34 pixels have their numbers on them; Shift and arrows go from pixel to pixel.
	press(t, ctx, "+", "+", "+", "+")
	at := value[string](t, ctx, pixel("pixel"))
	run(t, ctx, chromedp.Evaluate(`document.getElementById("view").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: true, bubbles: true }))`, nil))
	until(t, ctx, "the next pixel", fmt.Sprintf(`(%s) !== %q`, pixel("pixel"), at))
	shot(t, ctx, "pixels")
}

// TestBeside: two pictures move together, blinking shows them in turn, and parameters that do the same are shown as two images and what is left.
func TestBeside(t *testing.T) {
	ctx, _ := open(t, 2560, 1400)
	press(t, ctx, "1", "v")
	shot(t, ctx, "beside")
	before := value[float64](t, ctx, strings.ReplaceAll(sum, `"view"`, `"view2"`))
	press(t, ctx, "+", "+")
	if after := value[float64](t, ctx, strings.ReplaceAll(sum, `"view"`, `"view2"`)); after == before {
		t.Error("the second picture does not move with the first")
	}
	run(t, ctx, key("b"))
	until(t, ctx, "blinking shows the model", `document.getElementById("view").getContext("2d") && import("./app.js").then(({ app }) => app.panes[0].layer === "model")`)
	run(t, ctx, key("b"))
	until(t, ctx, "the end of blinking", `import("./app.js").then(({ app }) => app.panes[0].layer === "data")`)
	run(t, ctx, key("a"))
	until(t, ctx, "the pairs of parameters", `document.querySelectorAll("#pairs button").length > 2`)
	run(t, ctx, chromedp.Evaluate(`document.querySelector("#pairs").closest("details").open = true; document.querySelector("#pairs button").click()`, nil))
	press(t, ctx, "f")
	if words := value[string](t, ctx, `document.getElementById("label1").textContent + "|" + document.getElementById("label2").textContent`); strings.Count(words, "what one σ of") != 2 {
		t.Errorf("a pair is shown as %q", words)
	}
	shot(t, ctx, "alike")
	run(t, ctx, chromedp.Evaluate(`document.querySelector("#pairs button").click()`, nil))
	drawn(t, ctx)
	if words := value[string](t, ctx, `document.getElementById("label1").textContent`); !strings.Contains(words, "does not imitate") {
		t.Errorf("a pair that is chosen again is shown as %q", words)
	}
}

// TestTurnAndMask: a slider changes the picture of the model while it moves and when it is let go, undo brings it back; a mask is drawn by rectangle,
// polygon and brush, and saved.
func TestTurnAndMask(t *testing.T) {
	ctx, out := open(t, 2560, 1400)
	press(t, ctx, "2")
	before := value[float64](t, ctx, sum)
	slide(t, ctx, "misset.x", 30, false)
	until(t, ctx, "a slider that moves changes the picture", fmt.Sprintf(`+document.body.dataset.frames >= 1 && (%s) !== %v`, sum, before))
	slide(t, ctx, "misset.x", 60, true)
	drawn(t, ctx)
	if value[float64](t, ctx, sum) == before {
		t.Error("a slider does not change the picture")
	}
	until(t, ctx, "the address has the value", `location.hash.includes("misset.x")`)
	shot(t, ctx, "turned")
	run(t, ctx, chromedp.Click("#undo", chromedp.ByQuery))
	until(t, ctx, "undo", `+document.querySelector('input[type=number][data-name="misset.x"]').value === 0`)
	drawn(t, ctx)
	if value[float64](t, ctx, sum) != before {
		t.Error("after undo the picture is not what it was")
	}
	press(t, ctx, "1")
	masks := func() int { return value[int](t, ctx, `import("./app.js").then(({ app }) => app.state.masks)`) }
	changed := func(what string, n int) {
		t.Helper()
		until(t, ctx, what, fmt.Sprintf(`import("./app.js").then(({ app }) => app.state.masks === %d)`, n))
		drawn(t, ctx)
	}
	n := masks()
	last := value[float64](t, ctx, sum)
	for _, c := range []struct {
		name string
		draw func()
	}{
		{"a rectangle", func() { run(t, ctx, key("m")); drag(t, ctx, 0.4, 0.4, 0.45, 0.45) }},
		{"a polygon by the keys", func() {
			for _, k := range []string{"ArrowRight", " ", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", " ", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", " ", "Enter"} {
				run(t, ctx, chromedp.Evaluate(fmt.Sprintf(`document.getElementById("view").dispatchEvent(new KeyboardEvent("keydown", { key: %q, shiftKey: %v, bubbles: true }))`, k, strings.HasPrefix(k, "Arrow")), nil))
			}
		}},
		{"a brush", func() { run(t, ctx, key("q")); drag(t, ctx, 0.6, 0.3, 0.65, 0.35) }},
	} {
		c.draw()
		n++
		changed(c.name, n)
		s := value[float64](t, ctx, sum)
		if s == last {
			t.Errorf("%s does not change the picture", c.name)
		}
		last = s
	}
	shot(t, ctx, "mask")
	for id, name := range map[string]string{"savemask": "mask.npy", "pbm": "mask.pbm", "save": "view.json", "expt": "view.expt"} {
		run(t, ctx, chromedp.Evaluate(fmt.Sprintf(`document.getElementById(%q).click()`, id), nil))
		until(t, ctx, "saved "+name, fmt.Sprintf(`document.getElementById("told").textContent.includes(%q)`, name))
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestProfiles: a line, the radial profile and a rocking curve; the film strip has a picture for each image and goes to it.
func TestProfiles(t *testing.T) {
	ctx, _ := open(t, 1280, 900)
	ink := func(id string) string {
		return fmt.Sprintf(`(() => { const c = document.getElementById(%q); return !c.hidden && c.width > 0 && new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size > 4; })()`, id)
	}
	press(t, ctx, "1", "n")
	drag(t, ctx, 0.3, 0.3, 0.7, 0.6)
	until(t, ctx, "the line profile", ink("lineChart"))
	press(t, ctx, "o")
	until(t, ctx, "the radial profile", ink("radialChart"))
	run(t, ctx, key(kb.Escape), key("s"))
	until(t, ctx, "the list of spots", `document.querySelectorAll("#list li button").length > 10`)
	run(t, ctx, chromedp.Evaluate(`document.querySelector("#list li button").click()`, nil))
	press(t, ctx, "k")
	until(t, ctx, "the rocking curve", ink("rockingChart"))
	until(t, ctx, "the film strip", `[...document.querySelectorAll("#film img")].length === 3 && [...document.querySelectorAll("#film img")].every(i => i.complete && i.naturalWidth > 0)`)
	run(t, ctx, chromedp.Evaluate(`for (const d of document.querySelectorAll("aside details")) if (d.querySelector("canvas")) d.scrollIntoView()`, nil))
	press(t, ctx, "f")
	shot(t, ctx, "profiles")
	run(t, ctx, chromedp.Evaluate(`document.querySelector('#film button[data-image="3"]').click()`, nil))
	until(t, ctx, "image 3", `location.hash.includes("image=3")`)
	drawn(t, ctx)
}

// TestExport: PNG, SVG, PDF, and the command line, which draws the same bytes without a browser.
func TestExport(t *testing.T) {
	ctx, out := open(t, 1280, 900)
	press(t, ctx, "3", "g")
	for format, start := range map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF"} {
		head := value[string](t, ctx, fmt.Sprintf(`import("./address.js").then(async ({ shown }) => { const r = await fetch("api/picture?format=%s&width=600&height=500&" + shown()); return String.fromCharCode(...new Uint8Array(await r.arrayBuffer()).slice(0, 5)); })`, format))
		if !strings.HasPrefix(strings.ReplaceAll(head, "\u0089", "\x89"), start) {
			t.Errorf("%s begins with %q", format, head)
		}
	}
	run(t, ctx, chromedp.Evaluate(`document.getElementById("command").click()`, nil))
	until(t, ctx, "the command line", `document.getElementById("commandline").value.startsWith("gobragg view ")`)
	command := value[string](t, ctx, `document.getElementById("commandline").value`)
	shell := exec.Command("sh", "-c", strings.Replace(command, "gobragg", `"$GOBRAGG_PROGRAM"`, 1))
	shell.Dir = out
	if text, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", command, err, text)
	}
	if data, err := os.ReadFile(filepath.Join(out, "view.pdf")); err != nil || len(data) < 10000 {
		t.Errorf("%s: %d bytes, %v", command, len(data), err)
	}
	run(t, ctx, key("?"))
	shot(t, ctx, "keys")
}

// TestRefine: a refinement that leaves out bad pixels ends with FIT, writes its report, which can be opened, and can be gone back from.
func TestRefine(t *testing.T) {
	ctx, out := open(t, 1280, 900)
	run(t, ctx, chromedp.Evaluate(`document.getElementById("reject").click(); document.getElementById("refine").click()`, nil), chromedp.WaitVisible("#outcome .fit, #outcome .nofit, #outcome .error", chromedp.ByQuery))
	if text := value[string](t, ctx, `document.getElementById("outcome").textContent`); !strings.HasPrefix(text, "FIT") {
		t.Errorf("the outcome is %s", text)
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
		t.Error(err)
	}
	drawn(t, ctx)
	run(t, ctx, chromedp.Evaluate(`document.getElementById("outcome").scrollIntoView()`, nil))
	shot(t, ctx, "refined")
	if status := value[int](t, ctx, `fetch("files/report.html").then(r => r.status)`); status != 200 {
		t.Errorf("the report answers with %d", status)
	}
	refined := value[float64](t, ctx, `+document.querySelector('input[type=number][data-name="cell.a"]').value`)
	run(t, ctx, chromedp.Evaluate(`document.getElementById("back").click()`, nil))
	until(t, ctx, "going back", fmt.Sprintf(`+document.querySelector('input[type=number][data-name="cell.a"]').value !== %v`, refined))
}

// TestImage: an image of which nothing else is known is looked at.
func TestImage(t *testing.T) {
	address, _ := serve(t, files(t, "examples/lysozyme/lysozyme_0002.cbf")...)
	ctx := browser(t, address, 1280, 900)
	drawn(t, ctx)
	if n := value[int](t, ctx, colours); n < 30 {
		t.Fatalf("the picture has %d colours", n)
	}
	point(t, ctx, 0.4, 0.4)
	until(t, ctx, "the pixel under the pointer", fmt.Sprintf(`(%s) !== "" && (%s) !== ""`, pixel("counts"), pixel("resolution")))
	press(t, ctx, "g", "2") // there is no model
	if layer := value[string](t, ctx, `document.getElementById("layer").value`); layer != "data" {
		t.Errorf("the layer is %s", layer)
	}
	shot(t, ctx, "image")
}
