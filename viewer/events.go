package viewer

import (
	"encoding/json"
	"sync"
)

// events sends what happens to those who listen. The zero value has no listeners.
type events struct {
	mu        sync.Mutex
	listeners map[chan message]bool
}

// message is an event of the page: its name, and JSON.
type message struct {
	name string
	data []byte
}

// listen returns a channel of all later events, and a function that ends it.
func (e *events) listen() (<-chan message, func()) {
	c := make(chan message, 256)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listeners == nil {
		e.listeners = map[chan message]bool{}
	}
	e.listeners[c] = true
	return c, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, c)
	}
}

// send sends an event. A listener that is 256 events behind misses it: the page asks for the state when it comes back.
func (e *events) send(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.listeners {
		select {
		case c <- message{name, data}:
		default:
		}
	}
	return nil
}
