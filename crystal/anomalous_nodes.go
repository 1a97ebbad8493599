package crystal

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// AnomalousNodes are the nodes of Config.Anomalous.
type AnomalousNodes struct {
	Scatterers []ScattererNodes
	Atoms      []AtomNodes
}

// ScattererNodes are the nodes of a [Scatterer].
type ScattererNodes struct {
	// FPrime and FDoublePrime are in electrons; "anomalous.scatterers[0].f_prime[0]" … and "….f_double_prime[0]" … They are nil
	// with an edge.
	FPrime, FDoublePrime []*G.Node
	Edge                 *EdgeNodes // nil without one
	B                    *G.Node    // in Å², "anomalous.scatterers[0].b"; nil unless Scatterer.B is given
}

// EdgeNodes are the nodes of an [Edge], "anomalous.scatterers[0].edge.below" and so on.
type EdgeNodes struct{ Below, Step, Energy, Slope, Offset *G.Node }

// AtomNodes are the nodes of a [HeavyAtom].
type AtomNodes struct {
	Position  [3]*G.Node // fractions; "anomalous.atoms[0].x" …
	B         *G.Node    // in Å², "anomalous.atoms[0].b"; with a Scatterer.B that node. Atoms that share it are faster
	Occupancy *G.Node    // "anomalous.atoms[0].occupancy"
}

// emptyNodes has the places of the nodes.
func (a *Anomalous) emptyNodes() *AnomalousNodes {
	n := &AnomalousNodes{Scatterers: make([]ScattererNodes, len(a.Scatterers)), Atoms: make([]AtomNodes, len(a.Atoms))}
	for i, s := range a.Scatterers {
		n.Scatterers[i].FPrime, n.Scatterers[i].FDoublePrime = make([]*G.Node, len(s.FPrime)), make([]*G.Node, len(s.FDoublePrime))
		if s.Edge != nil {
			n.Scatterers[i].Edge = &EdgeNodes{}
		}
	}
	return n
}

// anomalousNodes makes the nodes. scalar makes one of a name.
func (a *Anomalous) nodes(scalar func(name string, v float64) *G.Node) *AnomalousNodes {
	n := a.emptyNodes()
	for i, s := range a.Scatterers {
		name, nodes := fmt.Sprintf("anomalous.scatterers[%d]", i), &n.Scatterers[i]
		for j, v := range s.FPrime {
			nodes.FPrime[j] = scalar(fmt.Sprintf("%s.f_prime[%d]", name, j), v)
		}
		for j, v := range s.FDoublePrime {
			nodes.FDoublePrime[j] = scalar(fmt.Sprintf("%s.f_double_prime[%d]", name, j), v)
		}
		if e := s.Edge; e != nil {
			*nodes.Edge = EdgeNodes{Below: scalar(name+".edge.below", e.Below), Step: scalar(name+".edge.step", e.Step),
				Energy: scalar(name+".edge.energy", e.Energy), Slope: scalar(name+".edge.slope", e.Slope), Offset: scalar(name+".edge.offset", e.Offset)}
		}
		if s.B != nil {
			nodes.B = scalar(name+".b", *s.B)
		}
	}
	for i, atom := range a.Atoms {
		name, nodes := fmt.Sprintf("anomalous.atoms[%d]", i), &n.Atoms[i]
		for j, axis := range []string{"x", "y", "z"} {
			nodes.Position[j] = scalar(name+"."+axis, atom.Position[j])
		}
		if nodes.B = n.Scatterers[a.kind(atom)].B; nodes.B == nil {
			nodes.B = scalar(name+".b", atom.B)
		}
		nodes.Occupancy = scalar(name+".occupancy", atom.Occupancy)
	}
	return n
}

// list returns the nodes, each once.
func (n *AnomalousNodes) list() []*G.Node {
	var list []*G.Node
	common := map[*G.Node]bool{}
	for _, s := range n.Scatterers {
		list = append(append(list, s.FPrime...), s.FDoublePrime...)
		if e := s.Edge; e != nil {
			list = append(list, e.Below, e.Step, e.Energy, e.Slope, e.Offset)
		}
		if s.B != nil {
			list, common[s.B] = append(list, s.B), true
		}
	}
	for _, atom := range n.Atoms {
		list = append(list, atom.Position[:]...)
		if !common[atom.B] {
			list = append(list, atom.B)
		}
		list = append(list, atom.Occupancy)
	}
	return list
}

// checkEdges rejects edges whose nodes have values that [Anomalous.check] would not accept.
func (x *Crystal) checkEdges() error {
	for i, s := range x.Anomalous.Scatterers {
		if s.Edge == nil {
			continue
		}
		energy, one, err := node.Leaf(s.Edge.Energy)
		if err != nil {
			return err
		}
		slope, two, err := node.Leaf(s.Edge.Slope)
		if err != nil {
			return err
		}
		if one && two && !(energy*slope >= minSlope) {
			return refuse(fmt.Sprintf("anomalous.scatterers.%d.edge.slope", i), "an edge at %g eV with a slope of %g/eV reaches down to 0: the slope has to be %g/eV or more", energy, slope, minSlope/energy)
		}
	}
	return nil
}
