package experiment

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/numbered"
	"github.com/gobragg/gobragg/structure"
)

// listed is an experiment of a list, and the list.
type listed struct {
	dials.Experiment
	path string
}

// still is an image with the lattices in it.
type still struct {
	listed                    // the first of the experiments about it
	crystals []format.Crystal // of all
}

// file returns the file of a still's image, and the number of the image in a file of several, or 0.
func (l *listed) file() (name string, frame int) {
	s := l.Images
	if s == nil {
		return "", 0
	}
	if len(s.Files) > 0 {
		name = s.Files[0]
	} else {
		name = s.Template
	}
	if name != "" && !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(l.path), name)
	}
	if len(s.Indices) > 0 {
		frame = s.Indices[0] + 1
	}
	return name, frame
}

// number is that of the first image, of those that have a place in a scan; 0 for others.
func (l *listed) number() int {
	if r := l.Geometry.Rotation; r != nil && len(l.Images.Files) == 0 {
		return r.First
	}
	return 0
}

// stills returns the images that the lists are about, with their lattices, if there are several; nil if they are about one image, or
// one scan.
func (o *opener) stills() []still {
	type key struct {
		name          string
		frame, number int
	}
	at := map[key]int{}
	var list []still
	for _, c := range o.lists {
		for _, e := range c.Experiments {
			l := listed{e, c.Path}
			if e.Images == nil {
				return nil
			}
			k := key{number: l.number()}
			k.name, k.frame = l.file()
			i, seen := at[k]
			if !seen {
				i = len(list)
				at[k], list = i, append(list, still{listed: l})
			}
			if e.Crystal != nil {
				list[i].crystals = append(list[i].crystals, *e.Crystal)
			}
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}

// apart are by how much cells of one crystal form may differ: relative lengths, and degrees.
const apart, apartAngle = 0.05, 2.0

// fromStills returns the experiment of several images, each of a crystal in an orientation of its own: a scan without a rotation, in
// which the missets vary. Cell and detector are common to all.
func fromStills(list []still) (c *Config, notices []string, err error) {
	first := &list[0]
	for i := range list {
		s := &list[i]
		r := s.Geometry.Rotation
		switch {
		case r != nil && r.Images > 1:
			return nil, nil, fmt.Errorf("experiment: %s has a sweep of %d images, beside others: give each sweep a command of its own", s.path, r.Images)
		case len(s.crystals) == 0:
			return nil, nil, fmt.Errorf("experiment: %s has an image without a crystal: leave it out, or index it", s.path)
		case len(s.crystals) != len(first.crystals):
			name, _ := s.file()
			return nil, nil, fmt.Errorf("experiment: %s has %d lattices, and others %d: images in one command have as many", name, len(s.crystals), len(first.crystals))
		}
	}
	g := *first.Geometry
	g.Rotation = nil
	_, osc := slice(first.Geometry.Rotation)
	if osc != 0 {
		g.Rotation = format.NewRotation(geom.Apply(first.Geometry.Rotation.Setting, first.Geometry.Rotation.Axis), 0, osc, 1, 1)
	}
	means := make([]format.Crystal, len(first.crystals))
	lattices := make([][][3][3]float64, len(means)) // of each crystal, in the images
	for k := range means {
		for i := range list {
			a, err := list[i].lattice(k, g.Rotation)
			if err != nil {
				return nil, nil, err
			}
			lattices[k] = append(lattices[k], a)
		}
		if means[k].A, err = meanLattice(lattices[k], list); err != nil {
			return nil, nil, err
		}
		means[k].SpaceGroup = first.crystals[k].SpaceGroup
	}
	if c, notices, err = FromGeometry(&g, means...); err != nil {
		return nil, nil, err
	}
	c.Scan = &Scan{First: 1, Images: len(list)}
	for k := range c.Crystals {
		c.Crystals[k].Phi = 0
		var misset [3][]float64
		for _, a := range lattices[k] {
			x, y, z := geom.AnglesXYZ(rotationOf(geom.Mul(a, geom.Inverse(means[k].A))))
			for n, v := range [3]float64{x, y, z} {
				misset[n] = append(misset[n], v/geom.Degree)
			}
		}
		c.varyMisset(k, misset)
	}
	more, err := c.commonGeometry(list)
	return c, append(notices, more...), err
}

// lattice returns A of a crystal of a still in the laboratory, at the start of its rotation if it turns: by as much as common.
func (s *still) lattice(k int, common *format.Rotation) (a [3][3]float64, err error) {
	c, r := &s.crystals[k], s.Geometry.Rotation
	a = c.A
	if n := len(c.ScanPoints); n == 2 {
		for k := range a {
			a[k] = geom.Scale(0.5, geom.Add(c.ScanPoints[0][k], c.ScanPoints[1][k]))
		}
	}
	phi, osc := slice(r)
	if r != nil {
		a = geom.Mul(r.Setting, geom.Rotation(r.Axis, phi*geom.Degree), r.Fixed, a)
	}
	switch {
	case common == nil && osc == 0:
		return a, nil
	case common == nil || math.Abs(osc-common.Width) > 1e-9 || geom.Dot(geom.Apply(r.Setting, r.Axis), common.Axis) < 1-1e-9:
		return a, fmt.Errorf("experiment: %s turns by %g° about an axis of its own: images in one command turn alike, or not at all", s.path, osc)
	}
	return a, nil
}

// meanLattice returns a lattice with the mean metric of several, in the orientation of one of them: that from which none of the others
// is turned by nearly 90° about y, where missets about x and z are one.
func meanLattice(list [][3][3]float64, from []still) (a [3][3]float64, err error) {
	var metric [3][3]float64
	own, err := structure.CellOf(list[0])
	if err != nil {
		return a, fmt.Errorf("experiment: %s: the crystal: %w", from[0].path, err)
	}
	for i, a := range list {
		cell, err := structure.CellOf(a)
		if err != nil {
			return a, fmt.Errorf("experiment: %s: the crystal: %w", from[i].path, err)
		}
		p, q := cell.Parameters(), own.Parameters()
		for k := range p {
			if k < 3 && math.Abs(p[k]/q[k]-1) > apart || k >= 3 && math.Abs(p[k]-q[k]) > apartAngle {
				name, _ := from[i].file()
				return a, fmt.Errorf("experiment: the crystal of %s has the cell %.5g %.5g %.5g Å %.4g %.4g %.4g°, and that of the first image %.5g %.5g %.5g Å %.4g %.4g %.4g°: crystals of one form have one cell", name, p[0], p[1], p[2], p[3], p[4], p[5], q[0], q[1], q[2], q[3], q[4], q[5])
			}
		}
		square := geom.Mul(geom.Transpose(a), a)
		for k := range metric {
			metric[k] = geom.Add(metric[k], geom.Scale(1/float64(len(list)), square[k]))
		}
	}
	mean := upper(metric)
	best := -1.0
	for _, candidate := range list {
		with := geom.Mul(rotationOf(geom.Mul(candidate, geom.Inverse(mean))), mean)
		least := 1.0
		for _, other := range list {
			_, y, _ := geom.AnglesXYZ(rotationOf(geom.Mul(other, geom.Inverse(with))))
			least = min(least, math.Cos(y))
		}
		if least > best {
			best, a = least, with
		}
	}
	return a, nil
}

// upper is the upper triangular matrix whose columns have the scalar products of a metric: Cholesky's decomposition.
func upper(m [3][3]float64) (u [3][3]float64) {
	for i := range 3 {
		for j := i; j < 3; j++ {
			v := m[i][j]
			for k := range i {
				v -= u[k][i] * u[k][j]
			}
			if i == j {
				u[i][i] = math.Sqrt(v)
			} else {
				u[i][j] = v / u[i][i]
			}
		}
	}
	return u
}

// commonGeometry makes the files and the wavelengths of stills those of the scan, and says where their detectors differ from the first
// one, which is that of all.
func (c *Config) commonGeometry(list []still) (notices []string, err error) {
	first := list[0].Geometry
	wavelengths := Varying{Parameter: "beam.wavelength"}
	differ := false
	worst, where := 0.0, ""
	for i := range list {
		g := list[i].Geometry
		wavelengths.Values = append(wavelengths.Values, g.Wavelength)
		differ = differ || math.Abs(g.Wavelength/first.Wavelength-1) > 1e-7
		if len(g.Panels) != len(first.Panels) {
			return nil, fmt.Errorf("experiment: %s has a detector of %d panels, %s of %d: images in one command have one detector", list[i].path, len(g.Panels), list[0].path, len(first.Panels))
		}
		for k := range g.Panels {
			p, q := &g.Panels[k], &first.Panels[k]
			if p.Size != q.Size || p.Pixel != q.Pixel {
				return nil, fmt.Errorf("experiment: %s has a detector of %d × %d pixels of %g mm, %s of %d × %d of %g mm: images in one command have one detector", list[i].path, p.Size[0], p.Size[1], p.Pixel[0], list[0].path, q.Size[0], q.Size[1], q.Pixel[0])
			}
			if off := geom.Norm(geom.Add(p.Origin, geom.Scale(-1, q.Origin))); off > worst {
				worst, where = off, list[i].path
			}
		}
	}
	if worst > 0.1*first.Panels[0].Pixel[0] {
		notices = append(notices, fmt.Sprintf("has its detector at another place than others have it, by up to %.3g mm (%s): that of the first image is the start for all", worst, where))
	}
	if differ {
		c.Scan.Varying = append(c.Scan.Varying, wavelengths)
	}
	return notices, nil
}

// placeStills makes the files of stills the images of the experiment, if they are there.
func (o *opener) placeStills(c *Config) error {
	var m Image
	frames, list := false, o.many
	if n := len(o.images); n > 0 && n != len(list) {
		return fmt.Errorf("experiment: there are %d images, and lists of experiments of %d: name one for each, in their order", n, len(list))
	}
	for i := range list {
		name, frame := list[i].file()
		if n := list[i].number(); n > 0 && frame == 0 {
			if template, err := numbered.Parse(name); err == nil {
				name = template.Path(n)
			} else {
				frame = n
			}
		}
		if len(o.images) > 0 {
			name, frame = o.images[i].Path, 0
		}
		m.Files, m.Frames = append(m.Files, name), append(m.Frames, max(1, frame))
		frames = frames || frame > 0
	}
	if !frames {
		m.Frames = nil
	}
	content, err := files.Open(m.Files[0], files.Options{})
	if err == nil && content.Images == nil {
		err = errors.Join(fmt.Errorf("%s holds none", m.Files[0]), content.Close())
	}
	if err != nil {
		o.report.Lost = err
		o.notice(list[0].path, "names images that cannot be read here: %v", err)
		return nil
	}
	defer content.Close()
	fast, slow, _ := content.Images.Size()
	o.report.Images = fmt.Sprintf("%s and %d more", m.Files[0], len(list)-1)
	if err := c.imagesOf(m.Files[0], content, fast, slow); err != nil {
		return err
	}
	for i := range c.Images {
		c.Images[i].File, c.Images[i].Files, c.Images[i].Frames = "", m.Files, m.Frames
	}
	return nil
}
