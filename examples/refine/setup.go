package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/structure"
)

// setup is an experiment as the file of -geometry tells it. Its crystal is where the search starts. Lengths of the cell are in Å,
// angles in degrees, lengths of the detector in mm; what is left out has the defaults of packages crystal, beam and detector.
type setup struct {
	Crystal struct {
		Cell    [6]float64 `json:"cell"`   // a, b, c, alpha, beta, gamma
		Misset  [3]float64 `json:"misset"` // about x, y, z
		Cells   [3]int     `json:"cells"`  // unit cells along a, b, c
		Mosaic  float64    `json:"mosaic_spread,omitempty"`
		Domains int        `json:"mosaic_domains,omitempty"`
		Phi     float64    `json:"phi,omitempty"`
		Osc     float64    `json:"oscillation,omitempty"`
		Steps   int        `json:"phi_steps,omitempty"`
		// Structure factors: the path of a text file "h k l F", or of an Fdump.bin (.bin), from the JSON's own folder.
		Structure string `json:"structure_factors"`
	} `json:"crystal"`
	Beam struct {
		Wavelength   float64 `json:"wavelength"`
		Polarization float64 `json:"polarization,omitempty"` // Kahn factor
		Fluence      float64 `json:"fluence,omitempty"`      // photons/m²
	} `json:"beam"`
	Detector struct {
		Convention string      `json:"convention,omitempty"` // MOSFLM (default), DENZO, ADXV, XDS or DIALS
		Fast       int         `json:"fast"`                 // pixels
		Slow       int         `json:"slow"`
		Pixel      float64     `json:"pixel"`
		Distance   float64     `json:"distance"`
		BeamCentre *[2]float64 `json:"beam_centre,omitempty"`
		TwoTheta   float64     `json:"two_theta,omitempty"`
	} `json:"detector"`
	Counts struct {
		Offset   float64 `json:"offset"`             // pixel value where there is no photon
		Gain     float64 `json:"gain"`               // pixel value for each photon; 0 means 1
		Readout  float64 `json:"readout,omitempty"`  // standard deviation of the readout noise in photons; 0 means counting noise alone
		Overload float64 `json:"overload,omitempty"` // pixel values from here on are left out; 0 means none are
		Missing  bool    `json:"missing,omitempty"`  // whether pixel values of 0 are gaps between modules, to be left out
	} `json:"counts"`
	Scale      float64 `json:"scale,omitempty"`      // of the simulated intensity to start from; 0 means 1
	Background float64 `json:"background,omitempty"` // photons a pixel to start from; 0 means the median of the counts
	// Refine names the parameters that are free; nil means the cell, misset, scale and background.
	Refine []string `json:"refine,omitempty"`

	table *structure.Table
}

// usual are the parameters that are free by default.
var usual = []string{
	"cell.a", "cell.b", "cell.c", "cell.alpha", "cell.beta", "cell.gamma", "misset.x", "misset.y", "misset.z",
	"scale", "background.flat",
}

// readSetup reads the file and the structure factors that it names.
func readSetup(path string) (*setup, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	var s setup
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("refine: %s: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("refine: %s: there is more behind the closing brace", path)
	}
	if s.Crystal.Structure == "" {
		return nil, fmt.Errorf("refine: %s: crystal.structure_factors names no file", path)
	}
	if s.Counts.Gain == 0 {
		s.Counts.Gain = 1
	}
	if !(s.Counts.Gain > 0) {
		return nil, fmt.Errorf("refine: %s: counts.gain %g is not above 0", path, s.Counts.Gain)
	}
	table := s.Crystal.Structure
	if !filepath.IsAbs(table) {
		table = filepath.Join(filepath.Dir(path), table)
	}
	read := hkl.ReadFile
	if strings.HasSuffix(table, ".bin") {
		read = hkl.ReadDumpFile
	}
	if s.table, err = read(table); err != nil {
		return nil, err
	}
	return &s, nil
}

// rows are JSON's lists of numbers.
var rows = regexp.MustCompile(`\[[^\]{}]*\]`)

// write writes the file and the structure factors into a folder.
func (s *setup) write(folder string) ([]string, error) {
	path, table := filepath.Join(folder, "experiment.json"), filepath.Join(folder, s.Crystal.Structure)
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	text = rows.ReplaceAllFunc(text, func(row []byte) []byte { return bytes.Join(bytes.Fields(row), []byte(" ")) })
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	return []string{path, table}, hkl.WriteDumpFile(table, s.table, 0)
}

// configs are what packages crystal, beam and detector are configured with.
func (s *setup) configs() (crystal.Config, beam.Config, detector.Config, error) {
	x, c := s.Crystal, s.Crystal.Cell
	d := s.Detector
	det := detector.Config{Fast: d.Fast, Slow: d.Slow, Pixel: d.Pixel, Distance: d.Distance, BeamCentre: d.BeamCentre, TwoTheta: d.TwoTheta}
	found := d.Convention == ""
	for k := detector.MOSFLM; k <= detector.DIALS; k++ {
		if k.String() == d.Convention {
			det.Convention, found = k, true
		}
	}
	if !found {
		return crystal.Config{}, beam.Config{}, det, fmt.Errorf("refine: detector.convention %q is none of MOSFLM, DENZO, ADXV, XDS, DIALS", d.Convention)
	}
	return crystal.Config{
			Cell:   crystal.Cell{A: c[0], B: c[1], C: c[2], Alpha: c[3], Beta: c[4], Gamma: c[5]},
			Misset: x.Misset, N: x.Cells, Structure: s.table,
			Mosaic: crystal.Mosaic{Spread: x.Mosaic, Domains: x.Domains},
			Phi:    x.Phi, Osc: x.Osc, PhiSteps: x.Steps,
		}, beam.Config{Wavelength: s.Beam.Wavelength, Kahn: s.Beam.Polarization, Fluence: s.Beam.Fluence},
		det, nil
}
