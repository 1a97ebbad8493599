package kernel

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func lt(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) < b.at(i))
	}
}

func le(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) <= b.at(i))
	}
}

func gt(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) > b.at(i))
	}
}

func ge(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) >= b.at(i))
	}
}

func eq(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) == b.at(i))
	}
}

func ne(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = truth(a.at(i) != b.at(i))
	}
}

func where(dst results, src sources) {
	c, x, y := src[0], src[1], src[2]
	for i := range dst[0] {
		v := y.at(i)
		if c.at(i) != 0 {
			v = x.at(i)
		}
		dst[0][i] = v
	}
}
