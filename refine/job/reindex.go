package job

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// The words of [Options].Reindex; any other text is an operator.
const (
	reindexAuto = "auto"
	reindexNone = "none"
)

const (
	// metricTolerance is how far the lattice may be from the higher symmetry that makes it ambiguous: by 1.5 % of a length, or 1.7°.
	metricTolerance = 0.03
	// mostCompared is the number of spots whose intensities are compared.
	mostCompared = 300
	// fewestCompared is the least number that can tell.
	fewestCompared = 10
	// likelier is by how many standard deviations a correlation has to exceed another, so that its operator is taken.
	likelier = 3
)

// reindex describes the crystals by the axes with which their structure factors are most like the spots of the image, among those
// that their lattices leave open.
func (j *job) reindex(ctx context.Context) error {
	if j.Reindex != "" && j.Reindex != reindexAuto {
		return nil
	}
	if s := j.said.Scan; len(j.said.Crystals) > 1 && s != nil && len(s.Varying) > 0 {
		return nil // what varies belongs to crystals by their numbers, and one is tried at a time
	}
	changed := false
	for i := range j.said.Crystals {
		own, err := j.reindexCrystal(ctx, i)
		if err != nil {
			return err
		}
		changed = changed || own
	}
	if !changed {
		return nil
	}
	return j.prepare(ctx)
}

// reindexAs describes all crystals by the axes that the options name.
func (j *job) reindexAs(context.Context) error {
	if slices.Contains([]string{"", reindexAuto, reindexNone}, j.Reindex) {
		return nil
	}
	r, err := symmetry.ParseReindexing(j.Reindex)
	if err != nil {
		return wrong("reindex", "is none of auto, none, and an operator: %v", err)
	}
	for i := range j.said.Crystals {
		x, cell, err := j.reindexed(i, r)
		if err != nil {
			return err
		}
		j.said.Crystals[i], j.cells[i] = *x, cell
	}
	return nil
}

// reindexCrystal tries the operators of a crystal, and reports whether another than that of the files is taken.
func (j *job) reindexCrystal(ctx context.Context, i int) (bool, error) {
	list := j.ambiguities(i)
	if len(list) == 0 {
		return false, nil
	}
	spots := j.someSpots(i)
	if len(spots) < fewestCompared {
		return false, nil
	}
	seen, err := j.likeness(ctx, i, nil, spots)
	if err != nil {
		return false, err
	}
	best, at := seen, -1
	var figures []string
	var crystals []*experiment.Crystal
	var cells []structure.Cell
	for n, r := range list {
		x, cell, err := j.reindexed(i, r)
		if err != nil {
			return false, err
		}
		crystals, cells = append(crystals, x), append(cells, cell)
		v, err := j.likeness(ctx, i, x, spots)
		if err != nil {
			return false, err
		}
		figures = append(figures, fmt.Sprintf("%s %.2f", r, v))
		if v > best {
			best, at = v, n
		}
	}
	name := "the crystal"
	if len(j.said.Crystals) > 1 {
		name = fmt.Sprintf("crystals[%d]", i)
	}
	all := fmt.Sprintf("intensities of %d spots correlate with the structure factors by %.2f as indexed, and by %s", len(spots), seen, strings.Join(figures, ", "))
	switch {
	case at < 0:
		j.notice("%s may be indexed in %d ways: %s; it stays as it is", name, len(list)+1, all)
		return false, nil
	case math.Atanh(min(best, 0.9999))-math.Atanh(max(seen, -0.9999)) < likelier*math.Sqrt(2/float64(max(1, len(spots)-3))):
		j.notice("%s may be indexed in %d ways, which the image does not tell apart: %s; --reindex %s takes the other one", name, len(list)+1, all, list[at])
		return false, nil
	}
	j.notice("%s is reindexed by %s: %s; --reindex none leaves it as it is", name, list[at], all)
	j.said.Crystals[i], j.cells[i] = *crystals[at], cells[at]
	return true, nil
}

// ambiguities are the operators that leave a crystal's lattice, and not the intensities of its structure: by its space group, or where
// no file gives one by its structure factors themselves.
func (j *job) ambiguities(i int) []symmetry.Reindexing {
	table := j.tables[i]
	if table == nil {
		return nil
	}
	p := j.cells[i].Parameters()
	group := j.group(i)
	known := group != nil
	if !known {
		var err error
		if group, err = symmetry.FromHall("P 1"); err != nil {
			return nil
		}
	}
	lattice := group.LatticeRotations(p, metricTolerance)
	own := group.Reindexings()
	if !known {
		own = slices.DeleteFunc(slices.Clone(lattice), func(r symmetry.Reindexing) bool { return !alike(table, r) })
	}
	return symmetry.Ambiguities(lattice, own)
}

// alike reports whether an operator leaves the values of a table as they are, but for a few percent.
func alike(table *structure.Table, r symmetry.Reindexing) bool {
	differ, all := 0.0, 0.0
	for h := range table.Reflections() {
		to, ok := r.Index([3]int{h.H, h.K, h.L})
		if !ok {
			return false
		}
		if at, ok := table.Index(to[0], to[1], to[2]); ok {
			differ, all = differ+math.Abs(h.F-table.F[at]), all+h.F
		}
	}
	const most = 0.03
	return differ <= most*all
}

// someSpots are boxes of predicted spots of a crystal, from all over the image, all of whose pixels count.
func (j *job) someSpots(i int) []prediction.Box {
	var list []prediction.Box
	for _, l := range j.predicted {
		for n := range l.Reflections {
			if boxes := l.Reflections[n].Boxes; l.Crystal == i && len(boxes) == 1 && j.allCount(boxes[0]) {
				list = append(list, boxes[0])
			}
		}
	}
	var out []prediction.Box
	for n := 0; n < len(list); n += 1 + (len(list)-1)/mostCompared {
		out = append(out, list[n])
	}
	return out
}

// allCount reports whether all pixels of a box count, and none of them looks hot.
func (j *job) allCount(b prediction.Box) bool {
	fast := j.sizes[b.Panel][0]
	for _, p := range j.suspects {
		if x, y := p[1]%fast, p[1]/fast; p[0] == b.Panel && b.Fast[0] <= x && x < b.Fast[1] && b.Slow[0] <= y && y < b.Slow[1] {
			return false
		}
	}
	for row := b.Slow[0]; row < b.Slow[1]; row++ {
		for column := b.Fast[0]; column < b.Fast[1]; column++ {
			if !j.counts(b.Panel, row*fast+column) {
				return false
			}
		}
	}
	return true
}

// likeness is the correlation of the square roots of the light in boxes, of the image and of a crystal in place of that of the
// experiment; nil means that one.
func (j *job) likeness(ctx context.Context, i int, x *experiment.Crystal, boxes []prediction.Box) (float64, error) {
	own := *j.work
	own.Crystals = []experiment.Crystal{own.Crystals[i]}
	if x != nil {
		own.Crystals[0] = *x
	}
	all := *j
	all.tables, all.systems, all.work = j.tables[i:i+1], j.systems[i:i+1], &own
	some, err := on(&own, boxes)
	if err != nil {
		return 0, err
	}
	e, err := all.build(some)
	if err != nil {
		return 0, err
	}
	spots, under, err := parts(ctx, e)
	if err != nil {
		return 0, err
	}
	counts, err := e.Detector.Select(j.data.Photons...)
	if err != nil {
		return 0, err
	}
	numbers := e.Detector.Numbers()
	var n, u, v, uu, vv, uv float64
	for _, b := range boxes {
		light, model := 0.0, 0.0
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				k := numbers[b.Panel][row*j.sizes[b.Panel][0]+column]
				light += counts[k] - under[k] - own.Background.Flat
				model += spots[k]
			}
		}
		a, c := math.Sqrt(max(light, 0)), math.Sqrt(max(model, 0))
		n, u, v, uu, vv, uv = n+1, u+a, v+c, uu+a*a, vv+c*c, uv+a*c
	}
	uu, vv, uv = uu-u*u/n, vv-v*v/n, uv-u*v/n
	if !(uu > 0 && vv > 0) {
		return 0, nil
	}
	return uv / math.Sqrt(uu*vv), nil
}

// reindexed returns a crystal of the experiment by other axes, with the cell that these have: given by a matrix, before its misset.
func (j *job) reindexed(i int, r symmetry.Reindexing) (*experiment.Crystal, structure.Cell, error) {
	bare := *j.said
	bare.Crystals = slices.Clone(bare.Crystals)
	bare.Crystals[i].Misset = experiment.Misset{}
	if bare.Crystals[i].RotXYZ != nil {
		bare.Crystals[i].RotXYZ = &experiment.RotXYZ{}
	}
	for k := range bare.Crystals {
		bare.Crystals[k].Structure = experiment.Structure{Default: 1} // only the axes are needed
		bare.Crystals[k].Anomalous = nil
	}
	bare.Scan, bare.Images, bare.Physics.ClosedForm = nil, nil, nil
	bare.Background, bare.Refine = experiment.Background{}, experiment.Refine{}
	e, err := bare.Nodes(G.NewGraph())
	if err != nil {
		return nil, structure.Cell{}, err
	}
	n, err := e.Crystals[i].At()
	if err != nil {
		return nil, structure.Cell{}, err
	}
	// With rows a′ = M a, columns a*′ = a* M⁻¹.
	matrix := geom.Mul(geom.Columns(n.AStar, n.BStar, n.CStar), r.Inverse().M)
	cell, err := structure.CellOf(matrix)
	if err != nil {
		return nil, structure.Cell{}, fmt.Errorf("job: reindexed by %s: %w", r, err)
	}
	x := j.said.Crystals[i]
	x.Matrix, x.MatrixFile, x.Orientation = &matrix, "", nil
	x.Cell = experiment.Cell(cell)
	if t := j.systems[i]; t != nil {
		if _, err := t.place(fmt.Sprintf("the crystal reindexed by %s", r), &x, cell); err != nil {
			return nil, structure.Cell{}, err
		}
	}
	// The number of cells along an axis goes with it where axes are exchanged.
	was := [3]float64{x.Cells.A, x.Cells.B, x.Cells.C}
	now := was
	for k, row := range r.M {
		only := -1
		for m, v := range row {
			switch {
			case v == 0:
			case only < 0 && math.Abs(v) == 1:
				only = m
			default:
				only = 3
			}
		}
		if only >= 0 && only < 3 {
			now[k] = was[only]
		}
	}
	x.Cells.A, x.Cells.B, x.Cells.C = now[0], now[1], now[2]
	return &x, structure.Cell(x.Cell), nil
}
