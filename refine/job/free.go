package job

import (
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
)

// word is a name for several parameters.
type word struct {
	name, about string
	of          func(j *job, e *experiment.Experiment) []*G.Node
}

// words are those that [Options].Free takes besides the names of parameters.
var words = []word{
	{"cell", "lengths and angles that the crystal system leaves free", func(j *job, e *experiment.Experiment) (list []*G.Node) {
		for i, x := range e.Crystals {
			fixed := [6]bool{}
			if t := j.systems[i]; t != nil {
				fixed = t.fixed()
			}
			for k, n := range x.Cell.List() {
				if !fixed[k] && n.Op() == nil {
					list = append(list, n)
				}
			}
		}
		return list
	}},
	{"misset", "the crystal's orientation", func(_ *job, e *experiment.Experiment) (list []*G.Node) {
		for _, x := range e.Crystals {
			list = append(list, x.Misset[:]...)
		}
		return list
	}},
	{"distance", "the detector's distance", func(_ *job, e *experiment.Experiment) []*G.Node {
		d := e.Detector
		return []*G.Node{d.Distance, d.CloseDistance}
	}},
	{"beam", "the beam's place on the detector", func(_ *job, e *experiment.Experiment) []*G.Node {
		d := e.Detector
		if d.CloseFast != nil {
			return []*G.Node{d.CloseFast, d.CloseSlow}
		}
		return []*G.Node{d.BeamX, d.BeamY}
	}},
	{"mosaic", "the mosaic spread, or its three", func(_ *job, e *experiment.Experiment) (list []*G.Node) {
		for _, x := range e.Crystals {
			list = append(append(list, x.MosaicSpread), x.Spreads[:]...)
		}
		return list
	}},
	{"N", "the numbers of unit cells along a, b, c", func(_ *job, e *experiment.Experiment) (list []*G.Node) {
		for _, x := range e.Crystals {
			list = append(list, x.N[:]...)
		}
		return list
	}},
	{"scale", "the scale of all spots, or of each crystal's", func(_ *job, e *experiment.Experiment) (list []*G.Node) {
		if len(e.Crystals) > 1 {
			for _, x := range e.Crystals {
				list = append(list, x.SpotScale)
			}
		}
		return list
	}},
	{"background", "that of the image", nil},
	{"spectrum", "centre and width of the spectrum, its calibration, or its weights", func(_ *job, e *experiment.Experiment) []*G.Node {
		b := e.Beam
		list := []*G.Node{b.Energy, b.FWHM, b.Offset, b.Scale, b.LineWidth, b.Weights}
		if b.Config().Dispersion.Range > 0 {
			list = append(list, b.Dispersion)
		}
		return list
	}},
	{"divergence", "the beam's divergences", func(_ *job, e *experiment.Experiment) (list []*G.Node) {
		b := e.Beam
		list = append(list, b.Gaussian[:]...)
		if b.Config().Horizontal.Range > 0 {
			list = append(list, b.Horizontal)
		}
		if b.Config().Vertical.Range > 0 {
			list = append(list, b.Vertical)
		}
		return list
	}},
	{"wavelength", "the beam's wavelength", func(_ *job, e *experiment.Experiment) []*G.Node { return []*G.Node{e.Beam.Wavelength} }},
}

// Words are those that stand for several parameters in [Options].Free, each with what it stands for.
func Words() [][2]string {
	var list [][2]string
	for _, w := range words {
		list = append(list, [2]string{w.name, w.about})
	}
	return list
}

// byKind is what is free if nobody says it: what an image of the kind determines.
var byKind = map[Kind][]string{
	Still:    {"cell", "misset", "N", "mosaic", "scale", "background"},
	Rotation: {"cell", "misset", "distance", "beam", "N", "mosaic", "scale", "background"},
	Sweep:    {"cell", "misset", "distance", "beam", "N", "mosaic", "scale", "background"},
}

// free returns the names of the parameters that are free in an experiment with its nodes, of words and names.
func (j *job) free(e *experiment.Experiment) ([]string, error) {
	asked := j.Free
	byDefault := asked == nil
	switch {
	case byDefault && j.said.Refine.Parameters != nil:
		return j.said.Refine.Parameters, nil
	case byDefault:
		asked = byKind[j.kind]
		if j.guessed && j.said.Beam.LineWidth > 0 { // found in the image
			asked = append(slices.Clone(asked), "spectrum")
		}
	}
	var names []string
	add := func(n *G.Node) bool {
		if n == nil || n.Op() != nil || e.Idle(n) != "" || slices.Contains(names, n.Name()) {
			return n != nil && slices.Contains(names, n.Name())
		}
		names = append(names, n.Name())
		return true
	}
	for _, name := range asked {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(words, func(w word) bool { return strings.EqualFold(w.name, name) })
		switch {
		case i < 0:
			names = append(names, name) // that there is such a parameter is checked where the fit is made
		case words[i].name == "background":
			list := j.backgroundNames(e)
			if len(list) == 0 && !byDefault {
				return nil, wrong("free", "names background, and there is none that can be free")
			}
			names = append(names, list...)
		default:
			found := false
			if words[i].name == "scale" && len(e.Crystals) == 1 {
				names, found = append(names, "scale"), true
			}
			for _, n := range words[i].of(j, e) {
				found = add(n) || found
			}
			if !found && !byDefault {
				return nil, wrong("free", "names %s, of which this experiment has no parameter that changes the image", words[i].name)
			}
		}
	}
	return names, nil
}

// checkFree returns an error for names that are no parameters, before the work: those of a background, which is chosen later, are
// checked where the fit is made.
func (j *job) checkFree(e *experiment.Experiment) error {
	for _, name := range j.Free {
		name = strings.TrimSpace(name)
		known := name == "scale" || strings.HasPrefix(name, "background.") || slices.ContainsFunc(words, func(w word) bool { return strings.EqualFold(w.name, name) })
		if known || slices.ContainsFunc(e.Parameters(), func(n *G.Node) bool { return n.Name() == name }) {
			continue
		}
		var list []string
		for _, w := range words {
			list = append(list, w.name)
		}
		var own []string
		for _, n := range e.Parameters() {
			if n.Op() == nil && e.Idle(n) == "" {
				own = append(own, n.Name())
			}
		}
		return wrong("free", "names %q, which is no parameter: there are %s; and, each alone, %s", name, strings.Join(list, ", "), strings.Join(own, ", "))
	}
	return nil
}

// fixed are the parameters of a cell that the system leaves no freedom: those equal to an earlier one, and angles of 90° and 120°.
func (t *tied) fixed() (list [6]bool) {
	base := [6]float64{10, 11, 12.5, 84, 93, 101}
	at := t.group.Symmetrize(base)
	for i := range base {
		for _, exact := range []float64{90, 120} {
			list[i] = list[i] || i >= 3 && at[i] > exact-1e-9 && at[i] < exact+1e-9
		}
		for k := range i {
			list[i] = list[i] || (k >= 3) == (i >= 3) && math.Abs(at[i]-at[k]) < 1e-9
		}
	}
	return list
}
