package viewer

import (
	"slices"
	"sync"
)

// cache keeps the layers that were made last. Those that ask for one that is being made wait for it.
type cache struct {
	mu      sync.Mutex
	entries map[layerKey]*entry
	recent  []layerKey // in the order in which they were made
}

type entry struct {
	once  sync.Once
	layer *layer
	err   error
}

// mostPixels is how many pixels all layers have together, so that memory is bounded; one layer is always kept.
const mostPixels = 1 << 26

// get returns the layer of a key, made if it is not there. Errors are not kept.
func (c *cache) get(key layerKey, make func() (*layer, error)) (*layer, error) {
	c.mu.Lock()
	if c.entries == nil {
		c.entries = map[layerKey]*entry{}
	}
	e := c.entries[key]
	if e == nil {
		e = &entry{}
		c.entries[key] = e
	}
	c.mu.Unlock()
	e.once.Do(func() {
		e.layer, e.err = make()
		c.mu.Lock()
		defer c.mu.Unlock()
		if e.err != nil {
			delete(c.entries, key)
			return
		}
		c.recent = append(c.recent, key)
		for len(c.recent) > max(1, mostPixels/max(1, e.layer.pixels())) {
			delete(c.entries, c.recent[0])
			c.recent = slices.Delete(c.recent, 0, 1)
		}
	})
	return e.layer, e.err
}
