package dectris

import "strings"

// Layout is how a detector is composed of modules.
type Layout struct {
	Name                      string
	fast, slow                int     // pixels of a module
	between, betweenSlow      int     // pixels of the gaps
	Pixel                     float64 // mm
	mostAcross, mostDownwards int
}

// Layouts in the order in which they are tried.
var Layouts = []Layout{
	{"PILATUS", 487, 195, 7, 17, 0.172, 5, 24},
	{"EIGER2", 1028, 512, 12, 38, 0.075, 4, 8},
	{"EIGER", 1030, 514, 10, 37, 0.075, 4, 8},
}

// Fits returns the modules in a row and in a column of an image; ok reports whether they fill it.
func (l *Layout) Fits(fast, slow int) (across, down int, ok bool) {
	across, down = (fast+l.between)/(l.fast+l.between), (slow+l.betweenSlow)/(l.slow+l.betweenSlow)
	ok = across >= 1 && down >= 1 && across <= l.mostAcross && down <= l.mostDownwards &&
		across*(l.fast+l.between)-l.between == fast && down*(l.slow+l.betweenSlow)-l.betweenSlow == slow
	return across, down, ok
}

// gaps returns the rectangles between the modules of the named detector, none if it is not known.
func gaps(detector string, fast, slow int) (bad [][4]int) {
	for i := range Layouts {
		l := &Layouts[i]
		across, down, ok := l.Fits(fast, slow)
		if !ok || !l.Named(detector) {
			continue
		}
		for n := range across - 1 {
			from := (n+1)*l.fast + n*l.between
			bad = append(bad, [4]int{from, 0, from + l.between, slow})
		}
		for n := range down - 1 {
			from := (n+1)*l.slow + n*l.betweenSlow
			bad = append(bad, [4]int{0, from, fast, from + l.betweenSlow})
		}
		break
	}
	return bad
}

// Named reports whether the name of a detector is that of the layout's family.
func (l *Layout) Named(detector string) bool {
	return strings.Contains(strings.ToUpper(detector), strings.TrimSuffix(l.Name, "2"))
}
