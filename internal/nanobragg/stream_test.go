package nanobragg

import (
	"math"
	"testing"
)

// The deviates were printed, with %.9g, by ran1 of nanoBragg.c called from a
// small C program, gcc 12.2, x86-64.
func TestStreamMatchesReference(t *testing.T) {
	startedAtOne := []float32{0.415999353, 0.091964893, 0.75641048, 0.52970022, 0.930436492, 0.383502066}
	for _, c := range []struct {
		name string
		seed int64
		want []float32
	}{
		{"default of mosaic domains", DefaultMosaicSeed, []float32{0.765989304, 0.023453664, 0.589726627, 0.535101593, 0.982231438, 0.693016112}},
		{"one", -1, startedAtOne},
		{"zero starts at one", 0, startedAtOne},
		{"positive starts at one", 5, startedAtOne},
		{"another", -4321, []float32{0.825308323, 0.386089593, 0.583836079, 0.544890106, 0.968073785, 0.808003366}},
		{"the modulus", -modulus, append([]float32{0}, startedAtOne[:5]...)},
		{"the modulus plus one", -modulus - 1, startedAtOne},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewStream(c.seed)
			for i, want := range c.want {
				if got := s.Uniform(); got != want {
					t.Errorf("deviate %d of seed %d: got %.9g, want %.9g", i, c.seed, got, want)
				}
			}
		})
	}
}

// Park and Miller (1988) give the 10000th state of the generator that starts at
// 1 as the check of an implementation.
func TestAdvanceParkMillerCheck(t *testing.T) {
	s := Stream{state: 1}
	for range 10000 {
		s.advance()
	}
	if want := int64(1043618065); s.state != want {
		t.Errorf("state after 10000 steps from 1: got %d, want %d", s.state, want)
	}
}

func TestZeroStreamIsNewZero(t *testing.T) {
	var zero Stream
	s := NewStream(0)
	for i := range 100 {
		if got, want := zero.Uniform(), s.Uniform(); got != want {
			t.Fatalf("deviate %d: got %v, want %v", i, got, want)
		}
	}
}

func TestUniformMoments(t *testing.T) {
	const n = 200000
	for _, seed := range []int64{DefaultMosaicSeed, -1, -modulus, math.MinInt64, math.MaxInt64} {
		s := NewStream(seed)
		sum, squares := 0.0, 0.0
		for range n {
			u := float64(s.Uniform())
			if !(u >= 0 && u < 1) {
				t.Fatalf("seed %d: deviate %v is outside [0, 1)", seed, u)
			}
			sum += u
			squares += u * u
		}
		// Five standard deviations of the mean of n values of variance 1/12 and 4/45.
		if d := math.Abs(sum/n - 0.5); d > 5*math.Sqrt(1.0/12/n) {
			t.Errorf("seed %d: mean is off 1/2 by %v", seed, d)
		}
		if d := math.Abs(squares/n - 1.0/3); d > 5*math.Sqrt(4.0/45/n) {
			t.Errorf("seed %d: mean square is off 1/3 by %v", seed, d)
		}
	}
}
