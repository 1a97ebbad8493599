package mtz

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/structure"
)

// TestWriteForClients writes files for .ci/clients.d/mtz, each with a table of what is in it.
func TestWriteForClients(t *testing.T) {
	folder := os.Getenv("GOBRAGG_CLIENTS")
	if folder == "" {
		t.Skip("NOT RUN: GOBRAGG_CLIENTS names no folder")
	}
	intensities := array()
	intensities.Quantity, intensities.Labels, intensities.Phases = structure.Intensities, nil, nil
	plain := array()
	plain.Minus, plain.MinusSigmas, plain.Labels = nil, nil, []string{"FC", "PHIFC"}
	plain.Values[1], plain.Sigmas[1] = 7, 8
	for i, name := range []string{"P 1 21 1", "R 3 :H", "R 3 :R", "P 43 21 2", "F m -3 m", "C 1 2/c 1"} {
		for kind, m := range map[string]*structure.MillerArray{"mates": array(), "intensities": intensities, "phases": plain} {
			m.Group = mustGroup(name)
			m.Cell = structure.Cell{A: 44, B: 44, C: 61.25, Alpha: 90, Beta: 90, Gamma: 90}
			switch m.Group.Extension {
			case "H":
				m.Cell.Gamma = 120
			case "R":
				m.Cell = structure.Cell{A: 44, B: 44, C: 44, Alpha: 80, Beta: 80, Gamma: 80}
			}
			if m.Group.Number > 195 {
				m.Cell.C = 44
			}
			path := filepath.Join(folder, fmt.Sprintf("%d_%s.mtz", i, kind))
			if err := WriteFile(path, m); err != nil {
				t.Fatal(err)
			}
			if err := table(path+".csv", m); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// table writes the group, the cell, and the reflections: indices and what columns follow.
func table(path string, m *structure.MillerArray) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	c := m.Cell
	rows := [][]string{{fmt.Sprint(m.Group.Number), fmt.Sprint(len(m.Group.Operations))}, {fmt.Sprint(c.A), fmt.Sprint(c.B), fmt.Sprint(c.C), fmt.Sprint(c.Alpha), fmt.Sprint(c.Beta), fmt.Sprint(c.Gamma), fmt.Sprint(m.Wavelength)}}
	for i, h := range m.Indices {
		row := []string{fmt.Sprint(h[0]), fmt.Sprint(h[1]), fmt.Sprint(h[2])}
		for _, values := range [][]float64{m.Values, m.Sigmas, m.Minus, m.MinusSigmas, m.Phases} {
			if values != nil {
				row = append(row, fmt.Sprint(values[i]))
			}
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return file.Close()
}
