package crystal

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Scales makes the intensities of reflections parameters: |F|² of the table is multiplied by a scale, one for all
// reflections that the space group makes equivalent. They are the elements of the vector [Crystal.Scale], named by
// [Crystal.ScaleNames].
//
// The table is multiplied before the pixels are simulated, and read at the nearest reflection: a scale costs no time. A
// reflection that is not in the table has the default structure factor, without a scale. So has one that the group forbids
// the scale 1.
type Scales struct {
	// Group is the space group. nil means P1.
	Group *symmetry.Group
	// Reindex is the matrix from the crystal's Miller indices to those of the group's setting, which multiplies columns
	// (h, k, l): of a primitive cell in P1, for example, to a centred one. Zero means that they are the same.
	Reindex [3][3]int
	// Apart gives Friedel mates that are not equivalent scales of their own, since anomalous scattering makes them
	// different. Otherwise they share one.
	Apart bool
	// Channels are the energies in eV, in ascending order, at which a channel ends and the next begins. Each channel has
	// scales of its own. A source belongs to the channel of its present wavelength. nil means one channel.
	Channels []float64
	// ShareCentric gives centric reflections, whose Friedel mates are always equivalent, one scale for all channels.
	ShareCentric bool
	// Start are scales other than 1.
	Start []Scale
}

// AllChannels as a channel means each of them.
const AllChannels = -1

// Scale is the scale of a reflection.
type Scale struct {
	// H are the Miller indices in the group's setting; any equivalent reflection will do.
	H [3]int
	// Channel counts from 0; or [AllChannels].
	Channel int
	// Scale is 0 or more.
	Scale float64
}

// MaxChannels is the largest number of channels.
const MaxChannels = expr.MaxChannels

// scaling is what Scales mean for a table.
type scaling struct {
	elements []element
	index    []float64 // by channel and cell of the table: the element, len(elements) for a scale of 1
	channels int
	grid     *expr.Grid // of the table of scaled intensities
}

// element is one scale.
type element struct {
	h       [3]int
	channel int // AllChannels if it is that of all
}

// check returns what is wrong with the scales of a crystal with a table.
func (s *Scales) check(c *Config) error {
	const field = "structure.scales"
	switch {
	case c.Structure == nil:
		return refuse(field, "there is no table of structure factors, whose reflections could have scales")
	case c.Lookup == Tricubic:
		return refuse(field, "the lookup is tricubic, which interpolates amplitudes: scales need the lookup nearest")
	case len(s.Channels) >= MaxChannels:
		return refuse(field+".channels", "%d channels; at most %d", len(s.Channels)+1, MaxChannels)
	case s.ShareCentric && len(s.Channels) == 0:
		return refuse(field+".share_centric", "there is one channel: centric reflections have nothing to share")
	case s.Reindex != [3][3]int{} && determinant(s.Reindex) == 0:
		return refuse(field+".reindex", "the matrix %v has the determinant 0", s.Reindex)
	}
	for i, e := range s.Channels {
		if !(e > 0) || math.IsInf(e, 0) {
			return refuse(field+".channels", "channel %d ends at %g eV; want above 0", i, e)
		}
		if i > 0 && !(e > s.Channels[i-1]) {
			return refuse(field+".channels", "%g eV after %g eV; want ascending energies", e, s.Channels[i-1])
		}
	}
	return nil
}

func determinant(m [3][3]int) int {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

// clone returns a copy, the caller's to change; nil of nil.
func (s *Scales) clone() *Scales {
	if s == nil {
		return nil
	}
	own := *s
	own.Channels, own.Start = slices.Clone(s.Channels), slices.Clone(s.Start)
	if own.Group == nil {
		own.Group, _ = symmetry.ByNumber(1)
	}
	return &own
}

// setting returns Miller indices of the crystal in the group's setting.
func (s *Scales) setting(h [3]int) [3]int {
	if s.Reindex == [3][3]int{} {
		return h
	}
	var out [3]int
	for i, row := range s.Reindex {
		out[i] = row[0]*h[0] + row[1]*h[1] + row[2]*h[2]
	}
	return out
}

// unique returns the reflection that stands for those with the same scale.
func (s *Scales) unique(g *symmetry.Group, h [3]int) [3]int {
	if s.Apart {
		return g.RepresentativeApart(h)
	}
	r, _, _ := g.Representative(h)
	return r
}

// scaling maps the cells of a table to scales. The scales are in the order of l, then h, then k of the reflections that
// they are named by, those of the first channel first, and then those that all channels share.
func (s *Scales) scaling(t *structure.Table) *scaling {
	g := s.Group
	out := &scaling{channels: len(s.Channels) + 1}
	cells := t.Cells()
	of := map[[3]int]int{} // by reflection: its number
	var list [][3]int
	number := make([]int, cells)
	for i := range cells {
		number[i] = -1
		if t.Present != nil && !t.Present[i] {
			continue
		}
		h, k, l := t.Indices(i)
		at := s.setting([3]int{h, k, l})
		if g.Absent(at) {
			continue
		}
		r := s.unique(g, at)
		n, ok := of[r]
		if !ok {
			n = len(list)
			of[r] = n
			list = append(list, r)
		}
		number[i] = n
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := list[a], list[b]
		return slices.Compare([]int{x[2], x[0], x[1]}, []int{y[2], y[0], y[1]})
	})
	place := make([][]int, out.channels) // by channel and number: the element
	for c := range place {
		place[c] = make([]int, len(list))
		for _, n := range order {
			if s.ShareCentric && g.Centric(list[n]) {
				continue
			}
			place[c][n] = len(out.elements)
			channel := c
			if out.channels == 1 {
				channel = AllChannels
			}
			out.elements = append(out.elements, element{list[n], channel})
		}
	}
	if s.ShareCentric {
		for _, n := range order {
			if !g.Centric(list[n]) {
				continue
			}
			for c := range place {
				place[c][n] = len(out.elements)
			}
			out.elements = append(out.elements, element{list[n], AllChannels})
		}
	}
	one := float64(len(out.elements))
	out.index = make([]float64, 0, out.channels*cells)
	for c := range place {
		for _, n := range number {
			if n < 0 {
				out.index = append(out.index, one)
			} else {
				out.index = append(out.index, float64(place[c][n]))
			}
		}
	}
	return out
}

// start returns the values of the scales at first.
func (s *Scales) start(of *scaling) ([]float64, error) {
	const field = "structure.scales.start"
	if len(of.elements) == 0 {
		return nil, refuse("structure.scales", "%s forbids every reflection of the table of structure factors", s.Group.Symbol())
	}
	g := s.Group
	values := make([]float64, len(of.elements))
	at := make(map[element]int, len(values))
	for i, e := range of.elements {
		values[i] = 1
		at[e] = i
	}
	for i, v := range s.Start {
		if !(v.Scale >= 0) || math.IsInf(v.Scale, 0) {
			return nil, refuse(field, "the scale of %s is %g; want 0 or more", indices(v.H), v.Scale)
		}
		if v.Channel < AllChannels || v.Channel >= of.channels {
			return nil, refuse(field, "scale %d is of channel %d; there are %d, counted from 0", i, v.Channel, of.channels)
		}
		r := s.unique(g, v.H)
		known := false
		for c := range of.channels {
			if v.Channel != AllChannels && v.Channel != c {
				continue
			}
			if n, ok := at[element{r, c}]; ok {
				values[n], known = v.Scale, true
			}
		}
		if n, ok := at[element{r, AllChannels}]; ok {
			if v.Channel != AllChannels && of.channels > 1 {
				return nil, refuse(field, "the centric reflection %s has a scale for channel %d; it has one for all channels", indices(v.H), v.Channel)
			}
			values[n], known = v.Scale, true
		}
		if !known {
			why := "is not in the table of structure factors"
			if g.Absent(v.H) {
				why = "is forbidden by " + g.Symbol()
			}
			return nil, refuse(field, "the reflection %s, which has a scale, %s", indices(v.H), why)
		}
	}
	return values, nil
}

// checkScales rejects current scales that make no sense.
func (x *Crystal) checkScales() error {
	if x.Scale == nil || x.Scale.Op() != nil || x.Scale.Value() == nil {
		return nil // none, or an expression
	}
	values, _ := x.Scale.Value().Data().([]float64)
	for i, v := range values {
		if !(v >= 0) || math.IsInf(v, 0) {
			return refuse("structure.scales", "the scale of %s is %g; want 0 or more", indices(x.scaling.elements[i].h), v)
		}
	}
	return nil
}

// ScaleNames returns the names of the elements of the node Scale: "structure.scale[3,1,2]", or with several channels
// "structure.scale[3,1,2;0]" for that of channel 0 and the first form for one that all channels share. nil without scales.
func (x *Crystal) ScaleNames() []string {
	if x.scaling == nil {
		return nil
	}
	names := make([]string, len(x.scaling.elements))
	for i, e := range x.scaling.elements {
		names[i] = fmt.Sprintf("%sstructure.scale[%d,%d,%d", x.prefix, e.h[0], e.h[1], e.h[2])
		if e.channel != AllChannels {
			names[i] += fmt.Sprintf(";%d", e.channel)
		}
		names[i] += "]"
	}
	return names
}

// ScaleElement returns the element of the node Scale that multiplies the intensity of a reflection, given by the crystal's
// Miller indices, in a channel, and reports whether there is one: reflections that are not in the table or are forbidden
// have none.
func (x *Crystal) ScaleElement(h [3]int, channel int) (i int, ok bool) {
	if x.scaling == nil || channel < 0 || channel >= x.scaling.channels {
		return 0, false
	}
	cell, ok := x.cfg.Structure.Index(h[0], h[1], h[2])
	if !ok {
		return 0, false
	}
	i = int(x.scaling.index[channel*x.cfg.Structure.Cells()+cell])
	return i, i < len(x.scaling.elements)
}

// Scales returns the scales that are not 1 now, as Config.Scales.Start takes them; nil if they are not an input.
func (x *Crystal) Scales() ([]Scale, error) {
	if x.Scale == nil || x.Scale.Op() != nil {
		return nil, nil
	}
	value, err := node.Value(node.On(x.g).In(x.Scale))
	if err != nil {
		return nil, fmt.Errorf("crystal: %w", err)
	}
	var list []Scale
	for i, v := range value.Data().([]float64) {
		if e := x.scaling.elements[i]; v != 1 {
			list = append(list, Scale{H: e.h, Channel: e.channel, Scale: v})
		}
	}
	return list, nil
}

func indices(h [3]int) string { return fmt.Sprintf("(%d, %d, %d)", h[0], h[1], h[2]) }
