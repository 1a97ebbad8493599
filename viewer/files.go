package viewer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/mask"
	"github.com/gobragg/gobragg/internal/parallel"
)

// frames are images that are only looked at, with the numbers that their files hold.
type frames struct {
	list  []frame // of the images in order
	sizes [][2]int
	first [][2]int // of each panel in a frame that holds several
	mask  *mask.Mask
	space format.Frame // for the next frame
}

// frame is one of a file.
type frame struct {
	path   string
	images format.Images
	number int
}

// ofFiles are the images among files, numbered from 1; nil if there are none.
func ofFiles(paths []string, maskPath string) (p *pictures, err error) {
	f := &frames{}
	var geometry, beside *format.Geometry
	for _, path := range paths {
		c, err := files.Open(path, files.Options{})
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		switch {
		case c.Images != nil:
			for i := range c.Images.Frames() {
				f.list = append(f.list, frame{path, c.Images, i})
			}
			if geometry == nil {
				geometry = c.Geometry
			}
		case c.Geometry != nil && len(c.Geometry.Panels) > 0:
			beside = c.Geometry
		}
		if c.Mask != nil {
			f.mask = c.Mask
		}
	}
	if len(f.list) == 0 {
		return nil, f.close()
	}
	if maskPath != "" {
		if f.mask, err = mask.ReadFile(maskPath); err != nil {
			return nil, errors.Join(err, f.close())
		}
	}
	if beside != nil {
		geometry = beside
	}
	if err := f.place(geometry); err != nil {
		return nil, errors.Join(err, f.close())
	}
	p = &pictures{first: 1, last: len(f.list), sizes: f.sizes, source: f}
	if geometry != nil {
		p.notices = append(p.notices, geometry.Notices...)
		p.wavelength = geometry.Wavelength
		if p.planes, err = planesOf(geometry); err != nil || len(p.planes) != len(f.sizes) {
			p.planes = nil
			p.notices = append(p.notices, "where the detector is could not be taken from the files: there are no resolutions")
		}
	}
	return p, nil
}

// place finds the panels in the frames. All frames have one size.
func (f *frames) place(g *format.Geometry) error {
	fast, slow, _ := f.list[0].images.Size()
	for _, x := range f.list[1:] {
		if a, b, _ := x.images.Size(); a != fast || b != slow {
			return fmt.Errorf("viewer: %s has %d × %d pixels, and %s %d × %d: look at images of one size together", f.list[0].path, fast, slow, x.path, a, b)
		}
	}
	if m := f.mask; m != nil && (m.Fast != fast || m.Slow != slow) {
		return fmt.Errorf("viewer: the mask has %d × %d pixels, the images %d × %d", m.Fast, m.Slow, fast, slow)
	}
	if g != nil && len(g.Panels) > 1 {
		for i := range g.Panels {
			p := &g.Panels[i]
			if p.First[0]+p.Size[0] > fast || p.First[1]+p.Size[1] > slow {
				f.sizes, f.first = nil, nil
				break
			}
			f.sizes, f.first = append(f.sizes, p.Size), append(f.first, p.First)
		}
	}
	if f.sizes == nil {
		f.sizes, f.first = [][2]int{{fast, slow}}, [][2]int{{0, 0}}
	}
	return nil
}

// planesOf are the panels of a geometry that says where they are.
func planesOf(g *format.Geometry) ([]detector.Plane, error) {
	c, _, err := experiment.FromGeometry(g)
	if err != nil {
		return nil, err
	}
	dc, err := c.DetectorConfig()
	if err != nil {
		return nil, err
	}
	corner := &detector.Region{} // planes do not depend on it, and a detector lists the pixels of its regions
	dc.Region = corner
	for i := range dc.Panels {
		dc.Region, dc.Panels[i].Region = nil, corner
	}
	d, err := detector.New(G.NewGraph(), dc)
	if err != nil {
		return nil, err
	}
	return d.Planes()
}

func (f *frames) close() error {
	var err error
	for i, x := range f.list {
		if i == 0 || x.images != f.list[i-1].images {
			err = errors.Join(err, x.images.Close())
		}
	}
	return err
}

func (f *frames) read(number int) (*measured, error) {
	x := f.list[number-1]
	if err := x.images.Read(x.number, &f.space); err != nil {
		return nil, err
	}
	if f.mask != nil {
		if err := f.mask.Apply(&f.space); err != nil {
			return nil, err
		}
	}
	whole := float32s(&f.space)
	m := &measured{}
	for k, size := range f.sizes {
		if size[0] == f.space.Fast && size[1] == f.space.Slow {
			m.panels = append(m.panels, whole)
			continue
		}
		panel := make([]float32, 0, size[0]*size[1])
		for row := range size[1] {
			at := (f.first[k][1]+row)*f.space.Fast + f.first[k][0]
			panel = append(panel, whole[at:at+size[0]]...)
		}
		m.panels = append(m.panels, panel)
	}
	return m, nil
}

// float32s are the values of a frame, NaN where a pixel does not count.
func float32s(f *format.Frame) []float32 {
	out := make([]float32, f.Fast*f.Slow)
	rows(len(out), func(from, to int) {
		switch f.Type {
		case format.Int32:
			data := f.Data[4*from : 4*to]
			for i := range out[from:to] {
				out[from+i] = float32(int32(binary.LittleEndian.Uint32(data[4*i:])))
			}
		case format.Uint16:
			for i := from; i < to; i++ {
				out[i] = float32(binary.LittleEndian.Uint16(f.Data[2*i:]))
			}
		default:
			for i := from; i < to; i++ {
				out[i] = float32(f.At(i))
			}
		}
		if f.Bad != nil {
			for i, bad := range f.Bad[from:to] {
				if bad {
					out[from+i] = nan
				}
			}
		}
		if f.Type.Signed() { // gaps, as in experiments
			for i := from; i < to; i++ {
				if out[i] == -1 || out[i] == -2 {
					out[i] = nan
				}
			}
		}
	})
	return out
}

var nan = float32(math.NaN())

// rows calls do for parts of the numbers below n, on all processors.
func rows(n int, do func(from, to int)) {
	const part = 1 << 16
	parallel.Each(runtime.GOMAXPROCS(0), (n+part-1)/part, func(i int) { do(i*part, min(n, (i+1)*part)) })
}

// absolute is a path that does not depend on the folder; the path itself where there is no working folder.
func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}
