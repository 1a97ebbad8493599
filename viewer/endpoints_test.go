package viewer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/refine/job"
)

// TestStale: a tile of values that have changed since is refused, and the refusal is not kept; one that was made before they changed is still
// what it was.
func TestStale(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	tile := func(layer string, revision int) (int, string, []byte) {
		status, header, data := ask(t, "GET", fmt.Sprintf("%stile?layer=%s&image=2&revision=%d&panel=0&level=1&x=0&y=0", base, layer, revision), "")
		return status, header.Get("Cache-Control"), data
	}
	now := get[state](t, base+"state")
	status, keep, before := tile(layerModel, now.Revision)
	if status != 200 || !strings.Contains(keep, "max-age") {
		t.Fatalf("%d, %s", status, keep)
	}
	if err := s.Turn(t.Context(), map[string]float64{"misset.x": 0.03}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Turn(t.Context(), map[string]float64{"misset.x": 0}); err != nil {
			t.Error(err)
		}
	}()
	if status, keep, text := tile(layerDifference, now.Revision); status != 409 || keep != "no-store" || !strings.Contains(string(text), "changed") {
		t.Errorf("a layer of old values: %d, %s, %s", status, keep, text)
	}
	if status, _, after := tile(layerModel, now.Revision); status != 200 || !bytes.Equal(after, before) {
		t.Errorf("a layer in memory: %d, the same: %v", status, bytes.Equal(after, before))
	}
	if status, _, after := tile(layerModel, now.Revision+1); status != 200 || bytes.Equal(after, before) {
		t.Errorf("the layer of the new values: %d, that of the old ones: %v", status, bytes.Equal(after, before))
	}
	if status, _, _ := tile(layerData, now.Masks+1); status != 409 {
		t.Errorf("data under a mask that is not there: %d", status)
	}
}

// TestImages: images of which nothing but their headers is known.
func TestImages(t *testing.T) {
	s, err := Open(t.Context(), job.Options{Inputs: []string{"../examples/lysozyme/lysozyme_0001.cbf", "../examples/lysozyme/lysozyme_0002.cbf"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ready(t.Context()); err == nil {
		t.Error("there is a model")
	}
	server := httptest.NewServer(s.Handler(token))
	defer server.Close()
	base := server.URL + "/" + token + "/api/"
	now := get[state](t, base+"state")
	if now.First != 1 || now.Last != 2 || now.Image != 1 || now.Spots || !now.Rings || !strings.Contains(now.Lacks, "no file gives a crystal") {
		t.Errorf("%+v", now)
	}
	known, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	there := known.fit.Data.Photons[0].Float64s()
	for _, at := range [][2]int{{100, 90}, {30, 200}} {
		p := get[pixel](t, fmt.Sprintf("%spixel?image=2&panel=0&fast=%g&slow=%g", base, float64(at[0])+0.5, float64(at[1])+0.5))
		if p.Data == nil || *p.Data != there[at[1]*288+at[0]] || p.Model != nil || p.HKL != nil {
			t.Errorf("pixel %v is %+v; its counts are %g", at, p, there[at[1]*288+at[0]])
		}
		if p.TwoTheta == nil || math.Abs(0.9795/(2*math.Sin(*p.TwoTheta*math.Pi/360))/p.Resolution-1) > 1e-3 {
			t.Errorf("pixel %v is %+v", at, p)
		}
	}
	if rings := get[[]ring](t, base+"rings"); len(rings) < 5 {
		t.Errorf("%d rings", len(rings))
	}
	if r := get[radial](t, base+"radial?image=2"); len(r.Data) < 50 || r.Model != nil {
		t.Errorf("a radial profile of %d points, with %d of a model", len(r.Data), len(r.Model))
	}
	for path, says := range map[string]string{"histogram?layer=model&image=1": "no model", "spots?image=1&residuals=1": "no model", "alike?image=1&names=cell.a,cell.b": "no model"} {
		if status, _, text := ask(t, "GET", base+path, ""); status != 422 || !strings.Contains(string(text), says) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if paths, err := s.Save("pbm"); err != nil || len(paths) != 1 {
		t.Errorf("the mask: %v, %v", paths, err)
	}
	if _, err := Open(t.Context(), job.Options{Inputs: []string{"../examples/lysozyme/lysozyme.mtz"}}); err == nil {
		t.Error("structure factors are looked at")
	}
}

// TestBrush: a path of a brush, and the mask as a bitmap, which is read again.
func TestBrush(t *testing.T) {
	s, err := Open(t.Context(), job.Options{Inputs: []string{"../examples/lysozyme/lysozyme_0002.cbf"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.layer(t.Context(), s.current(layerKey{name: layerData, image: 1})); err != nil {
		t.Fatal(err)
	}
	if err := s.Mask(shape{Path: [][2]float64{{20, 20}, {40, 20}, {40, 40}}, Radius: 2}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, v := range s.drawn.Load().panels[0] {
		if v {
			n++
		}
		x, y := float64(i%288)+0.5, float64(i/288)+0.5
		near := math.Min(math.Hypot(x-min(40, max(20, x)), y-20), math.Hypot(x-40, y-min(40, max(20, y))))
		if v != (near < 2) && math.Abs(near-2) > 0.05 {
			t.Fatalf("pixel %g, %g is %g from the path, masked: %v", x, y, near, v)
		}
	}
	if want := 4*40 + math.Pi*4; math.Abs(float64(n)-want) > 20 {
		t.Errorf("%d pixels are masked; want about %.0f", n, want)
	}
	for _, bad := range []shape{{Panel: 1, Path: [][2]float64{{0, 0}}, Radius: 1}, {Path: [][2]float64{{0, 0}}}, {}, {Path: [][2]float64{{0, 0}}, Radius: math.NaN()}} {
		if err := s.Mask(bad); err == nil {
			t.Errorf("%+v is drawn", bad)
		}
	}
	paths, err := s.Save("pbm")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mask.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if m.Good[20*288+30] || !m.Good[100*288+100] {
		t.Error("the bitmap has another mask")
	}
}

// TestProfiles: a line along a row has its pixels, and the rocking curve of a strong spot its model.
func TestProfiles(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	photons := s.fit.Data.Photons[0].Float64s()
	p := get[profile](t, base+"line?image=2&x0=50.5&y0=60.5&x1=90.5&y1=60.5")
	if len(p.At) != 41 || len(p.Model) != 41 {
		t.Fatalf("%d points", len(p.At))
	}
	for i, v := range p.Data {
		if v == nil || *v != photons[60*288+50+i] {
			t.Errorf("point %d is %v; want %g", i, v, photons[60*288+50+i])
		}
	}
	if status, _, _ := ask(t, "GET", base+"line?image=2&x0=0&y0=0&x1=1e6&y1=0", ""); status != 400 {
		t.Errorf("a line of a million pixels: %d", status)
	}
	var strong spot
	for _, x := range get[[]spot](t, base+"spots?image=2") {
		if strength := x.Partiality * x.F * x.F; strength > strong.Partiality*strong.F*strong.F && x.Fast > 20 && x.Slow > 20 && x.Fast < 120 && x.Slow < 120 {
			strong = x
		}
	}
	r := get[rocking](t, fmt.Sprintf("%srocking?image=2&panel=0&fast=%g&slow=%g&half=1", base, strong.Fast, strong.Slow))
	if r.HKL == nil || *r.HKL != strong.HKL || len(r.Images) != 3 || len(r.Model) != 3 {
		t.Fatalf("%+v of %v", r, strong.HKL)
	}
	for i := range r.Images {
		if sigma := math.Sqrt(math.Abs(r.Model[i]) + 400); math.Abs(r.Data[i]-r.Model[i]) > 0.35*math.Abs(r.Model[i])+6*sigma { // the start is not refined
			t.Errorf("image %d has %g photons, the model %g", r.Images[i], r.Data[i], r.Model[i])
		}
	}
	if r.Model[1] <= max(r.Model[0], r.Model[2])/10 {
		t.Errorf("the model is %v where the partiality is %g", r.Model, strong.Partiality)
	}
	if s.State().Image != 2 {
		t.Error("the curve has changed the image")
	}
}

// TestAlike: a parameter is like itself in another unit, and sigma alone is what the information adds up to.
func TestAlike(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	a := get[alike](t, base+"alike?image=2&names=cell.a,cell.c,scale,fudge")
	i := map[string]int{}
	for k, n := range a.Names {
		i[n] = k
	}
	if v := math.Abs(a.Cosine[i["scale"]][i["scale"]]); math.Abs(v-1) > 1e-9 {
		t.Errorf("scale is like itself by %g", v)
	}
	if v := math.Abs(a.Cosine[i["cell.a"]][i["cell.c"]]); v > 0.5 {
		t.Errorf("cell.a is like cell.c by %g", v)
	}
	for k, n := range a.Names {
		if a.Sigma[k] != 0 && a.Sigma[k] < a.Alone[k]*(1-1e-9) {
			t.Errorf("%s: sigma %g is below %g, which it is alone", n, a.Sigma[k], a.Alone[k])
		}
	}
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.layer(t.Context(), s.current(layerKey{name: layerInformation, parameter: "cell.a", image: 2}))
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range l.levels[0][0] {
		if v == v {
			sum += float64(v)
		}
	}
	if alone := a.Alone[i["cell.a"]]; math.Abs(alone*math.Sqrt(sum)-1) > 1e-4 {
		t.Errorf("sigma of cell.a alone is %g; the information adds up to %g", alone, sum)
	}
	if h := get[histogram](t, base+"histogram?layer=sigma&parameter=cell.a&image=2"); math.Abs(h.Sigma/a.Alone[i["cell.a"]]-1) > 1e-9 {
		t.Errorf("the layer is of sigma %g", h.Sigma)
	}
	if h := get[histogram](t, base+"histogram?layer=remainder&parameter=scale&other=scale&image=2"); math.Max(h.Greatest, -h.Least) > 1e-9 {
		t.Errorf("scale does not imitate itself: %g to %g", h.Least, h.Greatest)
	}
}

// TestFrame: tiles that follow a slider are those of the values, and a model in closed form has taken them.
func TestFrame(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	frame := func(values string, status int) (head frameHead, tile []float32) {
		t.Helper()
		got, _, data := ask(t, "POST", base+"frame", `{"image":2,"values":`+values+`,"tiles":[{"layer":"model","panel":0,"level":1,"x":0,"y":0}]}`)
		if got != status {
			t.Fatalf("%s: %d %s", values, got, data)
		}
		if status != 200 {
			return head, nil
		}
		long := binary.LittleEndian.Uint32(data)
		if err := json.Unmarshal(data[4:4+long], &head); err != nil {
			t.Fatal(err)
		}
		for at := 4 + int(long); at < len(data); at += 4 {
			tile = append(tile, math.Float32frombits(binary.LittleEndian.Uint32(data[at:])))
		}
		return head, tile
	}
	head, still := frame(`{"misset.x":0}`, 200)
	if head.Sizes[0] != [2]int{144, 142} || len(still) != 144*142 {
		t.Fatalf("%+v, %d values", head, len(still))
	}
	moved, tile := frame(`{"misset.x":0.1}`, 200)
	apart := 0.0
	for i := range tile {
		apart = max(apart, math.Abs(float64(tile[i]-still[i])))
	}
	if apart < 1 || !moved.Coarse && moved.Revision <= head.Revision {
		t.Errorf("the frame differs by %g; %+v after %+v", apart, moved, head)
	}
	frame(`{"cell.gamma":500}`, 422)
	if _, again := frame(`{"misset.x":0}`, 200); again[1000] != still[1000] {
		t.Error("turned back, the model is another one")
	}
	if status, _, text := ask(t, "POST", base+"frame", `{"image":2,"values":{},"tiles":[{"layer":"data"}]}`); status != 400 {
		t.Errorf("a frame of data: %d %s", status, text)
	}
}

// TestThinned: a coarse model has no more steps than it may, and all crystals.
func TestThinned(t *testing.T) {
	c := &experiment.Config{Crystals: []experiment.Crystal{
		{PhiSteps: 100, Mosaic: experiment.Mosaic{Spread: 0.1, Domains: 300}, Shape: crystal.Gauss}, {PhiSteps: 1}}}
	c.Detector.Oversample = 3
	for _, steps := range []int{1, 5, 100} {
		thin := thinned(c, steps)
		total := 0
		for i := range thin.Crystals {
			total += max(1, thin.Crystals[i].PhiSteps) * max(1, thin.Crystals[i].Mosaic.Domains)
		}
		if total > max(steps, 2) || thin.Detector.Oversample != 1 {
			t.Errorf("%d steps of %d", total, steps)
		}
	}
	if c.Crystals[0].PhiSteps != 100 || c.Detector.Oversample != 3 {
		t.Error("the experiment itself has changed")
	}
}

// TestPicture: files of each format begin as they should, a PNG has the size of what is shown with the lines below it, and the command says the same again.
func TestPicture(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	for format, start := range map[string]string{"pdf": "%PDF", "svg": "<?xml", "png": "\x89PNG"} {
		status, header, data := ask(t, "GET", base+"picture?format="+format+"&layer=residual&rings=1&ice=1&spots=1&width=300&height=200&zoom=5&x=144&y=142&image=2", "")
		if status != 200 || !strings.HasPrefix(string(data), start) || !strings.Contains(header.Get("Content-Disposition"), "view."+format) {
			t.Errorf("%s: %d, %.40q", format, status, data)
		}
		if format == "png" {
			if m, err := png.Decode(bytes.NewReader(data)); err != nil || m.Bounds().Dx() != 600 || m.Bounds().Dy() < 400+2*50 {
				t.Errorf("the picture is %v, %v", m, err)
			}
		}
	}
	for text, says := range map[string]string{"format=gif": "pdf, png, svg", "format=png&scale=cubic": "cubic", "format=png&width=1": "points", "format=png&colours=pink": "pink", "format=png&zoom=x": "zoom"} {
		if status, _, answer := ask(t, "GET", base+"picture?"+text, ""); status != 400 || !strings.Contains(string(answer), says) {
			t.Errorf("%s: %d %s", text, status, answer)
		}
	}
	status, _, small := ask(t, "GET", base+"thumbnail?image=1", "")
	if m, err := png.Decode(bytes.NewReader(small)); status != 200 || err != nil || m.Bounds().Dx() != thumbnailSide {
		t.Errorf("a thumbnail: %d, %v", status, err)
	}
	v, err := ParseShown("http://127.0.0.1:1/abc/#layer=sigma&parameter=cell.a&high=3&image=2&rings=1&zoom=2&x=1&y=2&values=misset.x:0.5")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseShown(v.String(v.values))
	if err != nil {
		t.Fatal(err)
	}
	again.asked = v.asked
	if fmt.Sprint(*again.high, again.layerKey, again.values, again.zoom, again.x, again.rings, again.ice) != fmt.Sprint(*v.high, v.layerKey, v.values, v.zoom, v.x, v.rings, v.ice) {
		t.Errorf("%+v is read again as %+v", v, again)
	}
	if c := get[map[string]string](t, base+"command?layer=residual&image=2")["command"]; !strings.HasPrefix(c, "gobragg view ../examples/lysozyme/lysozyme.expt ") || !strings.Contains(c, "--picture") {
		t.Errorf("the command is %s", c)
	}
	for word, want := range map[string]string{"a b": "'a b'", "it's": `'it'\''s'`, "": "''", "x=1": "x=1", "$HOME": "'$HOME'"} {
		if got := quoted(word); got != want {
			t.Errorf("%q is quoted %s; want %s", word, got, want)
		}
	}
}

// TestFiles: only what the last refinement has written is served from the output folder.
func TestFiles(t *testing.T) {
	base := serve(t).URL + "/" + token + "/"
	for _, name := range []string{"report.html", "..%2fserver.go", "start.json", "%2fetc%2fpasswd"} {
		if status, _, _ := ask(t, "GET", base+"files/"+name, ""); status != 404 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, text := ask(t, "POST", base+"api/back", "{}"); status != 400 || !strings.Contains(string(text), "no refinement") {
		t.Errorf("going back: %d %s", status, text)
	}
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save("everything"); err == nil {
		t.Error("everything is saved")
	}
}

// TestExpt: the present values for DIALS are read again.
func TestExpt(t *testing.T) {
	s, err := openLysozyme(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	paths, err := s.Save("expt")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := experiment.Open(paths[0], "../examples/lysozyme/lysozyme.mtz")
	if err != nil || len(c.Crystals) != 1 || c.Scan == nil || c.Scan.Images != 3 {
		t.Errorf("%s: %v", filepath.Base(paths[0]), err)
	}
}

// TestReduce: the coarser level has the further value of each four pixels, at odd edges too, and NaN only where there is nothing else.
func TestReduce(t *testing.T) {
	n := nan
	got := reduce([]float32{1, -5, n, 2, n, 3, n, n, n}, 3, 3, 2, 2, true)
	want := []float32{-5, 3, n, n}
	for i := range want {
		if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
			t.Errorf("%v; want %v", got, want)
			break
		}
	}
	if got := reduce([]float32{1, -5, 2, 0}, 2, 2, 1, 1, false); got[0] != 2 {
		t.Errorf("without signs %v", got)
	}
}

// TestRefused: errors of a session are of the class that the page gets.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{{wrong("x"), 400}, {errStale, 409}, {errors.New("x"), 422}} {
		if got := status(c.err); got != c.want {
			t.Errorf("%v: %d; want %d", c.err, got, c.want)
		}
	}
}
