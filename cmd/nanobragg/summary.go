package main

import (
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/geom"
)

// printer keeps the first error of many lines.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// listed is the longest list that is printed line by line.
const listed = 20

// describe prints the experiment, in the words of the reference program where it has some.
func (m *model) describe(out *printer) {
	out.printf("nanobragg nanocrystal diffraction simulator, %s physics\n", map[bool]string{true: "exact", false: "reference"}[m.exact])
	m.describeFiles(out)
	out.printf("%v convention selected.\n", m.setup.detector.Convention)
	if m.setup.detector.Pivot == detector.AboutBeam {
		out.printf("pivoting detector around direct beam spot\n")
	} else {
		out.printf("pivoting detector around sample\n")
	}
	p := m.place
	out.printf("XDS incident beam: %.6g %.6g %.6g\n", geom.Dot(p.Beam, p.Fast), geom.Dot(p.Beam, p.Slow), geom.Dot(p.Beam, p.Normal))
	if m.show.missetRandom {
		x := m.setup.crystal.Misset
		out.printf("random orientation misset angles: %f %f %f deg (seed %d)\n", x[0], x[1], x[2], m.show.missetSeed)
	}
	m.describeCell(out)
	m.describeSteps(out)
	m.describeExperiment(out)
}

func (m *model) describeFiles(out *printer) {
	if m.show.matrix != "" {
		out.printf("reading %s\n", m.show.matrix)
	}
	if m.show.hkl != "" {
		out.printf("reading %s\n", m.show.hkl)
	}
	if m.show.dump != "" {
		out.printf("reading Fs from %s\n", m.show.dump)
	}
	if t := m.setup.crystal.Structure; t != nil {
		out.printf("h: %d - %d  k: %d - %d  l: %d - %d\n", t.HMin, t.HMax, t.KMin, t.KMax, t.LMin, t.LMax)
	}
}

func (m *model) describeCell(out *printer) {
	const metre = 1e-10 // Å
	c := m.cell
	cell := func(label string, c crystal.Cell) {
		out.printf("%s: %.6g %.6g %.6g %.6g %.6g %.6g\n", label, c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma)
	}
	cell("Unit Cell", c.Cell)
	cell("Recp Cell", c.ReciprocalCell)
	out.printf("volume = %.6g A^3\n", c.Volume)
	out.printf("real-space cell vectors (Angstrom):\n")
	m.describeVectors(out, [3]string{"a", "b", "c"}, [3][3]float64{c.A, c.B, c.C})
	out.printf("reciprocal-space cell vectors (Angstrom^-1):\n")
	m.describeVectors(out, [3]string{"a_star", "b_star", "c_star"}, [3][3]float64{c.AStar, c.BStar, c.CStar})
	out.printf("crystal is %.6g x %.6g x %.6g microns\n", c.Size[0]*1e-4, c.Size[1]*1e-4, c.Size[2]*1e-4)
	if m.setup.detector.Oversample == 0 {
		out.printf("auto-selected %d-fold oversampling\n", m.oversample)
	}
	// 1.2 g/cm³ is the density of a protein crystal.
	const density = 1.2e6 // g/m³
	volume := c.Size[0] * c.Size[1] * c.Size[2] * metre * metre * metre
	out.printf("approximate MW = %.6g\n", volume*density*crystal.Avogadro/(c.N[0]*c.N[1]*c.N[2]))
}

// describeVectors prints three vectors as the columns of a matrix.
func (m *model) describeVectors(out *printer, names [3]string, v [3][3]float64) {
	out.printf("     %-10s  %-10s  %-10s\n", names[0], names[1], names[2])
	for i, axis := range []string{"X", "Y", "Z"} {
		out.printf("%s: %11.8f %11.8f %11.8f\n", axis, v[0][i], v[1][i], v[2][i])
	}
}

// describeResult prints what the image comes to.
func (m *model) describeResult(out *printer, r result) {
	omega := m.solidAngle()
	out.printf("\nsolid angle subtended by detector = %.6g steradian ( %.6g%% sphere)\n", omega, 100*omega/(4*math.Pi))
	// The reference program tells where the last sub-pixel of the brightest pixel is.
	n := float64(m.oversample)
	at := func(pixel int) float64 { return (float64(pixel) + (n-0.5)/n) * m.place.Pixel * 1e-3 }
	out.printf("max_I = %.6g  at %.6g %.6g (pixel %d %d)\n", r.max, at(r.maxFast), at(r.maxSlow), r.maxFast, r.maxSlow)
	out.printf("mean= %.6g rms= %.6g rmsd= %.6g\n", r.mean, r.rms, r.rmsd)
}
