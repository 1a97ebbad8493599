package hdf5

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// planes is the definition of bitshuffle, bit by bit.
func planes(src []byte, size int) []byte {
	dst := make([]byte, len(src))
	n := len(src) / size
	for e := range n {
		for b := range size {
			for bit := range 8 {
				dst[(8*b+bit)*n/8+e/8] |= src[e*size+b] >> bit & 1 << (e % 8)
			}
		}
	}
	return dst
}

func TestShuffle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, 3, 4, 8, 16} {
		for _, n := range []int{8, 16, 56, 64, 72, 128, 1000, 2048} {
			src := make([]byte, n*size)
			for i := range src {
				src[i] = byte(random.Uint32())
			}
			want := planes(src, size)
			got := make([]byte, len(src))
			if shuffle(got, src, size); !bytes.Equal(got, want) {
				t.Errorf("%d elements of %d bytes: shuffled wrongly", n, size)
			}
			if unshuffle(got, want, size); !bytes.Equal(got, src) {
				t.Errorf("%d elements of %d bytes: unshuffled wrongly", n, size)
			}
		}
	}
}
