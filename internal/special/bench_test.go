package special

import (
	"fmt"
	"math"
	"testing"
)

var sink float64

// benchmarkInto reports the time an element, spread over [0, to].
func benchmarkInto(b *testing.B, to float64, into func(dst, x []float64)) {
	x, dst := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		// The golden ratio scatters them, so that no branch is easy to predict.
		x[i] = to * math.Mod(float64(i)*math.Phi, 1)
	}
	b.ResetTimer()
	for b.Loop() {
		into(dst, x)
	}
	sink = dst[7]
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/elem")
}

func BenchmarkSincRatio(b *testing.B) {
	for _, n := range []float64{1.2, 8, 100} {
		for order := range 5 {
			r, err := NewSincRatio(n, order)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("N=%g/order=%d", n, order), func(b *testing.B) { benchmarkInto(b, 0.5, r.Into) })
		}
	}
}

func BenchmarkXOverSin(b *testing.B) {
	for order := range 4 {
		x, err := NewXOverSin(order)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("order=%d", order), func(b *testing.B) { benchmarkInto(b, 0.5, x.Into) })
	}
}

func BenchmarkSinc3(b *testing.B) {
	for order := range 4 {
		s, err := NewSinc3(order)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("order=%d", order), func(b *testing.B) { benchmarkInto(b, 100, s.Into) })
	}
}

// BenchmarkTwoSincos is the yardstick of SincRatio.
func BenchmarkTwoSincos(b *testing.B) {
	benchmarkInto(b, 0.5, func(dst, x []float64) {
		for i, d := range x {
			s, c := math.Sincos(math.Pi * d)
			sn, cn := math.Sincos(math.Pi * 8 * d)
			dst[i] = s + c + sn + cn
		}
	})
}
