package plan

import (
	"sync"

	"github.com/gobragg/gobragg/internal/expr"
)

// merger adds the workers' partial sums in the order of the batches, whichever worker finishes
// first, so that sums have the same bits for any number of workers. A worker that is ahead of its
// turn leaves a copy of its sums and goes on.
type merger struct {
	*run
	reduce []int
	puts   []put
	total  int // pixels of all sweeps

	mu      sync.Mutex
	room    *sync.Cond
	turn    int             // the batch to merge next
	waiting map[int]waiting // later batches
	window  int             // how far ahead of the turn workers may be, which bounds the waiting sums
	failed  error
}

// span is the pixels from … to−1.
type span struct{ from, to int }

// waiting is a batch whose turn has not come, with its partial sums.
type waiting struct {
	span
	parts [][]float64
}

// ahead is how many batches ahead of the turn each worker may be: enough that one delayed worker
// does not delay the others.
const ahead = 8

func newMerger(r *run, st *stage, workers int) *merger {
	m := &merger{run: r, reduce: st.Reduce, puts: st.puts, total: r.pixels * r.sweeps(), waiting: map[int]waiting{}, window: ahead * workers}
	m.room = sync.NewCond(&m.mu)
	return m
}

// deliver takes from a worker batch k, of some pixels, or an error. It reports whether
// the worker should go on: the first error ends the sweep.
func (m *merger) deliver(k int, pixels span, w Worker, err error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.failed == nil && err == nil && len(m.reduce) > 0 && k >= m.turn+m.window {
		m.room.Wait()
	}
	if m.failed == nil && err != nil {
		m.failed = err
		m.room.Broadcast()
	}
	if m.failed != nil {
		return false
	}
	m.done += pixels.to - pixels.from
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
	if k != m.turn {
		m.keep(k, pixels, w)
		return true
	}
	for n, i := range m.reduce {
		m.add(n, w.Partial(i))
	}
	m.put(pixels)
	m.turn++
	for next, ok := m.waiting[m.turn]; ok; next, ok = m.waiting[m.turn] {
		for n, p := range next.parts {
			m.add(n, p)
		}
		m.put(next.span)
		delete(m.waiting, m.turn)
		m.turn++
	}
	m.room.Broadcast()
	return m.failed == nil
}

// keep copies the sums of a batch whose turn has not come.
func (m *merger) keep(k int, pixels span, w Worker) {
	parts := make([][]float64, len(m.reduce))
	for n, i := range m.reduce {
		parts[n] = append([]float64(nil), w.Partial(i)...)
	}
	m.waiting[k] = waiting{pixels, parts}
}

// put adds the values of a batch to the puts of the sweep.
func (m *merger) put(pixels span) {
	for _, p := range m.puts {
		if m.failed == nil {
			m.failed = m.nodes[p.node].putPart(m.shared[p.node], []expr.Array{m.shared[p.values], m.shared[p.index]}, pixels)
		}
	}
}

// add adds a partial sum to the n-th reduction.
func (m *merger) add(n int, part []float64) {
	sum := m.shared[m.reduce[n]].Data
	for j, v := range part {
		sum[j] += v
	}
}
