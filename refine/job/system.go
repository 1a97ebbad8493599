package job

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// systems are the crystal systems by name, with a space group that ties the cell in the same way.
var systems = []struct {
	name   string
	system refine.System
	hall   string
}{
	{"triclinic", refine.Triclinic, "P 1"},
	{"monoclinic", refine.Monoclinic, "P 2y"},
	{"monoclinic-c", refine.MonoclinicC, "P 2"},
	{"orthorhombic", refine.Orthorhombic, "P 2 2"},
	{"tetragonal", refine.Tetragonal, "P 4"},
	{"trigonal", refine.Trigonal, "P 3"},
	{"rhombohedral", refine.Rhombohedral, "P 3*"},
	{"hexagonal", refine.Hexagonal, "P 6"},
	{"cubic", refine.Cubic, "P 2 2 3"},
}

// Systems are the names of the crystal systems, for [Options].
func Systems() []string {
	var list []string
	for _, s := range systems {
		list = append(list, s.name)
	}
	return list
}

// tied is a crystal system and the group by which cells get its symmetry.
type tied struct {
	system refine.System
	group  *symmetry.Group
	name   string
}

func systemNamed(name string) (*tied, error) {
	for _, s := range systems {
		if strings.EqualFold(s.name, name) {
			group, err := symmetry.FromHall(s.hall)
			if err != nil {
				return nil, fmt.Errorf("job: %w", err)
			}
			return &tied{s.system, group, s.name}, nil
		}
	}
	return nil, wrong("system", "%s is none of %s", name, strings.Join(Systems(), ", "))
}

// systemOf returns the system whose cells a space group leaves as they are; nil for a group of an unusual setting, which no
// system has.
func systemOf(group *symmetry.Group) (*tied, error) {
	generic := [6]float64{10, 11, 12.5, 84, 93, 101}
	want := group.Symmetrize(generic)
	for _, s := range systems {
		t, err := systemNamed(s.name)
		if err != nil {
			return nil, err
		}
		got, same := t.group.Symmetrize(generic), true
		for i := range want {
			same = same && math.Abs(want[i]-got[i]) < 1e-9
		}
		if same {
			return t, nil
		}
	}
	return nil, nil
}

// mayDiffer are by how much a cell may differ from what its system requires: relative lengths, and degrees.
const mayDiffer, mayDifferAngle = 0.01, 1.0

// place gives a crystal the cell of its system that is nearest to its own, and says so if that differs.
func (t *tied) place(path string, x *experiment.Crystal, own structure.Cell) (notice string, err error) {
	p := own.Parameters()
	q := t.group.Symmetrize(p)
	worst, angle := 0.0, 0.0
	for i := range 3 {
		worst = math.Max(worst, math.Abs(p[i]/q[i]-1))
		angle = math.Max(angle, math.Abs(p[3+i]-q[3+i]))
	}
	text := fmt.Sprintf("%.6g %.6g %.6g Å %.6g %.6g %.6g°", p[0], p[1], p[2], p[3], p[4], p[5])
	if worst > mayDiffer || angle > mayDifferAngle {
		return "", fmt.Errorf("job: %s has the cell %s, which is not %s: name its system (--system), or the right space group", path, text, t.name)
	}
	x.Cell = experiment.Cell{A: q[0], B: q[1], C: q[2], Alpha: round(q[3]), Beta: round(q[4]), Gamma: round(q[5])}
	if worst > 1e-4 || angle > 1e-2 {
		notice = fmt.Sprintf("%s: the cell %s is made %s", path, text, t.name)
	}
	return notice, nil
}

// round returns an angle without the rounding of 90° and 120°.
func round(angle float64) float64 {
	for _, exact := range []float64{90, 120} {
		if math.Abs(angle-exact) < 1e-9 {
			return exact
		}
	}
	return angle
}
