package viewer

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// Command is the command line that draws what is shown again, without a browser.
func (s *Session) Command(v *Shown) string {
	words := append([]string{"gobragg", "view"}, s.options.Inputs...)
	for _, o := range []struct{ flag, value string }{{"--structure", s.options.Structure}, {"--system", s.options.System}, {"--background", s.options.Background},
		{"--mask", s.options.Mask}, {"--model", string(s.options.Model)}} {
		if o.value != "" {
			words = append(words, o.flag, o.value)
		}
	}
	words = append(words, "--show", v.String(s.turned()), "--picture", "view.pdf")
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// turned are the values of the parameters that are not what they were at the beginning.
func (s *Session) turned() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]float64{}
	for _, k := range s.knobs {
		if before, ok := s.started[k.Name]; !ok || before != k.Value {
			out[k.Name] = k.Value
		}
	}
	return out
}

// String is what is shown in the form that [ParseShown] reads, with values of parameters.
func (v *Shown) String(values map[string]float64) string {
	q := url.Values{}
	q.Set("layer", v.name)
	q.Set("scale", v.scale)
	q.Set("image", strconv.Itoa(v.image))
	q.Set("x", strconv.FormatFloat(v.x, 'f', 1, 64))
	q.Set("y", strconv.FormatFloat(v.y, 'f', 1, 64))
	q.Set("zoom", strconv.FormatFloat(v.zoom, 'g', 5, 64))
	q.Set("width", strconv.Itoa(v.width))
	q.Set("height", strconv.Itoa(v.height))
	q.Set("percentile", v.percentile)
	if isSigned(v.name) {
		q.Set("signed", v.colours)
	} else {
		q.Set("colours", v.colours)
	}
	for name, text := range map[string]string{"parameter": v.parameter, "other": v.other} {
		if text != "" {
			q.Set(name, text)
		}
	}
	for name, x := range map[string]*float64{"low": v.low, "high": v.high} {
		if x != nil {
			q.Set(name, strconv.FormatFloat(*x, 'g', -1, 64))
		}
	}
	for name, on := range map[string]bool{"rings": v.rings, "ice": v.ice, "spots": v.spots} {
		if on {
			q.Set(name, "1")
		}
	}
	var pairs []string
	for name, x := range values {
		pairs = append(pairs, name+":"+strconv.FormatFloat(x, 'g', -1, 64))
	}
	sort.Strings(pairs)
	if pairs != nil {
		q.Set("values", strings.Join(pairs, ","))
	}
	return q.Encode()
}

// quoted is a word as shells take it.
func quoted(w string) string {
	if w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,+=@%") == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
