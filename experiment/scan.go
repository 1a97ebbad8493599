package experiment

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/numbered"
)

// FirstImage returns the number of the first image. The images of no scan, nil, are one with the number 1.
func (s *Scan) FirstImage() int {
	if s == nil {
		return 1
	}
	return or(s.First, 1)
}

// LastImage returns the number of the last image.
func (s *Scan) LastImage() int {
	if s == nil {
		return 1
	}
	return s.FirstImage() + s.Images - 1
}

// Start returns the angle at which an image of the scan begins, in degrees; 0 without a scan.
func (s *Scan) Start(image int) float64 {
	if s == nil {
		return 0
	}
	// The conversion prevents a fused multiply-add, so that the angle has the same bits on all processors.
	return s.Phi + float64(float64(image-s.FirstImage())*s.Width)
}

// check returns an error if images of a scan would be read from one file that cannot have several.
func (m *Image) check(path string, s *Scan) error {
	if m.Files != nil || m.Frames != nil {
		return m.checkFiles(path, s)
	}
	if m.File == "" {
		return problem(path+".file", "is empty")
	}
	headless := m.Format == "raw" || m.Format == "" && rawName(m.File)
	for _, key := range []struct {
		name  string
		given bool
	}{{"frame", m.Frame > 1 && (headless || m.Format == "smv")}, {"first", m.First != nil && headless}} {
		if key.given {
			return problem(path+"."+key.name, "is given for a file of a single image that does not say its size")
		}
	}
	if s == nil || s.Images < 2 || m.several() {
		return nil
	}
	name, err := numbered.Parse(m.File)
	if err == nil {
		err = name.Room(s.LastImage())
	}
	if err != nil {
		return problem(path+".file", "%s %w", m.File, err)
	}
	return nil
}

// checkFiles returns an error for files of a scan that are not one for each image.
func (m *Image) checkFiles(path string, s *Scan) error {
	images := 1
	if s != nil {
		images = s.Images
	}
	switch {
	case m.File != "":
		return problem(path+".files", "is given, and file %s too: want one of them", m.File)
	case len(m.Files) != images:
		return problem(path+".files", "has %d files for %d images", len(m.Files), images)
	case m.Frames != nil && len(m.Frames) != images:
		return problem(path+".frames", "has %d numbers for %d images", len(m.Frames), images)
	case m.Frame != 0:
		return problem(path+".frame", "is given, and files too: want frames, one for each")
	}
	if i := slices.Index(m.Files, ""); i >= 0 {
		return problem(fmt.Sprintf("%s.files[%d]", path, i), "is empty")
	}
	return nil
}

// severalImages are the endings of files that may hold several.
var severalImages = []string{".h5", ".hdf5", ".nxs", ".npy", ".npz", ".tif", ".tiff"}

// several reports whether the images of a scan are frames of one file.
func (m *Image) several() bool {
	if m.Files != nil {
		return false
	}
	if _, err := numbered.Parse(m.File); err == nil {
		return false
	}
	plain := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(m.File), ".gz"), ".bz2")
	return m.Frame > 0 || slices.Contains(severalImages, filepath.Ext(plain))
}

// frameOf returns which frame of its file an image of the scan is, from 1; 0 is the only one.
func (m *Image) frameOf(s *Scan, image int) int {
	switch {
	case m.Frames != nil:
		return m.Frames[image-s.FirstImage()]
	case s == nil || !m.several():
		return m.Frame
	}
	return or(m.Frame, 1) + image - s.FirstImage()
}

// fileOf returns the file of an image of the scan.
func (m *Image) fileOf(s *Scan, image int) string {
	switch {
	case m.Files != nil:
		return m.Files[image-s.FirstImage()]
	case s == nil:
		return m.File
	}
	name, err := numbered.Parse(m.File)
	if err != nil {
		return m.File // of a scan of one image
	}
	return name.Path(image)
}

// ImageFiles are the paths of the files that an image of the experiment's scan is read from, each once.
func (c *Config) ImageFiles(image int) (list []string) {
	for i := range c.Images {
		if path := c.path(c.Images[i].fileOf(c.Scan, image)); !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// ImageFile is the path of the file of an image, of the first panel, and which of the images in it that is, counted from 1; 0 for a file
// of one.
func (c *Config) ImageFile(image int) (path string, frame int) {
	m := &c.Images[0]
	return c.path(m.fileOf(c.Scan, image)), m.frameOf(c.Scan, image)
}

// back returns how far before the start of an image the steps of a crystal begin, whose configuration is complete but for
// the present range of the rotation. They go forwards: those of a rotation the other way begin with its last one.
func (s *Scan) back(cfg crystal.Config, osc float64, p Physics) float64 {
	switch {
	case s == nil || s.Width >= 0:
		return 0
	case p.phiAtMiddle(cfg.PhiPoints):
		return osc
	}
	back := float64(float64(cfg.PhiSteps-1) * cfg.PhiStep)
	if osc != cfg.Osc && cfg.Osc > 0 { // steps remain the same fraction of the rotation
		back *= osc / cfg.Osc
	}
	return back
}

// phiAtMiddle reports whether phi steps are at the middles of their slices of the rotation.
func (p Physics) phiAtMiddle(points crystal.PhiPoints) bool {
	return points == crystal.Middle || points == crystal.AutomaticPoints && !p.Reference
}

// rotation sets the rotation of a crystal to that of the scan's first image.
func (s *Scan) rotation(cfg *crystal.Config, p Physics) error {
	if s == nil {
		return nil
	}
	cfg.Osc = or(cfg.Osc, math.Abs(s.Width))
	complete := *cfg
	if s.Width < 0 {
		complete.Lookup = crystal.Automatic
		if complete.Cell == (crystal.Cell{}) && complete.Matrix == nil { // that of the structure factors, which does not matter here
			complete.Cell.A = 100
		}
		x, err := crystal.New(G.NewGraph(), complete)
		if err != nil {
			return err
		}
		complete = x.Config()
	}
	cfg.Phi += s.Phi - s.back(complete, complete.Osc, p)
	return nil
}

// Selected returns the number of the image that the crystals are at: the first of the scan, or that of the last
// [Experiment.SelectImage]; 1 without a scan.
func (e *Experiment) Selected() int { return e.selected }

// SelectImage turns the crystals to an image of the scan, by its number. The next Images, derivatives and so on are those of
// that image, and [Experiment.ReadImages] reads its files; nothing is built again. Parameters that vary along the scan get their
// values in the image; what they were changed to in the image before is kept as theirs there. What the crystals' phi nodes have been
// changed by since they were made is kept, as the crystal's own phi.
func (e *Experiment) SelectImage(number int) error {
	if err := e.Turn(number); err != nil {
		return err
	}
	return e.renew()
}

// Turn is [Experiment.SelectImage], but for the list of spots of a closed form, which stays as it is: for programs that give the
// simulator that of the image (simulator.Simulator.UseSpots).
func (e *Experiment) Turn(number int) error {
	s := e.config.Scan
	if first, last := s.FirstImage(), s.LastImage(); number < first || number > last {
		return fmt.Errorf("experiment: there is no image %d: the scan has images %d to %d", number, first, last)
	}
	if s == nil {
		return nil
	}
	if err := e.keepVarying(); err != nil {
		return err
	}
	phis := map[*G.Node]float64{} // several crystals may have one phi
	for i, x := range e.Crystals {
		if x.Phi.Op() != nil {
			return fmt.Errorf("experiment: %s is computed from other nodes, so that the crystal cannot be turned to another image", x.Phi.Name())
		}
		if _, done := phis[x.Phi]; done {
			continue
		}
		own, err := e.ownPhi(i)
		if err != nil {
			return err
		}
		start, err := e.startOf(i, number)
		if err != nil {
			return err
		}
		phis[x.Phi] = own + start
	}
	for n, phi := range phis {
		if err := G.Let(n, phi); err != nil {
			return fmt.Errorf("experiment: %s: %w", n.Name(), err)
		}
	}
	e.selected = number
	return e.setVarying()
}

// renew lists the spots of a closed form anew, if they have moved.
func (e *Experiment) renew() error {
	if e.simulator == nil || e.config.Scan == nil {
		return nil
	}
	if _, _, err := e.simulator.Renew(context.Background()); err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	return nil
}

// startOf returns where the steps of crystal i begin in an image, without its own phi.
func (e *Experiment) startOf(i, image int) (float64, error) {
	osc, err := e.value(e.Crystals[i].Osc)
	if err != nil {
		return 0, err
	}
	s := e.config.Scan
	return s.Start(image) - s.back(e.Crystals[i].Config(), osc, e.config.Physics), nil
}

// ownPhi returns the phi of crystal i without that of the image; without a scan, its phi.
func (e *Experiment) ownPhi(i int) (float64, error) {
	v, err := e.value(e.Crystals[i].Phi)
	if err != nil || e.config.Scan == nil {
		return v, err
	}
	start, err := e.startOf(i, e.selected)
	if err != nil {
		return 0, err
	}
	if own := e.config.Crystals[i].Phi; v == own+start {
		return own, nil // to the bit
	}
	return v - start, nil
}
