package compile

import (
	"strings"
	"testing"
)

// all is a target with every operation.
var all = &Target{Has: func(Op) bool { return true }, SinRatio: 2, Vectors: true}

// TestPassOrder: each pass follows the one whose form it takes.
func TestPassOrder(t *testing.T) {
	done := map[string]bool{"": true}
	for _, p := range passes {
		if !done[p.after] {
			t.Errorf("pass %s takes what %s leaves, which has not run", p.name, p.after)
		}
		if done[p.name] || p.run == nil || p.check == nil {
			t.Errorf("pass %s is there twice, or does nothing, or is not checked", p.name)
		}
		done[p.name] = true
	}
}

// TestOps: every operation that an instruction can do has a name of its own, and what is swapped twice is the same again.
func TestOps(t *testing.T) {
	names := map[string]bool{}
	for o := range numOps {
		if !o.lanewise() && o < OpUniform {
			continue // no instruction has it: its rule is read as something else, or called
		}
		if o.String() == "" || names[o.String()] {
			t.Errorf("operation %d has no name of its own: %q", o, o)
		}
		names[o.String()] = true
		if c, ok := o.Swapped(); ok {
			if back, _ := c.Swapped(); back != o || o.operands() != 2 {
				t.Errorf("%s of %d operands is swapped to %s, which is to %s", o, o.operands(), c, back)
			}
		}
	}
	if len(names) < 40 {
		t.Errorf("%d operations", len(names))
	}
}

// TestCheckFunction: the check accepts a function as the passes leave it, and finds what is wrong
// with others.
func TestCheckFunction(t *testing.T) {
	const axis Axes = 1
	good := func() *Function {
		f := newFunction(all, 0)
		f.Loops[0].Extent = 3
		x := f.insert(Instr{Op: OpLoad, Node: 1, Axes: axis})
		n := f.insert(Instr{Op: OpUniform, Node: 2})
		y := f.add(Instr{Op: OpMul, Args: []ID{x, n}})
		s := f.insert(Instr{Op: OpSum, Args: []ID{y}})
		f.Sinks = []Sink{{Kind: SinkStore, Args: []ID{s}, Node: 3}}
		return f
	}
	for _, tt := range []struct {
		name  string
		spoil func(f *Function)
		want  string // "" where nothing is wrong
	}{
		{"good", func(f *Function) {}, ""},
		{"operand after its use", func(f *Function) { f.Code[2].Args[0] = 3 }, "operand %3 is not made before"},
		{"too few operands", func(f *Function) { f.Code[2].Args = f.Code[2].Args[:1] }, "1 operands, want 2"},
		{"axes", func(f *Function) { f.insert(Instr{Op: OpNeg, Args: []ID{0}}) }, "the operands' axes are {orientation pixel}"},
		{"no vector", func(f *Function) { f.add(Instr{Op: OpNeg, Args: []ID{1}}) }, "no operand is a vector"},
		{"the same twice", func(f *Function) { f.Code = append(f.Code, f.Code[1]) }, "the same as %1"},
		{"a sum of a number", func(f *Function) { f.insert(Instr{Op: OpSum, Args: []ID{1}}) }, "a sum of 1 operands, 0 vectors"},
		{"a sum over nothing", func(f *Function) { f.insert(Instr{Op: OpSum, Args: []ID{0}, Axes: axis}) }, "a sum over no axis"},
		{"a result that is not there", func(f *Function) { f.add(Instr{Op: OpResult, Args: []ID{2}, Order: 1}) }, "result 1 of 1"},
		{"an operation that the target lacks", func(f *Function) {
			f.target = &Target{Has: func(o Op) bool { return o != OpMul }}
		}, "the target has no mul"},
		{"a sink of a number", func(f *Function) { f.Sinks[0].Args[0] = 1 }, "operand %1 is a number"},
		{"a sink outside of a loop", func(f *Function) { f.Sinks[0].Args[0] = 2 }, "the sink does not"},
		{"a sink of nothing", func(f *Function) { f.Sinks[0].Args[0] = 9 }, "operand %9 is not made"},
		{"a dot of one", func(f *Function) { f.Sinks[0].Kind = SinkDot }, "1 operands, want 2"},
		{"a sum that keeps too much", func(f *Function) { f.Sinks[0].Target = axis }, "which it is not run along"},
	} {
		f := good()
		tt.spoil(f)
		err := (&Sweep{Function: f}).checkFunction()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// TestCheckBlock: the audit accepts a block as it is emitted, and finds what is wrong with others.
func TestCheckBlock(t *testing.T) {
	good := func() *Sweep {
		f := newFunction(all, 0)
		f.Loops[0].Extent = 3
		x := f.insert(Instr{Op: OpLoad, Node: 1, Axes: 1})
		s := f.insert(Instr{Op: OpSum, Args: []ID{f.add(Instr{Op: OpSquare, Args: []ID{x}})}})
		f.Sinks = []Sink{{Kind: SinkStore, Args: []ID{s}, Node: 3}}
		sweep := &Sweep{Function: f}
		for _, run := range []func(*Sweep) error{schedule, emit} {
			if err := run(sweep); err != nil {
				t.Fatal(err)
			}
		}
		return sweep
	}
	for _, tt := range []struct {
		name  string
		spoil func(b *Block)
		want  string
	}{
		{"good", func(b *Block) {}, ""},
		{"no zero", func(b *Block) { b.Items = b.Items[1:] }, "before it is written"},
		{"stored too early", func(b *Block) { b.Items[0], b.Items[2] = b.Items[2], b.Items[0] }, "before it is written"},
		{"stored in the loop", func(b *Block) { b.Items[1].Loop.Items = append(b.Items[1].Loop.Items, b.Items[2]) }, "sink 0"},
		{"not stored", func(b *Block) { b.Items = b.Items[:2] }, "sink 0 on {pixel} is visited at 0 indices"},
		{"made twice", func(b *Block) {
			l := b.Items[1].Loop
			l.Items = append([]Item{l.Items[0]}, l.Items...)
		}, "is written a second time"},
		{"a loop of another level", func(b *Block) { b.Items[1].Loop.Level = 2 }, "a body of level 2 in a loop of level 0"},
	} {
		s := good()
		tt.spoil(s.Block)
		err := s.checkBlock()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v\n%s", tt.name, err, s)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want one with %q\n%s", tt.name, err, tt.want, s)
		}
	}
}
