package viewer

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/gobragg/gobragg/internal/parallel"
)

// layer has the values of all panels, fast axis first, NaN where a pixel does not count or is not simulated, and copies of half,
// a quarter … of the resolution, which are made when they are asked for.
type layer struct {
	sizes  [][2]int
	signed bool
	sigma  float64 // of the parameter, of a layer of what it changes; 0 of others

	mu     sync.Mutex
	levels [][][]float32 // [level][panel]
	values *histogram
}

// tileSide is the number of pixels along a side of a tile.
const tileSide = 256

func (l *layer) size(panel, level int) (fast, slow int) {
	half := func(n int) int { return (n + 1<<level - 1) >> level }
	return half(l.sizes[panel][0]), half(l.sizes[panel][1])
}

func (l *layer) pixels() (n int) {
	for _, s := range l.sizes {
		n += s[0] * s[1]
	}
	return n
}

// newLayer makes a layer of the values at full resolution.
func newLayer(sizes [][2]int, panels [][]float32, signed bool) *layer {
	return &layer{sizes: sizes, levels: [][][]float32{panels}, signed: signed}
}

// most is the number of the coarsest level, in which every panel is a tile at most.
func (l *layer) most() int {
	for level := 0; ; level++ {
		wide := 0
		for k := range l.sizes {
			fast, slow := l.size(k, level)
			wide = max(wide, fast, slow)
		}
		if wide <= tileSide {
			return level
		}
	}
}

// level returns the panels at a part of the resolution. Several pixels are drawn as the largest of them, or where values have signs as
// the one that is farthest from 0: a spot stays visible from afar.
func (l *layer) level(level int) [][]float32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := len(l.levels); n <= level; n++ {
		next := make([][]float32, len(l.sizes))
		for k := range l.sizes {
			fast, slow := l.size(k, n)
			width, height := l.size(k, n-1)
			next[k] = reduce(l.levels[n-1][k], width, height, fast, slow, l.signed)
		}
		l.levels = append(l.levels, next)
	}
	return l.levels[level]
}

func reduce(from []float32, width, height, fast, slow int, signed bool) []float32 {
	out := make([]float32, fast*slow)
	const band = 64
	parallel.Each(runtime.GOMAXPROCS(0), (slow+band-1)/band, func(part int) {
		for s := part * band; s < min(slow, (part+1)*band); s++ {
			upper, lower := from[2*s*width:(2*s+1)*width], from[2*s*width:(2*s+1)*width]
			if 2*s+1 < height {
				lower = from[(2*s+1)*width : (2*s+2)*width]
			}
			row := out[s*fast : (s+1)*fast]
			for f := range row {
				x, y := 2*f, min(2*f+1, width-1)
				row[f] = further(further(upper[x], upper[y], signed), further(lower[x], lower[y], signed), signed)
			}
		}
	})
	return out
}

// further is the greater of two values, or with signs the one that is farther from 0. NaN gives way to numbers.
func further(a, b float32, signed bool) float32 {
	if b != b || !signed && a >= b || signed && abs(a) >= abs(b) {
		return a
	}
	return b
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// tile returns the values of a tile and its size.
func (l *layer) tile(panel, level, x, y int) (values []float32, fast, slow int, err error) {
	if panel < 0 || panel >= len(l.sizes) || level < 0 || level > l.most() {
		return nil, 0, 0, wrong("no panel %d of level %d", panel, level)
	}
	width, height := l.size(panel, level)
	if x < 0 || y < 0 || x >= (width+tileSide-1)/tileSide || y >= (height+tileSide-1)/tileSide {
		return nil, 0, 0, wrong("panel %d has no tile %d, %d of level %d", panel, x, y, level)
	}
	fast, slow = min(tileSide, width-x*tileSide), min(tileSide, height-y*tileSide)
	values = make([]float32, 0, fast*slow)
	from := l.level(level)[panel]
	for row := range slow {
		at := (y*tileSide+row)*width + x*tileSide
		values = append(values, from[at:at+fast]...)
	}
	return values, fast, slow, nil
}

// String names a layer in words.
func (k layerKey) String() string {
	text := map[string]string{layerData: "data", layerModel: "model", layerResidual: "residual in σ", layerDifference: "data − model",
		layerDerivative: "derivative by " + k.parameter, layerSigma: "what one σ of " + k.parameter + " changes", layerInformation: "information on " + k.parameter,
		layerRemainder: "what one σ of " + k.parameter + " changes and " + k.other + " does not imitate"}[k.name]
	if text == "" {
		return fmt.Sprintf("layer %q", k.name)
	}
	return text
}
