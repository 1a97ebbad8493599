package cloud

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
)

// golden is what the test reads of a case of golden3.
type golden struct {
	Inputs struct {
		Cell                             [6]float64
		N                                [6]float64
		Eta                              [3]float64
		Lines                            [][3]float64
		Osc, Phi0, Kahn, Strain          float64
		Rot, Beam, Polarization, Spindle [3]float64
		Div                              [2]float64
		U                                [3][3]float64
		Detector                         struct {
			Origin, Fast, Slow [3]float64
			Pixel              float64
			NF                 int `json:"nf"`
			NS                 int `json:"ns"`
		}
	}
	HKL   [][3]float64
	Phi   [][]float64 `json:"phi_ref_radians"`
	Pixel string
}

// clouds are the reflections of a case, by reflection and line, and the factor of each.
func (c *golden) clouds() (list []Cloud, lines []int, factors []float64) {
	in := &c.Inputs
	r := geom.Mul(geom.Rotation([3]float64{-1, 0, 0}, in.Rot[0]), geom.Rotation([3]float64{0, -1, 0}, in.Rot[1]), geom.Rotation([3]float64{0, 0, -1}, in.Rot[2]), in.U)
	a, b, g := in.Cell[3]*geom.Degree, in.Cell[4]*geom.Degree, in.Cell[5]*geom.Degree
	cx := math.Cos(b)
	cy := (math.Cos(a) - math.Cos(b)*math.Cos(g)) / math.Sin(g)
	cell := geom.Columns([3]float64{in.Cell[0], 0, 0}, [3]float64{in.Cell[1] * math.Cos(g), in.Cell[1] * math.Sin(g), 0},
		[3]float64{in.Cell[2] * cx, in.Cell[2] * cy, in.Cell[2] * math.Sqrt(1-cx*cx-cy*cy)})
	axes := geom.Mul(r, cell)
	n := in.N
	inverse := geom.Inverse(geom.Mul(axes, [3][3]float64{{n[0], n[3], n[5]}, {n[3], n[1], n[4]}, {n[5], n[4], n[2]}}))
	var point, spread [3][3]float64
	for _, row := range inverse {
		addOuter(&point, 0.63/4, row)
	}
	for i := range 3 {
		addOuter(&spread, math.Pow(in.Eta[i]*geom.Degree, 2), geom.Column(r, i))
	}
	star := geom.Transpose(geom.Inverse(axes))
	e1 := geom.Unit(geom.Cross(in.Polarization, in.Beam))
	e2 := geom.Cross(in.Beam, e1)
	for i, h := range c.HKL {
		for k, line := range in.Lines {
			phi := in.Phi0 * geom.Degree
			if in.Osc > 0 {
				phi = c.Phi[i][k]
			}
			turn := geom.Rotation(in.Spindle, phi)
			turned := func(m [3][3]float64) [3][3]float64 { return geom.Mul(turn, m, geom.Transpose(turn)) }
			x := Cloud{Center: geom.Apply(turn, geom.Apply(star, h)), Block: turned(point), Spread: turned(spread), Width: line[2], Spindle: in.Spindle,
				Divergence: [2][3]float64{geom.Scale(in.Div[0]/line[0], e1), geom.Scale(in.Div[1]/line[0], e2)},
				Start:      in.Phi0*geom.Degree - phi, Range: in.Osc * geom.Degree}
			addOuter(&x.Block, in.Strain*in.Strain, x.Center)
			list, lines = append(list, x), append(lines, k)
		}
	}
	return list, lines, nil
}

// TestGolden3 compares ratios of pixels, of which factors that all pixels have in common cancel, with those of the files: of the closed
// form with theirs to rounding, and of the quadrature with theirs, which has many more nodes.
func TestGolden3(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/golden3/*.json")
	if len(files) == 0 {
		t.Skip("SKIPPED, nothing was compared: there is no ../../../shared/golden3")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		var c golden
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		if len(c.HKL) > 1 || len(c.Inputs.Lines) > 1 || c.Pixel == "integrated" {
			continue
		}
		list, lines, _ := c.clouds()
		f := New(list[0])
		d := &c.Inputs.Detector
		var closed, quadrature []float64
		for s := range d.NS {
			for p := range d.NF {
				at := geom.Add(d.Origin, geom.Add(geom.Scale((float64(p)+0.5)*d.Pixel, d.Fast), geom.Scale((float64(s)+0.5)*d.Pixel, d.Slow)))
				ray := geom.Unit(at)
				q := geom.Scale(1/c.Inputs.Lines[lines[0]][0], geom.Add(ray, geom.Scale(-1, c.Inputs.Beam)))
				near := math.Abs(geom.Dot(d.Origin, geom.Cross(d.Fast, d.Slow)))
				omega := near / math.Pow(geom.Norm(at), 3)
				cos := geom.Dot(ray, c.Inputs.Beam)
				e := geom.Unit(geom.Cross(c.Inputs.Polarization, c.Inputs.Beam))
				b := geom.Cross(c.Inputs.Beam, e)
				psi := -math.Atan2(geom.Dot(ray, e), geom.Dot(ray, b))
				_ = psi
				ez, ex := geom.Dot(ray, b), geom.Dot(ray, e)
				cos2psi, sin2 := 0.0, 1-cos*cos
				if sin2 > 0 {
					cos2psi = (ez*ez - ex*ex) / sin2
				}
				kahn := 0.5 * (1 + cos*cos - c.Inputs.Kahn*cos2psi*sin2)
				closed, quadrature = append(closed, omega*kahn*f.Closed(q)), append(quadrature, omega*kahn*f.Quadrature(q))
			}
		}
		for _, row := range []struct {
			what      string
			got       []float64
			tolerance float64
		}{{"closed", closed, 1e-9}, {"truth", quadrature, 1e-6}} {
			want := read(t, strings.TrimSuffix(file, ".json")+"."+row.what+".f64.gz")
			scaled := 0.0
			largest, off := 0.0, 0.0
			at := 0
			for i, v := range want {
				if v > largest {
					largest, at = v, i
				}
			}
			scaled = want[at] / row.got[at]
			for i, v := range want {
				off = max(off, math.Abs(row.got[i]*scaled-v)/largest)
			}
			t.Logf("%s: %s is %.2g of the maximum off", name, row.what, off)
			if !(off <= row.tolerance) {
				t.Errorf("%s: %s is %.2g of the maximum off, want %.2g", name, row.what, off, row.tolerance)
			}
		}
	}
}

func read(t *testing.T, file string) []float64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(raw)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out
}
