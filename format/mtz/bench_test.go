package mtz

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/structure"
)

// large writes a file of about n reflections, an asymmetric unit of P 21 21 21, with F, its σ and a
// phase, and returns its path and size.
func large(t testing.TB, n int) (path string, size int64) {
	t.Helper()
	m := &structure.MillerArray{Group: mustGroup("P 21 21 21"), Cell: structure.Cell{A: 100, B: 110, C: 120, Alpha: 90, Beta: 90, Gamma: 90}}
	edge := 1
	for edge*edge*edge < n {
		edge++
	}
	for h := range edge {
		for k := range edge {
			for l := range edge {
				if h*h+k*k+l*l == max(h, k, l)*max(h, k, l) { // on an axis: half of them are absences
					continue
				}
				x := float64((h*31+k*17+l*7)%1000) + 0.5
				m.Indices = append(m.Indices, [3]int32{int32(h), int32(k), int32(l)})
				m.Values, m.Sigmas, m.Phases = append(m.Values, x), append(m.Sigmas, x/16), append(m.Phases, x/8)
			}
		}
	}
	path = filepath.Join(t.TempDir(), "large.mtz")
	if keep := os.Getenv("GOBRAGG_CLIENT_FILES"); keep != "" {
		path = filepath.Join(keep, "large.mtz")
	}
	if err := WriteFile(path, m); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, info.Size()
}

const million = 1_000_000

func BenchmarkReadFile(b *testing.B) {
	path, size := large(b, million)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadFile(path, "F"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExpanded reads a million reflections and expands them to four million.
func BenchmarkExpanded(b *testing.B) {
	path, size := large(b, million)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		m, err := ReadFile(path, "F")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Expand(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteFile(b *testing.B) {
	path, size := large(b, million)
	m, err := ReadFile(path, "F", "PHI")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		if err := WriteFile(path, m); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMemory reads a file of which most columns are not taken: the memory is that of what is taken.
func TestMemory(t *testing.T) {
	path, size := large(t, 100_000)
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ReadFile(path, "F"); err != nil {
				b.Fatal(err)
			}
		}
	})
	// Per row of 24 bytes: three indices of 4, F and σ of 8.
	if got, most := r.AllocedBytesPerOp(), 28*size/24+(2<<20); got > most {
		t.Errorf("reading %d bytes took %d, want at most %d", size, got, most)
	}
}
