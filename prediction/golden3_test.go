package prediction_test

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
)

// goldenCase is a case of ../../shared/golden3, whose README says what its numbers are.
type goldenCase struct {
	Inputs struct {
		Cell      [6]float64
		N         [6]float64
		Shape     string
		Eta       [3]float64
		Lines     [][3]float64
		Div       [2]float64
		Strain    float64
		Osc, Phi0 float64
		Rot       [3]float64
		Beam      [3]float64
		Polar     [3]float64 `json:"polarization"`
		Spindle   [3]float64
		U         [3][3]float64
		Detector  struct {
			Origin, Fast, Slow [3]float64
			Pixel              float64
			NF, NS             int
		}
	}
	HKL    [][3]int
	F      []float64
	PhiRef [][]float64 `json:"phi_ref_radians"`
}

func (c *goldenCase) setup() *prediction.Setup {
	in := &c.Inputs
	degree := geom.Degree
	sin := func(k int) float64 { return math.Sin(in.Cell[k] * degree) }
	cos := func(k int) float64 { return math.Cos(in.Cell[k] * degree) }
	// a along x, b in the x-y plane.
	cx := cos(4)
	cy := (cos(3) - cos(4)*cos(5)) / sin(5)
	cz := math.Sqrt(1 - cx*cx - cy*cy)
	b := [3][3]float64{
		{in.Cell[0], in.Cell[1] * cos(5), in.Cell[2] * cx},
		{0, in.Cell[1] * sin(5), in.Cell[2] * cy},
		{0, 0, in.Cell[2] * cz},
	}
	rot := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	for k, angle := range in.Rot {
		var axis [3]float64
		axis[k] = -1
		rot = geom.Mul(rot, geom.Rotation(axis, angle))
	}
	u := geom.Mul(rot, in.U)
	axes := geom.Mul(u, b)
	n := [3][3]float64{{in.N[0], in.N[3], in.N[5]}, {in.N[3], in.N[1], in.N[4]}, {in.N[5], in.N[4], in.N[2]}}
	point := prediction.Gauss(axes, n, 1)
	if in.Shape == "gauss_star" {
		point = prediction.GaussStar(in.N[0]*in.N[1]*in.N[2], 1)
	}
	s := &prediction.Setup{Crystal: prediction.Crystal{Axes: axes, Point: point, Mosaic: prediction.Spread(u, in.Eta), Strain: in.Strain,
		Spindle: in.Spindle, Phi: in.Phi0, Osc: in.Osc}}
	s.Beam.Direction = in.Beam
	for _, l := range in.Lines {
		s.Beam.Lines = append(s.Beam.Lines, prediction.Line{Wavelength: l[0], Weight: l[1], Width: l[2]})
	}
	e1 := geom.Unit(geom.Cross(in.Polar, in.Beam))
	s.Beam.Divergence = [2][3]float64{geom.Scale(in.Div[0], e1), geom.Scale(in.Div[1], geom.Cross(in.Beam, e1))}
	d := &in.Detector
	s.Panels = []prediction.Panel{{FastPixels: d.NF, SlowPixels: d.NS, Pixel: [2]float64{d.Pixel, d.Pixel}, Corner: d.Origin, Fast: d.Fast, Slow: d.Slow}}
	amplitudes := map[[3]int]float64{}
	for i, h := range c.HKL {
		amplitudes[h] = c.F[i]
	}
	s.Crystal.Amplitude = func(h, k, l int) float64 { return amplitudes[[3]int{h, k, l}] }
	return s
}

func readFloats(t *testing.T, path string) []float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for {
		var v float64
		if err := binary.Read(z, binary.LittleEndian, &v); err != nil {
			return out
		}
		out = append(out, v)
	}
}

// TestGolden3 predicts the cases of ../../shared/golden3 and looks for light outside the boxes, in the
// images by quadrature and in the closed form. The angles are those of the reference data, which are
// rounded sums.
func TestGolden3(t *testing.T) {
	folder := os.Getenv("GOBRAGG_GOLDEN3")
	if folder == "" {
		folder = "../../shared/golden3"
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	if len(files) == 0 {
		t.Skipf("NOT RUN: %s is not there", folder)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c goldenCase
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			s := c.setup()
			for _, apart := range []bool{false, true} {
				s.Apart = apart
				list, err := prediction.Predict(s)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list.Reflections {
					i := slices.Index(c.HKL, r.HKL)
					if c.PhiRef != nil {
						if want := c.PhiRef[i][list.Order[r.Line]]; math.Abs(r.Phi*geom.Degree-want) > 1e-12 {
							t.Errorf("reflection %v, line %d: phi is %.15g rad, want %.15g", r.HKL, r.Line, r.Phi*geom.Degree, want)
						}
					}
				}
				d := &c.Inputs.Detector
				mask := make([]bool, d.NF*d.NS)
				list.Mark([][]bool{mask}, []int{d.NF})
				for _, kind := range []string{"truth", "closed"} {
					image := readFloats(t, filepath.Join(folder, name+"."+kind+".f64.gz"))
					most, sum, outside, lost := 0.0, 0.0, 0.0, 0.0
					for i, v := range image {
						most, sum = max(most, v), sum+v
						if !mask[i] {
							outside, lost = max(outside, v), lost+v
						}
					}
					t.Logf("%s: %d reflections, %d pairs; outside the boxes %.2g of the maximum, %.2g of the sum", kind, len(list.Reflections), list.Pairs(), outside/most, lost/sum)
					if outside > 1e-6*most || lost > 1e-6*sum {
						t.Errorf("%s: outside the boxes is %.2g of the maximum, %.2g of the sum", kind, outside/most, lost/sum)
					}
				}
			}
		})
	}
}
