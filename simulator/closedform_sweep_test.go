package simulator_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
)

// TestSweep: images of a sweep, in the memory of the one before and of a list made anew for each, are those of simulators that are
// built at their angles, pixel by pixel; nothing is left of the image before.
func TestSweep(t *testing.T) {
	for name, change := range map[string]func(*experiment.Config){
		"whole panel": func(*experiment.Config) {},
		"masked": func(c *experiment.Config) {
			c.Detector.Mask = make([]bool, 40*40)
			for i := range c.Detector.Mask {
				c.Detector.Mask[i] = i%7 > 0
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(phi float64) *experiment.Config {
				c := fewSpots(change)
				c.Crystals[0].Osc, c.Crystals[0].Phi = 0.5, phi
				return c
			}
			e := builtClosed(t, at(0))
			sim := e.Simulator()
			images, err := sim.Images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, phi := range []float64{20, 41.5} {
				if err := sim.Set(e.Crystals[0].Phi, phi); err != nil {
					t.Fatal(err)
				}
				if err := sim.Relist(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := sim.ImagesInto(t.Context(), images); err != nil {
					t.Fatal(err)
				}
				want := pixelsOf(t, builtClosed(t, at(phi)))
				most := peak(want)
				for i, v := range images[0].Float64s() {
					if !(math.Abs(v-want[i]) <= 1e-12*most) {
						t.Fatalf("phi %g: pixel %d is %g, want %g", phi, i, v, want[i])
					}
				}
			}
			wrong := []*tensor.Dense{tensor.New(tensor.WithShape(4, 4), tensor.Of(tensor.Float64))}
			if err := sim.ImagesInto(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "shape (4, 4)") {
				t.Errorf("an image of another size: %v", err)
			}
		})
	}
}
