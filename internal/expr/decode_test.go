package expr

import (
	"testing"

	"github.com/gobragg/gobragg/structure"
)

// TestDecodeNames: a rule's code is its own, and no function of one or two operands is left to its Eval.
func TestDecodeNames(t *testing.T) {
	seen := map[Code]string{}
	check := func(r Rule) {
		d := Decode(r)
		if d.Code == CodeOther {
			t.Errorf("%s has no code", r)
		}
		if other, ok := seen[d.Code]; ok {
			t.Errorf("%s and %s have the same code", r, other)
		}
		seen[d.Code] = r.String()
	}
	for u := range unaryFuncs {
		check(unary(u))
	}
	for o := range binaryLoops {
		check(binary(o))
	}
	grid := &Grid{Box: structure.Box{HMax: 1, KMax: 2, LMax: 3}, Tricubic: true}
	for _, r := range []Rule{where{}, pick{3}, sinRatio{}, series{overSin, 0}, series{sphereFT, 0}, sumTo{}, broadcastTo{}, reshape{}, sumAlong{},
		lookup{kind: gather, grid: grid}, lookup{kind: scatter, grid: grid}, lookup{kind: share, grid: grid}} {
		check(r)
	}
}

// TestDecodeParameters: what else tells rules of one kind apart is decoded too.
func TestDecodeParameters(t *testing.T) {
	grid := &Grid{Box: structure.Box{HMax: 1, KMax: 2, LMax: 3}, Tricubic: true}
	for _, test := range []struct {
		rule Rule
		want Decoded
	}{
		{pick{3}, Decoded{Code: CodePick, Choices: 3}},
		{sinRatio{5}, Decoded{Code: CodeSinRatio, Order: 5}},
		{series{overSin, 2}, Decoded{Code: CodeOverSin, Order: 2}},
		{series{sphereFT, 3}, Decoded{Code: CodeSinc3, Order: 3}},
		{lookup{share, [3]int{1, 0, 2}, grid}, Decoded{Code: CodeShare, Grid: grid, Orders: [3]int{1, 0, 2}}},
		{sumAlong{axes: [MaxRank]bool{2: true}}, Decoded{Code: CodeSumAlong, Axes: [MaxRank]bool{2: true}}},
		{fixed{4}, Decoded{}},
	} {
		if got := Decode(test.rule); got != test.want {
			t.Errorf("%s is decoded as %+v, want %+v", test.rule, got, test.want)
		}
	}
}
