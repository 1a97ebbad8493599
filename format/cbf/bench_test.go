package cbf

import (
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// pilatus6M returns pixels like those of a PILATUS 6M: a background of a few counts, spots and gaps.
func pilatus6M() (pixels []int32, compressed []byte) {
	const fast, slow = 2463, 2527
	rng := rand.New(rand.NewPCG(1, 2))
	last := int64(0)
	for s := range slow {
		for f := range fast {
			v := int64(rng.ExpFloat64() * 4)
			switch {
			case f%494 >= 487 || s%212 >= 195:
				v = -1
			case rng.IntN(2000) == 0:
				v = rng.Int64N(20000)
			}
			pixels = append(pixels, int32(v))
			compressed = appendDifference(compressed, v-last)
			last = v
		}
	}
	return pixels, compressed
}

func BenchmarkDecode(b *testing.B) {
	pixels, compressed := pilatus6M()
	dst := make([]byte, 4*len(pixels))
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		if err := decode(dst, compressed, format.Int32); err != nil {
			b.Fatal(err)
		}
	}
}
