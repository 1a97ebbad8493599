package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkRun is a whole run but for the start of the process: one sample a pixel, so that all that is not the image
// itself counts.
func BenchmarkRun(b *testing.B) {
	for _, size := range []int{256, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			folder := b.TempDir()
			args := strings.Fields(fmt.Sprintf(
				"-cell 100 100 100 90 90 90 -N 5 -default_F 100 -lambda 1 -distance 100 -oversample 1 -detpixels %d -noprogress -threads 1 -floatfile %s -intfile %s",
				size, filepath.Join(folder, "f.bin"), filepath.Join(folder, "f.img")))
			b.ReportAllocs()
			for b.Loop() {
				var errs bytes.Buffer
				if status := run(context.Background(), args, io.Discard, &errs); status != 0 {
					b.Fatalf("status %d: %s", status, errs.String())
				}
			}
		})
	}
}
