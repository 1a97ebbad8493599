package kernel

import (
	"math"
	"strings"

	"github.com/gobragg/gobragg/internal/special"
)

// interpret runs a program lane by lane, as plainly as can be.
func interpret(ins []Ins, arena []float64, lists [][]float64, lanes int) {
	for _, in := range ins {
		sources, results, _ := strings.Cut(in.Kernel.Form(), ">")
		for lane := range lanes {
			var v, list []float64
			for i, kind := range sources {
				at := int(in.Src[i])
				switch kind {
				case 'V':
					v = append(v, arena[at+lane])
				case 'S':
					v = append(v, arena[at])
				case 'T':
					v = append(v, arena[at:at+3]...)
				case 'B':
					v = append(v, arena[at:at+BoxLen]...)
				case 'L':
					list = lists[at]
				}
			}
			if results == "QL" {
				queue := arena[in.Dst[0]:]
				last, sum := &queue[lane], &queue[lanes+lane]
				switch {
				case v[0] == *last:
					*sum += v[1]
				default:
					if table := lists[in.Dst[1]]; *last >= 0 && *last < float64(len(table)) {
						table[int(*last)] += *sum
					}
					*sum = v[1]
				}
				*last = v[0]
				continue
			}
			if results == "A" || results == "L" {
				acc := arena
				if results == "L" {
					acc = lists[in.Dst[0]]
				} else {
					acc = acc[in.Dst[0]:]
				}
				sum := &acc[lane%16]
				if in.Kernel == RedDot || in.Kernel == ListDot {
					*sum = math.FMA(v[0], v[1], *sum)
				} else {
					*sum += v[0]
				}
				continue
			}
			for i, y := range onLane(in.Kernel, v, list) {
				arena[int(in.Dst[i])+lane] = y
			}
		}
	}
}

// onLane is what a kernel gives on one lane, from its operands and its list.
func onLane(k Kernel, v, list []float64) []float64 {
	one := func(y float64) []float64 { return []float64{y} }
	relation := func(holds bool) []float64 {
		if holds {
			return one(1)
		}
		return one(0)
	}
	switch strings.TrimRight(k.String(), "VS") {
	case "Add":
		return one(v[0] + v[1])
	case "Sub":
		return one(v[0] - v[1])
	case "Mul":
		return one(v[0] * v[1])
	case "Div":
		return one(v[0] / v[1])
	case "Min":
		return one(min(v[0], v[1]))
	case "Max":
		return one(max(v[0], v[1]))
	case "Neg":
		return one(-v[0])
	case "Abs":
		return one(math.Abs(v[0]))
	case "Square":
		return one(v[0] * v[0])
	case "Sqrt":
		return one(math.Sqrt(v[0]))
	case "Inverse":
		return one(1 / v[0])
	case "Floor":
		return one(math.Floor(v[0]))
	case "Ceil":
		return one(math.Ceil(v[0]))
	case "Nearest":
		return one(math.Ceil(v[0] - 0.5))
	case "Split":
		whole := math.Ceil(v[0] - 0.5)
		return []float64{v[0] - whole, whole}
	case "Copy", "Fill":
		return one(v[0])
	case "Fma":
		return one(math.FMA(v[0], v[1], v[2]))
	case "Fms":
		return one(math.FMA(v[0], v[1], -v[2]))
	case "Fnma":
		return one(math.FMA(-v[0], v[1], v[2]))
	case "Lt":
		return relation(v[0] < v[1])
	case "Le":
		return relation(v[0] <= v[1])
	case "Gt":
		return relation(v[0] > v[1])
	case "Ge":
		return relation(v[0] >= v[1])
	case "Eq":
		return relation(v[0] == v[1])
	case "Ne":
		return relation(v[0] != v[1])
	case "Where":
		if v[0] != 0 {
			return one(v[1])
		}
		return one(v[2])
	case "Dot3":
		return one(math.FMA(v[2], v[5], math.FMA(v[1], v[4], float64(v[0]*v[3]))))
	case "SumSq3":
		return one(math.FMA(v[2], v[2], math.FMA(v[1], v[1], float64(v[0]*v[0]))))
	case "Exp":
		return one(exponential(v[0]))
	case "Sin", "Cos", "Sincos":
		sin, cos := sincos(v[0])
		if math.Abs(v[0]) > sinLimit {
			sin, cos = math.Sincos(v[0])
		}
		return map[Kernel][]float64{Sin: {sin}, Cos: {cos}, Sincos: {sin, cos}}[k]
	case "GaussMean0", "GaussMean01":
		mean, byO, byG := gaussMean(v[0], v[1])
		return []float64{mean, byO, byG}[:len(definitions[k].form)-3]
	case "Cell", "BoxCell":
		return one(cellOnLane(v[0], v[1], v[2], v[3:], k == BoxCell))
	case "Present":
		if v[0] >= 0 && v[0] < math.MaxInt32 && v[0] < float64(64*len(list)) {
			if at := int(v[0]); math.Float64bits(list[at/64])&(1<<(at%64)) != 0 {
				return one(v[0])
			}
		}
		return one(-1)
	case "Read":
		if v[0] >= 0 && v[0] < float64(len(list)) {
			return one(list[int(v[0])])
		}
		return one(0)
	case "ReadOr":
		if v[0] >= 0 && v[0] < float64(len(list)) {
			return one(list[int(v[0])])
		}
		return one(v[1])
	case "SinRatio0", "SinRatio01", "SinRatio012":
		return sinRatioOnLane(v[0], v[1], int(k-SinRatio0))
	}
	panic("no such kernel: " + k.String())
}

// cellOnLane counts in integers, where indices are whole.
func cellOnLane(h, k, l float64, box []float64, several bool) float64 {
	for _, x := range box {
		if x != math.Floor(x) || math.Abs(x) > 1<<30 {
			return fractionalCell(h, k, l, box, several)
		}
	}
	var at [3]int64
	for i, x := range []float64{h, k, l} {
		if x != math.Floor(x) {
			return fractionalCell(h, k, l, box, several)
		}
		if !(math.Abs(x) < 1<<45) {
			return -1
		}
		at[i] = int64(x)
	}
	number := int64(0)
	if several {
		number = (at[0] + 1<<19) >> 20
		at[0] -= number << 20
		if number < 0 || float64(number) >= box[6] {
			return -1
		}
	}
	cell := int64(0)
	for i := range at {
		low, count := int64(box[2*i]), int64(box[2*i+1])
		if at[i] -= low; at[i] < 0 || at[i] >= count {
			return -1
		}
		cell = cell*count + at[i]
	}
	if several {
		cell += number * int64(box[7])
	}
	return float64(cell)
}

// fractionalCell is for indices and boxes that have no meaning, but the same bits everywhere.
func fractionalCell(h, k, l float64, box []float64, several bool) float64 {
	var out [1]float64
	src := sources{{[]float64{h}, 0}, {[]float64{k}, 0}, {[]float64{l}, 0}, {box, -1}}
	if several {
		boxCell(results{out[:]}, src)
	} else {
		cell(results{out[:]}, src)
	}
	return out[0]
}

func sinRatioOnLane(d, n float64, order int) []float64 {
	r0, r1, r2 := sinRatio(d, n, 2)
	r := []float64{r0, r1, r2}[:order+1]
	for k := range r {
		if math.Abs(d) > 0.5 || !(n >= 1 && n <= maxCells) || k > 0 && n > 1 && n < accurateCells {
			r[k] = math.NaN()
			if ratio, err := special.NewSincRatio(n, k); err == nil {
				r[k] = ratio.At(d)
			}
		}
	}
	return r
}
