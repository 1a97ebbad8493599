package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// ofRefinement are varying parameters that belong to a refinement's model of the counts, and not to the experiment's nodes.
var ofRefinement = []string{"scale", "background.flat", "background.fast", "background.slow"}

// clone returns a copy that shares no numbers; nil of no scan.
func (s *Scan) clone() *Scan {
	if s == nil {
		return nil
	}
	own := *s
	own.Varying = slices.Clone(own.Varying)
	for i := range own.Varying {
		v := &own.Varying[i]
		v.Values, v.Sigma = slices.Clone(v.Values), slices.Clone(v.Sigma)
	}
	return &own
}

// varies reports whether a parameter, or an element of it, has a value for each image.
func (s *Scan) varies(name string) bool {
	return s != nil && slices.ContainsFunc(s.Varying, func(v Varying) bool { return v.Parameter == name })
}

// check returns an error for varying parameters that are listed twice, or with too few values.
func (s *Scan) check() error {
	if s == nil {
		return nil
	}
	names := map[string]bool{}
	for i, v := range s.Varying {
		path := fmt.Sprintf("scan.varying[%d]", i)
		switch {
		case v.Parameter == "":
			return problem(path+".parameter", "is missing")
		case v.Parameter == "phi" || strings.HasSuffix(v.Parameter, ".phi"):
			return problem(path+".parameter", "is %s, which is the scan's own: vary a misset", v.Parameter)
		case names[v.Parameter]:
			return problem(path+".parameter", "%s is listed twice", v.Parameter)
		case len(v.Values) != s.Images:
			return problem(path+".values", "has %d values of %s for %d images", len(v.Values), v.Parameter, s.Images)
		case v.Sigma != nil && len(v.Sigma) != s.Images:
			return problem(path+".sigma", "has %d values for %d images", len(v.Sigma), s.Images)
		}
		names[v.Parameter] = true
	}
	return nil
}

// Varying returns the value of a varying parameter in the selected image, and whether it is one.
func (e *Experiment) Varying(name string) (v float64, ok bool) {
	s := e.config.Scan
	if !s.varies(name) {
		return 0, false
	}
	i := slices.IndexFunc(s.Varying, func(v Varying) bool { return v.Parameter == name })
	return s.Varying[i].Values[e.selected-s.FirstImage()], true
}

// varyingNode returns the node of a varying parameter, and which of its elements it is; −1 for a scalar.
func (e *Experiment) varyingNode(i int) (n *G.Node, element int, err error) {
	name := e.config.Scan.Varying[i].Parameter
	if n, err := e.Parameter(name); err == nil {
		if n.Op() != nil {
			return nil, 0, problem(fmt.Sprintf("scan.varying[%d].parameter", i), "%s is computed from other nodes", name)
		}
		return n, -1, nil
	}
	unknown := problem(fmt.Sprintf("scan.varying[%d].parameter", i), "there is no parameter %s", name)
	at := strings.LastIndexByte(name, '[') // crystals[1].… has another one before
	if at < 0 {
		return nil, 0, unknown
	}
	if element, err = strconv.Atoi(strings.TrimSuffix(name[at+1:], "]")); err != nil {
		return nil, 0, unknown
	}
	n, _, err = e.Vector(name[:at])
	if err != nil || n.Op() != nil || element < 0 || element >= n.Shape().TotalSize() {
		return nil, 0, unknown
	}
	return n, element, nil
}

// setVarying gives varying parameters their values in the selected image.
func (e *Experiment) setVarying() error {
	return e.eachVarying(func(n *G.Node, element int, v *float64) error {
		if element < 0 {
			return G.Let(n, G.NewF64(*v))
		}
		values := slices.Clone(vectorValue(n))
		values[element] = *v
		return G.Let(n, node.AsValue(n.Shape(), values))
	})
}

// keepVarying keeps the present values of varying parameters as those of the selected image.
func (e *Experiment) keepVarying() error {
	return e.eachVarying(func(n *G.Node, element int, v *float64) (err error) {
		if element < 0 {
			*v, err = e.value(n)
			return err
		}
		*v = vectorValue(n)[element]
		return nil
	})
}

// eachVarying visits the varying parameters that are nodes, with their values in the selected image.
func (e *Experiment) eachVarying(visit func(n *G.Node, element int, v *float64) error) error {
	s := e.config.Scan
	if s == nil {
		return nil
	}
	for i := range s.Varying {
		v := &s.Varying[i]
		if slices.Contains(ofRefinement, v.Parameter) {
			continue
		}
		n, element, err := e.varyingNode(i)
		if err != nil {
			return err
		}
		if err := visit(n, element, &v.Values[e.selected-s.FirstImage()]); err != nil {
			return fmt.Errorf("experiment: %s in image %d: %w", v.Parameter, e.selected, err)
		}
	}
	return nil
}
