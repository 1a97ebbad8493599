package job

import (
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
)

// stills reports whether the images of the scan are of crystals at rest, or turn alike from orientations of their own.
func (j *job) stills() bool {
	return j.said.Scan != nil && j.said.Scan.Width == 0 && j.said.Scan.Images > 1
}

// stillExperiments are the experiments of stills as DIALS has them: one for each crystal in each of the images that were refined.
func (j *job) stillExperiments(out *Outcome, g *format.Geometry, crystals []format.Crystal, turn [3][3]float64) ([]dials.Experiment, error) {
	e, err := j.nodes(out.Refined)
	if err != nil {
		return nil, err
	}
	lattices, err := e.Lattices(turn)
	if err != nil {
		return nil, err
	}
	var list []dials.Experiment
	for _, n := range j.refined() {
		at := n - j.said.Scan.FirstImage()
		own := *g
		if v, ok := varied(out.Refined.Scan, "beam.wavelength", n); ok {
			own.Wavelength = v
		}
		set := j.imagesetOf(n)
		for i := range crystals {
			x := crystals[i]
			x.A, x.ScanPoints = lattices[i][at], nil
			list = append(list, j.dialsExperiment(i, &own, &x, set))
		}
	}
	return list, nil
}

// refined are the numbers of the images that are refined.
func (j *job) refined() []int {
	if j.images == nil {
		return []int{j.image}
	}
	return j.images
}

// imagesetOf returns the name of the file of a still as DIALS has it.
func (j *job) imagesetOf(image int) *dials.Imageset {
	path, frame := j.said.ImageFile(image)
	set := &dials.Imageset{Files: []string{absolute(path)}}
	if frame > 0 {
		set.Indices = []int{frame - 1}
	}
	return set
}

// experimentOf is the place of a crystal in an image among the experiments that are written.
func (j *job) experimentOf(image, crystal int) int {
	if !j.stills() {
		return crystal
	}
	for i, n := range j.refined() {
		if n == image {
			return i*len(j.said.Crystals) + crystal
		}
	}
	return crystal
}

// varied is the value of a parameter in an image, where it varies.
func varied(s *experiment.Scan, name string, image int) (v float64, ok bool) {
	for _, p := range s.Varying {
		if p.Parameter == name {
			return p.Values[image-s.FirstImage()], true
		}
	}
	return 0, false
}
