package nxmx

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// TestForClients writes the sweeps that .ci/clients.d/nxmx gives to other programs, with what these
// have to find in them.
func TestForClients(t *testing.T) {
	folder := os.Getenv("GOBRAGG_CLIENTS")
	if folder == "" {
		folder = t.TempDir() // they can at least be written
	}
	for name, change := range map[string]func(g *format.Geometry){
		"plain": func(*format.Geometry) {},
		"panels": func(g *format.Geometry) {
			sin, cos := math.Sincos(0.05)
			first := g.Panels[0]
			first.Size, first.Bad = [2]int{first.Size[0], 20}, nil
			second := first
			second.First, second.Size = [2]int{0, 24}, [2]int{first.Size[0], 22}
			second.Bad = [][4]int{{0, 0, 2, 3}}
			second.Origin = [3]float64{-1.25, -0.1, -150.02}
			second.Fast, second.Slow = [3]float64{cos, sin, 0}, [3]float64{sin, -cos, 0}
			first.Name, second.Name = "upper", "lower"
			g.Panels = []format.Panel{first, second}
		},
		"goniometer": func(g *format.Geometry) {
			r := g.Rotation
			r.Axis = unit([3]float64{1, 0.2, -0.1})
			r.Setting = rotation(unit([3]float64{0, 1, 1}), 0.3)
			r.Fixed = rotation(unit([3]float64{1, 0, 1}), -0.7)
		},
		"nosensor": func(g *format.Geometry) {
			g.Panels[0].Material, g.Panels[0].Thickness, g.Panels[0].Trusted = "", 0, nil
		},
		"still": func(g *format.Geometry) { g.Rotation = nil },
		"beam": func(g *format.Geometry) {
			m := rotation(unit([3]float64{0.2, 1, 0.3}), 0.4)
			g.ToSource = apply(m, g.ToSource)
			p := &g.Panels[0]
			p.Origin, p.Fast, p.Slow = apply(m, p.Origin), apply(m, p.Fast), apply(m, p.Slow)
		},
	} {
		const images = 70
		g, draw := sweep(38, 46, images, format.Uint16)
		change(g)
		path := filepath.Join(folder, name+".nxs")
		write(t, path, g, images, draw)
		expected(t, path+".json", g, images, draw)
	}
}

// expected writes what a client has to find in a sweep, as dxtbx has it.
func expected(t *testing.T, path string, g *format.Geometry, images int, draw func(int) *format.Frame) {
	t.Helper()
	g = alongZ(g)
	crcs := make([]uint32, images)
	for i := range crcs {
		crcs[i] = draw(i).CRC32()
	}
	panels, rotations := []map[string]any{}, []map[string]any{}
	for _, p := range g.Panels {
		most, masked := float64(math.MaxInt32), 0
		p.Thickness = max(p.Thickness, noThickness)
		if p.Trusted != nil {
			most = p.Trusted[1]
		}
		for _, r := range p.Bad {
			masked += (r[2] - r[0]) * (r[3] - r[1])
		}
		panels = append(panels, map[string]any{"origin": p.Origin, "fast": p.Fast, "slow": p.Slow, "pixel": p.Pixel, "size": p.Size,
			"thickness": p.Thickness, "most": most, "masked": masked})
	}
	if r := g.Rotation; r != nil {
		for _, image := range []int{0, 7, images} {
			m := multiply(r.Setting, multiply(rotation(r.Axis, (r.Phi+float64(image)*r.Width)*math.Pi/180), r.Fixed))
			rotations = append(rotations, map[string]any{"image": image, "matrix": m})
		}
	}
	data, err := json.Marshal(map[string]any{"crc32": crcs, "wavelength": g.Wavelength, "to_source": g.ToSource, "panels": panels, "rotations": rotations})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
