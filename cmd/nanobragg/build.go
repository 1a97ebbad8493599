package main

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/simulator"
)

// model is a setup built, with the numbers that it comes to.
type model struct {
	*setup
	nodes *experiment.Experiment
	xtal  *crystal.Crystal
	src   *beam.Beam
	det   *detector.Detector
	sim   *simulator.Simulator

	cell        crystal.Numbers
	sources     []beam.Numbers
	place       detector.Geometry
	oversample  int
	recommended int
	frame       *frame   // of the images of a sweep, one after the other
	stacks      stacks   // files of all images, where they are written
	advice      []string // on the sampling
	slips       []string // that were found when the files had been read
	after       []string // that were found in the image
}

// build makes the crystal, the beam, the detector and the simulator, which takes further options beside the setup's own.
func build(s *setup, more ...simulator.Option) (*model, error) {
	e, err := s.experiment.Nodes(G.NewGraph())
	if err != nil {
		return nil, err
	}
	m := &model{setup: s, nodes: e, xtal: e.Crystals[0], src: e.Beam, det: e.Detector, slips: noticesInOptions(keysInOptions(e.FileNotices()))}
	if m.cell, err = m.xtal.AtWith(s.deviations()); err != nil {
		return nil, err
	}
	if m.sources, err = m.src.At(); err != nil {
		return nil, err
	}
	if m.place, err = m.det.At(); err != nil {
		return nil, err
	}
	if err := m.checkCBF(); err != nil {
		return nil, err
	}
	m.frame = &frame{fast: m.place.FastPixels, slow: m.place.SlowPixels}
	m.advice = keysInOptions(e.SamplingNotices())
	if err := m.decideOversample(); err != nil {
		return nil, err
	}
	if err := e.Simulate(append(m.options(), more...)...); err != nil {
		return nil, err
	}
	m.sim = e.Simulator()
	if text := m.misread(); text != "" {
		m.advice = append(m.advice, text)
	}
	return m, nil
}

// decideOversample takes as many points a pixel as the crystal's fringes ask for, unless the user says otherwise.
func (m *model) decideOversample() error {
	size := max(m.cell.Size[0], m.cell.Size[1], m.cell.Size[2])
	m.recommended = detector.RecommendedOversample(size, m.show.wavelength, m.place.Distance, m.place.Pixel)
	if x := m.xtal.Config(); !m.exact() && x.Matrix == nil {
		// Where three samples a fringe are a whole number of sub-pixels, the last bits of the vectors decide.
		edges := nanobragg.Edges([3]float64{x.Cell.A, x.Cell.B, x.Cell.C}, [3]float64{x.Cell.Alpha, x.Cell.Beta, x.Cell.Gamma}, x.Misset)
		longest := 0.0
		for i, n := range m.cell.N {
			longest = max(longest, edges[i]*n)
		}
		m.recommended = nanobragg.Oversample(longest, m.show.wavelength/1e10, m.place.Distance/1000, m.place.Pixel/1000)
	}
	m.oversample = m.experiment.Detector.Oversample
	if m.oversample == 0 {
		m.oversample = m.recommended
	} else if m.oversample < m.recommended {
		m.advice = append(m.advice, fmt.Sprintf("the intensity may vary within a pixel: the crystal is %.6g Å wide, a pixel spans %.6g Å in reciprocal space; -oversample %d is recommended",
			size, m.show.wavelength*m.place.Distance/m.place.Pixel, m.recommended))
	}
	err := m.det.SetOversample(m.oversample)
	if err != nil && m.experiment.Detector.Oversample == 0 {
		return fmt.Errorf("%w: they are automatic for %s; -oversample n takes another number", err, m.sizes())
	}
	return err
}

// sizes says what the automatic number of sub-pixels follows from.
func (m *model) sizes() string {
	return fmt.Sprintf("a crystal of %.4g Å, a wavelength of %.6g Å, a distance of %.4g mm and pixels of %.4g mm",
		max(m.cell.Size[0], m.cell.Size[1], m.cell.Size[2]), m.show.wavelength, m.place.Distance, m.place.Pixel)
}

// options are those that choose what the simulator runs on; the physics are the experiment's.
func (m *model) options() []simulator.Option {
	var list []simulator.Option
	if m.threads > 0 {
		list = append(list, simulator.Workers(m.threads))
	}
	if m.kernels != "" {
		list = append(list, simulator.On(simulator.CPU(m.kernels)))
	}
	if m.gpus != nil {
		gpus := simulator.GPU(m.gpus[0], m.gpus[1:]...)
		if m.mixed {
			gpus = gpus.Mixed()
		}
		list = append(list, simulator.On(gpus))
	}
	return list
}

// steps is how many steps each pixel is the mean of, as the reference program counts them.
func (m *model) steps() int {
	phis, domains := m.xtal.Orientations()
	return m.src.Len() * phis * domains * m.oversample * m.oversample
}

// compilation returns notices if the image is not computed as the user expects: a simulation that could not be compiled is
// slower.
func (m *model) compilation() ([]string, error) {
	report, err := m.sim.Report()
	if err != nil {
		return nil, err
	}
	var notices []string
	if report.Why != "" {
		notices = append(notices, "the simulation is not compiled, and slow: "+report.Why)
	}
	return notices, nil
}

// list prints how the image is computed: the memory that it takes, and the program's loops and kernels.
func (m *model) list(out *cli.Printer) error {
	report, err := m.sim.Report()
	if err != nil {
		return err
	}
	listing, err := m.sim.Program()
	if err != nil {
		return err
	}
	out.Printf("%v\n", report)
	if listing != "" {
		out.Printf("%s\n", listing)
	}
	return out.Err
}
