package figure

import "math"

// contour returns the lines along which 1/d has the value of a ring, each a list of points in dots, by linear interpolation between
// the corners of a grid over the image. Closed lines end at their first point.
func (p *panel) contour(d float64) [][][2]float64 {
	const cells = 96
	width, height := float64(p.size.Dx()), float64(p.size.Dy())
	corner := func(i, k int) (x, y float64) { return width * float64(i) / cells, height * float64(k) / cells }
	var value [cells + 1][cells + 1]float64 // above 0 outside of the ring
	for i := range value {
		for k := range value[i] {
			fast, slow := p.place(corner(i, k))
			value[i][k] = 1/p.Geometry.Resolution(fast, slow, p.Wavelength) - 1/d
		}
	}
	// An edge is a corner and the direction in which it goes, 0 along x.
	type edge [3]int
	outside := func(i, k int) bool { return value[i][k] > 0 }
	next := map[edge][]edge{}
	var order []edge
	join := func(a, b edge) {
		for _, e := range []edge{a, b} {
			if next[e] == nil {
				order = append(order, e)
			}
		}
		next[a], next[b] = append(next[a], b), append(next[b], a)
	}
	for i := range cells {
		for k := range cells {
			var crossed []edge
			for _, e := range []edge{{i, k, 0}, {i + 1, k, 1}, {i, k + 1, 0}, {i, k, 1}} {
				if outside(e[0], e[1]) != outside(e[0]+1-e[2], e[1]+e[2]) {
					crossed = append(crossed, e)
				}
			}
			for n := 0; n+1 < len(crossed); n += 2 {
				join(crossed[n], crossed[n+1])
			}
		}
	}
	point := func(e edge) [2]float64 {
		a, b := value[e[0]][e[1]], value[e[0]+1-e[2]][e[1]+e[2]]
		x0, y0 := corner(e[0], e[1])
		x1, y1 := corner(e[0]+1-e[2], e[1]+e[2])
		at := a / (a - b)
		return [2]float64{x0 + at*(x1-x0), y0 + at*(y1-y0)}
	}
	seen := map[edge]bool{}
	follow := func(e edge) (line [][2]float64) {
		first := e
		for {
			seen[e] = true
			line = append(line, point(e))
			on := false
			for _, n := range next[e] {
				if !seen[n] {
					e, on = n, true
					break
				}
			}
			if on {
				continue
			}
			for _, n := range next[e] {
				if n == first && len(line) > 2 {
					line = append(line, line[0])
				}
			}
			return line
		}
	}
	var lines [][][2]float64
	for _, ends := range []bool{true, false} { // those that have ends, from one of them; then those that are closed
		for _, e := range order {
			if !seen[e] && (len(next[e]) == 1) == ends {
				lines = append(lines, follow(e))
			}
		}
	}
	return lines
}

// labelAt returns the point of lines that is farthest to the upper right, among those that have room around them and are not near
// points that are taken.
func (p *panel) labelAt(lines [][][2]float64, half [2]float64, taken [][2]float64) (at [2]float64, found bool) {
	width, height := float64(p.size.Dx()), float64(p.size.Dy())
	for _, l := range lines {
	points:
		for _, q := range l {
			if q[0] < half[0] || q[0] > width-half[0] || q[1] < half[1] || q[1] > height-half[1] {
				continue
			}
			for _, t := range taken {
				if math.Abs(t[0]-q[0]) < 2*half[0] && math.Abs(t[1]-q[1]) < 2*half[1] {
					continue points
				}
			}
			if !found || q[0]-q[1] > at[0]-at[1] {
				at, found = q, true
			}
		}
	}
	return at, found
}
