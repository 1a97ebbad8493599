package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chart is a plot of lines as an svg element, in the colours of the page.
type chart struct {
	title, x, y string
	log         bool                   // y axis
	from, to    float64                // of the y axis; both 0 mean those of the points
	at          func(x float64) string // text of a tick of the x axis; nil means the number
	ticks       []float64              // of the x axis; nil means whole numbers
	band        *[2]float64            // of y, in which points are expected
	level       *float64               // of y, which is expected
	marks       []mark
	lines       []line
}

// line is drawn in a colour of the page, "c0" to "c6", with a mark at each point.
type line struct {
	label, class string
	points       [][2]float64
	sigma        []float64 // of each point; nil without bars
	dashed       bool
	dots         bool // without lines between them
}

// mark is a vertical line with a text.
type mark struct {
	x    float64
	text string
}

const (
	chartWidth, chartHeight         = 520.0, 270.0
	chartLeft, chartRight           = 62.0, 12.0 // more on the left where the ticks' texts are long
	chartLetter                     = 7.6        // width of a digit of them
	chartTop, chartBottom           = 30.0, 46.0
	chartLegend, chartLegendSpacing = 18.0, 14.0
)

// svg draws the chart; "" without points.
func (c *chart) svg() template.HTML {
	low, high := math.Inf(1), math.Inf(-1)
	left, right := math.Inf(1), math.Inf(-1)
	for _, l := range c.lines {
		for i, p := range l.points {
			reach := 0.0
			if l.sigma != nil {
				reach = l.sigma[i]
			}
			low, high = min(low, p[1]-reach), max(high, p[1]+reach)
			left, right = min(left, p[0]), max(right, p[0])
		}
	}
	if !(low <= high) {
		return ""
	}
	if c.level != nil {
		low, high = min(low, *c.level), max(high, *c.level)
	}
	if c.band != nil {
		low, high = min(low, c.band[0]), max(high, c.band[1])
	}
	if c.from != 0 || c.to != 0 {
		low, high = c.from, c.to
	}
	if right == left {
		left, right = left-1, right+1
	}
	if c.lines[0].dots { // which are not to be on the frame
		room := 0.03 * (right - left)
		left, right = left-room, right+room
	}
	var ticks []float64
	if c.log {
		low, high = math.Floor(math.Log10(low)+1e-9), math.Ceil(math.Log10(high)-1e-9)
		high = max(high, low+1)
		step := math.Ceil((high - low) / 8)
		for e := low; e <= high; e += step {
			ticks = append(ticks, e)
		}
	} else {
		if high == low {
			low, high = low-1, high+1
		}
		room := 0.06 * (high - low)
		low, high = low-room, high+room
		ticks = rounds(low, high, 6)
	}
	texts := c.tickTexts(ticks)
	edge := chartLeft // of the frame
	for _, words := range texts {
		edge = max(edge, 28+chartLetter*float64(utf8.RuneCountInString(words)))
	}
	px := func(x float64) float64 { return edge + (x-left)/(right-left)*(chartWidth-edge-chartRight) }
	py := func(y float64) float64 {
		if c.log {
			y = math.Log10(math.Max(y, math.Pow(10, low)))
		}
		return chartHeight - chartBottom - (y-low)/(high-low)*(chartHeight-chartTop-chartBottom)
	}
	var b strings.Builder
	legend, places := c.legend(edge)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="%s" viewBox="0 0 %g %g">`, html.EscapeString(c.title), chartWidth, chartHeight+legend)
	text := func(class string, x, y float64, anchor, words, more string) {
		fmt.Fprintf(&b, `<text class="%s" x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`, class, x, y, anchor, more, html.EscapeString(words))
	}
	bottom := chartHeight - chartBottom
	if c.band != nil {
		fmt.Fprintf(&b, `<rect class="band" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, edge, py(c.band[1]), chartWidth-edge-chartRight, py(c.band[0])-py(c.band[1]))
	}
	for k, t := range ticks {
		y := bottom - (t-low)/(high-low)*(bottom-chartTop)
		fmt.Fprintf(&b, `<path class="grid" d="M%.1f %.1fH%.1f"/>`, edge, y, chartWidth-chartRight)
		text("label", edge-6, y+4, "end", texts[k], "")
	}
	if c.level != nil {
		fmt.Fprintf(&b, `<path class="level" d="M%.1f %.1fH%.1f"/>`, edge, py(*c.level), chartWidth-chartRight)
	}
	across := c.ticks
	if across == nil {
		for _, x := range rounds(left, right, 10) {
			if x == math.Trunc(x) {
				across = append(across, x)
			}
		}
	}
	for _, x := range across {
		if x < left || x > right {
			continue
		}
		words := minus(fmt.Sprintf("%.6g", x))
		if c.at != nil {
			words = c.at(x)
		}
		fmt.Fprintf(&b, `<path class="tick" d="M%.1f %.1fv5"/>`, px(x), bottom)
		text("label", px(x), bottom+18, "middle", words, "")
	}
	fmt.Fprintf(&b, `<path class="frame" d="M%.1f %.1fV%.1fH%.1f"/>`, edge, chartTop, bottom, chartWidth-chartRight)
	for _, m := range c.marks {
		fmt.Fprintf(&b, `<path class="level" d="M%.1f %.1fV%.1f"/>`, px(m.x), chartTop, bottom)
	}
	for n, l := range c.lines {
		var path strings.Builder
		for i, p := range l.points {
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], px(p[0]), py(p[1]))
		}
		dash := ""
		if l.dashed {
			dash = " dashed"
		}
		fmt.Fprintf(&b, `<g class="%s">`, l.class)
		if !l.dots {
			fmt.Fprintf(&b, `<path class="line%s" d="%s"/>`, dash, path.String())
		}
		for i, p := range l.points {
			if l.sigma != nil {
				fmt.Fprintf(&b, `<path class="bar" d="M%.1f %.1fV%.1f"/>`, px(p[0]), py(p[1]-l.sigma[i]), py(p[1]+l.sigma[i]))
			}
			if !l.dashed {
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.6"/>`, px(p[0]), py(p[1]))
			}
		}
		if places != nil {
			x, y := places[n][0], chartHeight+places[n][1]
			fmt.Fprintf(&b, `<path class="line%s" d="M%.1f %.1fh16"/>`, dash, x, y-4)
			text("label", x+20, y, "start", l.label, "")
		}
		b.WriteString("</g>")
	}
	for _, m := range c.marks {
		text("label", px(m.x)+5, chartTop+12, "start", m.text, "")
	}
	text("title", (edge+chartWidth-chartRight)/2, 16, "middle", c.title, "")
	text("label", (edge+chartWidth-chartRight)/2, bottom+36, "middle", c.x, "")
	middle := (chartTop + bottom) / 2
	text("label", 13, middle, "middle", c.y, fmt.Sprintf(` transform="rotate(-90 13 %.1f)"`, middle))
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// tickTexts are the texts of the ticks of the y axis, of which those of a linear one have as many decimals.
func (c *chart) tickTexts(ticks []float64) (texts []string) {
	if c.log {
		for _, t := range ticks {
			texts = append(texts, minus(fmt.Sprintf("%g", math.Pow(10, t))))
		}
		return texts
	}
	decimals, largest := 0, 0.0
	for _, t := range ticks {
		_, fraction, _ := strings.Cut(strconv.FormatFloat(t, 'g', 6, 64), ".")
		decimals, largest = max(decimals, len(fraction)), max(largest, math.Abs(t))
	}
	for _, t := range ticks {
		words := fmt.Sprintf("%.*f", decimals, t)
		if largest >= 1e6 || largest < 1e-4 {
			words = fmt.Sprintf("%.6g", t)
		}
		texts = append(texts, minus(words))
	}
	return texts
}

// legend returns its height and where the lines' entries are in it, in rows; nothing for a single line.
func (c *chart) legend(edge float64) (height float64, places [][2]float64) {
	if len(c.lines) < 2 {
		return 0, nil
	}
	x := edge
	height = chartLegend
	for _, l := range c.lines {
		width := 20 + 7*float64(len([]rune(l.label)))
		if x+width > chartWidth {
			x, height = edge, height+chartLegend
		}
		places = append(places, [2]float64{x, height - 4})
		x += width + chartLegendSpacing
	}
	return height, places
}

// rounds returns at most n + 1 round numbers from low to high.
func rounds(low, high float64, n int) (list []float64) {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/float64(n))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (high-low)/(f*step) <= float64(n) {
			step *= f
			break
		}
	}
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*(high-low); k++ {
		list = append(list, k*step+0) // −0 is 0
	}
	return list
}
