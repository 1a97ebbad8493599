package viewer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine/job"
)

// pictures are the measured images, and what files say of how they were taken. They need no crystal.
type pictures struct {
	first, last int // numbers of the images
	sizes       [][2]int
	planes      []detector.Plane // nil where no file says where the panels are
	wavelength  float64          // Å; 0 where no file says it
	notices     []string

	mu     sync.Mutex // what follows
	source source
	kept   map[int]*measured
	order  []int // of what is kept, the last used last
	small  map[int]*thumbnail
}

// measured is an image: the values of each panel, fast axis first, NaN where a pixel does not count.
type measured struct {
	panels [][]float32
}

// source reads an image by its number.
type source interface {
	read(number int) (*measured, error)
}

// mostMeasured is how many images are kept in memory.
const mostMeasured = 4

// openPictures finds the images among the inputs, or those that a list of experiments names. The experiment is nil where the inputs do
// not give one; why says what they lack.
func openPictures(o job.Options) (p *pictures, e *experiment.Experiment, why error, err error) {
	var paths []string
	for _, path := range o.Inputs {
		if !strings.HasSuffix(strings.ToLower(path), ".refl") {
			paths = append(paths, path)
		}
	}
	c, opened, why := experiment.Open(paths...)
	switch {
	case why == nil && len(c.Images) > 0:
		if p, e, why = ofExperiment(c, o.Mask); why == nil {
			p.notices = opened.Notices
			return p, e, nil, nil
		}
	case why == nil:
		why = errors.New("viewer: there is nothing to look at: no image is among the inputs, and no file names any")
		if opened.Lost != nil {
			why = fmt.Errorf("%w (%w)", why, opened.Lost)
		}
	}
	p, err = ofFiles(paths, o.Mask)
	if err != nil {
		return nil, nil, nil, err
	}
	if p == nil { // no image among the files
		return nil, nil, nil, why
	}
	return p, nil, why, nil
}

// ofExperiment are the images of an experiment, in photons.
func ofExperiment(c *experiment.Config, mask string) (*pictures, *experiment.Experiment, error) {
	own := *c
	own.Crystals = slices.Clone(c.Crystals)
	for i := range own.Crystals { // amplitudes come with the model
		own.Crystals[i].Structure = experiment.Structure{}
	}
	if mask != "" {
		own.Images = slices.Clone(c.Images)
		for i := range own.Images {
			own.Images[i].MaskFile = absolute(mask)
		}
	}
	e, err := own.Nodes(G.NewGraph())
	if err != nil {
		return nil, nil, err
	}
	p := &pictures{first: c.Scan.FirstImage(), last: c.Scan.LastImage(), sizes: e.Detector.Sizes(), source: &photons{e}}
	if p.planes, err = e.Detector.Planes(); err != nil {
		return nil, nil, err
	}
	if p.wavelength, err = wavelengthOf(e); err != nil {
		return nil, nil, err
	}
	return p, e, nil
}

// wavelengthOf is that of the source of the largest weight, in Å.
func wavelengthOf(e *experiment.Experiment) (float64, error) {
	sources, err := e.Beam.At()
	if err != nil {
		return 0, err
	}
	best := 0
	for i := range sources {
		if sources[i].Weight > sources[best].Weight {
			best = i
		}
	}
	return sources[best].Wavelength, nil
}

// photons reads the images of an experiment.
type photons struct {
	e *experiment.Experiment
}

func (s *photons) read(number int) (*measured, error) {
	if err := s.e.SelectImage(number); err != nil {
		return nil, err
	}
	data, err := s.e.ReadImages()
	if err != nil {
		return nil, err
	}
	m := &measured{panels: make([][]float32, len(data.Photons))}
	for k, d := range data.Photons {
		values := d.Float64s()
		m.panels[k] = make([]float32, len(values))
		rows(len(values), func(from, to int) {
			for i := from; i < to; i++ {
				m.panels[k][i] = float32(values[i])
				if data.Mask != nil && data.Mask[k] != nil && !data.Mask[k][i] {
					m.panels[k][i] = nan
				}
			}
		})
	}
	return m, nil
}

// begin is the number of the image that is shown first: the one in the middle of a sweep, from which a refinement starts.
func (p *pictures) begin() int {
	if _, alone := p.source.(*frames); alone {
		return p.first
	}
	return p.first + (p.last-p.first+1)/2
}

// read returns an image, from memory or from its file.
func (p *pictures) read(ctx context.Context, number int) (*measured, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.locked(ctx, number)
}

func (p *pictures) locked(ctx context.Context, number int) (*measured, error) {
	if number < p.first || number > p.last {
		return nil, wrong("there is no image %d: there are %d to %d", number, p.first, p.last)
	}
	if m := p.kept[number]; m != nil {
		p.order = append(slices.DeleteFunc(p.order, func(n int) bool { return n == number }), number)
		return m, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := p.source.read(number)
	if err != nil {
		return nil, err
	}
	if p.kept == nil {
		p.kept = map[int]*measured{}
	}
	p.kept[number], p.order = m, append(p.order, number)
	for len(p.order) > mostMeasured {
		delete(p.kept, p.order[0])
		p.order = p.order[1:]
	}
	return m, nil
}
