package viewer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/refine/job"
)

const token = "0123456789abcdef"

// lysozyme is a session of the example's second image, made once for tests that leave it as they find it.
var lysozyme = sync.OnceValues(func() (*Session, error) { return openLysozyme("") })

func openLysozyme(out string) (*Session, error) {
	return opened(context.Background(), job.Options{Inputs: []string{"../examples/lysozyme/lysozyme.expt", "../examples/lysozyme/lysozyme.mtz"}, Out: out})
}

// opened is a session whose model is there.
func opened(ctx context.Context, o job.Options) (*Session, error) {
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, s.Ready(ctx)
}

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler(token))
	t.Cleanup(server.Close)
	return server
}

// ask returns the status and the body of an answer.
func ask(t *testing.T, method, address, text string, headers ...string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, data
}

func get[T any](t *testing.T, address string) (value T) {
	t.Helper()
	status, _, text := ask(t, "GET", address, "")
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", address, status, text)
	}
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestRefusals: what has no token, comes from elsewhere, or asks for what is not there.
func TestRefusals(t *testing.T) {
	server := serve(t)
	base := server.URL + "/" + token + "/"
	for _, c := range []struct {
		name, method, address, body string
		headers                     []string
		status                      int
		says                        string
	}{
		{"no token", "GET", server.URL + "/", "", nil, 403, "token"},
		{"another token", "GET", server.URL + "/0123456789abcdee/api/state", "", nil, 403, "token"},
		{"a part of the token", "GET", server.URL + "/0123456789abcde/api/state", "", nil, 403, "token"},
		{"the token without a slash", "GET", server.URL + "/" + token, "", nil, 403, "token"},
		{"another origin", "GET", base + "api/state", "", []string{"Origin", "http://evil.example"}, 403, "origins"},
		{"another site", "GET", base + "api/state", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, "origins"},
		{"a path upwards", "GET", base + "..%2f..%2fserver.go", "", nil, 404, ""},
		{"a file that is not there", "GET", base + "secret.txt", "", nil, 404, ""},
		{"a method that is not there", "DELETE", base + "api/state", "", nil, 405, ""},
		{"a form", "POST", base + "api/values", "cell.a=1", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "application/json"},
		{"no JSON", "POST", base + "api/values", "{", nil, 400, "viewer: "},
		{"two values", "POST", base + "api/refine", "{}{}", nil, 400, "more than one"},
		{"an unknown key", "POST", base + "api/refine", `{"fre":[]}`, nil, 400, "fre"},
		{"an unknown parameter", "POST", base + "api/values", `{"cell.x":1}`, nil, 422, "no parameter"},
		{"a cell that is none", "POST", base + "api/values", `{"cell.gamma":500}`, nil, 422, "gamma"},
		{"a layer that is not there", "GET", base + "api/histogram?layer=x&image=2", "", nil, 422, "no layer"},
		{"an image that is not there", "GET", base + "api/histogram?layer=data&image=9", "", nil, 400, "image 9"},
		{"no number", "GET", base + "api/pixel?image=2&panel=0&fast=NaN&slow=1", "", nil, 400, "fast"},
		{"a pixel outside", "GET", base + "api/pixel?image=2&panel=0&fast=288&slow=1", "", nil, 422, "no pixel"},
		{"a tile outside", "GET", base + "api/tile?layer=data&image=2&panel=0&level=0&x=2&y=0", "", nil, 400, "tile"},
		{"a mask of two corners", "POST", base + "api/mask", `{"panel":0,"polygon":[[0,0],[1,1]]}`, nil, 400, "three corners"},
		{"no folder to save into", "POST", base + "api/save", `{"what":"experiment"}`, nil, 422, "--out"},
		{"no folder to refine into", "POST", base + "api/refine", `{}`, nil, 422, "--out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, text := ask(t, c.method, c.address, c.body, c.headers...)
			if status != c.status || !strings.Contains(string(text), c.says) {
				t.Errorf("%d %s; want %d and %q", status, text, c.status, c.says)
			}
		})
	}
}

// TestPage: the page and its scripts are served, with a policy that keeps it to itself.
func TestPage(t *testing.T) {
	base := serve(t).URL + "/" + token + "/"
	for name, kind := range map[string]string{"": "text/html", "main.js": "text/javascript", "style.css": "text/css"} {
		status, header, text := ask(t, "GET", base+name, "")
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), kind) || len(text) < 1000 {
			t.Errorf("%q: %d, %s, %d bytes", name, status, header.Get("Content-Type"), len(text))
		}
		if header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%q: headers %v", name, header)
		}
	}
}

// TestTiles: tiles of the data have its photons, and NaN where a pixel does not count; those of residuals are (data − model)/σ.
func TestTiles(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	read := func(layer string, level, x, y int) ([]float32, int) {
		status, header, text := ask(t, "GET", fmt.Sprintf("%stile?layer=%s&image=2&panel=0&level=%d&x=%d&y=%d", base, layer, level, x, y), "")
		if status != 200 {
			t.Fatalf("%d %s", status, text)
		}
		values := make([]float32, len(text)/4)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(text[4*i:]))
		}
		var fast int
		if _, err := fmt.Sscan(header.Get("X-Fast"), &fast); err != nil || len(values)%fast != 0 {
			t.Fatalf("%d values in rows of %q: %v", len(values), header.Get("X-Fast"), err)
		}
		return values, fast
	}
	data, fast := read(layerData, 0, 1, 0)
	if fast != 288-256 || len(data) != fast*256 {
		t.Fatalf("a tile of %d values in rows of %d", len(data), fast)
	}
	model, _ := read(layerModel, 0, 1, 0)
	residual, _ := read(layerResidual, 0, 1, 0)
	photons := s.fit.Data.Photons[0].Float64s()
	bad := 0
	for i, v := range data {
		f, row := 256+i%fast, i/fast
		want := photons[row*288+f]
		switch mask := s.fit.Data.Mask[0][row*288+f]; {
		case !mask:
			bad++
			if v == v || residual[i] == residual[i] {
				t.Fatalf("pixel %d, %d does not count and is %g, its residual %g", f, row, v, residual[i])
			}
		case float64(v) != want:
			t.Fatalf("pixel %d, %d is %g; want %g", f, row, v, want)
		default:
			r := (want - float64(model[i])) / math.Sqrt(math.Max(float64(model[i]), 0.1))
			if math.Abs(r-float64(residual[i])) > 1e-4*math.Max(1, math.Abs(r)) {
				t.Fatalf("pixel %d, %d has the residual %g; want %g", f, row, residual[i], r)
			}
		}
	}
	if bad == 0 {
		t.Error("all pixels count, and the image has gaps")
	}
	half, fast := read(layerData, 1, 0, 0)
	for _, p := range [][2]int{{10, 20}, {100, 50}, {3, 130}} { // the largest of four
		want := math.Inf(-1)
		for _, d := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
			if i := (2*p[1]+d[1])*288 + 2*p[0] + d[0]; s.fit.Data.Mask[0][i] {
				want = max(want, photons[i])
			}
		}
		if got := half[p[1]*fast+p[0]]; float64(got) != want {
			t.Errorf("pixel %v at half the resolution is %g; want %g", p, got, want)
		}
	}
}

// TestPixel: the indices at the centre of a predicted spot are those of its reflection, and 2θ and the resolution are one by Bragg's law.
func TestPixel(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	seen := 0
	for _, s := range get[[]spot](t, base+"spots?image=2") {
		if s.Partiality < 0.3 || s.Fast < 1 || s.Slow < 1 || s.Fast > 287 || s.Slow > 283 {
			continue
		}
		seen++
		if seen%20 != 0 {
			continue
		}
		p := get[pixel](t, fmt.Sprintf("%spixel?image=2&panel=0&fast=%g&slow=%g", base, s.Fast, s.Slow))
		far := math.Sqrt(float64(s.HKL[0]*s.HKL[0] + s.HKL[1]*s.HKL[1] + 4*s.HKL[2]*s.HKL[2])) // in a*, twice as long as c* is short
		for i, h := range p.HKL {
			if math.Abs(h-float64(s.HKL[i])) > 0.03+0.5*math.Pi/180*far { // the spot may diffract half of the rotation of 1° from its middle
				t.Errorf("%v at the centre of %v", *p.HKL, s.HKL)
				break
			}
		}
		if p.Spot == nil || p.Model == nil {
			t.Errorf("no spot or model at the centre of %v: %+v", s.HKL, p)
		}
		const wavelength = 0.9795
		if d := wavelength / (2 * math.Sin(*p.TwoTheta*math.Pi/360)); math.Abs(d/p.Resolution-1) > 0.05 {
			t.Errorf("2θ %g and a resolution of %g", *p.TwoTheta, p.Resolution)
		}
	}
	if seen < 100 {
		t.Errorf("%d spots", seen)
	}
}

// TestTurn: a parameter that is turned changes model and revision; turned back, the model is what it was. A value that is
// refused leaves all as it was.
func TestTurn(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	greatest := func() float64 { return get[histogram](t, base+"histogram?layer=model&image=2").Greatest }
	start, was := get[state](t, base+"state"), greatest()
	var scale float64
	for _, k := range start.Knobs {
		if k.Name == "scale" {
			scale = k.Value
		}
	}
	turn := func(text string, want int) {
		t.Helper()
		if status, _, answer := ask(t, "POST", base+"values", text); status != want {
			t.Fatalf("%s: %d %s", text, status, answer)
		}
	}
	turn(fmt.Sprintf(`{"scale":%g,"misset.x":0.05}`, 2*scale), 200)
	if turned := greatest(); math.Abs(turned/was-1) < 0.2 {
		t.Errorf("the greatest pixel is %g after the scale was doubled, and was %g", turned, was)
	}
	turn(fmt.Sprintf(`{"scale":%g,"cell.gamma":500}`, 3*scale), 422)
	turn(fmt.Sprintf(`{"scale":%.17g,"misset.x":0}`, scale), 200)
	if back := greatest(); math.Abs(back/was-1) > 1e-6 {
		t.Errorf("the greatest pixel is %g after everything was turned back, and was %g", back, was)
	}
	if now := get[state](t, base+"state"); now.Revision <= start.Revision {
		t.Errorf("revision %d after %d", now.Revision, start.Revision)
	}
}

// TestSensitivity: the image of a derivative by a parameter is the difference of two models, and the information its square over
// the variance.
func TestSensitivity(t *testing.T) {
	s, err := lysozyme()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	model := func() []float32 {
		l, err := s.layer(ctx, s.current(layerKey{name: layerModel, image: 2}))
		if err != nil {
			t.Fatal(err)
		}
		return l.levels[0][0]
	}
	for _, c := range []struct {
		name      string
		step      float64
		tolerance float64 // of the largest; differences of float32 have 1e-7 of a model of 10³, over the step
	}{{"cell.a", 1e-3, 0.01}, {"misset.y", 1e-3, 0.01}, {"detector.distance", 1e-3, 0.01}, {"scale", 1e-4, 0.01}} {
		k, err := s.parameter(c.name)
		if err != nil {
			t.Fatal(err)
		}
		at := k.Value
		of := func(v float64) []float32 {
			if err := s.Turn(ctx, map[string]float64{c.name: v}); err != nil {
				t.Fatal(err)
			}
			return append([]float32(nil), model()...)
		}
		above, below, middle := of(at+c.step), of(at-c.step), of(at)
		d, err := s.layer(ctx, s.current(layerKey{name: layerDerivative, parameter: c.name, image: 2}))
		if err != nil {
			t.Fatal(err)
		}
		information, err := s.layer(ctx, s.current(layerKey{name: layerInformation, parameter: c.name, image: 2}))
		if err != nil {
			t.Fatal(err)
		}
		largest, worst := 0.0, 0.0
		for i, v := range d.levels[0][0] {
			if v != v {
				continue
			}
			want := (float64(above[i]) - float64(below[i])) / (2 * c.step)
			largest, worst = max(largest, math.Abs(want)), max(worst, math.Abs(want-float64(v)))
			if s.counts(0, i) && i%97 == 0 {
				if got, want := float64(information.levels[0][0][i]), float64(v)*float64(v)/math.Max(float64(middle[i]), 0.1); math.Abs(got-want) > 1e-4*want {
					t.Fatalf("%s: the information of pixel %d is %g; want %g", c.name, i, got, want)
				}
			}
		}
		if largest == 0 || worst > c.tolerance*largest {
			t.Errorf("%s: the derivative is off by %g of %g", c.name, worst, largest)
		}
	}
}

// TestMask: pixels of a polygon do not count, and count again; the mask is saved, and so is the experiment.
func TestMask(t *testing.T) {
	out := filepath.Join(t.TempDir(), "made")
	s, err := openLysozyme(out)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	triangle := [][2]float64{{10, 10}, {20, 10}, {10, 20}}
	if err := s.Mask(shape{Polygon: triangle}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range s.drawn.Load().panels[0] {
		if v {
			n++
		}
	}
	if n < 45 || n > 55 { // half of 100, with half of the ten on the diagonal
		t.Errorf("%d pixels are masked", n)
	}
	for _, what := range []string{"mask", "experiment"} {
		if paths, err := s.Save(what); err != nil || len(paths) != 1 || filepath.Dir(paths[0]) != out {
			t.Errorf("%s: %q, %v", what, paths, err)
		}
	}
	again, err := opened(t.Context(), job.Options{Inputs: []string{filepath.Join(out, "view.json")}, Mask: filepath.Join(out, "mask.npy"), Images: "2"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 288 * 284 { // what does not count for another reason is in the file, too
		if again.counts(0, i) != s.counts(0, i) {
			t.Fatalf("pixel %d counts: %v, when the mask is read again %v", i, s.counts(0, i), again.counts(0, i))
		}
	}
	if again.counts(0, 12*288+12) || !again.counts(0, 30*288+30) || again.image != 2 {
		t.Error("the mask or the image is another one when both are read again")
	}
	if err := s.Mask(shape{Polygon: triangle, Counts: true}); err != nil {
		t.Fatal(err)
	}
	if s.anyMasked() {
		t.Error("pixels that count again do not")
	}
}
