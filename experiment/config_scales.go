package experiment

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/symmetry"
)

// Scales makes the intensities of the reflections of the table parameters: |F|² is multiplied by a scale, one for all reflections that the
// space group makes equivalent.
type Scales struct {
	// Group is the space group, by symbol or number. If omitted, it is that of the file, or else P 1.
	Group string `json:"group,omitzero"`
	// Reindex is the matrix from Miller indices of the crystal to those of the group's setting, from a primitive cell to a centred one for
	// example. If omitted, they are the same.
	Reindex [3][3]int `json:"reindex,omitzero"`
	// Mates determines whether Friedel mates that are not equivalent have scales of their own, apart, or share one, together. If omitted, they
	// share one.
	Mates string `json:"mates,omitzero" values:"together apart"`
	// Channels are the energies at which a channel ends and the next begins, ascending. Each channel has scales of its own.
	Channels []float64 `json:"channels,omitempty" above:"0" unit:"eV"`
	// ShareCentric gives centric reflections one scale for all channels.
	ShareCentric bool `json:"share_centric,omitzero"`
	// Start are scales other than 1.
	Start []ReflectionScale `json:"start,omitempty"`
}

// ReflectionScale is the scale of a reflection.
type ReflectionScale struct {
	// HKL are the Miller indices in the group's setting, of any equivalent reflection.
	HKL [3]int `json:"hkl"`
	// Channel counts from 0. If omitted, all channels have the scale.
	Channel *int `json:"channel,omitempty" min:"0"`
	// Scale of the intensity.
	Scale float64 `json:"scale" min:"0"`
}

// crystal returns the scales for package crystal; nil of nil. group is that of the file of structure factors, if it gives one.
func (s *Scales) crystal(path string, cell crystal.Cell, group *symmetry.Group) (*crystal.Scales, error) {
	if s == nil {
		return nil, nil
	}
	out := &crystal.Scales{Group: group, Reindex: s.Reindex, Apart: s.Mates == "apart", Channels: slices.Clone(s.Channels), ShareCentric: s.ShareCentric}
	if s.Group != "" {
		var err error
		if out.Group, err = symmetry.Lookup(s.Group, cell.Complete().Parameters()); err != nil {
			return nil, problem(path+".group", "%w", err)
		}
	}
	for _, v := range s.Start {
		channel := crystal.AllChannels
		if v.Channel != nil {
			channel = *v.Channel
		}
		out.Start = append(out.Start, crystal.Scale{H: v.HKL, Channel: channel, Scale: v.Scale})
	}
	return out, nil
}

// fromScales is the inverse of crystal.
func fromScales(s *crystal.Scales) *Scales {
	if s == nil {
		return nil
	}
	out := &Scales{Reindex: s.Reindex, Channels: slices.Clone(s.Channels), ShareCentric: s.ShareCentric, Start: fromScaleList(s.Start)}
	if s.Apart {
		out.Mates = "apart"
	}
	if s.Group != nil {
		out.Group = s.Group.Symbol()
		if s.Group.HM == "" {
			out.Group = fmt.Sprint(s.Group.Hall)
		}
	}
	return out
}

func fromScaleList(list []crystal.Scale) []ReflectionScale {
	var out []ReflectionScale
	for _, v := range list {
		r := ReflectionScale{HKL: v.H, Scale: v.Scale}
		if v.Channel != crystal.AllChannels {
			r.Channel = &v.Channel
		}
		out = append(out, r)
	}
	return out
}

// setScales puts scales that have changed into a configuration.
func (e *Experiment) setScales(c *Config) error {
	for i, x := range e.Crystals {
		now, err := x.Scales()
		if err != nil {
			return fmt.Errorf("experiment: %w", err)
		}
		if slices.Equal(now, e.scales[i]) {
			continue
		}
		own := *c.Crystals[i].Structure.Scales
		own.Start = fromScaleList(now)
		c.Crystals[i].Structure.Scales = &own
	}
	return nil
}
