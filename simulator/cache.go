package simulator

import (
	"container/list"
	"encoding/binary"

	"github.com/gobragg/gobragg/internal/expr"
)

// keptResults is how many plans, and how many sets of derivatives, a simulator keeps: those used last. Others are made again
// when needed.
const keptResults = 64

// ids identifies a list of nodes. Their numbers are never used again.
type ids string

func idsOf(nodes ...*expr.Node) ids {
	out := make([]byte, 0, 8*len(nodes))
	for _, n := range nodes {
		out = binary.LittleEndian.AppendUint64(out, uint64(n.ID()))
	}
	return ids(out)
}

// cache keeps the keptResults entries used last.
type cache[K comparable, V any] struct {
	entries map[K]*list.Element
	order   list.List // latest first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func (c *cache[K, V]) get(k K) (v V, ok bool) {
	e := c.entries[k]
	if e == nil {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

func (c *cache[K, V]) put(k K, v V) {
	if c.entries == nil {
		c.entries = map[K]*list.Element{}
	}
	c.entries[k] = c.order.PushFront(entry[K, V]{k, v})
	if c.order.Len() > keptResults {
		last := c.order.Remove(c.order.Back()).(entry[K, V])
		delete(c.entries, last.key)
	}
}

// find returns an entry, or makes it.
func (c *cache[K, V]) find(k K, mk func() (V, error)) (V, error) {
	if v, ok := c.get(k); ok {
		return v, nil
	}
	v, err := mk()
	if err == nil {
		c.put(k, v)
	}
	return v, err
}

// derivative is a kind of derivatives.
type derivative uint8

const (
	reverseGradient derivative = iota
	cheapestGradient
	hessian
	hessianProduct // with directions before
	imageDerivatives
	fisherDiagonals
)

// derivativeKey identifies derivatives of one node by others.
type derivativeKey struct {
	kind   derivative
	of, by ids
}
