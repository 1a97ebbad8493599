package expr

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/structure"
)

// TestTable: every operation has a row, complete and distinct from the others.
func TestTable(t *testing.T) {
	names, builtins := map[string]Op{OpSumAlong.String(): OpSumAlong}, map[string]Op{}
	for _, o := range Ops() {
		row := &ops[o]
		if other, ok := names[row.name]; row.name == "" || ok && o != OpSumAlong && o != OpSumTo {
			t.Errorf("operation %d has no name of its own: %q is operation %d", o, row.name, other)
		}
		names[row.name] = o
		if other, ok := builtins[row.builtin]; row.builtin != "" && ok {
			t.Errorf("gorgonia's %s is both %s and %s", row.builtin, o, other)
		}
		builtins[row.builtin] = o
		if row.shape == nil || row.eval == nil {
			t.Errorf("%s has no shape or no values", o)
		}
		all := ^uint8(0)
		if row.operands != several {
			all = 1<<row.operands - 1
		}
		if (row.diff == nil) != (row.flat == all) {
			t.Errorf("%s: a derivative exists: %t, by operands other than %#b of %#b", o, row.diff != nil, row.flat, all)
		}
		if s, ok := o.Swapped(); ok {
			if back, _ := s.Swapped(); back != o || o.Operands() != 2 || s.Operands() != 2 {
				t.Errorf("%s of %d operands is %s of exchanged ones, which is %s", o, o.Operands(), s, back)
			}
		}
		if r, ok := Builtin(row.builtin, row.operands); row.builtin != "" && (!ok || r != Rule{Op: o}) {
			t.Errorf("gorgonia's %s is read as %s, want %s", row.builtin, r, o)
		}
	}
	if ops[OpNone].name != "" || ops[OpNone].shape != nil {
		t.Error("the zero Rule has a row")
	}
	if _, ok := Builtin("", 1); ok {
		t.Error("an operation without a symbol is found by it")
	}
}

// TestAttributes: what distinguishes rules of one operation is in their identity, and makes other nodes.
func TestAttributes(t *testing.T) {
	grid := &Grid{Box: structure.Box{HMax: 1, KMax: 2, LMax: 3}, Tricubic: true}
	other := *grid
	wide, err := targetOf(tensor.Shape{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	long, err := targetOf(tensor.Shape{6})
	if err != nil {
		t.Fatal(err)
	}
	raster := &Raster{Reach: 1}
	another := *raster
	seen := map[string]Rule{}
	for _, r := range []Rule{
		{Op: OpSinRatio}, {Op: OpSinRatio, Order: [3]int8{5}}, {Op: OpOverSin, Order: [3]int8{2}}, {Op: OpSinc3, Order: [3]int8{2}}, {Op: OpSinc3, Order: [3]int8{3}}, {Op: OpGaussMean}, {Op: OpGaussMean, Order: [3]int8{1, 2}},
		{Op: OpShare, Grid: grid}, {Op: OpShare, Grid: &other}, {Op: OpShare, Order: [3]int8{1, 0, 2}, Grid: grid}, {Op: OpShare, Order: [3]int8{2, 0, 1}, Grid: grid},
		{Op: OpGather, Grid: grid}, {Op: OpScatter, Grid: grid},
		{Op: OpSumAlong, to: wide}, {Op: OpSumAlong, Axes: [MaxRank]bool{2: true}, to: wide}, {Op: OpSumAlong, Axes: [MaxRank]bool{2: true}, to: long},
		{Op: OpSumTo, to: wide}, {Op: OpSumTo, to: long}, {Op: OpReshape, to: wide}, {Op: OpBroadcast, to: wide}, FixedAt(4), FixedAt(5),
		{Op: OpMaxTo, to: wide}, {Op: OpMaxTo, to: long}, {Op: OpPeakTo, to: wide},
		{Op: OpMatMul}, {Op: OpMatMul, Transposed: [2]bool{true, false}}, {Op: OpMatMul, Transposed: [2]bool{false, true}},
		{Op: OpView, to: wide}, {Op: OpView, to: long}, {Op: OpPlace, to: long}, {Op: OpView, to: long, at: places{first: [MaxRank]int32{3: 1}}},
		{Op: OpView, to: long, at: places{step: [MaxRank]int32{3: 1}}}, {Op: OpView, to: long, at: places{by: [MaxRank]int8{3: 2}}},
		{Op: OpConcat, Axes: [MaxRank]bool{2: true}}, {Op: OpConcat, Axes: [MaxRank]bool{3: true}}, {Op: OpTake, Axes: [MaxRank]bool{3: true}},
		{Op: OpTake, Axes: [MaxRank]bool{1: true}}, {Op: OpPut, Axes: [MaxRank]bool{1: true}, to: wide}, {Op: OpPut, Axes: [MaxRank]bool{1: true}, to: long},
		{Op: OpConvolve, Raster: raster}, {Op: OpConvolve, Raster: &another}, {Op: OpConvolve, Raster: raster, Transposed: [2]bool{true, false}}, {Op: OpCorrelate, Raster: raster},
		Alter(&Altered{Name: "one"}), Alter(&Altered{Name: "another"}),
	} {
		if s, ok := seen[r.String()]; ok {
			t.Errorf("%+v and %+v are both %s", r, s, r)
		}
		seen[r.String()] = r
		if r.Op.Plain() {
			t.Errorf("%s has attributes and is plain", r)
		}
	}
}

// TestOperands: a rule refuses operands that are not as many as it has.
func TestOperands(t *testing.T) {
	for _, test := range []struct {
		rule Rule
		n    int
	}{{Rule{Op: OpSin}, 2}, {Rule{Op: OpAdd}, 1}, {Rule{Op: OpWhere}, 2}, {Rule{}, 1}, {FixedAt(1), 0}} {
		b := New()
		in := make([]*Node, test.n)
		for i := range in {
			in[i] = b.Const(1)
		}
		if n := b.Apply(test.rule, in...); n != nil || b.Err() == nil {
			t.Errorf("%q on %d operands: %v, error %v", test.rule, test.n, n, b.Err())
		}
	}
}
