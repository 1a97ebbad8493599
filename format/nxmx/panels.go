package nxmx

import (
	"math"
	"path"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// panels reads the modules of the detector.
func (r *reader) panels(g *format.Geometry, p paths, fast, slow int) {
	if p.detector == "" || r.err != nil {
		return
	}
	detectors := []string{p.detector}
	if all := r.classes(p.instrument, "NXdetector"); len(all) > 0 {
		detectors = all
	}
	for _, detector := range detectors {
		common := r.sensor(detector)
		for _, module := range r.classes(detector, "NXdetector_module") {
			panel := common
			if common.Trusted != nil {
				trusted := *common.Trusted
				panel.Trusted = &trusted
			}
			if r.module(&panel, module, fast, slow) {
				g.Panels = append(g.Panels, panel)
			}
		}
	}
	if len(g.Panels) > 0 || r.err != nil {
		return
	}
	panel := r.sensor(p.detector)
	panel.Size = [2]int{fast, slow}
	if r.oldGeometry(&panel, p.detector) || r.beamCentre(&panel, p.detector) {
		panel.Name = p.detector
		g.Panels = append(g.Panels, panel)
	}
}

// sensor reads what all modules of a detector have in common.
func (r *reader) sensor(detector string) (panel format.Panel) {
	at := func(name string) string { return path.Join(detector, name) }
	panel.Material = r.text(at("sensor_material"))
	if strings.EqualFold(panel.Material, "silicon") {
		panel.Material = "Si"
	}
	panel.Thickness, _ = r.quantity(at("sensor_thickness"), lengths, "m")
	if panel.Thickness < 1.5*noThickness { // as Create writes it
		panel.Material, panel.Thickness = "", 0
	}
	least, hasLeast := r.number(at("underload_value"))
	most, hasMost := r.number(at("saturation_value"))
	if !hasMost {
		most, hasMost = r.number(at("detectorSpecific/countrate_correction_count_cutoff"))
	}
	if !hasLeast {
		least = -math.MaxFloat64
	}
	if !hasMost {
		most = math.MaxFloat64
	}
	if hasLeast || hasMost {
		panel.Trusted = &[2]float64{least, most}
	}
	panel.Pixel[0], _ = r.quantity(at("x_pixel_size"), lengths, "m")
	panel.Pixel[1], _ = r.quantity(at("y_pixel_size"), lengths, "m")
	return panel
}

// module reads a module's place in the frame and in the laboratory. It reports whether it has one.
func (r *reader) module(panel *format.Panel, module string, fast, slow int) bool {
	panel.Name = module
	origin, size := r.numbers(path.Join(module, "data_origin")), r.numbers(path.Join(module, "data_size"))
	if len(origin) > 3 || len(size) > 3 || len(origin) != len(size) || len(origin) == 1 {
		r.notice("%s is not used: its data_origin and data_size have %d and %d numbers", module, len(origin), len(size))
		return false
	}
	corner, extent := [3]float64{}, [3]float64{1, float64(slow), float64(fast)}
	copy(corner[3-len(origin):], origin)
	copy(extent[3-len(size):], size)
	// Of several modules in a dimension of their own, one comes below the other in the frame.
	if len(size) == 3 {
		corner[1] += corner[0] * extent[1]
	}
	if extent[1] == float64(fast) && extent[2] == float64(slow) && fast != slow && corner == [3]float64{} {
		r.notice("%s/data_size has the fast axis first: it is taken the other way round", module)
		extent[1], extent[2] = extent[2], extent[1]
	}
	for i, limit := range []int{1: slow, 2: fast} {
		if i > 0 && !(corner[i] >= 0 && extent[i] >= 1 && corner[i]+extent[i] <= float64(limit)) {
			if r.err == nil {
				r.err = format.Errorf(format.ErrInconsistent, "%s has pixels %g to %g along an axis on which the frame has %d", module, corner[i], corner[i]+extent[i], limit)
			}
			return false
		}
	}
	panel.First = [2]int{int(corner[2]), int(corner[1])}
	panel.Size = [2]int{int(extent[2]), int(extent[1])}

	f, ok := r.axis(path.Join(module, "fast_pixel_direction"))
	s, okSlow := r.axis(path.Join(module, "slow_pixel_direction"))
	if !ok || !okSlow {
		return false
	}
	chain := r.chain(f.parent)
	if detector := path.Dir(module); r.word(f.path, "depends_on") == "" {
		chain = r.chain(r.follow(detector, r.text(path.Join(detector, "depends_on"))))
	}
	panel.Origin = mcstas(place(chain, f.offset))
	panel.Fast = mcstas(direction(chain, f.vector))
	slowChain := chain
	if s.parent != f.parent {
		slowChain = r.chain(s.parent)
	}
	panel.Slow = mcstas(direction(slowChain, s.vector))
	for i, a := range []axis{f, s} {
		if v := a.first() * length(a.vector); v > 0 {
			panel.Pixel[i] = v
		}
	}
	return true
}

// oldGeometry reads the geometry group of a detector, as older master files of DECTRIS have it: the
// directions of the axes, and the corner of the first pixel with z against the beam.
func (r *reader) oldGeometry(panel *format.Panel, detector string) bool {
	where := path.Join(detector, "geometry/translation/distances")
	axes, corner := r.numbers(path.Join(detector, "geometry/orientation/value")), r.numbers(where)
	if len(axes) != 6 || len(corner) != 3 {
		return false
	}
	factor := r.scale(where, "units", lengths, "m")
	panel.Fast = mcstas(unit([3]float64(axes[:3])))
	panel.Slow = mcstas(unit([3]float64(axes[3:])))
	panel.Origin = [3]float64{flip(corner[0] * factor), corner[1] * factor, -math.Abs(corner[2] * factor)}
	return panel.Fast != [3]float64{} && panel.Slow != [3]float64{}
}

// beamCentre takes a detector across the beam from the place of the beam on it and its distance.
func (r *reader) beamCentre(panel *format.Panel, detector string) bool {
	x, okX := r.number(path.Join(detector, "beam_center_x"))
	y, okY := r.number(path.Join(detector, "beam_center_y"))
	distance, ok := r.quantity(path.Join(detector, "detector_distance"), lengths, "m")
	if !ok {
		distance, ok = r.quantity(path.Join(detector, "distance"), lengths, "m")
	}
	if !okX || !okY || !ok || !(panel.Pixel[0] > 0) || !(panel.Pixel[1] > 0) {
		return false
	}
	r.notice("the file has no axes of the detector: it is taken to stand across the beam, with the fast axis along x and the slow one against y")
	panel.Fast, panel.Slow = [3]float64{1, 0, 0}, [3]float64{0, -1, 0}
	panel.Origin = [3]float64{flip(x * panel.Pixel[0]), y * panel.Pixel[1], -math.Abs(distance)}
	return true
}
