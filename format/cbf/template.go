package cbf

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cif"
)

// axis is one of imgCIF: how what hangs on it moves.
type axis struct {
	equipment, parent string
	rotation          bool
	vector, offset    [3]float64 // mm
	setting           float64    // degrees or mm
}

// template is the experiment of an imgCIF header.
type template struct {
	block *cif.Block
	names []string // of the axes, in the order of the file
	axes  map[string]*axis
}

// parseTemplate reads the axes of an imgCIF header.
func parseTemplate(text []byte, name string) (*template, error) {
	file, err := cif.Parse(text, name)
	if err != nil {
		return nil, err
	}
	for _, b := range file.Blocks {
		table := b.Table("_axis.id")
		if table == nil {
			continue
		}
		t := &template{block: b, axes: map[string]*axis{}}
		column := func(tag string) int { return table.Column("_axis." + tag) }
		id, kind, equipment, parent := column("id"), column("type"), column("equipment"), column("depends_on")
		for row := range table.All() {
			a := &axis{equipment: word(row, equipment), parent: word(row, parent), rotation: word(row, kind) == "rotation"}
			for i := range 3 {
				a.vector[i] = float(row, column(fmt.Sprintf("vector[%d]", i+1)))
				a.offset[i] = float(row, column(fmt.Sprintf("offset[%d]", i+1)))
			}
			t.names = append(t.names, word(row, id))
			t.axes[word(row, id)] = a
		}
		t.set("_diffrn_scan_axis", "angle_start", "displacement_start")
		t.set("_diffrn_scan_frame_axis", "angle", "displacement")
		return t, nil
	}
	return nil, format.Errorf(format.ErrNoData, "the header has no loop of axes")
}

// word returns the value of a column, empty if there is none.
func word(row []cif.Value, column int) string {
	if column < 0 || row[column].Missing() {
		return ""
	}
	return row[column].String()
}

// float returns the number in a column, 0 if there is none.
func float(row []cif.Value, column int) float64 {
	if column < 0 {
		return 0
	}
	x, _ := row[column].Float()
	return x
}

// set takes the settings of axes from a category.
func (t *template) set(category, angle, displacement string) {
	table := t.block.Table(category + ".axis_id")
	if table == nil {
		return
	}
	id, degrees, mm := table.Column(category+".axis_id"), table.Column(category+"."+angle), table.Column(category+"."+displacement)
	for row := range table.All() {
		if a := t.axes[word(row, id)]; a != nil && a.rotation {
			a.setting = float(row, degrees)
		} else if a != nil {
			a.setting = float(row, mm)
		}
	}
}

// maxDepth is the largest number of axes that hang on one another.
const maxDepth = 64

// chain returns the axes from the named one to the laboratory.
func (t *template) chain(name string) (list []*axis, err error) {
	for ; name != ""; name = list[len(list)-1].parent {
		a := t.axes[name]
		switch {
		case a == nil:
			return nil, format.Errorf(format.ErrInconsistent, "the axis %.60q, on which others depend, is not there", name)
		case len(list) == maxDepth:
			return nil, format.Errorf(format.ErrInconsistent, "more than %d axes depend on one another: they go in a circle", maxDepth)
		}
		list = append(list, a)
	}
	return list, nil
}

// place moves a point through the axes to the laboratory.
func place(chain []*axis, point [3]float64) [3]float64 {
	for _, a := range chain {
		if a.rotation {
			point = times(rotation(a.vector, a.setting), point)
		} else {
			point = add(point, a.vector, a.setting)
		}
		point = add(point, a.offset, 1)
	}
	return point
}

// direct moves a direction.
func direct(chain []*axis, v [3]float64) [3]float64 {
	for _, a := range chain {
		if a.rotation {
			v = times(rotation(a.vector, a.setting), v)
		}
	}
	return v
}

func add(a, b [3]float64, s float64) [3]float64 {
	return [3]float64{a[0] + s*b[0], a[1] + s*b[1], a[2] + s*b[2]}
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i := range out {
		out[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
	}
	return out
}

func product(a, b [3][3]float64) (out [3][3]float64) {
	for i := range out {
		for j := range out {
			out[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return out
}

// rotation returns the right-handed rotation about a vector by an angle in degrees.
func rotation(v [3]float64, angle float64) (r [3][3]float64) {
	u := unit(v)
	sin, cos := math.Sincos(angle * math.Pi / 180)
	for i := range 3 {
		for j := range 3 {
			r[i][j] += (1 - cos) * u[i] * u[j]
		}
		r[i][i] += cos
		j, k := (i+1)%3, (i+2)%3
		r[j][i] += sin * u[k]
		r[k][i] -= sin * u[j]
	}
	return r
}

// unit returns a vector of length 1 along v, or v if it is 0.
func unit(v [3]float64) [3]float64 {
	n := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	if n == 0 {
		return v
	}
	return [3]float64{v[0] / n, v[1] / n, v[2] / n}
}

// geometry returns the experiment of an image of fast × slow pixels. The lines of a miniCBF say of
// what the sensor is, and what counts to trust where the header does not.
func (t *template) geometry(h *header, fast, slow, number int) (*format.Geometry, error) {
	g := &format.Geometry{ToSource: [3]float64{0, 0, 1}}
	g.Wavelength, _ = t.block.Value("_diffrn_radiation_wavelength.wavelength").Float()
	for _, name := range t.names {
		if a := t.axes[name]; a.equipment == "source" {
			g.ToSource = unit(a.vector)
		}
	}
	if ratio, ok := t.block.Value("_diffrn_radiation.polarizn_source_ratio").Float(); ok && ratio >= 0 && ratio <= 1 {
		angle, _ := t.block.Value("_diffrn_radiation.polarizn_source_norm").Float()
		sin, cos := math.Sincos(angle * math.Pi / 180)
		g.Polarization = &format.Polarization{Normal: [3]float64{sin, cos, 0}, Fraction: (1 + ratio) / 2}
	}
	if most, ok := t.block.Value("_array_intensities.overload").Float(); ok && most > 0 {
		h.mini.Trusted = &[2]float64{0, most}
	}
	p := format.Panel{Name: "Panel", Size: [2]int{fast, slow}, Trusted: h.mini.Trusted}
	if id := t.block.Value("_diffrn_data_frame.detector_element_id"); !id.Missing() {
		p.Name = id.String()
	}
	if gain, ok := t.block.Value("_array_intensities.gain").Float(); ok && gain > 0 {
		p.Gain = gain
	}
	h.mini.Sensor(&p)
	if err := t.panel(&p); err != nil {
		return nil, err
	}
	g.Panels = []format.Panel{p}
	var err error
	g.Rotation, err = t.rotation(number)
	return g, err
}

// panel sets the position of the detector.
func (t *template) panel(p *format.Panel) error {
	table := t.block.Table("_array_structure_list.axis_set_id")
	axes := t.block.Table("_array_structure_list_axis.axis_set_id")
	if table == nil || axes == nil {
		return format.Errorf(format.ErrNoData, "the header does not say along which axes the pixels lie (array_structure_list, array_structure_list_axis)")
	}
	var names [2]string
	var first [2]float64
	precedence, set := table.Column("_array_structure_list.precedence"), table.Column("_array_structure_list.axis_set_id")
	direction, dimension := table.Column("_array_structure_list.direction"), table.Column("_array_structure_list.dimension")
	for row := range table.All() {
		n := int(float(row, precedence))
		if n < 1 || n > 2 || names[n-1] != "" {
			return format.Errorf(format.ErrUnsupported, "arrays other than one of two dimensions (array_structure_list) are not followed")
		}
		if d := float(row, dimension); d != 0 && d != float64(p.Size[n-1]) {
			return format.Errorf(format.ErrInconsistent, "the header says %v pixels along axis %d, the image has %d", d, n, p.Size[n-1])
		}
		if word(row, direction) == "decreasing" {
			return format.Errorf(format.ErrUnsupported, "pixels in decreasing order along an axis are not followed")
		}
		names[n-1] = word(row, set)
	}
	set = axes.Column("_array_structure_list_axis.axis_set_id")
	id := axes.Column("_array_structure_list_axis.axis_id")
	start, step := axes.Column("_array_structure_list_axis.displacement"), axes.Column("_array_structure_list_axis.displacement_increment")
	var ids [2]string
	for row := range axes.All() {
		for i := range names {
			if word(row, set) == names[i] {
				ids[i], first[i], p.Pixel[i] = word(row, id), float(row, start), float(row, step)
			}
		}
	}
	for i := range ids {
		a := t.axes[ids[i]]
		if a == nil || a.rotation || !(p.Pixel[i] > 0) {
			return format.Errorf(format.ErrInconsistent, "the pixels lie along the axis %.60q in steps of %v mm, which cannot be", ids[i], p.Pixel[i])
		}
		a.setting = first[i]
	}
	// The axis on which the other hangs comes last.
	chain, err := t.chain(ids[1])
	if err != nil {
		return err
	}
	other, err := t.chain(ids[0])
	if err != nil {
		return err
	}
	p.Fast, p.Slow = unit(direct(other, t.axes[ids[0]].vector)), unit(direct(chain, t.axes[ids[1]].vector))
	if len(other) > len(chain) {
		chain = other
	}
	p.Origin = place(chain, [3]float64{})
	return nil
}

// rotation returns the goniometer and the scan; nil if nothing turns.
func (t *template) rotation(number int) (*format.Rotation, error) {
	table := t.block.Table("_diffrn_scan_axis.axis_id")
	if table == nil {
		return nil, nil
	}
	id, step := table.Column("_diffrn_scan_axis.axis_id"), table.Column("_diffrn_scan_axis.angle_increment")
	turning, width := "", 0.0
	for row := range table.All() {
		name := word(row, id)
		if a := t.axes[name]; a == nil || a.equipment != "goniometer" || !a.rotation || float(row, step) == 0 {
			continue
		}
		if turning != "" {
			return nil, format.Errorf(format.ErrUnsupported, "a scan of the two axes %.60q and %.60q at once is not followed", turning, name)
		}
		turning, width = name, float(row, step)
	}
	if turning == "" {
		return nil, nil
	}
	// The crystal sits on the axis on which no other hangs.
	top := turning
	for range maxDepth {
		for _, name := range t.names {
			if a := t.axes[name]; a.equipment == "goniometer" && a.rotation && a.parent == top {
				top = name
				break
			}
		}
	}
	chain, err := t.chain(top)
	if err != nil {
		return nil, err
	}
	r := format.NewRotation(unit(t.axes[turning].vector), t.axes[turning].setting, width, number, 1)
	inside := true
	for _, a := range chain {
		switch {
		case a == t.axes[turning]:
			inside = false
		case !a.rotation:
		case inside:
			r.Fixed = product(rotation(a.vector, a.setting), r.Fixed)
		default:
			r.Setting = product(rotation(a.vector, a.setting), r.Setting)
		}
	}
	return r, nil
}
