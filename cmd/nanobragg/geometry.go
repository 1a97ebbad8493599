package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/internal/geom"
)

// maxPhotons is the largest count of a pixel of -cbffile and -nxsfile: what 32 bits with a sign hold, less the numbers that stand
// for pixels without one.
const maxPhotons = math.MaxInt32 - 2

// geometry returns what files of other programs say of the run: of a sweep all of it, whatever image the crystal is turned to.
func (m *model) geometry() (*format.Geometry, error) {
	g, _, err := m.nodes.Geometry()
	if err != nil {
		return nil, err
	}
	for i := range g.Panels {
		g.Panels[i].Trusted = &[2]float64{0, maxPhotons}
	}
	r := g.Rotation
	r.Width, r.Phi = m.show.osc, m.show.phi
	if m.sweep() {
		r.Phi = m.experiment.Scan.Phi
	}
	return g, nil
}

// forwards turns a rotation backwards into one forwards about the opposite axis, which is the same.
func forwards(g *format.Geometry) {
	if r := g.Rotation; r.Width < 0 {
		r.Axis = geom.Scale(-1, r.Axis)
		r.Phi, r.Width = -r.Phi, -r.Width
	}
}

// cbfGeometry returns the geometry of an image as a miniCBF takes it. One that is not rotated may lie anyhow about the beam,
// and one that is rotated backwards is given from its end.
func (m *model) cbfGeometry() (*format.Geometry, error) {
	g, err := m.geometry()
	if err != nil {
		return nil, err
	}
	r := g.Rotation
	r.Phi, r.First, r.Images = m.show.phi, 1, 1
	switch {
	case r.Width < 0:
		r.Phi, r.Width = r.Phi+r.Width, -r.Width
	case r.Width == 0:
		p := &g.Panels[0]
		turn := geom.Laboratory(geom.Scale(-1, g.ToSource), p.Fast, p.Fast)
		p.Fast, p.Slow, p.Origin = geom.Apply(turn, p.Fast), geom.Apply(turn, p.Slow), geom.Apply(turn, p.Origin)
		g.ToSource = geom.Apply(turn, g.ToSource)
		if q := g.Polarization; q != nil {
			q.Normal = geom.Apply(turn, q.Normal)
		}
		r.Axis = [3]float64{1, 0, 0}
	}
	return g, nil
}

// checkCBF returns an error, before a long run, if a miniCBF cannot say how the detector stands.
func (m *model) checkCBF() error {
	if m.output.cbf == "" {
		return nil
	}
	g, err := m.cbfGeometry()
	if err != nil {
		return err
	}
	var one format.Frame
	one.Reset(1, 1, format.Uint32)
	g.Panels[0].Size = [2]int{1, 1}
	if err := cbf.Write(io.Discard, &one, g, cbf.Header{}); err != nil {
		return fmt.Errorf("-cbffile: %w (-nxsfile)", err)
	}
	return nil
}

// writeCBF writes counts as miniCBF.
func (m *model) writeCBF(w io.Writer, counts *format.Frame) error {
	g, err := m.cbfGeometry()
	if err != nil {
		return err
	}
	return cbf.Write(w, counts, g, cbf.Header{Exposure: m.experiment.Beam.Exposure, Flux: m.experiment.Beam.Flux})
}

// countFrame returns photons of the simulated region as a frame. Pixels that are not simulated do not count.
func (m *model) countFrame(img *frame, photons []float64) (f *format.Frame, overloads int) {
	f = new(format.Frame)
	f.Reset(img.fast, img.slow, format.Uint32)
	clear(f.Data)
	next := 0
	mask := m.mask()
	if mask != nil || !img.covers(m.show.region) {
		f.Bad = make([]bool, len(img.pixels))
		for i := range f.Bad {
			f.Bad[i] = true
		}
	}
	img.each(m.show.region, func(_, _, i int) {
		n := photons[next]
		next++
		if n > maxPhotons {
			n = maxPhotons
			overloads++
		}
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(n))
		if f.Bad != nil {
			f.Bad[i] = mask != nil && !mask[i]
		}
	})
	return f, overloads
}

// floatFrame returns an image as a frame of float32.
func (p *frame) floatFrame() *format.Frame {
	f := new(format.Frame)
	f.Reset(p.fast, p.slow, format.Float32)
	for i, v := range p.pixels {
		binary.LittleEndian.PutUint32(f.Data[4*i:], math.Float32bits(v))
	}
	return f
}
