package structure

import (
	"errors"
	"math"
	"testing"

	"github.com/gobragg/gobragg"
)

func TestCellErrorsNameTheField(t *testing.T) {
	for _, c := range []struct {
		cell        Cell
		field, text string
	}{
		{Cell{A: 10, B: -3, C: 10, Alpha: 90, Beta: 90, Gamma: 90}, "cell.b", "structure: cell length b -3 Å is not positive"},
		{Cell{A: 10, B: 10, C: 10, Alpha: 90, Beta: 90, Gamma: 181}, "cell.gamma", "structure: cell angle gamma 181° is outside (0°, 180°)"},
		{Cell{A: 10, B: 10, C: 10, Alpha: 90, Beta: 20, Gamma: 20}, "cell", "structure: cell angles 90°, 20°, 20° do not form a cell"},
		{Cell{A: 1e200, B: 1e200, C: 1, Alpha: 90, Beta: 90, Gamma: 90}, "cell", "structure: cell lengths 1e+200 Å, 1e+200 Å, 1 Å give a volume that is not a finite number"},
	} {
		err := c.cell.Validate()
		var e *gobragg.ConfigError
		if !errors.As(err, &e) || e.Package != "structure" || e.Field != c.field || err.Error() != c.text {
			t.Errorf("%+v: error %#v, want field %s and %q", c.cell, err, c.field, c.text)
		}
	}
}

// TestSpacing compares with the textbook formula of a monoclinic cell: 1/d² = (h²/a² + l²/c² − 2hl
// cos β/(ac))/sin²β + k²/b².
func TestSpacing(t *testing.T) {
	c := Cell{A: 40, B: 50, C: 60, Beta: 105}.Complete()
	sin, cos := math.Sincos(105 * math.Pi / 180)
	for _, hkl := range [][3]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {3, -2, 5}} {
		h, k, l := float64(hkl[0]), float64(hkl[1]), float64(hkl[2])
		want := 1 / math.Sqrt((h*h/1600+l*l/3600-2*h*l*cos/2400)/(sin*sin)+k*k/2500)
		if got := c.Spacing(hkl[0], hkl[1], hkl[2]); !(math.Abs(got/want-1) < 1e-14) {
			t.Errorf("%v: d = %g Å, want %g", hkl, got, want)
		}
	}
}
