package report

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// probe is a script that puts what a browser makes of the page into its title.
const probe = `<script>
const copies = [...document.querySelectorAll("image, img")].map(image => { // the page has loaded when they have
  const copy = document.createElement("img");
  copy.src = image.getAttribute("href") || image.src;
  document.body.append(copy);
  return copy;
});
addEventListener("load", () => {
  const images = copies.filter(copy => copy.complete && copy.naturalWidth).length, broken = copies.length - images;
  copies.forEach(copy => copy.remove());
  const place = document.getElementById("verdict")?.getBoundingClientRect();
  document.title = JSON.stringify({images, broken, verdict: !!place && place.width > 300 && place.top >= 0 && place.bottom < innerHeight,
    wide: document.documentElement.scrollWidth - innerWidth, tables: [...document.querySelectorAll("table")].every(t => t.querySelector("th[scope=col]")),
    unnamed: [...document.querySelectorAll("svg")].filter(s => !s.getAttribute("aria-label")).length});
});
</script></body>`

// TestBrowser opens pages in a browser, that of GOBRAGG_BROWSER: no message on its console, all pictures are loaded, the verdict is
// visible without scrolling, nothing is wider than the window, and what is drawn is not blank, in light and in dark. GOBRAGG_REPORT
// names a page that another program has written. GOBRAGG_PAGES is a folder where pages and what they look like stay.
func TestBrowser(t *testing.T) {
	browser := os.Getenv("GOBRAGG_BROWSER")
	if browser == "" {
		t.Skip("!!! NOT RUN: GOBRAGG_BROWSER names no browser, such as chromium; .ci/clients.d/report runs it !!!")
	}
	folder := os.Getenv("GOBRAGG_PAGES")
	if folder == "" {
		folder = t.TempDir()
	}
	pages := map[string]string{}
	if path := os.Getenv("GOBRAGG_REPORT"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages["given"] = string(text)
	}
	pages["fit"] = written(t, refined(t, nil), "fit.html")
	pages["unfit"] = written(t, refined(t, func(counts []float64) {
		for i := range counts {
			if i%17 == 0 && i/120%13 == 0 {
				counts[i] += 400
			}
		}
	}), "unfit.html")
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			_, said := open(t, browser, folder, name, text)
			for line := range strings.Lines(said) {
				if strings.Contains(line, "CONSOLE") {
					t.Errorf("the console has %s", line)
				}
			}
			policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
			if !policy.MatchString(text) {
				t.Error("the page has no policy that keeps it to itself")
			}
			probed := strings.Replace(policy.ReplaceAllString(text, ""), "</body>", probe, 1)
			document, _ := open(t, browser, folder, name+".probed", probed)
			title := regexp.MustCompile(`(?s)<title>(.*?)</title>`).FindStringSubmatch(document)
			var found struct {
				Images, Broken, Wide, Unnamed int
				Verdict, Tables               bool
			}
			if title == nil || json.Unmarshal([]byte(html.UnescapeString(title[1])), &found) != nil {
				t.Fatalf("the page does not run a script: %v", title)
			}
			if want := strings.Count(text, "<image "); found.Images != want || want < 10 || found.Broken != 0 {
				t.Errorf("%d pictures are loaded and %d are not, of %d", found.Images, found.Broken, want)
			}
			if !found.Verdict || found.Wide > 0 || !found.Tables || found.Unnamed > 0 {
				t.Errorf("the verdict is visible: %v; wider than the window by %d; tables have heads: %v; %d pictures without a name", found.Verdict, found.Wide, found.Tables, found.Unnamed)
			}
			dark := strings.Replace(text, "(prefers-color-scheme: dark)", "all", 1)
			if dark == text {
				t.Error("the page has no dark colours")
			}
			for look, text := range map[string]string{"light": text, "dark": dark} {
				notBlank(t, look, screenshot(t, browser, folder, name+"."+look, text))
			}
		})
	}
}

// run runs the browser on a page and returns what it wrote.
func runBrowser(t *testing.T, browser string, arguments ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir=" + t.TempDir(), "--virtual-time-budget=20000"}, arguments...)...)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, said.String())
	}
	return out.String(), said.String()
}

// place writes a page for the browser, and returns its address.
func place(t *testing.T, folder, name, text string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(folder, name+".html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// open returns the document that a browser makes of a page, and what it says meanwhile.
func open(t *testing.T, browser, folder, name, text string) (document, said string) {
	t.Helper()
	return runBrowser(t, browser, "--window-size=1280,900", "--dump-dom", place(t, folder, name, text))
}

func screenshot(t *testing.T, browser, folder, name, text string) image.Image {
	t.Helper()
	path := filepath.Join(folder, name+".png")
	runBrowser(t, browser, "--window-size=1280,3600", "--screenshot="+path, place(t, folder, name, text))
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // read only
	m, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// notBlank checks that a screenshot has a paper of the right lightness, much else, and many colours.
func notBlank(t *testing.T, look string, m image.Image) {
	t.Helper()
	b := m.Bounds()
	counts := map[color.RGBA]int{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			counts[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)]++
		}
	}
	paper := color.RGBAModel.Convert(m.At(b.Min.X+2, b.Max.Y-3)).(color.RGBA)
	light := int(paper.R)+int(paper.G)+int(paper.B) > 3*128
	share := 1 - float64(counts[paper])/float64(b.Dx()*b.Dy())
	if light != (look == "light") || share < 0.1 || len(counts) < 100 {
		t.Errorf("in %s the paper is %v, %.2f of the page is something else, in %d colours", look, paper, share, len(counts))
	}
}
