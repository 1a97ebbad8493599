package compile

import (
	"fmt"
	"strings"
)

// listing writes a scheduled and allocated function for people: loops, instructions, and the vector of each result.
func (f *function) listing(b *block, vector []int32, vectors, lanes int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "block of %d pixels, %d vectors\n", lanes, vectors)
	name := func(o operand) string {
		if o.reg != none {
			return fmt.Sprintf("v%d", vector[o.reg])
		}
		in := &f.code[o.num]
		if in.op == opConst {
			return fmt.Sprint(in.value)
		}
		return fmt.Sprintf("u%d%s", in.step, strings.TrimSuffix(in.axes.String(), "pixel}"))
	}
	var walk func(b *block, indent string)
	walk = func(b *block, indent string) {
		for _, it := range b.items {
			if it.kind == itemLoop {
				axis := f.nest()[b.level]
				count := f.extent[axis]
				if it.once {
					count = 1
				}
				fmt.Fprintf(&out, "%sfor %s in %d:\n", indent, strings.Trim(strings.TrimSuffix(axes(1<<axis).String(), "pixel}"), "{ "), count)
				walk(it.loop, indent+"  ")
				continue
			}
			var dst, src []string
			for _, r := range it.dst {
				if r != none {
					dst = append(dst, fmt.Sprintf("v%d", vector[r]))
				}
			}
			for _, s := range it.src {
				src = append(src, name(s))
			}
			what := opNames[it.op]
			switch it.kind {
			case itemKernel:
				if it.op == opSinRatio {
					what += fmt.Sprintf("'%d", it.order)
				}
			case itemLoad:
				what = fmt.Sprintf("load step %d", it.step)
			case itemCall:
				what = fmt.Sprintf("call %s", it.rule)
			case itemSink:
				what = fmt.Sprintf("sum into step %d", it.step)
			case itemStore:
				what = fmt.Sprintf("store step %d", it.step)
			case itemScatter:
				what = fmt.Sprintf("scatter %s", it.rule)
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

// String lists the program's sweeps.
func (p *Program) String() string {
	var out strings.Builder
	for k, s := range p.sweeps {
		if s != nil {
			fmt.Fprintf(&out, "sweep %d: %s", k, s.listing)
		}
	}
	return out.String()
}
