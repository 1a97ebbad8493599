package cuda

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/special"
)

// share has several threads do a pixel where there are few pixels: each a part of the steps of the
// longest axis.
func (p *printer) share(pixels int) {
	longest := 1
	for _, axis := range p.Nest() {
		if p.Extent[axis] > longest {
			p.split, longest = axis, p.Extent[axis]
		}
	}
	for p.Parts < 32 && 2*p.Parts <= longest && pixels*p.Parts < p.threads {
		p.Parts *= 2
	}
	if p.Parts == 1 {
		p.split = -1
	}
}

// collect finds what the kernel reads and writes.
func (p *printer) collect(b *compile.Block) error {
	for _, it := range b.Items {
		for _, s := range it.Src {
			if s.Reg == compile.None {
				p.uniform(s.Num)
			}
		}
		switch it.Kind {
		case compile.ItemLoop:
			if err := p.collect(it.Loop); err != nil {
				return err
			}
		case compile.ItemKernel:
			if it.Op == compile.OpSinRatio {
				p.slow(it.Src[1].Num, it.Order+1)
			}
		case compile.ItemLoad:
			p.Loads = appendArray(p.Loads, Array{it.Node, rowsOf(p.plan.Node(it.Node).Dims)})
		case compile.ItemStore:
			p.Stores = appendArray(p.Stores, Array{it.Node, rowsOf(p.plan.Node(it.Node).Dims)})
		case compile.ItemCall:
			s := p.plan.Node(it.Node)
			d := expr.Decode(it.Rule)
			switch d.Code {
			case expr.CodeSinRatio:
				p.slow(it.Src[1].Num, d.Order+1)
			case expr.CodeOverSin, expr.CodeSinc3:
				p.series(d)
			}
			if err := p.lookup(d, s); err != nil {
				return err
			}
		case compile.ItemScatter:
			s := p.plan.Node(it.Node)
			if err := p.lookup(expr.Decode(it.Rule), s); err != nil {
				return err
			}
			p.Scatters = append(p.Scatters, Scatter{it.Node, s.Dims.Size()})
		case compile.ItemSink:
			sink := &p.Sinks[it.Sink]
			p.sumOf[it.Sink] = len(p.Sums)
			n := p.plan.Node(sink.Node).Dims.Size()
			p.Sums = append(p.Sums, Sum{Node: sink.Node, Row: p.Rows, Elements: n, Scale: sink.Scale})
			p.Rows += n
			p.Adds = p.Adds || !p.inThread(it.Sink)
		}
	}
	return nil
}

// lookup takes in the table and the grid of a rule that has them.
func (p *printer) lookup(d expr.Decoded, s *plan.Node) error {
	if d.Grid == nil {
		return nil
	}
	if d.Grid.Cells() > math.MaxInt32 {
		return fmt.Errorf("a table of %d cells at node %s: kernels count cells in 32 bits", d.Grid.Cells(), s.Expr.Name())
	}
	if d.Code == expr.CodeGather {
		table := s.Args[len(s.Args)-1]
		if _, ok := p.tableOf[table]; !ok {
			p.tableOf[table] = len(p.Tables)
			p.Tables = append(p.Tables, table)
		}
	}
	if _, ok := p.presentOf[d.Grid]; !ok {
		p.presentOf[d.Grid] = len(p.Presents)
		var present []byte
		for _, there := range d.Grid.Present {
			b := byte(0)
			if there {
				b = 1
			}
			present = append(present, b)
		}
		p.Presents = append(p.Presents, present)
		g := d.Grid
		p.grids = append(p.grids, fmt.Sprintf("{%d, %d, %d, %d, %d, %d, a.present%d}", g.HMin, g.HMax, g.KMin, g.KMax, g.LMin, g.LMax, len(p.grids)))
	}
	return nil
}

func appendArray(list []Array, a Array) []Array {
	if slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}

func (p *printer) uniform(num compile.ID) {
	in := &p.Code[num]
	if in.Op == compile.OpConst {
		return
	}
	if _, ok := p.uniformOf[in.Node]; !ok {
		p.uniformOf[in.Node] = len(p.uniforms)
		p.uniforms = append(p.uniforms, uniform{node: in.Node, len: p.plan.Node(in.Node).Dims.Size()})
	}
}

// slow asks for what a lattice sum of num cells is prepared with.
func (p *printer) slow(num compile.ID, orders int) {
	k, ok := p.slowOf[num]
	if !ok {
		k = len(p.uniforms)
		p.slowOf[num] = k
		u := uniform{far: true, node: p.Code[num].Node}
		if in := &p.Code[num]; in.Op == compile.OpConst {
			u.node, u.value = -1, in.Value
		}
		p.uniforms = append(p.uniforms, u)
	}
	u := &p.uniforms[k]
	u.orders = max(u.orders, orders)
	u.len = u.orders * special.PreparedLen
}

// series asks for what a special function is prepared with.
func (p *printer) series(d expr.Decoded) {
	if _, ok := p.seriesOf[d]; !ok {
		p.seriesOf[d] = len(p.uniforms)
		p.uniforms = append(p.uniforms, uniform{far: true, node: -1, series: d, len: special.PreparedLen})
	}
}

// placeUniforms puts single numbers into constant memory, as many as there is room for: an
// operation reads them there for nothing. Arrays go into global memory, since a loop reads another
// element at every step. From constant memory each would be a load of its own, through a cache of 2
// KB that the 63 arrays of a gradient by the cell overflow at every step: on an H100 such a kernel
// waited for them most of the time.
func (p *printer) placeUniforms() {
	for i := range p.uniforms {
		u := &p.uniforms[i]
		if u.far = u.far || u.len > 1 || p.Constants == maxConstants; u.far {
			u.at = p.Far
			p.Far += u.len
			continue
		}
		u.at = p.Constants
		p.Constants++
	}
}
