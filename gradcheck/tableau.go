package gradcheck

import "math"

const orders = 7 // columns of a tableau

// tableau extrapolates values of a difference formula to a step of 0. The terms of the formula's
// error fall by powers of ratio as the step is halved.
type tableau struct {
	ratio       float64
	last        []float64
	value, off  float64
	step, noise float64
	counted     int
	spread      float64 // of the differences with the step and twice the step about the value
}

func newTableau(ratio float64) tableau { return tableau{ratio: ratio, off: math.Inf(1)} }

// push adds the value at the next step, half the one before. noise is its rounding error.
func (t *tableau) push(d, h, noise float64) {
	row := append(make([]float64, 0, orders), d)
	power := t.ratio
	if t.counted == 0 {
		t.value, t.step = d, h
	}
	for j := 1; j <= len(t.last) && j < orders; j++ {
		x := row[j-1] + (row[j-1]-t.last[j-1])/(power-1)
		row = append(row, x)
		power *= t.ratio
		off := max(math.Abs(x-row[j-1]), math.Abs(x-t.last[j-1])) + noise
		if t.counted >= 2 && off < t.off {
			t.value, t.off, t.step, t.noise = x, off, h, noise
			t.spread = max(math.Abs(x-d), math.Abs(x-t.last[0]))
		}
	}
	t.last = row
	t.counted++
}

// restart discards the steps so far, which do not fit the next.
func (t *tableau) restart() { *t = newTableau(t.ratio) }
