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
)

// open starts gobragg view of the lysozyme example, GOBRAGG_PROGRAM, and opens its page in GOBRAGG_BROWSER.
func open(t *testing.T, wide, high int) (ctx context.Context, out string) {
	program, browser, root := os.Getenv("GOBRAGG_PROGRAM"), os.Getenv("GOBRAGG_BROWSER"), os.Getenv("GOBRAGG_ROOT")
	if program == "" || browser == "" || root == "" {
		t.Skip("!!! NOT RUN: .ci/clients.d/view says which program, browser and clone to test !!!")
	}
	out = t.TempDir()
	example := func(name string) string { return filepath.Join(root, "examples", "lysozyme", name) }
	server := exec.Command(program, "view", "--browser=false", "--out", out, example("lysozyme.expt"), example("lysozyme.mtz"))
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
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(browser), chromedp.WindowSize(wide, high))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page fails: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("the console has %v", e.Args)
		}
	})
	run(t, ctx, chromedp.Navigate(strings.TrimSpace(address)), chromedp.WaitReady(`body[data-ready="1"]`), chromedp.Sleep(time.Second))
	return ctx, out
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// value is that of an expression of the page.
func value[T any](t *testing.T, ctx context.Context, expression string) (v T) {
	t.Helper()
	run(t, ctx, chromedp.Evaluate(expression, &v))
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

// TestLook: the picture is drawn, every layer differs from the others, zooming and hovering show single pixels and their indices, and the
// address holds what is shown.
func TestLook(t *testing.T) {
	ctx, _ := open(t, 1280, 900)
	if n := value[int](t, ctx, colours); n < 30 {
		t.Fatalf("the picture has %d colours", n)
	}
	seen := map[float64]string{}
	for _, k := range []string{"1", "2", "3", "4"} {
		run(t, ctx, key(k), chromedp.Sleep(3*time.Second))
		s := value[float64](t, ctx, sum)
		if before := seen[s]; before != "" {
			t.Errorf("the layers of the keys %s and %s look alike", before, k)
		}
		seen[s] = k
	}
	// The reflection nearest to the middle of the picture, found by its indices, is in the middle then.
	run(t, ctx, key("1"), key("s"), chromedp.Sleep(3*time.Second), chromedp.Click("#list li button", chromedp.ByQuery), chromedp.Sleep(2*time.Second))
	chosen := value[string](t, ctx, `document.querySelector("#list li button").textContent.split("  ")[0]`)
	if spot := value[string](t, ctx, pixel("spot")); spot != chosen {
		t.Errorf("the pixel at the spot %q belongs to %q", chosen, spot)
	}
	box := value[[]float64](t, ctx, `(() => { const r = document.getElementById("view").getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()`)
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		return input.DispatchMouseEvent(input.MouseMoved, box[0], box[1]).Do(ctx)
	}), chromedp.Sleep(2*time.Second))
	if spot := value[string](t, ctx, pixel("spot")); spot != chosen {
		t.Errorf("the pointer at the spot %q is over %q", chosen, spot)
	}
	if hash := value[string](t, ctx, "location.hash"); !strings.Contains(hash, "layer=data") || !strings.Contains(hash, "spots=1") {
		t.Errorf("the address has %q", hash)
	}
}

// TestTurnAndMask: a slider changes the picture of the model, undo brings it back, and a mask is drawn.
func TestTurnAndMask(t *testing.T) {
	ctx, out := open(t, 2560, 1400)
	run(t, ctx, key("2"), chromedp.Sleep(3*time.Second))
	before := value[float64](t, ctx, sum)
	run(t, ctx, chromedp.Evaluate(`(() => { const s = document.querySelector('input[type=range][data-name="misset.x"]'); s.value = 60; s.dispatchEvent(new Event("input")); s.dispatchEvent(new Event("change")); })()`, nil), chromedp.Sleep(5*time.Second))
	turned := value[float64](t, ctx, sum)
	if turned == before {
		t.Error("a slider does not change the picture")
	}
	run(t, ctx, chromedp.Click("#undo", chromedp.ByQuery), chromedp.Sleep(5*time.Second))
	if v := value[float64](t, ctx, `+document.querySelector('input[type=number][data-name="misset.x"]').value`); v != 0 {
		t.Errorf("misset.x is %g after undo", v)
	}
	run(t, ctx, key("1"), key("m"), chromedp.Sleep(time.Second))
	box := value[[]float64](t, ctx, `(() => { const r = document.getElementById("view").getBoundingClientRect(); return [r.left + 0.4 * r.width, r.top + 0.4 * r.height]; })()`)
	unmasked := value[float64](t, ctx, sum)
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		for _, e := range []*input.DispatchMouseEventParams{
			input.DispatchMouseEvent(input.MousePressed, box[0], box[1]).WithButton(input.Left).WithClickCount(1),
			input.DispatchMouseEvent(input.MouseMoved, box[0]+80, box[1]+60).WithButton(input.Left),
			input.DispatchMouseEvent(input.MouseReleased, box[0]+80, box[1]+60).WithButton(input.Left).WithClickCount(1),
		} {
			if err := e.Do(ctx); err != nil {
				return err
			}
		}
		return nil
	}), chromedp.Sleep(4*time.Second), chromedp.Click("#savemask", chromedp.ByQuery), chromedp.Sleep(2*time.Second))
	if value[float64](t, ctx, sum) == unmasked {
		t.Error("a mask that is drawn does not change the picture")
	}
	if _, err := os.Stat(filepath.Join(out, "mask.npy")); err != nil {
		t.Error(err)
	}
}

// TestRefine: a refinement that leaves out bad pixels ends with FIT, and writes its report.
func TestRefine(t *testing.T) {
	ctx, out := open(t, 1280, 900)
	run(t, ctx, chromedp.Click("#reject", chromedp.ByQuery), chromedp.Click("#refine", chromedp.ByQuery), chromedp.WaitVisible("#outcome .fit, #outcome .nofit, #outcome .error", chromedp.ByQuery))
	if text := value[string](t, ctx, `document.getElementById("outcome").textContent`); !strings.HasPrefix(text, "FIT") {
		t.Errorf("the outcome is %s", text)
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
		t.Error(err)
	}
	if folder := os.Getenv("GOBRAGG_PAGES"); folder != "" {
		var shot []byte
		run(t, ctx, chromedp.Sleep(2*time.Second), chromedp.CaptureScreenshot(&shot))
		if err := os.WriteFile(filepath.Join(folder, "view.png"), shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
