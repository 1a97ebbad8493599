package nxmx

import (
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// The frames are those of an Eiger 4M with counts up to 15, compressed to a sixth (uint32).
const benchFast, benchSlow, benchFrames = 2070, 2167, 3

var benchTypes = []format.Type{format.Uint16, format.Uint32}

func BenchmarkRead(b *testing.B) {
	for _, kind := range benchTypes {
		b.Run(kind.String(), func(b *testing.B) {
			g, draw := sweep(benchFast, benchSlow, benchFrames, kind)
			path := filepath.Join(b.TempDir(), "sweep.nxs")
			write(b, path, g, benchFrames, draw)
			images, err := Open(path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = images.Close() }()
			var f format.Frame
			b.SetBytes(int64(benchFast * benchSlow * kind.Size()))
			i := 0
			for b.Loop() {
				if err := images.Read(i%benchFrames, &f); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, kind := range benchTypes {
		b.Run(kind.String(), func(b *testing.B) {
			g, draw := sweep(benchFast, benchSlow, benchFrames, kind)
			f := draw(0)
			w, err := Create(filepath.Join(b.TempDir(), "sweep.nxs"), g, f.Fast, f.Slow, f.Type)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = w.Discard() }()
			b.SetBytes(int64(len(f.Data)))
			for b.Loop() {
				if err := w.Write(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
