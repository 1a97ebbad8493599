package viewer

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Shown is what a page shows: what its address holds after #, in the form of a query.
type Shown struct {
	layerKey
	scale, colours string
	percentile     string
	low, high      *float64 // of the colours; nil means 0 and the percentile
	x, y, zoom     float64  // the middle, in pixels of the picture, and how many points a pixel has; a zoom of 0 is the whole detector
	width, height  int      // in points
	rings, ice     bool
	spots          bool
	values         map[string]float64 // of parameters
	hasImage       bool
	asked          string // the text that was read
}

// ParseShown reads what is shown, from an address or a part of it.
func ParseShown(text string) (*Shown, error) {
	if _, after, ok := strings.Cut(text, "#"); ok {
		text = after
	}
	v, err := url.ParseQuery(text)
	if err != nil {
		return nil, wrong("what is shown, %q: %v", text, err)
	}
	q := query{Values: v}
	s := &Shown{asked: text, layerKey: layerKey{name: or(v.Get("layer"), layerData), parameter: v.Get("parameter"), other: v.Get("other")},
		scale: or(v.Get("scale"), "square root"), percentile: or(v.Get("percentile"), "99.9"), values: map[string]float64{},
		rings: v.Has("rings"), ice: v.Has("ice"), spots: v.Has("spots"), width: 1000, height: 1000}
	names := colourNames
	s.colours = or(v.Get("colours"), names[0])
	if isSigned(s.name) {
		names = signedColours
		s.colours = or(v.Get("signed"), names[0])
	}
	number := func(name string, into *float64) {
		if v.Get(name) != "" {
			*into = q.number(name)
		}
	}
	number("x", &s.x)
	number("y", &s.y)
	number("zoom", &s.zoom)
	for name, into := range map[string]**float64{"low": &s.low, "high": &s.high} {
		if v.Get(name) != "" {
			*into = new(float64)
			number(name, *into)
		}
	}
	whole := func(name string, into *int) {
		if v.Get(name) != "" {
			*into = q.integer(name)
		}
	}
	whole("width", &s.width)
	whole("height", &s.height)
	whole("image", &s.image)
	s.hasImage = v.Get("image") != ""
	for pair := range strings.SplitSeq(v.Get("values"), ",") {
		name, value, ok := strings.Cut(pair, ":")
		if pair == "" {
			continue
		}
		x, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, wrong("what is shown: %q is not name:number", pair)
		}
		s.values[name] = x
	}
	const most = 16384
	switch {
	case q.err != nil:
		return nil, q.err
	case !slices.Contains(scales, s.scale):
		return nil, wrong("the scale %q is none of %s", s.scale, strings.Join(scales, ", "))
	case !slices.Contains(names, s.colours):
		return nil, wrong("the colours %q are none of %s", s.colours, strings.Join(names, ", "))
	case percentiles[s.percentile] == 0 && s.percentile != "100":
		return nil, wrong("there is no percentile %q", s.percentile)
	case s.zoom < 0 || s.width < 50 || s.height < 50 || s.width > most || s.height > most:
		return nil, wrong("a picture of %d × %d points at the zoom %g", s.width, s.height, s.zoom)
	}
	return s, nil
}

// NeedsModel reports whether what is shown is of a model.
func (v *Shown) NeedsModel() bool { return v.name != layerData || len(v.values) > 0 }

// Asked is the text that was read.
func (v *Shown) Asked() string { return v.asked }

func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// painter is that of a layer with the colours that are shown.
func (v *Shown) painter(l *layer) *painter {
	h := l.histogram()
	p := &painter{table: colours[v.colours], scale: v.scale, signed: l.signed}
	high := h.Percentiles[v.percentile]
	if v.percentile == "100" {
		high = max(h.Greatest, -h.Least)
	}
	if v.name == layerResidual {
		high = max(3, high)
	}
	if v.high != nil {
		high = *v.high
	}
	if v.low != nil && !l.signed {
		p.low = *v.low
	}
	if p.high = high; !(p.high > p.low) || p.signed && !(p.high > 0) {
		p.high = p.low + 1
	}
	return p
}
