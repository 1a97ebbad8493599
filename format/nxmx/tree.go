package nxmx

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/hdf5"
)

const (
	detectorPath = "/entry/instrument/detector"
	distancePath = detectorPath + "/transformations/distance"
	samplePath   = "/entry/sample/transformations"
)

// noThickness, in mm, is that of the sensor of a panel without one. NXmx requires a sensor, and DIALS
// a thickness above 0; one nanometre moves no spot.
const noThickness = 1e-6

// tree returns the groups and datasets of the file, without the chunks of the frames.
func (w *Writer) tree() (*hdf5.Node, error) {
	g := alongZ(w.geometry)
	detector, err := w.detector(g)
	if err != nil {
		return nil, err
	}
	first := g.Panels[0]
	data := class("data", "NXdata", &hdf5.Node{Name: "data", Value: w.chunks})
	data.Attributes = append(data.Attributes, hdf5.Attribute{Name: "signal", Value: "data"})
	// Counts are gain · photons + pedestal; NXdata has photons = (counts + offset) · scaling.
	if first.Gain != 0 && first.Gain != 1 {
		data.Children = append(data.Children, hdf5.NewDataset("data_scaling_factor", 1/first.Gain))
	}
	if first.Pedestal != 0 {
		data.Children = append(data.Children, hdf5.NewDataset("data_offset", -first.Pedestal))
	}
	entry := class("entry", "NXentry",
		hdf5.NewDataset("definition", "NXmx"),
		data,
		class("instrument", "NXinstrument",
			hdf5.NewDataset("name", "simulation"),
			class("beam", "NXbeam", hdf5.NewDataset("incident_wavelength", g.Wavelength, units("angstrom"))),
			detector),
		w.sample(g),
		class("source", "NXsource", hdf5.NewDataset("name", "simulation")))
	entry.Attributes = append(entry.Attributes, hdf5.Attribute{Name: "default", Value: "data"})
	return hdf5.NewGroup("", []hdf5.Attribute{{Name: "default", Value: "entry"}}, entry), nil
}

func class(name, class string, children ...*hdf5.Node) *hdf5.Node {
	return hdf5.NewGroup(name, []hdf5.Attribute{{Name: "NX_class", Value: class}}, children...)
}

func units(unit string) hdf5.Attribute { return hdf5.Attribute{Name: "units", Value: unit} }

// transformation returns an axis: a translation in mm or a rotation in degrees along a vector, then
// a translation by offset, in the frame of what it depends on.
func transformation(name, kind string, values []float64, vector, offset [3]float64, parent string) *hdf5.Node {
	unit := "mm"
	if kind == "rotation" {
		unit = "deg"
	}
	return hdf5.NewDataset(name, values,
		hdf5.Attribute{Name: "transformation_type", Value: kind},
		hdf5.Attribute{Name: "vector", Value: vector[:]},
		hdf5.Attribute{Name: "offset", Value: offset[:]},
		hdf5.Attribute{Name: "offset_units", Value: "mm"},
		units(unit),
		hdf5.Attribute{Name: "depends_on", Value: parent})
}

// detector returns the group of the detector with a module for each panel. The modules are placed
// relative to the plane of the first panel's origin.
func (w *Writer) detector(g *format.Geometry) (*hdf5.Node, error) {
	first := g.Panels[0]
	distance := mcstas(first.Origin)[2]
	material, thickness := first.Material, first.Thickness
	if material == "" || !(thickness > 0) {
		material, thickness = "Si", noThickness
	}
	d := class("detector", "NXdetector",
		hdf5.NewDataset("description", "simulation"),
		hdf5.NewDataset("depends_on", distancePath),
		hdf5.NewDataset("sensor_material", material),
		hdf5.NewDataset("sensor_thickness", thickness, units("mm")),
		hdf5.NewDataset("x_pixel_size", first.Pixel[0], units("mm")),
		hdf5.NewDataset("y_pixel_size", first.Pixel[1], units("mm")))
	if !w.kind.Float() {
		d.Children = append(d.Children, hdf5.NewDataset("bit_depth_readout", int64(8*w.kind.Size())))
	}
	if t := first.Trusted; t != nil {
		d.Children = append(d.Children, limit("underload_value", t[0], w.kind, math.Ceil)...)
		d.Children = append(d.Children, limit("saturation_value", t[1], w.kind, math.Floor)...)
	}
	d.Children = append(d.Children, class("transformations", "NXtransformations",
		transformation("distance", "translation", []float64{distance}, [3]float64{0, 0, 1}, [3]float64{}, ".")))
	for i, name := range names(g.Panels) {
		p := &g.Panels[i]
		path := detectorPath + "/" + name
		offset := mcstas(p.Origin)
		offset[2] -= distance
		d.Children = append(d.Children, class(name, "NXdetector_module",
			hdf5.NewDataset("data_origin", []int32{int32(p.First[1]), int32(p.First[0])}),
			hdf5.NewDataset("data_size", []int32{int32(p.Size[1]), int32(p.Size[0])}),
			transformation("module_offset", "translation", []float64{0}, [3]float64{0, 0, 1}, offset, distancePath),
			transformation("fast_pixel_direction", "translation", []float64{p.Pixel[0]}, mcstas(p.Fast), [3]float64{}, path+"/module_offset"),
			transformation("slow_pixel_direction", "translation", []float64{p.Pixel[1]}, mcstas(p.Slow), [3]float64{}, path+"/module_offset")))
	}
	mask, err := w.pixelMask(g)
	if err != nil {
		return nil, err
	}
	if mask != nil {
		d.Children = append(d.Children, &hdf5.Node{Name: "pixel_mask", Value: mask})
	}
	return d, nil
}

// limit returns the dataset of a trusted limit, as an integer if pixels are; none if there is no
// such limit.
func limit(name string, value float64, t format.Type, round func(float64) float64) []*hdf5.Node {
	switch {
	case math.IsNaN(value) || math.Abs(value) >= math.MaxFloat32:
		return nil
	case t.Float():
		return []*hdf5.Node{hdf5.NewDataset(name, value)}
	case math.Abs(value) >= 1<<62:
		return nil
	}
	return []*hdf5.Node{hdf5.NewDataset(name, int64(round(value)))}
}

// names returns a name for the group of each panel: the last part of its own name, if these can be
// used and are in the order of the panels, since readers take the modules in the order of names.
func names(panels []format.Panel) []string {
	out := make([]string, len(panels))
	for i, p := range panels {
		out[i] = p.Name[strings.LastIndexByte(p.Name, '/')+1:]
		if !moduleName().MatchString(out[i]) || i > 0 && out[i] <= out[i-1] {
			return numbered(len(panels))
		}
	}
	return out
}

// moduleName matches names that nothing else in the group of a detector has.
var moduleName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(module|panel|[A-Z])[A-Za-z0-9_]{0,60}$`)
})

func numbered(n int) []string {
	if n == 1 {
		return []string{"module"}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("module_%0*d", len(strconv.Itoa(n-1)), i)
	}
	return out
}

// sample returns the group of the sample with the goniometer. In a still all angles are 0.
func (w *Writer) sample(g *format.Geometry) *hdf5.Node {
	r := g.Rotation
	if r == nil {
		r = format.NewRotation([3]float64{1, 0, 0}, 0, 0, 1, w.chunks.Len())
	}
	start, end := make([]float64, w.chunks.Len()), make([]float64, w.chunks.Len())
	for i := range start {
		start[i], end[i] = r.Phi+float64(i)*r.Width, r.Phi+float64(i+1)*r.Width
	}
	// From the laboratory to the sample: setting, omega, fixed.
	var axes []*hdf5.Node
	parent := "."
	add := func(name string, vector [3]float64, values []float64) {
		axes = append(axes, transformation(name, "rotation", values, vector, [3]float64{}, parent))
		parent = samplePath + "/" + name
	}
	if axis, angle := axisAngle(r.Setting); angle != 0 {
		add("setting", mcstas(axis), []float64{angle})
	}
	add("omega", mcstas(r.Axis), start)
	axes = append(axes, hdf5.NewDataset("omega_end", end, units("deg")), hdf5.NewDataset("omega_increment_set", r.Width, units("deg")))
	if axis, angle := axisAngle(r.Fixed); angle != 0 {
		add("fixed", mcstas(axis), []float64{angle})
	}
	return class("sample", "NXsample",
		hdf5.NewDataset("name", "simulation"),
		hdf5.NewDataset("depends_on", parent),
		class("transformations", "NXtransformations", axes...))
}

// Values of pixel_mask.
const (
	maskGap  = 1 << 0
	maskDead = 1 << 1
)

// pixelMask writes the mask of the pixels that belong to no panel, that are in the panels'
// rectangles of bad pixels, or that are bad in every frame. It is nil if all count.
func (w *Writer) pixelMask(g *format.Geometry) (*hdf5.Chunks, error) {
	mask := make([]byte, w.fast*w.slow)
	for i := range mask {
		mask[i] = maskGap
	}
	for _, p := range g.Panels {
		for s := range p.Size[1] {
			clear(mask[(p.First[1]+s)*w.fast+p.First[0]:][:p.Size[0]])
		}
		for _, r := range p.Bad {
			for s := max(r[1], 0); s < min(r[3], p.Size[1]); s++ {
				for f := max(r[0], 0); f < min(r[2], p.Size[0]); f++ {
					mask[(p.First[1]+s)*w.fast+p.First[0]+f] |= maskDead
				}
			}
		}
	}
	any := false
	for i := range mask {
		if w.always[i] && mask[i] == 0 {
			mask[i] = maskDead
		}
		any = any || mask[i] != 0
	}
	if !any {
		return nil, nil
	}
	rows, err := w.hdf5.NewChunks(format.Uint32, w.fast)
	if err != nil {
		return nil, err
	}
	row := make([]byte, 0, 4*w.fast)
	for s := range w.slow {
		row = row[:0]
		for _, m := range mask[s*w.fast:][:w.fast] {
			row = append(row, m, 0, 0, 0)
		}
		if err := rows.Append(row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
