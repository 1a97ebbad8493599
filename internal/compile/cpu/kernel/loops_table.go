package kernel

import "math"

// Tables are lists outside the arena. A cell is the index of one of their elements as a float64, without
// its fraction; any number that is no index, -1 by custom, means none.

// The scalars of a box of three whole indices, as a kernel's 'B' has them.
const (
	boxH0    = iota // the lowest h
	boxHs           // how many there are
	boxK0           // and so on
	boxKs           //
	boxL0           //
	boxLs           //
	boxes           // how many boxes there are, one behind the other
	boxCells        // the cells of each

	// BoxLen is the number of scalars.
	BoxLen
)

// Box returns the scalars of boxes of whole indices, bounds included, in which the last index runs fastest.
func Box(h0, h1, k0, k1, l0, l1, count int) [BoxLen]float64 {
	nh, nk, nl := h1-h0+1, k1-k0+1, l1-l0+1
	return [BoxLen]float64{
		boxH0: float64(h0), boxHs: float64(nh), boxK0: float64(k0), boxKs: float64(nk), boxL0: float64(l0), boxLs: float64(nl),
		boxes: float64(count), boxCells: float64(nh * nk * nl),
	}
}

// boxStep is the distance between two boxes along h, 2^20.
const boxStep = 1 << 20

// noCell is what the kernels write for none.
const noCell = -1

// maxList is the most elements that a list may have: indices are int32 in the assembly.
const maxList = math.MaxInt32

// cellOf is the cell of the box at h, k, l. For whole numbers all that is computed with is exact, or outside.
func cellOf(h, k, l float64, box []float64) float64 {
	h, k, l = h-box[boxH0], k-box[boxK0], l-box[boxL0]
	if !(h >= 0 && h < box[boxHs] && k >= 0 && k < box[boxKs] && l >= 0 && l < box[boxLs]) {
		return noCell
	}
	return math.FMA(math.FMA(h, box[boxKs], k), box[boxLs], l)
}

func cell(dst results, src sources) {
	h, k, l, box := src[0], src[1], src[2], src[3].data
	for i := range dst[0] {
		dst[0][i] = cellOf(h.at(i), k.at(i), l.at(i), box)
	}
}

// boxCell takes from h the box that it lies in.
func boxCell(dst results, src sources) {
	h, k, l, box := src[0], src[1], src[2], src[3].data
	for i := range dst[0] {
		number := math.Floor((h.at(i) + boxStep/2) * (1.0 / boxStep))
		c := cellOf(math.FMA(number, -boxStep, h.at(i)), k.at(i), l.at(i), box)
		if c == noCell || !(number >= 0 && number < box[boxes]) {
			dst[0][i] = noCell
			continue
		}
		dst[0][i] = math.FMA(number, box[boxCells], c)
	}
}

// index is the cell as an index of a list of n elements.
func index(cell float64, n int) (i int, ok bool) {
	if cell >= 0 && cell < float64(n) {
		return int(cell), true
	}
	return 0, false
}

// present keeps the cells whose bit is set: bit i%64 of element i/64 of a list.
func present(dst results, src sources) {
	cells, bits := src[0], src[1].data
	n := min(64*len(bits), maxList)
	for i := range dst[0] {
		c := cells.at(i)
		at, ok := index(c, n)
		if !ok || math.Float64bits(bits[at/64])>>(at%64)&1 == 0 {
			c = noCell
		}
		dst[0][i] = c
	}
}

func read(dst results, src sources) {
	cells, table := src[0], src[1].data
	for i := range dst[0] {
		v := 0.0
		if at, ok := index(cells.at(i), len(table)); ok {
			v = table[at]
		}
		dst[0][i] = v
	}
}

func readOr(dst results, src sources) {
	cells, other, table := src[0], src[1].data[0], src[2].data
	for i := range dst[0] {
		v := other
		if at, ok := index(cells.at(i), len(table)); ok {
			v = table[at]
		}
		dst[0][i] = v
	}
}

// scatter adds to the sum of each lane as long as its cell is the same. What it takes from a lane
// whose cell changes goes to the table lane by lane, from lane 0 on.
func scatter(dst results, src sources) {
	cells, values, table := src[0], src[1], dst[1]
	n := len(dst[0]) / queueVectors
	last, sum := dst[0][:n], dst[0][n:2*n]
	for i := range last {
		c, v := cells.at(i), values.at(i)
		if c == last[i] {
			sum[i] += v
		} else {
			if at, ok := index(last[i], len(table)); ok {
				table[at] += sum[i]
			}
			sum[i] = v
		}
		last[i] = c
	}
}

// queueVectors is the number of vectors of a queue: the last cell of each lane, its sum, and two for
// what waits to be added.
const queueVectors = 4

// StartQueue empties the queue of a Scatter.
func StartQueue(queue []float64) {
	n := len(queue) / queueVectors
	for i := range n {
		queue[i] = noCell
	}
	clear(queue[n : 2*n])
}

// EndQueue adds to the table what is left in the queue of a Scatter, from lane 0 on.
func EndQueue(queue, table []float64) {
	n := len(queue) / queueVectors
	for i, c := range queue[:n] {
		if at, ok := index(c, len(table)); ok {
			table[at] += queue[n+i]
		}
	}
}

// QueueLen is the number of elements of a Scatter's queue. Of more lanes than an arena may have it is
// longer than any arena.
func QueueLen(lanes int) int { return queueVectors * min(lanes, math.MaxInt32/8) }
