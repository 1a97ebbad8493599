package cif

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// reflections returns a loop of structure factors as the PDB writes them.
func reflections(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("data_rxxxxsf\nloop_\n_refln.crystal_id\n_refln.wavelength_id\n_refln.scale_group_code\n_refln.index_h\n_refln.index_k\n_refln.index_l\n_refln.status\n_refln.F_meas_au\n_refln.F_meas_sigma_au\n_refln.F_calc\n_refln.phase_calc\n")
	for i := range rows {
		fmt.Fprintf(&b, "1 1 1 %d %d %d o %.2f %.2f %.2f %.1f\n", i/10000, i/100%100, i%100, float64(i%7919)/7, float64(i%97)/9, float64(i%7919)/7.5, float64(i%3600)/10)
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	data := reflections(200_000)
	if keep := os.Getenv("GOBRAGG_CLIENT_FILES"); keep != "" {
		if err := os.WriteFile(filepath.Join(keep, "large.cif"), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data, "a"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkColumn parses the file and reads two columns of its loop as numbers.
func BenchmarkColumn(b *testing.B) {
	data := reflections(200_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		file, err := Parse(data, "a")
		if err != nil {
			b.Fatal(err)
		}
		table := file.Blocks[0].Table("_refln.index_h")
		f, sigma := table.Column("_refln.F_meas_au"), table.Column("_refln.F_meas_sigma_au")
		sum := 0.0
		for row := range table.All() {
			x, _ := row[f].Float()
			y, _ := row[sigma].Float()
			sum += x + y
		}
		if sum == 0 {
			b.Fatal(sum)
		}
	}
}
