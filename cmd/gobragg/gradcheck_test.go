package main

import (
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/gradcheck"
)

// check runs gradcheck and returns its result, which it writes as JSON.
func check(t *testing.T, status int, args ...string) (*gradcheckResult, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "result.json")
	got, stdout, stderr := invoke(t, append([]string{"gradcheck", "--json=" + path}, args...)...)
	if got != status {
		t.Fatalf("status %d, want %d:\n%s%s", got, status, stdout, stderr)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r gradcheckResult
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.OK != (status == 0) {
		t.Errorf("OK is %v in the JSON, and the status %d", r.OK, status)
	}
	return &r, stdout
}

// results returns the names of the parameters with a result.
func (r *gradcheckResult) results(result string) []string {
	var list []string
	for _, row := range r.Parameters {
		if row.Result == result {
			list = append(list, row.Parameter)
		}
	}
	return list
}

// TestGradcheck: all parameters of a still, of which the experiment makes some idle, and says why. The same with second
// derivatives of some of them.
func TestGradcheck(t *testing.T) {
	path := written(t, "e.json", bright)
	r, table := check(t, 0, path)
	if idle, want := r.results("no effect"), []string{"fudge", "mosaic.spread", "osc", "water", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"}; !slices.Equal(idle, want) {
		t.Errorf("no effect have %v, want %v", idle, want)
	}
	if n := len(r.results("pass")); n+7 != len(r.Parameters) || r.Pixels != 30 || r.Of != 30 || r.Loss != "weighted" {
		t.Errorf("%d of %d parameters pass, on %d of %d pixels, loss %s", n, len(r.Parameters), r.Pixels, r.Of, r.Loss)
	}
	for _, text := range []string{"PASS: derivatives of " + path + ", loss weighted = ", "mosaic.spread", "no effect: there is one mosaic domain",
		"60 Å", "100 mm", "85 °", "simulator.CPU(): "} {
		if !strings.Contains(table, text) {
			t.Errorf("no %q in\n%s", text, table)
		}
	}
	r, table = check(t, 0, path, "-second", "-loss", "squares", "-by", "cell.a,misset,distance,fluence")
	if len(r.Parameters) != 6 || len(r.Scalars.Second) != 36 || !strings.Contains(table, "second derivatives: 36 of 36 hold") {
		t.Errorf("second order:\n%s", table)
	}
}

// TestGradcheckFails: what makes the derivatives untested, or untestable, is status 1.
func TestGradcheckFails(t *testing.T) {
	// The original harness's mistake: a default structure factor of 0.
	dark := written(t, "dark.json", strings.Replace(bright, `"structure": { "default": 100 } }`, `"structure": { "default": 0 } }`, 1))
	r, table := check(t, 1, dark)
	if len(r.results("pass")) > 0 || !slices.Contains(r.results("vacuous"), "cell.a") || !strings.Contains(table, "FAIL: ") {
		t.Errorf("a dark image:\n%s", table)
	}
	if _, _, stderr := invoke(t, "gradcheck", dark); !strings.Contains(stderr, "gobragg: notice: crystals[0].structure is empty and its default 0: the crystal does not diffract") {
		t.Errorf("stderr %s", stderr)
	}
	// A rotation about the beam of an image that is the same all around it.
	one := written(t, "one.json", `{ "crystals": [ { "cell": { "a": 60 }, "structure": { "default": 100 } } ], "detector": { "fast": 6, "slow": 6, "pixel": 10 } }`)
	r, table = check(t, 1, one, "-by", "cell,rotx,distance")
	if len(r.results("no effect")) != 6 || len(r.results("pass")) != 1 {
		t.Errorf("an isotropic image:\n%s", table)
	}
	r, table = check(t, 0, one, "-by", "cell,rotx,distance", "-idle", "rotx")
	if !strings.Contains(table, "declared by -idle") || len(r.results("no effect")) != 7 {
		t.Errorf("an isotropic image:\n%s", table)
	}
}

// TestExplain: a derivative of 0 is allowed for a reason, one that is 0 to rounding too, and no other.
func TestExplain(t *testing.T) {
	e, err := experiment.Parse([]byte(bright))
	if err != nil {
		t.Fatal(err)
	}
	built, err := e.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	x, d := built.Crystals[0], built.Detector
	for _, c := range []struct {
		node     *G.Node
		verdict  gradcheck.Verdict
		analytic gradcheck.Number // the estimate of the other is 1
		allowed  bool
		want     gradcheck.Verdict
		why      string
		declared bool
	}{
		{x.Osc, gradcheck.Vacuous, 0, true, gradcheck.Vacuous, "there is no rotation", false},
		{x.Osc, gradcheck.Undecided, 9, true, gradcheck.Vacuous, "there is no rotation", false},
		{x.Osc, gradcheck.Undecided, 11, false, gradcheck.Undecided, "", false},
		{x.Osc, gradcheck.Fail, 9, false, gradcheck.Fail, "", false},
		{d.RotX, gradcheck.Vacuous, 0, false, gradcheck.Vacuous, "", false},
		{d.RotX, gradcheck.Undecided, 9, false, gradcheck.Undecided, "0 to rounding, ± 1; -idle detector.rotx accepts it", false},
		{d.RotX, gradcheck.Undecided, 9, true, gradcheck.Vacuous, "declared by -idle", true},
		{d.RotX, gradcheck.Fail, 9, false, gradcheck.Fail, "", true},
	} {
		target := &target{Experiment: built}
		if c.declared {
			target.declared = G.Nodes{c.node}
		}
		report := &gradcheck.Report{Elements: []gradcheck.Element{{Parameter: c.node.Name(), Index: -1, Verdict: c.verdict, Analytic: c.analytic, Estimate: 1}}}
		explain(target, report, G.Nodes{c.node})
		if got := report.Elements[0]; got.Allowed != c.allowed || got.Verdict != c.want || got.Why != c.why {
			t.Errorf("%s, %v: %+v", c.node.Name(), c.verdict, got)
		}
	}
}

// TestGradcheckFit: a measured image, structure factors by a table, and a detector of which some pixels are checked.
func TestGradcheckFit(t *testing.T) {
	folder := t.TempDir()
	c, err := experiment.Parse([]byte(strings.NewReplacer(`"fast": 6, "slow": 5, "pixel": 13`, `"fast": 60, "slow": 50, "pixel": 1.3`,
		`"default": 100`, `"wilson": { "dmin": 3 }`).Replace(bright)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	image, err := e.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]byte, 0, 4*60*50)
	for i, v := range image.Float64s() { // float32, little-endian
		bits := math.Float32bits(float32(v + 3 + float64(i%5)))
		counts = append(counts, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	if err := os.WriteFile(filepath.Join(folder, "data.bin"), counts, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Images = []experiment.Image{{File: "data.bin"}}
	path := filepath.Join(folder, "e.json")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(folder, "pictures")
	r, table := check(t, 0, path, "-pixels", "400", "-by", "cell.a,table,scale,flat", "-images", pictures)
	if r.Loss != "fit" || r.Pixels != 400 || r.Of != 3000 || !strings.Contains(table, "on 400 of 3000 pixels, half of them the brightest") {
		t.Errorf("what is checked:\n%s", table)
	}
	if len(r.Parameters) != 3+directionsOfArrays || len(r.results("pass")) != len(r.Parameters) || len(r.Arrays) != 1 {
		t.Errorf("parameters:\n%s", table)
	}
	// Scale and background are the loss's, a table is no image's: a picture by the cell alone.
	if len(r.Images) != 1 || r.Images[0].Verdict != gradcheck.Pass || len(r.Images[0].Files) != 1 {
		t.Fatalf("images %+v", r.Images)
	}
	for _, name := range r.Images[0].Files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(f)
		if err != nil || picture.Bounds().Dx() <= 3*8*60 || picture.Bounds().Dy() <= 8*50 { // enlarged, and axes
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestGradcheckJSON: - is standard output, and the JSON all that is there.
func TestGradcheckJSON(t *testing.T) {
	status, stdout, stderr := invoke(t, "gradcheck", "--json", "-by", "fluence", written(t, "e.json", bright))
	var r gradcheckResult
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != 0 || stderr != "" {
		t.Fatalf("%v, status %d: %s%s", err, status, stdout, stderr)
	}
	if row := r.Parameters[0]; row.Unit != "photons/m²" || row.Parameter != "beam.fluence" || row.Verdict != gradcheck.Pass {
		t.Errorf("%+v", row)
	}
}

// TestChosen: half of the pixels are the brightest, half are spread over the others.
func TestChosen(t *testing.T) {
	var candidates []pixel
	for i := range 100 {
		candidates = append(candidates, pixel{i / 50, i % 50, float64(i * 37 % 100)})
	}
	masks := chosen(candidates, 11, [][2]int{{10, 5}, {5, 10}})
	var bright, others []int
	for i, p := range candidates {
		if !masks[p.panel][p.at] {
			continue
		}
		if p.photons >= 95 {
			bright = append(bright, i)
		} else {
			others = append(others, i)
		}
	}
	if len(bright) != 5 || len(others) != 6 || others[0] > 16 || others[5] < 83 {
		t.Errorf("brightest %v, others %v", bright, others)
	}
}
