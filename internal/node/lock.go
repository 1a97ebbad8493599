package node

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// making is held while gorgonia nodes are made.
var making lock

// lock is a mutex that a goroutine may take again inside of Locked: what it builds there may call functions of this module,
// which make nodes too.
type lock struct {
	mu     sync.Mutex
	holder atomic.Int64 // the goroutine in Locked; 0 where the lock is free or held by this package
}

// take waits until no other goroutine makes nodes. The caller defers what it returns.
func (l *lock) take() (give func()) {
	if l.mu.TryLock() {
		return l.mu.Unlock
	}
	if h := l.holder.Load(); h != 0 && h == goroutine() {
		return func() {}
	}
	l.mu.Lock()
	return l.mu.Unlock
}

// Locked runs build while no other goroutine makes nodes. Goroutines that build starts are others.
func Locked(build func() error) error {
	me := goroutine()
	if making.holder.Load() == me {
		return build()
	}
	making.mu.Lock()
	making.holder.Store(me)
	defer func() {
		making.holder.Store(0)
		making.mu.Unlock()
	}()
	return build()
}

// goroutine is the number of this goroutine. Go prints it in traces only.
func goroutine() int64 {
	var buffer [32]byte
	text := buffer[:runtime.Stack(buffer[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	if i := bytes.IndexByte(text, ' '); i > 0 {
		text = text[:i]
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		panic("node: a trace without the goroutine's number: " + string(buffer[:]))
	}
	return n
}
