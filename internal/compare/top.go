package compare

// top keeps the first n pixels in an order; of two that are equal, the one that was added first.
type top struct {
	n      int
	before func(i, j int) bool
	list   []int
}

func (t *top) add(i int) {
	if t.n == 0 || len(t.list) == t.n && !t.before(i, t.list[t.n-1]) {
		return
	}
	if len(t.list) < t.n {
		t.list = append(t.list, i)
	}
	k := len(t.list) - 1
	for ; k > 0 && t.before(i, t.list[k-1]); k-- {
		t.list[k] = t.list[k-1]
	}
	t.list[k] = i
}
