package viewer

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
)

// colours are the colour maps by name, of 256 colours each, the first of the least value. Names of values with signs are those of signedColours.
var colours = map[string][256]color.RGBA{}

// colourNames are in the order in which the page offers them, and signedColours are those for values with signs.
var (
	colourNames   = []string{"black on white", "grey", "viridis", "kindlmann", "black body"}
	signedColours = []string{"blue-red", "purple-orange", "green-purple"}
)

func init() {
	put := func(name string, of func(part float64) color.RGBA) {
		var table [256]color.RGBA
		for i := range table {
			table[i] = of(float64(i) / 255)
		}
		colours[name] = table
	}
	put("grey", func(t float64) color.RGBA { return between([][3]float64{{0, 0, 0}, {255, 255, 255}}, t) })
	put("black on white", func(t float64) color.RGBA { return between([][3]float64{{255, 255, 255}, {0, 0, 0}}, t) })
	put("viridis", func(t float64) color.RGBA {
		return between([][3]float64{{68, 1, 84}, {71, 44, 122}, {59, 81, 139}, {44, 113, 142}, {33, 144, 141}, {39, 173, 129}, {92, 200, 99}, {170, 220, 50}, {253, 231, 37}}, t)
	})
	for name, m := range map[string]palette.ColorMap{"kindlmann": moreland.Kindlmann(), "black body": moreland.BlackBody(),
		"blue-red": moreland.SmoothBlueRed(), "purple-orange": moreland.SmoothPurpleOrange(), "green-purple": moreland.SmoothGreenPurple()} {
		m.SetMax(1)
		put(name, func(t float64) color.RGBA {
			c, err := m.At(t)
			if err != nil { // between 0 and 1 there is none
				panic(err)
			}
			return color.RGBAModel.Convert(c).(color.RGBA)
		})
	}
}

func between(stops [][3]float64, t float64) color.RGBA {
	at := t * float64(len(stops)-1)
	i := min(len(stops)-2, int(at))
	part := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round(stops[i][k] + part*(stops[i+1][k]-stops[i][k]))) }
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}

// blank is the colour of pixels that do not count or are not simulated.
var blank = color.RGBA{0x48, 0x60, 0x60, 255}

// palettes is what the page gets.
type palettes struct {
	Plain  []namedColours `json:"plain"`
	Signed []namedColours `json:"signed"`
	Blank  string         `json:"blank"`
}

// namedColours has six hexadecimal digits a colour.
type namedColours struct {
	Name    string `json:"name"`
	Colours string `json:"colours"`
}

func allPalettes() palettes {
	list := func(names []string) (out []namedColours) {
		for _, name := range names {
			text := ""
			for _, c := range colours[name] {
				text += fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B)
			}
			out = append(out, namedColours{name, text})
		}
		return out
	}
	return palettes{Plain: list(colourNames), Signed: list(signedColours), Blank: fmt.Sprintf("%02x%02x%02x", blank.R, blank.G, blank.B)}
}

// scales are how values are drawn between the first and the last colour.
var scales = []string{"linear", "square root", "logarithm"}

// painter turns values into colours.
type painter struct {
	table     [256]color.RGBA
	scale     string
	low, high float64
	signed    bool
}

// bend maps 0 to 1 onto itself.
func (p *painter) bend(t float64) float64 {
	switch p.scale {
	case "square root":
		return math.Sqrt(t)
	case "logarithm":
		return math.Log1p(999*t) / math.Log(1000)
	}
	return t
}

// colour of a value: with signs 0 is in the middle, and low is not used.
func (p *painter) colour(v float64) color.RGBA {
	if v != v {
		return blank
	}
	if p.signed {
		t := p.bend(min(1, math.Abs(v)/p.high))
		return p.table[int(math.Round(127.5+127.5*math.Copysign(t, v)))]
	}
	t := p.bend(max(0, min(1, (v-p.low)/(p.high-p.low))))
	return p.table[int(math.Round(255*t))]
}

// unbend is the inverse of bend.
func (p *painter) unbend(t float64) float64 {
	switch p.scale {
	case "square root":
		return t * t
	case "logarithm":
		return math.Expm1(t*math.Log(1000)) / 999
	}
	return t
}

func isSigned(layer string) bool {
	return slices.Contains([]string{layerResidual, layerDifference, layerDerivative, layerSigma, layerRemainder}, layer)
}
