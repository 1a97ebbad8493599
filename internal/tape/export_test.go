package tape

// SetSize sets the number of pixels of a batch, which is chosen by the cache otherwise.
func (b *Batches) SetSize(pixels int) { b.size = min(pixels, b.pixels) }

// Size is the number of pixels of a batch.
func (b *Batches) Size() int { return b.size }
