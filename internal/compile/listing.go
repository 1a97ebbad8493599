package compile

import (
	"fmt"
	"strings"
)

// Listing lists a scheduled function: loops, instructions, and the vector of each result.
func (f *Function) Listing(b *Block, vector []int32) string {
	var out strings.Builder
	name := func(o Operand) string {
		if o.Reg != None {
			return fmt.Sprintf("v%d", vector[o.Reg])
		}
		in := &f.Code[o.Num]
		if in.Op == OpConst {
			return fmt.Sprint(in.Value)
		}
		return fmt.Sprintf("u%d%s", in.Node, strings.TrimSuffix(in.Axes.String(), "pixel}"))
	}
	var walk func(b *Block, indent string)
	walk = func(b *Block, indent string) {
		for _, it := range b.Items {
			if it.Kind == ItemLoop {
				axis := f.Nest()[b.Level]
				count := f.Loops[axis].Extent
				if it.Once {
					count = 1
				}
				fmt.Fprintf(&out, "%sfor %s in %d:\n", indent, strings.Trim(strings.TrimSuffix(Axes(1<<axis).String(), "pixel}"), "{ "), count)
				walk(it.Loop, indent+"  ")
				continue
			}
			var dst, src []string
			for _, r := range it.Dst {
				if r != None {
					dst = append(dst, fmt.Sprintf("v%d", vector[r]))
				}
			}
			for _, s := range it.Src {
				src = append(src, name(s))
			}
			what := it.Op.String()
			switch it.Kind {
			case ItemKernel:
				switch it.Op {
				case OpSinRatio, OpGaussMean:
					what += fmt.Sprintf("'%d", it.Order)
				case OpRead, OpReadOr:
					what += fmt.Sprintf(" node %d", it.Node)
				}
			case ItemLoad:
				what = fmt.Sprintf("load node %d", it.Node)
			case ItemCall:
				what = fmt.Sprintf("call %s", it.Rule)
			case ItemSink:
				what = fmt.Sprintf("sum into node %d", it.Node)
			case ItemStore:
				what = fmt.Sprintf("store node %d", it.Node)
			case ItemScatter:
				what = fmt.Sprintf("scatter %s", it.Rule)
			}
			line := what + " " + strings.Join(src, ", ")
			if len(dst) > 0 {
				line = strings.Join(dst, ", ") + " = " + line
			}
			fmt.Fprintf(&out, "%s%s\n", indent, line)
		}
	}
	walk(b, "  ")
	return out.String()
}
