package picture

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
)

// ColourMap is a sequence of colours. Except Gray, they are K. Moreland's, from
// gonum.org/v1/plot/palette/moreland, in which equal steps of value look equal.
type ColourMap int

const (
	Gray      ColourMap = iota // black to white
	BlackBody                  // black over red and yellow to white
	Kindlmann                  // black through the rainbow to white, uniform in lightness
	BlueRed                    // diverging: negative blue, 0 light grey, positive red
)

var colourMapNames = []string{Gray: "gray", BlackBody: "blackbody", Kindlmann: "kindlmann", BlueRed: "bluered"}

// String returns the name that [ParseColourMap] accepts.
func (m ColourMap) String() string { return name(colourMapNames, int(m), "ColourMap") }

// ParseColourMap returns the colour map named gray, blackbody, kindlmann or bluered.
func ParseColourMap(text string) (ColourMap, error) {
	i := slices.Index(colourMapNames, text)
	if i < 0 {
		return 0, fmt.Errorf("picture: unknown colour map %q: want one of %s", text, strings.Join(colourMapNames, ", "))
	}
	return ColourMap(i), nil
}

// tables holds the colours of each map. Computing them is slow, so it is done once.
var tables = [...]func() ([]color.RGBA64, error){
	BlackBody: sync.OnceValues(func() ([]color.RGBA64, error) { return tabulate(moreland.BlackBody()) }),
	Kindlmann: sync.OnceValues(func() ([]color.RGBA64, error) { return tabulate(moreland.Kindlmann()) }),
	BlueRed:   sync.OnceValues(func() ([]color.RGBA64, error) { return tabulate(moreland.SmoothBlueRed()) }),
}

// table returns the colour of each level of a 16-bit picture.
func (m ColourMap) table() ([]color.RGBA64, error) {
	if m <= Gray || int(m) >= len(tables) {
		return nil, fmt.Errorf("unknown colour map %v", m)
	}
	table, err := tables[m]()
	if err != nil {
		return nil, fmt.Errorf("colour map %v: %w", m, err)
	}
	return table, nil
}

func tabulate(colours palette.ColorMap) ([]color.RGBA64, error) {
	colours.SetMin(0)
	colours.SetMax(1)
	table := make([]color.RGBA64, math.MaxUint16+1)
	for i := range table {
		colour, err := colours.At(float64(i) / math.MaxUint16)
		if err != nil {
			return nil, err
		}
		r, g, b, a := colour.RGBA()
		table[i] = color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
	return table, nil
}
