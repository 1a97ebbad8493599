package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/cli"
)

// parameter is a quantity of the experiment with a derivative image.
type parameter struct {
	name, unit, about string
	// needs is what must be given for the image to depend on the parameter, "" if nothing.
	needs string
	// node of the model; nil where it has none.
	node func(m *model) *G.Node
}

type node = G.Node

// parameters in the order of -help. Each is the option of the same name, in the option's unit; counts (unit cells, steps,
// sub-pixels) are kept constant.
var parameters = []parameter{
	{"cell_a", "Å", "edge a of the unit cell; the number of cells is kept", "", func(m *model) *node { return m.xtal.Cell.A }},
	{"cell_b", "Å", "edge b", "", func(m *model) *node { return m.xtal.Cell.B }},
	{"cell_c", "Å", "edge c", "", func(m *model) *node { return m.xtal.Cell.C }},
	{"cell_alpha", "degree", "angle alpha", "", func(m *model) *node { return m.xtal.Cell.Alpha }},
	{"cell_beta", "degree", "angle beta", "", func(m *model) *node { return m.xtal.Cell.Beta }},
	{"cell_gamma", "degree", "angle gamma", "", func(m *model) *node { return m.xtal.Cell.Gamma }},
	{"misset_x", "degree", "first angle of -misset", "", func(m *model) *node { return m.xtal.Misset[0] }},
	{"misset_y", "degree", "second angle", "", func(m *model) *node { return m.xtal.Misset[1] }},
	{"misset_z", "degree", "third angle", "", func(m *model) *node { return m.xtal.Misset[2] }},
	{"mosaic", "degree", "mosaic spread", "a -mosaic spread of 2 -mosaic_domains or more", func(m *model) *node { return m.xtal.MosaicSpread }},
	{"phi", "degree", "start of the rotation", "", func(m *model) *node { return m.xtal.Phi }},
	{"osc", "degree", "width of the rotation; the number of steps is kept", "an -osc of 2 -phisteps or more", func(m *model) *node { return m.xtal.Osc }},
	{"lambda", "Å", "wavelength; the cell of a -mat is kept", "a wavelength that is not the -sourcefile's", func(m *model) *node { return m.src.Wavelength }},
	{"polar", "", "Kahn polarization factor", "a run without -nopolar", func(m *model) *node { return m.src.Kahn }},
	{"fluence", "photon/m²", "fluence, by -flux or not", "", func(m *model) *node { return m.src.Fluence }},
	{"distance", "mm", "-distance, or -close_distance where that is given", placedByCorner, distanceNode},
	{"beam_x", "mm", "-Xbeam", "a detector that -Xbeam places; see close_x", func(m *model) *node { return m.beamNode(0) }},
	{"beam_y", "mm", "-Ybeam", "a detector that -Ybeam places; see close_y", func(m *model) *node { return m.beamNode(1) }},
	{"close_x", "mm", "-Xclose, or -ORGX times the pixel, where that places the detector", pivotsAboutSample, func(m *model) *node { return m.det.CloseFast }},
	{"close_y", "mm", "-Yclose, or -ORGY times the pixel", pivotsAboutSample, func(m *model) *node { return m.det.CloseSlow }},
	{"detector_rotx", "degree", "rotation about x", "", func(m *model) *node { return m.det.RotX }},
	{"detector_roty", "degree", "rotation about y", "", func(m *model) *node { return m.det.RotY }},
	{"detector_rotz", "degree", "rotation about z", "", func(m *model) *node { return m.det.RotZ }},
	{"twotheta", "degree", "two-theta of the detector", "", func(m *model) *node { return m.det.TwoTheta }},
	{"detector_abs", "µm", "attenuation depth of the sensor", sensor, func(m *model) *node { return m.det.Attenuation }},
	{"detector_thick", "µm", "thickness of the sensor; its attenuation depth is kept", sensor, func(m *model) *node { return m.det.Thickness }},
}

const (
	placedByCorner    = "a detector that no -pix0_vector places"
	pivotsAboutSample = "a detector that pivots about the sample"
	sensor            = "a -detector_thick"
)

func distanceNode(m *model) *node {
	if m.det.CloseDistance != nil {
		return m.det.CloseDistance
	}
	return m.det.Distance
}

// beamNode of -Xbeam or -Ybeam: with axes of the user's own they place a detector that pivots about the sample by the
// point near it, as -Xclose and -Yclose do.
func (m *model) beamNode(i int) *node {
	if near := [2]*node{m.det.CloseFast, m.det.CloseSlow}[i]; near != nil && m.beamPlaces[i] {
		return near
	}
	return [2]*node{m.det.BeamX, m.det.BeamY}[i]
}

// perUnit returns the unit of a derivative image.
func (p *parameter) perUnit() string { return "photons per " + cmp.Or(p.unit, "unit") }

// parameterNamed returns a parameter of the table, or nil.
func parameterNamed(name string) *parameter {
	i := slices.IndexFunc(parameters, func(p parameter) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return &parameters[i]
}

// setDerivatives takes names separated by commas.
func setDerivatives(o *options, in input) error {
	names := strings.Split(in.values[0], ",")
	for i, name := range names {
		if parameterNamed(name) == nil {
			return fmt.Errorf("no parameter is called %q; there are %s", name, strings.Join(likest(name), ", "))
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s is given twice", name)
		}
	}
	o.derivatives = names
	return nil
}

// likest returns the names of all parameters, those most similar to name first.
func likest(name string) []string {
	var names []string
	for _, p := range parameters {
		names = append(names, p.name)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(cli.Distance(strings.ToLower(name), a), cli.Distance(strings.ToLower(name), b))
	})
	return names
}
